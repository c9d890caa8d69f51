/*
 * decide.h
 *		Decisions about one subject and one object.
 */
#ifndef KROLES_DECIDE_H
#define KROLES_DECIDE_H

#include "cache/question.h"
#include "core/asker.h"

/* What a subject may do with a media in a space. */
typedef struct KrolesPublicationAnswer
{
	bool		may_publish;
	bool		unmoderated;	/* the subject's publications are approved at once */
	bool		may_moderate;
	bool		may_take_down;	/* any publication, not only the subject's own */
	bool		may_view_both;	/* the media and the space */
	bool		manages_either; /* the media or the space */
	bool		not_blocked;
} KrolesPublicationAnswer;

/* For questions about a space of either kind. */
#define KROLES_ANY_SPACE KROLES_NKINDS

extern KrolesAnswer kroles_decide(KrolesAsker who, KrolesKind kind, int64 id);
extern void kroles_judge_object(KrolesBasis basis, KrolesAsker who, KrolesKind kind, int64 id,
								KrolesAnswer *answer);
extern bool kroles_holds(KrolesAsker who, bool is_group, int64 id);
extern KrolesPublicationAnswer kroles_decide_publication(KrolesAsker who, int64 media_id, int64 space_id);
extern bool kroles_may_take_down_as(KrolesAsker asker, const KrolesPublicationAnswer *answer,
									bool unknown_publisher, int64 published_by);
extern bool kroles_right_exists(KrolesKind kind, KrolesAction action);
extern bool kroles_object_gone(KrolesClass class, int64 id);
extern bool kroles_media_type_made(Oid type);
extern bool kroles_is_blocked(int64 user_id);
extern KrolesApplicativeRole kroles_applicative_role(KrolesAsker who);
extern bool kroles_may_know_people(KrolesAsker who);
extern KrolesJoiningPolicy kroles_joining_policy(int64 space_id);

/* ---- The judges of the kinds: see KrolesKindMethods.judge ---- */

struct KrolesJudged;

extern void kroles_judge_site(const struct KrolesJudged *judged, int64 id, KrolesAnswer *answer);
extern void kroles_judge_channel(const struct KrolesJudged *judged, int64 id, KrolesAnswer *answer);
extern void kroles_judge_gallery(const struct KrolesJudged *judged, int64 id, KrolesAnswer *answer);
extern void kroles_judge_media(const struct KrolesJudged *judged, int64 id, KrolesAnswer *answer);
extern void kroles_judge_room(const struct KrolesJudged *judged, int64 id, KrolesAnswer *answer);
extern void kroles_judge_event(const struct KrolesJudged *judged, int64 id, KrolesAnswer *answer);
extern void kroles_judge_media_entry(const struct KrolesJudged *judged, const KrolesMedia *media, KrolesAnswer *answer);
extern void kroles_judge_room_entry(const struct KrolesJudged *judged, const KrolesMedia *room, KrolesAnswer *answer);

#endif
