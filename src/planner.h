/*
 * planner.h
 *		What the parts that help the planner say to each other.
 */
#ifndef KROLES_PLANNER_H
#define KROLES_PLANNER_H

#include "nodes/pathnodes.h"

extern Expr *kroles_index_condition(Node *audience, Oid opfamily);

#endif
