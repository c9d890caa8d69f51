/*
 * search_operand.h
 *		The operands of searches: see planner/search_operand.c.
 */
#ifndef KROLES_SEARCH_OPERAND_H
#define KROLES_SEARCH_OPERAND_H

#include "nodes/pathnodes.h"

extern Node *kroles_strip_relabel(Node *node);
extern Node *kroles_search_evaluate_once(PlannerInfo *root, Node *operand);
extern bool kroles_is_search_column(Node *node);
extern bool kroles_is_search_operand(Node *node);

#endif
