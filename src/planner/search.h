/*
 * search.h
 *		The searches on a relation: see planner/search.c and planner/search_index.c.
 */
#ifndef KROLES_SEARCH_H
#define KROLES_SEARCH_H

#include "nodes/pathnodes.h"

extern List *kroles_allowed_searches(PlannerInfo *root, RelOptInfo *rel);
extern bool kroles_get_sides(Node *node, Oid *operator, Node **left, Node **right);
extern bool kroles_has_search_index(RelOptInfo *rel, Oid operator, Node *left, Node *right, bool all);

#endif
