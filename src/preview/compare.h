/*
 * compare.h
 *		What users may do with objects, on both sides.
 */
#ifndef KROLES_COMPARE_H
#define KROLES_COMPARE_H

#include "core/asker.h"
#include "preview/media.h"

/* A user's rights on an object where the sides differ. */
typedef struct KrolesDifference
{
	int64		user_id;		/* must be first */
	KrolesRights rights[KROLES_NSIDES];
} KrolesDifference;

/* What is judged: an object, or a signature of media. */
typedef struct KrolesCase
{
	KrolesKind	kind;
	int64		id;
	const KrolesMedia *media;	/* NULL: an object */
} KrolesCase;

/* One object's case on each side, and the users for whom they differ. */
typedef struct KrolesPair
{
	int			cases[KROLES_NSIDES];	/* -1: the object does not exist there */
	KrolesArray differences;	/* KrolesDifference, by user */
	KrolesArray room_differences;	/* the same of the media's room */
} KrolesPair;

/* Cases and their pairs. */
typedef struct KrolesCases
{
	KrolesArray cases;			/* KrolesCase */
	KrolesArray pairs;			/* KrolesPair */
} KrolesCases;

extern KrolesCases kroles_no_cases(void);
extern KrolesAsker kroles_concerned_asker(int64 user_id);
extern void kroles_compare(const KrolesConcern *concern, const KrolesArray *users, KrolesCases *cases);
extern void kroles_compare_named(Snapshot base, KrolesConcernedMedia *media);
extern bool *kroles_find_managed(Snapshot base, int64 user_id, const KrolesCases *cases);
extern bool kroles_is_managed(const KrolesRights *rights, bool existed);

#endif
