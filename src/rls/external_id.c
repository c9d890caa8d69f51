/*
 * external_id.c
 *		Objects known by the id of another system.
 *
 * Policies on tables that hold external ids ask here.  Which object an id
 * stands for is read on each basis through its snapshot, outside row
 * security: an id of no object and that of a hidden object answer alike.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "cache/kinds.h"
#include "decide/decide.h"
#include "identity/identity.h"
#include "store/scan.h"

typedef struct AboutExternal
{
	KrolesAsker who;
	KrolesKind	kind;
	const char *external_id;
} AboutExternal;

/* The id of the object; false where there is none, and for a kind without external ids. */
static bool
find_object(const AboutExternal *about, Snapshot snapshot, int64 *id)
{
	const KrolesKindMethods *kind = &kroles_kinds[about->kind];
	KrolesScan	scan;
	bool		found;

	if (!kind->has_ids)
		return false;
	kroles_scan_by_text(&scan, kind->table, kind->by_external_id, kind->external_id, about->external_id, snapshot);
	found = kroles_scan_next(&scan);
	if (found)
		*id = kroles_scan_id(&scan, kind->id);
	kroles_scan_end(&scan);
	return found;
}

static void
judge_external(KrolesBasis basis, const void *arg, void *answer)
{
	const AboutExternal *about = arg;
	Snapshot	snapshot = kroles_question_snapshot(basis);
	int64		id = 0;
	bool		found = find_object(about, snapshot, &id);

	/* which object it is was read just now: a load like any other */
	if (basis == KROLES_CURRENT)
		kroles_question_used(kroles_number_load());
	if (found)
		kroles_judge_object(basis, about->who, about->kind, id, answer);
}

static const KrolesQuestion about_external = {sizeof(KrolesAnswer), judge_external, kroles_meet_answer};

/*
 * kroles.external_can(action, kind, external_id): may the current subject?
 * False for NULL, as for an id of no object.
 */
PG_FUNCTION_INFO_V1(kroles_external_can);
Datum
kroles_external_can(PG_FUNCTION_ARGS)
{
	AboutExternal about;
	KrolesAnswer answer;
	int			action;
	int			kind;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_BOOL(false);
	action = kroles_enum_code(KROLES_E_ACTION, PG_GETARG_OID(0));
	kind = kroles_enum_code(KROLES_E_OBJECT_KIND, PG_GETARG_OID(1));
	if (action < 0 || kind < 0)
		PG_RETURN_BOOL(false);
	about.who = kroles_asker();
	about.kind = kind;
	about.external_id = text_to_cstring(PG_GETARG_TEXT_PP(2));
	kroles_ask(&about_external, &about, &answer);
	PG_RETURN_BOOL((answer.rights & KROLES_RIGHT(action)) != 0);
}
