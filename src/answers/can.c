/*
 * can.c
 *		kroles_can(), kroles_rights(), kroles_role() and kroles_can_publish().
 *
 * An object that the asker may not see and one that does not exist get the same
 * answer.  Questions about another user need a permission: see
 * answers/arguments.c.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "answers/arguments.h"
#include "cache/kinds.h"
#include "decide/decide.h"
#include "identity/identity.h"
#include "rls/object_filter.h"

/*
 * The rights and the product role on the object in an argument.  The site's id
 * is ignored; for other kinds NULL means no object.
 */
static KrolesAnswer
decide_object_arg(FunctionCallInfo fcinfo, int n, KrolesAsker who, KrolesKind kind)
{
	if (PG_ARGISNULL(n) && kind != KROLES_SITE)
		return (KrolesAnswer) {0, KROLES_NO_PRODUCT_ROLE};
	return kroles_decide(who, kind, kind == KROLES_SITE ? 0 : PG_GETARG_INT64(n));
}

/* kroles_can(action, kind, id): may the current subject? */
PG_FUNCTION_INFO_V1(kroles_can);
Datum
kroles_can(PG_FUNCTION_ARGS)
{
	KrolesAction action = kroles_arg_action(fcinfo, 0);
	KrolesKind	kind = kroles_arg_kind(fcinfo, 1);
	bool		names_object = kind == KROLES_SITE || !PG_ARGISNULL(2);
	int64		id = kind == KROLES_SITE || !names_object ? 0 : PG_GETARG_INT64(2);

	/* a right that is held exists, so that check is skipped */
	if (names_object && kroles_filter_object(KROLES_RIGHT(action), kind, id))
		PG_RETURN_BOOL(true);
	kroles_check_right_exists(kind, action);
	PG_RETURN_BOOL(false);
}

/* kroles_can(user_id, action, kind, id): may that user? */
PG_FUNCTION_INFO_V1(kroles_can_user);
Datum
kroles_can_user(PG_FUNCTION_ARGS)
{
	KrolesAsker who = kroles_arg_user(fcinfo, 0);
	KrolesAction action = kroles_arg_action(fcinfo, 1);
	KrolesKind	kind = kroles_arg_kind(fcinfo, 2);

	kroles_check_right_exists(kind, action);
	kroles_check_may_ask(who, kind, kroles_arg_id(fcinfo, 3));
	PG_RETURN_BOOL((decide_object_arg(fcinfo, 3, who, kind).rights & KROLES_RIGHT(action)) != 0);
}

/* The rights as an array of kroles.action, in the order of its values. */
static Datum
rights_array(KrolesRights rights)
{
	Datum		actions[KROLES_NACTIONS];
	int			n = 0;

	for (int action = 0; action < KROLES_NACTIONS; action++)
		if (rights & KROLES_RIGHT(action))
			actions[n++] = ObjectIdGetDatum(kroles_enum_value(KROLES_E_ACTION, action));
	return PointerGetDatum(construct_array(actions, n, kroles_enum_type(KROLES_E_ACTION),
										   sizeof(Oid), true, TYPALIGN_INT));
}

/* The same as text[], which clients know: of an array of an enum they make a string. */
static Datum
labels_array(KrolesRights rights)
{
	Datum		labels[KROLES_NACTIONS];
	int			n = 0;

	for (int action = 0; action < KROLES_NACTIONS; action++)
		if (rights & KROLES_RIGHT(action))
			labels[n++] = CStringGetTextDatum(kroles_label(KROLES_E_ACTION, action));
	return PointerGetDatum(construct_array(labels, n, TEXTOID, -1, false, TYPALIGN_INT));
}

/* kroles.all_rights(kind, id): all rights of the current subject. */
PG_FUNCTION_INFO_V1(kroles_rights);
Datum
kroles_rights(PG_FUNCTION_ARGS)
{
	KrolesKind	kind = kroles_arg_kind(fcinfo, 0);

	return rights_array(decide_object_arg(fcinfo, 1, kroles_asker(), kind).rights);
}

/* kroles_rights(kind, id): the same as text[]. */
PG_FUNCTION_INFO_V1(kroles_rights_text);
Datum
kroles_rights_text(PG_FUNCTION_ARGS)
{
	KrolesKind	kind = kroles_arg_kind(fcinfo, 0);

	return labels_array(decide_object_arg(fcinfo, 1, kroles_asker(), kind).rights);
}

/* kroles_rights(kind, id, user_id) in the script of 1.0.0. */
PG_FUNCTION_INFO_V1(kroles_rights_user);
Datum
kroles_rights_user(PG_FUNCTION_ARGS)
{
	KrolesKind	kind = kroles_arg_kind(fcinfo, 0);
	KrolesAsker who = kroles_arg_user(fcinfo, 2);

	kroles_check_may_ask(who, kind, kroles_arg_id(fcinfo, 1));
	return rights_array(decide_object_arg(fcinfo, 1, who, kind).rights);
}

