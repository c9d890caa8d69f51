/*
 * lease.h
 *		Whether a standby or replica may still answer.
 */
#ifndef KROLES_LEASE_H
#define KROLES_LEASE_H

/* What a server that holds copies of the entitlements answers once it cannot know whether they are still true. */
#define KROLES_ERRCODE_NO_LEASE MAKE_SQLSTATE('K', 'R', '0', '0', '1')

extern void kroles_lease_init(void);
extern void kroles_check_lease(void);
extern void kroles_lease_new_query(void);
extern bool kroles_is_replica(void);

#endif
