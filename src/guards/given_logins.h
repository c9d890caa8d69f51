/*
 * given_logins.h
 *		The users that this transaction gives a login of a former user to.
 */
#ifndef KROLES_GIVEN_LOGINS_H
#define KROLES_GIVEN_LOGINS_H

#include "datatype/timestamp.h"

/* SQL: whether a user other than the one with that id had the login before. */
#define KROLES_FORMER_USER(login, id) \
	"EXISTS (SELECT FROM kroles.retired_external_ids r WHERE r.external_id OPERATOR(pg_catalog.=) pg_catalog.lower(" login ")" \
	" AND (r.relation OPERATOR(pg_catalog.=) 'deleted users'" \
	"  OR (r.relation OPERATOR(pg_catalog.=) 'users' AND r.object_id OPERATOR(pg_catalog.<>) " id ")))"

/* The present, rounded up to the second: tokens that say when they were issued in whole seconds are compared with it. */
extern TimestampTz kroles_next_second(void);

/* Notes that this transaction gives the user such a login, with the time from which tokens are valid so far. */
extern void kroles_note_given_login(int64 user_id, TimestampTz valid_after);

#endif
