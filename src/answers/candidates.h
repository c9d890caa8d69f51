/*
 * candidates.h
 *		Who may be among those for whom the answer about an object is yes.
 */
#ifndef KROLES_CIRCLE_H
#define KROLES_CIRCLE_H

#include "answers/explain.h"

typedef struct KrolesCircle
{
	KrolesKind	kind;
	int64		id;
	KrolesAction action;
	/* what is found */
	Snapshot	snapshot;
	const KrolesMatrices *matrices;
	KrolesThrough through;		/* what would be enough for anybody */
	KrolesMediaStanding without[KROLES_NAPPLICATIVE];	/* how one stands to a media without a grant */
	bool		everybody[KROLES_NAPPLICATIVE]; /* of that applicative role */
	KrolesGrowing users;		/* ids, each once, in order */
	KrolesGrowing groups;
} KrolesCircle;

extern void kroles_find_circle(KrolesCircle *circle);
extern bool kroles_in_circle(const KrolesCircle *circle, int64 user_id);

#endif
