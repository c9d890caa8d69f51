/*
 * load_site.c
 *		How the matrices, the settings and the gateways are read.
 *
 * A cell whose role, kind or right C does not know is passed over: it allows
 * nothing.
 */
#include "postgres.h"

#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "cache/kinds.h"
#include "cache/load.h"
#include "store/scan.h"

static void
load_rights(KrolesMatrices *m, Snapshot snapshot)
{
	KrolesScan	scan;

	kroles_scan_all(&scan, KROLES_T_RIGHTS, snapshot);
	while (kroles_scan_next(&scan))
	{
		int			kind = kroles_scan_label(&scan, RIGHTS_KIND, KROLES_E_OBJECT_KIND);
		int			action = kroles_scan_label(&scan, RIGHTS_ACTION, KROLES_E_ACTION);

		if (kind >= 0 && action >= 0)
			m->exists[kind] |= KROLES_RIGHT(action);
	}
	kroles_scan_end(&scan);
}

/* Moves to the next cell whose column "allowed" is true; false after the last. */
static bool
next_allowed(KrolesScan *scan, int allowed)
{
	while (kroles_scan_next(scan))
		if (kroles_scan_flag(scan, allowed))
			return true;
	return false;
}

static void
load_baseline(KrolesMatrices *m, Snapshot snapshot)
{
	KrolesScan	scan;

	kroles_scan_all(&scan, KROLES_T_BASELINE, snapshot);
	while (next_allowed(&scan, BASELINE_ALLOWED))
	{
		int			kind = kroles_scan_label(&scan, BASELINE_KIND, KROLES_E_OBJECT_KIND);
		int			type = kroles_scan_label(&scan, BASELINE_TYPE, KROLES_E_SPACE_TYPE);
		int			role = kroles_scan_enum(&scan, BASELINE_APPLICATIVE, KROLES_E_APPLICATIVE_ROLE);
		int			action = kroles_scan_label(&scan, BASELINE_ACTION, KROLES_E_ACTION);

		if (kind < 0 || role < 0 || action < 0)
			continue;
		if (kind == KROLES_SITE)
			m->site[role] |= KROLES_RIGHT(action);
		else if (type >= 0)
			m->space[kind][type][role] |= KROLES_RIGHT(action);
	}
	kroles_scan_end(&scan);
}

/* Adds a right to the role of that name on that kind of object. */
static void
grant_to_role(KrolesMatrices *m, KrolesKind kind, const char *role, KrolesRights right)
{
	const KrolesKindMethods *methods = &kroles_kinds[kind];

	for (int code = 0; code < methods->nroles; code++)
		if (strcmp(methods->roles[code], role) == 0)
			m->role[kind][code] |= right;
}

static void
load_role_rights(KrolesMatrices *m, Snapshot snapshot)
{
	KrolesScan	scan;

	kroles_scan_all(&scan, KROLES_T_ROLE_RIGHTS, snapshot);
	while (next_allowed(&scan, ROLE_RIGHTS_ALLOWED))
	{
		int			kind = kroles_scan_label(&scan, ROLE_RIGHTS_KIND, KROLES_E_OBJECT_KIND);
		int			action = kroles_scan_label(&scan, ROLE_RIGHTS_ACTION, KROLES_E_ACTION);
		char	   *role = TextDatumGetCString(kroles_scan_value(&scan, ROLE_RIGHTS_ROLE));

		if (kind >= 0 && action >= 0)
			grant_to_role(m, kind, role, KROLES_RIGHT(action));
		pfree(role);
	}
	kroles_scan_end(&scan);
	m->role[KROLES_MEDIA][KROLES_MEDIA_ADVANCED_SPEAKER] = m->role[KROLES_MEDIA][KROLES_MEDIA_SPEAKER];
}

static void
load_ceilings(KrolesMatrices *m, Snapshot snapshot)
{
	KrolesScan	scan;

	kroles_scan_all(&scan, KROLES_T_CEILING, snapshot);
	while (next_allowed(&scan, CEILING_ALLOWED))
	{
		int			role = kroles_scan_enum(&scan, CEILING_APPLICATIVE, KROLES_E_APPLICATIVE_ROLE);
		int			kind = kroles_scan_label(&scan, CEILING_KIND, KROLES_E_OBJECT_KIND);
		int			action = kroles_scan_label(&scan, CEILING_ACTION, KROLES_E_ACTION);

		if (role >= 0 && kind >= 0 && action >= 0)
			m->ceiling[role][kind] |= KROLES_RIGHT(action);
	}
	kroles_scan_end(&scan);
}

