/*
 * differences.h
 *		All differences that the changes of a transaction make, object by object.
 */
#ifndef KROLES_DIFFERENCES_H
#define KROLES_DIFFERENCES_H

#include "preview/compare.h"

/* Differences that several media may have in common, of users by id. */
typedef struct KrolesShared
{
	KrolesArray items;			/* KrolesDifference */
	int64		gained[KROLES_NACTIONS];	/* their number, by action */
	int64		lost[KROLES_NACTIONS];
	int64		uses;			/* see preview/counts.c */
	int		   *overridden;
} KrolesShared;

/* An object with its differences: those that it shares, but for users who have their own. */
typedef struct KrolesChangedObject
{
	KrolesKind	kind;
	int64		id;
	bool		shown;			/* to the asker: all users, else only the asker's own difference */
	KrolesShared *shared;		/* NULL: none */
	const KrolesDifference *own;	/* by user; may be equal on both sides */
	int			nown;
} KrolesChangedObject;

typedef struct KrolesDifferences
{
	Snapshot	base;			/* of both sides, until kroles_end_differences() */
	KrolesArray objects;		/* KrolesChangedObject, by kind and id */
	KrolesArray shared;			/* KrolesShared * */
	bool		all_shown;
	int64		asker;			/* a user, or anonymous; if not all is shown */
} KrolesDifferences;

/* What is called for each difference; returns whether to go on. */
typedef bool (*KrolesDifferenceVisitor) (void *arg, const KrolesChangedObject *object, const KrolesDifference *difference);

extern KrolesDifferences *kroles_find_differences(const KrolesAsker *asker, KrolesArray seeds);
extern void kroles_end_differences(KrolesDifferences *differences);
extern bool kroles_visit_differences(const KrolesDifferences *differences, const KrolesChangedObject *object,
									 KrolesDifferenceVisitor visit, void *arg);

/* ---- preview/counts.c ---- */

typedef struct KrolesCount
{
	int64		gained;
	int64		lost;
	int64		users;			/* who gain or lose it somewhere */
	int64		objects;		/* on which somebody does */
} KrolesCount;

extern void kroles_count_differences(const KrolesDifferences *differences, const bool *kinds,
									 KrolesCount (*counts)[KROLES_NACTIONS]);
extern int64 kroles_count_rows(const KrolesDifferences *differences, const KrolesChangedObject *object, KrolesRights actions);

#endif