/* kroles_rights(kind, id, user_id): all rights of that user, as text[]. */
PG_FUNCTION_INFO_V1(kroles_rights_text_user);
Datum
kroles_rights_text_user(PG_FUNCTION_ARGS)
{
	KrolesKind	kind = kroles_arg_kind(fcinfo, 0);
	KrolesAsker who = kroles_arg_user(fcinfo, 2);

	kroles_check_may_ask(who, kind, kroles_arg_id(fcinfo, 1));
	return labels_array(decide_object_arg(fcinfo, 1, who, kind).rights);
}

/* The label of a product role; NULL for none. */
static Datum
product_role_label(FunctionCallInfo fcinfo, KrolesKind kind, KrolesProductRole role)
{
	const char *label = kroles_product_role_label(kind, role);

	if (label == NULL)
		PG_RETURN_NULL();
	return CStringGetTextDatum(label);
}

/* kroles_role(kind, id): the current subject's product role. */
PG_FUNCTION_INFO_V1(kroles_role);
Datum
kroles_role(PG_FUNCTION_ARGS)
{
	KrolesKind	kind = kroles_arg_kind(fcinfo, 0);

	return product_role_label(fcinfo, kind, decide_object_arg(fcinfo, 1, kroles_asker(), kind).role);
}

/* kroles_role(kind, id, user_id): that user's product role. */
PG_FUNCTION_INFO_V1(kroles_role_user);
Datum
kroles_role_user(PG_FUNCTION_ARGS)
{
	KrolesKind	kind = kroles_arg_kind(fcinfo, 0);
	KrolesAsker who = kroles_arg_user(fcinfo, 2);

	kroles_check_may_ask(who, kind, kroles_arg_id(fcinfo, 1));
	return product_role_label(fcinfo, kind, decide_object_arg(fcinfo, 1, who, kind).role);
}

/* kroles_current_user(): the user's id; NULL for anonymous and operators. */
PG_FUNCTION_INFO_V1(kroles_current_user);
Datum
kroles_current_user(PG_FUNCTION_ARGS)
{
	KrolesAsker asker = kroles_asker();

	if (asker.type != KROLES_PERSON)
		PG_RETURN_NULL();
	PG_RETURN_INT64(asker.user_id);
}

/* ---- Publishing ---- */

/* What a subject may do about a media in a space; nothing if either is NULL. */
static KrolesPublicationAnswer
decide_publication_args(FunctionCallInfo fcinfo, KrolesAsker who)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (KrolesPublicationAnswer) {0};
	return kroles_decide_publication(who, PG_GETARG_INT64(0), PG_GETARG_INT64(1));
}

/* kroles_can_publish(media_id, space_id): may the current subject? */
PG_FUNCTION_INFO_V1(kroles_can_publish);
Datum
kroles_can_publish(PG_FUNCTION_ARGS)
{
	KrolesPublicationAnswer answer = decide_publication_args(fcinfo, kroles_asker());

	PG_RETURN_BOOL(answer.may_publish);
}

/*
 * Whether the subject of an answer may ask about others: manages the media or
 * the space, and sees both.
 */
static bool
may_ask_about_publishing(KrolesPublicationAnswer answer)
{
	return answer.manages_either && answer.may_view_both;
}

/* kroles_can_publish(media_id, space_id, user_id): may that user? */
PG_FUNCTION_INFO_V1(kroles_can_publish_user);
Datum
kroles_can_publish_user(PG_FUNCTION_ARGS)
{
	KrolesAsker asker = kroles_asker();
	KrolesAsker who = kroles_arg_user(fcinfo, 2);

	if (!kroles_same_asker(asker, who) && asker.type != KROLES_AUDITOR &&
		!(kroles_decide(asker, KROLES_SITE, 0).rights & KROLES_RIGHT(KROLES_ADMINISTER)) &&
		!may_ask_about_publishing(decide_publication_args(fcinfo, asker)))
		kroles_refuse_asking();
	PG_RETURN_BOOL(decide_publication_args(fcinfo, who).may_publish);
}

/*
 * kroles_publication_status(media_id, space_id): the status that publishing now
 * would give; NULL if not allowed.
 */
PG_FUNCTION_INFO_V1(kroles_publication_status);
Datum
kroles_publication_status(PG_FUNCTION_ARGS)
{
	KrolesPublicationAnswer answer = decide_publication_args(fcinfo, kroles_asker());

	if (!answer.may_publish)
		PG_RETURN_NULL();
	PG_RETURN_OID(kroles_enum_value(KROLES_E_PUBLICATION_STATUS,
									answer.unmoderated ? KROLES_APPROVED : KROLES_PENDING));
}
