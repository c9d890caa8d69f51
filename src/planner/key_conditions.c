/*
 * key_conditions.c
 *		What a policy's condition says about the columns of a row: it is true only if
 *		one of its "arms" is, and an arm is true only if a column holds one of the
 *		keys of a term (rls/keys.h).
 *
 * kroles.holds(user_id, group_id) OR kroles.space_can('moderate', space_id), for
 * instance, has three arms: the asker's user, the asker's groups, and the spaces that
 * the asker moderates.
 *
 * In plans, kroles.keys('term') stands for the keys of a term.  It is never called:
 * planner/keyed_scan.c replaces it by the keys.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"

#include "planner/key_conditions.h"
#include "planner/own_functions.h"
#include "rls/publication_filter.h"
#include "store/catalog.h"

/* ---- Names of terms ---- */

#define KROLES_NAME(constant, label) label,
static const char *const source_names[] = {KROLES_KEY_SOURCES(KROLES_NAME)};

/* The name of a term, such as "spaces: view, moderate". */
char *
kroles_key_term_name(KrolesKeyTerm term)
{
	StringInfoData name;
	const char *separator = ": ";

	initStringInfo(&name);
	appendStringInfoString(&name, source_names[term.source]);
	for (int action = 0; action < KROLES_NACTIONS; action++)
		if (term.rights & KROLES_RIGHT(action))
		{
			appendStringInfo(&name, "%s%s", separator, kroles_label(KROLES_E_ACTION, action));
			separator = ", ";
		}
	return name.data;
}

/* The term of that name; false if there is none. */
bool
kroles_parse_key_term(const char *text, KrolesKeyTerm *term)
{
	char	   *name = pstrdup(text);
	char	   *rights = strstr(name, ": ");

	term->rights = 0;
	if (rights != NULL)
	{
		*rights = '\0';
		for (char *label = strtok(rights + 2, ", "); label != NULL; label = strtok(NULL, ", "))
		{
			int			action = kroles_label_code(KROLES_E_ACTION, label, strlen(label));

			if (action < 0)
				return false;
			term->rights |= KROLES_RIGHT(action);
		}
	}
	for (int source = 0; source < KROLES_NKEYSOURCES; source++)
		if (strcmp(name, source_names[source]) == 0)
		{
			term->source = source;
			return true;
		}
	return false;
}

