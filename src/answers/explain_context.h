/*
 * explain_context.h
 *		The state of one explanation while its reasons are added.
 */
#ifndef KROLES_EXPLAIN_CONTEXT_H
#define KROLES_EXPLAIN_CONTEXT_H

#include "answers/explain.h"
#include "decide/subject.h"
#include "rules/sufficient.h"

/* Flags of variants of the matrices; 0 is the matrices as they are. */
#define KROLES_NO_CEILINGS	1
#define KROLES_NO_TYPES		2	/* without the rights that types of spaces give */
#define KROLES_MODULE_ON	4
#define KROLES_NVARIANTS	8

typedef struct KrolesExplainContext
{
	KrolesExplanation *explanation;
	KrolesJudged judged;
	KrolesRights wanted;
	KrolesMatrices variants[KROLES_NVARIANTS];
	const KrolesSpace *space;	/* the object, if it is a space */
	const KrolesMedia *media;	/* the object, or the room's media */
	const KrolesEvent *event;	/* the object, if it is an event */
	const KrolesStay *stay;		/* of the judged in the room, if the rights read on joining decide */
	bool		unavailable;	/* the media, to the judged */
} KrolesExplainContext;

extern KrolesReason *kroles_add_reason(KrolesExplainContext *context, KrolesEffect effect, KrolesFact fact);

/* ---- answers/explain_window.c ---- */

extern int	kroles_group_count(const KrolesUser *user);
extern const KrolesGroup *kroles_group_at(const KrolesExplainContext *context, int i, KrolesWindow *window);
extern bool kroles_find_membership(const KrolesUser *user, int64 group_id, KrolesWindow *window);
extern KrolesWhyNot kroles_set_window(KrolesReason *reason, KrolesWindow window);

/* ---- One per kind: see KrolesKindMethods ---- */

extern bool kroles_site_find(KrolesExplainContext *context);
extern void kroles_site_explain(KrolesExplainContext *context);
extern KrolesRights kroles_site_rights_with(const KrolesExplainContext *context, const KrolesSubject *subject,
											 int role);
extern bool kroles_space_find(KrolesExplainContext *context);
extern void kroles_space_explain(KrolesExplainContext *context);
extern KrolesRights kroles_space_rights_with(const KrolesExplainContext *context, const KrolesSubject *subject,
											 int role);
extern bool kroles_media_find(KrolesExplainContext *context);
extern KrolesRights kroles_media_rights_with(const KrolesExplainContext *context, const KrolesSubject *subject,
											 int role);
extern bool kroles_room_find(KrolesExplainContext *context);
extern bool kroles_event_find(KrolesExplainContext *context);
extern void kroles_event_explain(KrolesExplainContext *context);
extern KrolesRights kroles_event_rights_with(const KrolesExplainContext *context, const KrolesSubject *subject,
											 int role);

/* ---- answers/explain_space.c ---- */

extern void kroles_explain_via_space(KrolesExplainContext *context, const KrolesSpace *space, KrolesRights right,
								 int published);

/* ---- answers/explain_media.c ---- */

extern KrolesEffect kroles_effect_of_entry(const KrolesExplainContext *context, KrolesAudienceEntry entry,
										   unsigned event_roles, KrolesWhyNot *why);
extern void kroles_media_explain(KrolesExplainContext *context);

/* ---- answers/explain_event.c ---- */

extern void kroles_explain_via_event(KrolesExplainContext *context, int64 event_id);
extern void kroles_explain_via_session(KrolesExplainContext *context, int64 event_id, const KrolesSufficient *sufficient);

/* ---- answers/explain_room.c ---- */

extern void kroles_room_explain(KrolesExplainContext *context);

/* ---- answers/explain_remedies.c ---- */

extern void kroles_add_remedies(KrolesExplainContext *context);

#endif
