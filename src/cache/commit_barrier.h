/*
 * commit_barrier.h
 *		When cached entries are valid while other sessions commit.
 */
#ifndef KROLES_COMMIT_BARRIER_H
#define KROLES_COMMIT_BARRIER_H

#include "cache/entries.h"

extern void kroles_barrier_init(void);
extern void kroles_barrier_enter(int bucket);
extern void kroles_barrier_enter_all(void);
extern void kroles_barrier_sync(uint64 count);
extern bool kroles_barrier_in_step(uint64 count);
extern bool kroles_barrier_distrusted(KrolesClass class, int bucket, uint64 since);
extern bool kroles_barrier_class_distrusted(KrolesClass class, uint64 since);
extern void kroles_barrier_command(CommandId cid);
extern void kroles_barrier_reading(CommandId cid);

#endif
