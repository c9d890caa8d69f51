/*
 * keyed_choice.h
 *		Which plan a keyed scan runs, and what it is chosen by.
 */
#ifndef KROLES_KEYED_CHOICE_H
#define KROLES_KEYED_CHOICE_H

#include "nodes/pathnodes.h"

#include "planner/key_conditions.h"

/* What a keyed scan chooses by. */
typedef struct KrolesKeyedChoice
{
	Oid			relid;
	List	   *arms;			/* KrolesKeyArm: what the keyed path finds rows by */
	Node	   *gate;			/* the one space that the rows are in; NULL: they may be in any */
	KrolesRights gate_rights;	/* one of these on that space shows rows there that have no key */
	double		rows;			/* that the ordinary path reads before the policy filters them */
	double		rows_needed;	/* that the query needs; 0 for all */
} KrolesKeyedChoice;

/* The same as it is stored in the plan. */
typedef struct KrolesStoredChoice
{
	Oid			relid;
	KrolesKeyTerm gate;
	double		startup;		/* costs of the ordinary path, with penalties */
	double		total;
	double		rows;
	double		rows_needed;
	List	   *columns;		/* Integer: the column of each arm */
	KrolesKeyTerm *terms;		/* the term of each arm */
} KrolesStoredChoice;

extern List *kroles_pack_choice(const KrolesKeyedChoice *choice, const Path *ordinary);
extern KrolesStoredChoice kroles_unpack_choice(List *packed);
extern bool kroles_keys_serve(void);
extern bool kroles_keys_are_few(const KrolesStoredChoice *choice);
extern bool kroles_keys_are_cheaper(const KrolesStoredChoice *choice, double *cost);

#endif
