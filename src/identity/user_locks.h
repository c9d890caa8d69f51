/*
 * user_locks.h
 *		Locks that mark a user's transactions, and transactions that rely on a user.
 */
#ifndef KROLES_USER_LOCKS_H
#define KROLES_USER_LOCKS_H

extern void kroles_lock_asker(int64 user_id);
extern void kroles_rely_on(int64 user_id);

#endif
