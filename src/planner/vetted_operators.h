/*
 * vetted_operators.h
 *		The operators that a search may use before the policy: see
 *		planner/vetted_operators.c and planner/vetted_types.c.
 */
#ifndef KROLES_VETTED_OPERATORS_H
#define KROLES_VETTED_OPERATORS_H

#include "nodes/primnodes.h"

/* What an operand that is not a column must be, for an operator to leak nothing. */
typedef enum KrolesVetting
{
	KROLES_NOT_VETTED,			/* not a reviewed operator */
	KROLES_ANY_OPERAND,			/* whatever planner/search_operand.c allows */
	KROLES_SHORT_CONSTANT,		/* a constant of limited size */
	KROLES_LIKE_PATTERN,		/* a short constant, a pattern that is complete */
	KROLES_LTREE_PATTERN		/* a short constant, a pattern that folds no case and goes back little */
} KrolesVetting;

extern KrolesVetting kroles_vet_operator(Oid operator, Oid function, Oid collation, Oid type);
extern bool kroles_is_c_function(Oid function, const char *library, const char *symbol);
extern bool kroles_is_element_type(Oid type);
extern bool kroles_is_plain_collation(Oid collation);
extern bool kroles_is_search_type(Oid type);
extern bool kroles_is_safe_constant(Node *node, KrolesVetting vetting);

#endif