/* An expression of type bigint[] that stands for the keys of a term; NULL if the function is missing. */
Expr *
kroles_key_placeholder(KrolesKeyTerm term)
{
	Oid			function = kroles_keys_function();
	Const	   *name = makeConst(TEXTOID, -1, DEFAULT_COLLATION_OID, -1, CStringGetTextDatum(kroles_key_term_name(term)), false, false);

	if (!OidIsValid(function))
		return NULL;
	return (Expr *) makeFuncExpr(function, INT8ARRAYOID, list_make1(name), InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
}

/* Whether an expression stands for the keys of a term; which, in *term. */
bool
kroles_is_key_placeholder(Node *node, KrolesKeyTerm *term)
{
	FuncExpr   *call = (FuncExpr *) node;

	return node != NULL && IsA(node, FuncExpr) && kroles_own_function(call->funcid) == KROLES_OWN_KEYS && IsA(linitial(call->args), Const) &&
		kroles_parse_key_term(TextDatumGetCString(((Const *) linitial(call->args))->constvalue), term);
}

/* ---- Arms ---- */

/* The column that an id in a policy is read from, without the casts that kroles_protect writes; NULL if it is none. */
static Var *
id_column(Node *node)
{
	if (IsA(node, FuncExpr) && (((FuncExpr *) node)->funcid == F_INT8_INT4 || ((FuncExpr *) node)->funcid == F_INT8_INT2))
		node = linitial(((FuncExpr *) node)->args);
	while (IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	return IsA(node, Var) && ((Var *) node)->varlevelsup == 0 && ((Var *) node)->varattno > 0 ? (Var *) node : NULL;
}

/* A constant of one of our enum types; -1 if it is not constant, or not known. */
static int
constant_code(KrolesEnum type, Node *node)
{
	Const	   *constant = (Const *) node;

	return IsA(node, Const) && !constant->constisnull ? kroles_enum_code(type, DatumGetObjectId(constant->constvalue)) : -1;
}

static List *
one_arm(Var *column, KrolesKeySource source, KrolesRights rights)
{
	KrolesKeyArm *arm = palloc(sizeof(KrolesKeyArm));

	*arm = (KrolesKeyArm) {column, {source, rights}};
	return list_make1(arm);
}

/* The arm of an id column; NIL if the argument is no column. */
static List *
id_arm(Node *id, KrolesKeySource source, KrolesRights rights)
{
	Var		   *column = id_column(id);

	return column == NULL ? NIL : one_arm(column, source, rights);
}

/* kroles.can(action, kind, id) */
static List *
arms_of_can(List *args)
{
	int			action = constant_code(KROLES_E_ACTION, linitial(args));
	int			kind = constant_code(KROLES_E_OBJECT_KIND, lsecond(args));

	if (action < 0 || kind < 0)
		return NIL;
	switch (kind)
	{
		case KROLES_SITE:
			return one_arm(NULL, KROLES_KEYS_SITE, KROLES_RIGHT(action));
		case KROLES_CHANNEL:
		case KROLES_GALLERY:
			return id_arm(lthird(args), KROLES_KEYS_SPACES, KROLES_RIGHT(action));
		case KROLES_EVENT:
			return id_arm(lthird(args), KROLES_KEYS_EVENTS, KROLES_RIGHT(action));
		case KROLES_MEDIA:
			return id_arm(lthird(args), KROLES_KEYS_MEDIA, KROLES_RIGHT(action));
		case KROLES_ROOM:
			/* "view" in a room is the media's; other rights may come from a stay */
			return action == KROLES_VIEW ? id_arm(lthird(args), KROLES_KEYS_MEDIA, KROLES_RIGHT(action)) : NIL;
		default:
			return NIL;
	}
}

/* kroles.space_can(action, space_id) */
static List *
arms_of_space_can(List *args)
{
	int			action = constant_code(KROLES_E_ACTION, linitial(args));

	return action < 0 ? NIL : id_arm(lsecond(args), KROLES_KEYS_SPACES, KROLES_RIGHT(action));
}

/* kroles.holds(user_id, group_id): either may be NULL. */
static List *
arms_of_holds(List *args)
{
	List	   *user = id_arm(linitial(args), KROLES_KEYS_ASKER, 0);
	List	   *group = id_arm(lsecond(args), KROLES_KEYS_GROUPS, 0);

	if ((user == NIL && !IsA(linitial(args), Const)) || (group == NIL && !IsA(lsecond(args), Const)))
		return NIL;
	return list_concat(user, group);
}

/* kroles.may_see_publication(media_id, space_id, status, published_by): see rls/publication_filter.c. */
static List *
arms_of_publication(List *args)
{
	List	   *media = id_arm(linitial(args), KROLES_KEYS_HELD_MEDIA, KROLES_RIGHT(KROLES_PUBLISH));
	List	   *space = id_arm(lsecond(args), KROLES_KEYS_SPACES, KROLES_SHOWS_SOME_THERE);
	List	   *publisher = id_arm(lfourth(args), KROLES_KEYS_ASKER, 0);

	return media == NIL || space == NIL || publisher == NIL ? NIL : list_concat(space, list_concat(publisher, media));
}

static List *
arms_of_call(FuncExpr *call)
{
	switch (kroles_own_function(call->funcid))
	{
		case KROLES_OWN_CAN:
			return list_length(call->args) == 3 ? arms_of_can(call->args) : NIL;
		case KROLES_OWN_SPACE_CAN:
			return arms_of_space_can(call->args);
		case KROLES_OWN_HOLDS:
			return arms_of_holds(call->args);
		case KROLES_OWN_IS_AUDITOR:
			return one_arm(NULL, KROLES_KEYS_AUDITOR, 0);
		case KROLES_OWN_MAY_SEE_PUBLICATION:
			return arms_of_publication(call->args);
		default:
			return NIL;
	}
}

/* An OR has the arms of all its parts; an AND those of one part, the one with the fewest. */
static List *
arms_of_bool(BoolExpr *condition)
{
	List	   *arms = NIL;
	ListCell   *cell;

	foreach(cell, condition->args)
	{
		List	   *part = condition->boolop == NOT_EXPR ? NIL : kroles_key_arms(lfirst(cell));

		if (condition->boolop == AND_EXPR && part != NIL && (arms == NIL || list_length(part) < list_length(arms)))
			arms = part;
		if (condition->boolop == OR_EXPR && part == NIL)
			return NIL;
		if (condition->boolop == OR_EXPR)
			arms = list_concat(arms, part);
	}
	return arms;
}

/* The arms (KrolesKeyArm) of a condition; NIL if it may be true for rows that have no key. */
List *
kroles_key_arms(Node *condition)
{
	if (IsA(condition, RestrictInfo))
		condition = (Node *) ((RestrictInfo *) condition)->clause;
	if (IsA(condition, FuncExpr))
		return arms_of_call((FuncExpr *) condition);
	return IsA(condition, BoolExpr) ? arms_of_bool((BoolExpr *) condition) : NIL;
}
