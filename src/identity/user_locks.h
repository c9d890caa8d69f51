/*
 * user_locks.h
 *		Locks that say whose transaction it is and who relies on whom.
 */
#ifndef KROLES_SESSIONS_H
#define KROLES_SESSIONS_H

extern void kroles_lock_asker(int64 user_id);
extern void kroles_rely_on(int64 user_id);

#endif
