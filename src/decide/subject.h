/*
 * subject.h
 *		What is known of a subject, gathered from cache entries.
 */
#ifndef KROLES_SUBJECT_H
#define KROLES_SUBJECT_H

#include "cache/cache.h"
#include "core/asker.h"
#include "decide/standing.h"

/* The deepest nesting of galleries: enforced by guards/space_tree.c; kroles_members_space() stops there. */
#define KROLES_MOST_GALLERIES 32

/* The subject of a decision, on one basis. */
typedef struct KrolesJudged
{
	KrolesBasis basis;
	const KrolesMatrices *matrices;
	KrolesSubject subject;
	const KrolesUser *user;		/* NULL for anonymous and operators */
	KrolesPrincipals principals;	/* "groups" points into the user's entry */
} KrolesJudged;

extern bool kroles_gather_subject(KrolesBasis basis, KrolesAsker who, KrolesJudged *judged);
extern KrolesRights kroles_rights_in(const KrolesJudged *judged, const KrolesSpace *space,
									 KrolesContextualRole *role);
extern const KrolesSpace *kroles_members_space(KrolesBasis basis, const KrolesSpace *space);
extern const KrolesGrant *kroles_find_grant(const KrolesGrant *grants, int n, int64 space_id);
extern void kroles_add_standing(KrolesMediaStanding *standing, const KrolesJudged *judged, KrolesAudienceEntry entry);
extern unsigned kroles_event_roles(const KrolesJudged *judged, int64 event_id);
extern const KrolesStay *kroles_find_stay(const KrolesJudged *judged, const KrolesMedia *media);
extern KrolesMediaStanding kroles_standing_to(const KrolesJudged *judged, const KrolesMedia *media);

#endif
