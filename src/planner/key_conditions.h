/*
 * key_conditions.h
 *		What a policy's condition says about the columns of a row.
 */
#ifndef KROLES_KEY_CONDITIONS_H
#define KROLES_KEY_CONDITIONS_H

#include "nodes/primnodes.h"

#include "rls/keys.h"

/* A row for which the condition is true has one of the term's keys in that column, or is visible by another arm. */
typedef struct KrolesKeyArm
{
	Var		   *column;			/* NULL for KROLES_KEYS_SITE */
	KrolesKeyTerm term;
} KrolesKeyArm;

extern char *kroles_key_term_name(KrolesKeyTerm term);
extern bool kroles_parse_key_term(const char *name, KrolesKeyTerm *term);
extern List *kroles_key_arms(Node *condition);
extern Expr *kroles_key_placeholder(KrolesKeyTerm term);
extern bool kroles_is_key_placeholder(Node *node, KrolesKeyTerm *term);

#endif
