/*
 * search_operand.c
 *		What a search looks for: which operands are vetted.
 *
 * An operand that is no column is evaluated while an index is scanned, and again
 * for each candidate that the scan must check, all before the policy.  If it
 * called a function of another role's, that function would count hidden rows.  So
 * it is made of what is listed here and of nothing else: functions by OID, and
 * values of the types by OID.  No listed function takes a pseudotype (record,
 * anyelement, "any"), because those look up casts and output functions when they
 * run, and no listed type is or holds a type that a role can make.
 *
 * What a listed function reaches that roles can make:
 *		Text search configurations and dictionaries.  Their parsers and templates
 *		are C functions that only a superuser can make (both need type internal).
 *		A dictionary's options name files and other dictionaries, nothing to run.
 *		Collations.  Only lower(), upper() and regular expressions use them, in the
 *		C library or ICU; the operators fold by the database's own locale.
 *		Settings.  Their show hooks are C functions of loaded libraries.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "utils/fmgroids.h"

#include "search_operand.h"

/* ---- What is vetted ---- */

static const Oid types[] = {TEXTOID, VARCHAROID, TSVECTOROID, TSQUERYOID, REGCONFIGOID};

static const Oid functions[] = {
	/* a tsquery from text: by a configuration, which is C code all through (see above) */
	F_TO_TSQUERY_TEXT, F_TO_TSQUERY_REGCONFIG_TEXT,
	F_PLAINTO_TSQUERY_TEXT, F_PLAINTO_TSQUERY_REGCONFIG_TEXT,
	F_PHRASETO_TSQUERY_TEXT, F_PHRASETO_TSQUERY_REGCONFIG_TEXT,
	F_WEBSEARCH_TO_TSQUERY_TEXT, F_WEBSEARCH_TO_TSQUERY_REGCONFIG_TEXT,

	/* &&, ||, !! and <->: they only copy the trees of their arguments */
	F_TSQUERY_AND, F_TSQUERY_OR, F_TSQUERY_NOT, F_TSQUERY_PHRASE_TSQUERY_TSQUERY,

	/* text from text: they look at bytes and, by the collation, at letters */
	F_TEXTCAT, F_LOWER_TEXT, F_UPPER_TEXT, F_BTRIM_TEXT, F_REPLACE,
	F_REGEXP_REPLACE_TEXT_TEXT_TEXT, F_REGEXP_REPLACE_TEXT_TEXT_TEXT_TEXT,

	/* a setting, as applications pass values: they are text already */
	F_CURRENT_SETTING_TEXT
};

static bool
is_listed(Oid oid, const Oid *list, int length)
{
	for (int i = 0; i < length; i++)
		if (list[i] == oid)
			return true;
	return false;
}

/* Whether a type is one of those that searches are made of. */
bool
kroles_search_type(Oid type)
{
	return is_listed(type, types, lengthof(types));
}

/* For check_functions_in_node: true for a function that is not listed. */
static bool
is_other_function(Oid function, void *context)
{
	return !is_listed(function, functions, lengthof(functions));
}

/* Whether text is read as a tsquery or as the name of a configuration: by C functions, with no other type in between. */
static bool
is_vetted_conversion(CoerceViaIO *node)
{
	Oid			from = exprType((Node *) node->arg);

	return (from == TEXTOID || from == VARCHAROID) &&
		(node->resulttype == TSQUERYOID || node->resulttype == REGCONFIGOID);
}

/* A walker, true for all that is not vetted. */
static bool
is_not_vetted(Node *node, void *context)
{
	bool		vetted = false;

	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_List:
			return expression_tree_walker(node, is_not_vetted, context);
		case T_Const:
		case T_RelabelType:
			vetted = true;
			break;
		case T_Param:
			vetted = ((Param *) node)->paramkind == PARAM_EXTERN || ((Param *) node)->paramkind == PARAM_EXEC;
			break;
		case T_FuncExpr:
		case T_OpExpr:
			vetted = !check_functions_in_node(node, is_other_function, NULL);
			break;
		case T_CoerceViaIO:
			vetted = is_vetted_conversion((CoerceViaIO *) node);
			break;
		default:
			break;
	}
	return !vetted || !kroles_search_type(exprType(node)) || expression_tree_walker(node, is_not_vetted, context);
}

/* An expression without what only relabels its type. */
Node *
kroles_search_bare(Node *node)
{
	while (IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	return node;
}

/* A column as it is, of whatever relation, of a listed type and no domain over it. */
bool
kroles_search_column(Node *node)
{
	node = kroles_search_bare(node);
	return IsA(node, Var) && ((Var *) node)->varlevelsup == 0 && kroles_search_type(((Var *) node)->vartype);
}

/* Whether an operand that is no column is vetted. */
bool
kroles_search_operand(Node *node)
{
	return !is_not_vetted(node, NULL);
}
