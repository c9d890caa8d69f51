/*
 * candidates.h
 *		Who may be among those for whom the answer about an object is yes.
 */
#ifndef KROLES_CANDIDATES_H
#define KROLES_CANDIDATES_H

#include "utils/snapshot.h"

#include "core/array.h"
#include "rules/sufficient.h"

typedef struct KrolesCandidates
{
	KrolesKind	kind;
	int64		id;
	KrolesAction action;
	/* what is found */
	Snapshot	snapshot;
	const KrolesMatrices *matrices;
	KrolesSufficient sufficient;		/* what would be enough for anybody */
	KrolesMediaStanding without[KROLES_NAPPLICATIVE];	/* how one stands to a media without a grant */
	bool		everybody[KROLES_NAPPLICATIVE]; /* of that applicative role */
	KrolesArray users;		/* ids, each once, in order */
	KrolesArray groups;
} KrolesCandidates;

/* Of each kind: see KrolesKindMethods.find_candidates. */
extern void kroles_candidates_of_site(KrolesCandidates *candidates);
extern void kroles_candidates_of_space(KrolesCandidates *candidates);
extern void kroles_candidates_of_media(KrolesCandidates *candidates);
extern void kroles_candidates_of_event(KrolesCandidates *candidates);

extern void kroles_find_candidates(KrolesCandidates *candidates);
extern bool kroles_is_candidate(const KrolesCandidates *candidates, int64 user_id);

#endif
