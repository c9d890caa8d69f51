/*
 * question.h
 *		One question, judged on both bases.
 */
#ifndef KROLES_QUESTION_H
#define KROLES_QUESTION_H

#include "utils/snapshot.h"

#include "cache/cache.h"
#include "cache/invalidation.h"
#include "rules/rules.h"

/* An answer that can be joined: what both bases say. */
typedef struct KrolesAnswer
{
	KrolesRights rights;		/* joined by intersection */
	KrolesProductRole role;			/* joined by the weaker */
} KrolesAnswer;

typedef void (*KrolesJudge) (KrolesBasis basis, void *about, KrolesAnswer *answer);

extern KrolesAnswer kroles_ask(KrolesJudge judge, void *about);
extern uint64 kroles_ask_in(KrolesBasis basis, KrolesJudge judge, void *about, KrolesAnswer *answer);
extern bool kroles_question_outdated(int64 media_id);
extern bool kroles_question_quiet(KrolesClass class);
extern void kroles_question_sync(void);
extern void kroles_question_reset(void);
extern uint64 kroles_question_statement(void);
extern uint64 kroles_question_number(void);
extern void kroles_question_used(uint64 load);
extern bool kroles_question_covers(uint64 load);
extern Snapshot kroles_question_snapshot(KrolesBasis basis, uint64 *generation);
extern uint64 kroles_question_loaded(void);

#endif
