/*
 * indexed_expression.h
 *		Expressions that an index has computed from every row: see
 *		planner/indexed_expression.c.
 */
#ifndef KROLES_INDEXED_EXPRESSION_H
#define KROLES_INDEXED_EXPRESSION_H

#include "nodes/pathnodes.h"

extern bool kroles_is_indexed_expression(RelOptInfo *rel, Node *node);

#endif
