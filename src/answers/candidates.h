/*
 * candidates.h
 *		Candidates: the users who may have a right on an object.
 */
#ifndef KROLES_CANDIDATES_H
#define KROLES_CANDIDATES_H

#include "utils/snapshot.h"

#include "cache/cache.h"
#include "core/array.h"
#include "rules/sufficient.h"

typedef struct KrolesCandidates
{
	KrolesKind	kind;
	int64		id;
	KrolesAction action;
	KrolesBasis basis;			/* KROLES_SNAPSHOT or KROLES_PAST */
	/* filled in by kroles_find_candidates() */
	Snapshot	snapshot;
	const KrolesMatrices *matrices;
	KrolesSufficient sufficient;		/* for any applicative role */
	KrolesMediaStanding without[KROLES_NAPPLICATIVE];	/* standing to the media without a grant */
	bool		everybody[KROLES_NAPPLICATIVE]; /* all users of the applicative role are candidates */
	KrolesArray users;		/* ids, sorted, without duplicates */
	KrolesArray groups;
} KrolesCandidates;

/* One per kind: see KrolesKindMethods.find_candidates. */
extern void kroles_candidates_of_site(KrolesCandidates *candidates);
extern void kroles_candidates_of_space(KrolesCandidates *candidates);
extern void kroles_candidates_of_media(KrolesCandidates *candidates);
extern void kroles_candidates_of_event(KrolesCandidates *candidates);

extern void kroles_find_candidates(KrolesCandidates *candidates);
extern void kroles_visit_candidates(const KrolesCandidates *candidates, int64 from,
									bool (*visit) (void *arg, int64 user_id), void *arg);

#endif