/* Copies the media types that may be created, as enum values. */
static void
keep_creation_tools(KrolesSite *site, Datum array)
{
	ArrayType  *tools = DatumGetArrayTypeP(array);

	site->ntools = ArrayGetNItems(ARR_NDIM(tools), ARR_DIMS(tools));
	site->tools = kroles_cache_copy(&site->head, ARR_DATA_PTR(tools), site->ntools * sizeof(Oid));
}

/* An interval in microseconds; a month has 30 days. */
int64
kroles_interval_length(Datum value)
{
	const Interval *interval = DatumGetIntervalP(value);

	return interval->time + (interval->day + interval->month * INT64CONST(30)) * USECS_PER_DAY;
}

/* To whom names are shown: to logged-in users, if the tables are older than the column; to nobody, if C does not know the value. */
static KrolesPeopleAudience
load_people_audience(KrolesScan *scan)
{
	int			audience = KROLES_PEOPLE_TO_LOGGED_IN;

	if (scan->table.column[SETTINGS_PEOPLE_SHOWN_TO] != InvalidAttrNumber)
		audience = kroles_scan_enum(scan, SETTINGS_PEOPLE_SHOWN_TO, KROLES_E_PEOPLE_AUDIENCE);
	return audience < 0 ? KROLES_PEOPLE_TO_NOBODY : audience;
}

/* The rights of which changes are recorded; none, if the tables are older than the columns. */
static KrolesRights
load_recorded(KrolesScan *scan)
{
	KrolesRights recorded = 0;
	bool		all;
	Datum		array;
	Datum	   *actions;
	int			n;

	if (scan->table.column[SETTINGS_RECORD_ACCESS_CHANGES] == InvalidAttrNumber ||
		!kroles_scan_flag(scan, SETTINGS_RECORD_ACCESS_CHANGES))
		return 0;
	array = kroles_scan_column(scan, SETTINGS_ACCESS_CHANGE_ACTIONS, &all);
	if (all)
		return ~(KrolesRights) 0;
	deconstruct_array(DatumGetArrayTypeP(array), kroles_enum_type(KROLES_E_ACTION), sizeof(Oid), true, TYPALIGN_INT,
					  &actions, NULL, &n);
	for (int i = 0; i < n; i++)
	{
		int			action = kroles_enum_code(KROLES_E_ACTION, DatumGetObjectId(actions[i]));

		if (action >= 0)
			recorded |= KROLES_RIGHT(action);
	}
	return recorded;
}

static void
load_settings(KrolesSite *site, Snapshot snapshot)
{
	KrolesScan	scan;

	kroles_scan_all(&scan, KROLES_T_SETTINGS, snapshot);
	site->head.exists = kroles_scan_next(&scan);
	if (site->head.exists)
	{
		site->matrices.allow_anonymous = kroles_scan_flag(&scan, SETTINGS_ALLOW_ANONYMOUS);
		site->matrices.chat_and_collaboration =
			kroles_scan_flag(&scan, SETTINGS_CHAT_AND_COLLABORATION);
		site->matrices.people_shown_to = load_people_audience(&scan);
		site->room_session_limit = kroles_interval_length(kroles_scan_value(&scan, SETTINGS_ROOM_SESSION_LIMIT));
		site->rooms_switched = DatumGetInt32(kroles_scan_value(&scan, SETTINGS_ROOMS_SWITCHED));
		site->recorded = load_recorded(&scan);
		keep_creation_tools(site, kroles_scan_value(&scan, SETTINGS_CREATION_TOOLS));
	}
	kroles_scan_end(&scan);
}

/* Reads everything that is the same for all subjects and objects. */
void
kroles_load_site(KrolesCacheEntry *entry, Snapshot snapshot)
{
	KrolesSite *site = (KrolesSite *) entry;

	memset(&site->matrices, 0, sizeof(site->matrices));
	load_rights(&site->matrices, snapshot);
	load_baseline(&site->matrices, snapshot);
	load_role_rights(&site->matrices, snapshot);
	load_ceilings(&site->matrices, snapshot);
	load_settings(site, snapshot);
}

/* Whether a login role is a trusted gateway. */
bool
kroles_is_gateway(const char *role, Snapshot snapshot)
{
	KrolesScan	scan;
	bool		found;

	kroles_scan_by_name(&scan, KROLES_T_GATEWAYS, KROLES_I_GATEWAYS_ROLE, GATEWAYS_ROLE, role,
						snapshot);
	found = kroles_scan_next(&scan);
	kroles_scan_end(&scan);
	return found;
}
