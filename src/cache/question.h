/*
 * question.h
 *		One question, judged on both bases.
 */
#ifndef KROLES_QUESTION_H
#define KROLES_QUESTION_H

#include "utils/snapshot.h"

#include "cache/cache.h"

/*
 * A kind of question: how it is judged on one basis, and what two answers have
 * in common.
 *
 * "judge" fills in an answer of zeros, which says nothing and allows nothing.  It
 * may be called up to three times for one question, so it has no other effect.
 * "meet" leaves in an answer what the other says too.  A size of 0 is for
 * answers that are judged on one basis alone and that "judge" clears itself.
 */
typedef struct KrolesQuestion
{
	Size		size;			/* of an answer */
	void		(*judge) (KrolesBasis basis, const void *about, void *answer);
	void		(*meet) (void *answer, const void *other);
	Size		deciding;		/* leading bytes that say whether anything is allowed; 0: all */
} KrolesQuestion;

/* The largest answer of a question that is judged on both bases. */
#define KROLES_MAX_ANSWER 2048

/* What an object allows a subject, and which role it has there. */
typedef struct KrolesAnswer
{
	KrolesRights rights;
	KrolesProductRole role;
} KrolesAnswer;

extern void kroles_ask(const KrolesQuestion *question, const void *about, void *answer);
extern uint64 kroles_ask_on(KrolesBasis basis, const KrolesQuestion *question, const void *about, void *answer);
extern void kroles_meet_answer(void *answer, const void *other);
extern void kroles_meet_bool(void *answer, const void *other);

extern bool kroles_question_outdated(int64 media_id);
extern bool kroles_question_quiet(KrolesClass class);
extern void kroles_question_sync(void);
extern void kroles_question_reset(void);
extern uint64 kroles_question_number(void);
extern void kroles_question_used(uint64 load);
extern bool kroles_load_precedes_snapshot(uint64 load);
extern Snapshot kroles_question_snapshot(KrolesBasis basis);
extern KrolesStamp kroles_question_stamp(void);
extern uint64 kroles_number_load(void);

#endif
