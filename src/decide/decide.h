/*
 * decide.h
 *		Decisions about one subject and one object.
 */
#ifndef KROLES_DECIDE_H
#define KROLES_DECIDE_H

#include "cache/cache.h"
#include "cache/invalidation.h"
#include "cache/question.h"
#include "core/asker.h"
#include "rules/rules.h"

/* What is asked of a publication, as bits of an answer's rights. */
#define KROLES_MAY_PUBLISH		((KrolesRights) 1 << 0)
#define KROLES_UNMODERATED		((KrolesRights) 1 << 1)	/* publishing is approved at once */
#define KROLES_MAY_MODERATE		((KrolesRights) 1 << 2)
#define KROLES_MAY_TAKE_DOWN	((KrolesRights) 1 << 3)	/* whoever published it */
#define KROLES_MAY_VIEW_BOTH	((KrolesRights) 1 << 4)	/* the media and the space */
#define KROLES_MANAGES_EITHER	((KrolesRights) 1 << 5)	/* the media or the space */
#define KROLES_NOT_BLOCKED		((KrolesRights) 1 << 6)

/* For questions about a space of whichever kind. */
#define KROLES_ANY_SPACE KROLES_NKINDS

extern KrolesAnswer kroles_decide(KrolesAsker who, KrolesKind kind, int64 id);
extern void kroles_judge_object(KrolesBasis basis, KrolesAsker who, KrolesKind kind, int64 id,
								KrolesAnswer *answer);
extern bool kroles_holds(KrolesAsker who, bool is_group, int64 id);
extern KrolesRights kroles_decide_publication(KrolesAsker who, int64 media_id, int64 space_id);
extern bool kroles_may_take_down_as(KrolesAsker asker, KrolesRights rights,
									bool unknown_publisher, int64 published_by);
extern bool kroles_right_exists(KrolesKind kind, KrolesAction action);
extern bool kroles_object_gone(KrolesClass class, int64 id);
extern bool kroles_media_type_made(Oid type);
extern bool kroles_is_blocked(int64 user_id);
extern KrolesApplicativeRole kroles_applicative_role(KrolesAsker who);

#endif
