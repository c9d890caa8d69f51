/*
 * keyed_scan.h
 *		The keyed scan: from planner/keyed_scan.c for planner/keyed_paths.c.
 */
#ifndef KROLES_KEYED_SCAN_H
#define KROLES_KEYED_SCAN_H

#include "nodes/pathnodes.h"

#include "planner/key_conditions.h"

/* What a keyed scan chooses by; stored in the plan. */
typedef struct KrolesKeyedChoice
{
	Oid			relid;
	List	   *arms;			/* KrolesKeyArm: what the keyed path finds rows by */
	Node	   *gate;			/* the one space that the rows are in; NULL: they may be in any */
	KrolesRights gate_rights;	/* one of these on that space shows rows there that have no key */
	double		rows;			/* that the ordinary path reads before the policy filters them */
	double		rows_needed;	/* that the query needs; 0 for all */
} KrolesKeyedChoice;

extern void kroles_keyed_init(void);
extern Path *kroles_keyed_path(RelOptInfo *rel, Path *ordinary, Path *keyed, const KrolesKeyedChoice *choice);

#endif
