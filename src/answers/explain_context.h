/*
 * explain_context.h
 *		What is at hand while reasons are gathered: for reasons*.c and answers/explain_remedies.c.
 */
#ifndef KROLES_GATHERING_H
#define KROLES_GATHERING_H

#include "answers/explain.h"

/* The matrices as they are, and as they would be without something, by sum. */
#define KROLES_NO_CEILINGS	1
#define KROLES_NO_TYPES		2	/* what types of spaces give without a grant */
#define KROLES_MODULE_ON	4
#define KROLES_NVARIANTS	8

typedef struct KrolesGathering
{
	KrolesInquiry *inquiry;
	KrolesJudged judged;
	KrolesRights wanted;
	KrolesMatrices variants[KROLES_NVARIANTS];
	const KrolesSpace *space;	/* the object, if it is one */
	const KrolesMedia *media;	/* ... or a room's */
	const KrolesEvent *event;
	const KrolesStay *stay;		/* of the judged in the room, where what is wanted was read on joining */
} KrolesGathering;

extern KrolesReason *kroles_add_reason(KrolesGathering *g, KrolesEffect effect, KrolesFact fact);

/* ---- answers/explain_space.c ---- */

extern void kroles_explain_space(KrolesGathering *g, const KrolesSpace *space, KrolesRights right, int published);

/* ---- answers/explain_media.c ---- */

extern KrolesEffect kroles_effect_of_token(const KrolesGathering *g, KrolesToken token, unsigned event_roles,
										   KrolesWhyNot *why);
extern void kroles_explain_media(KrolesGathering *g);

/* ---- answers/explain_event.c ---- */

extern void kroles_explain_event(KrolesGathering *g, int64 event_id);
extern void kroles_explain_session(KrolesGathering *g, int64 event_id, const KrolesThrough *through);

/* ---- answers/explain_room.c ---- */

extern void kroles_explain_room(KrolesGathering *g);

/* ---- answers/explain_remedies.c ---- */

extern void kroles_add_needs(KrolesGathering *g);

#endif
