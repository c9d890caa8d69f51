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

#include "load.h"
#include "scan.h"

/* The media role behind a role's name in kroles.role_rights; -1 for another. */
static int
media_role(const char *name)
{
	static const char *const names[KROLES_NMEDIAROLES] = {
		[KROLES_MEDIA_OWNER] = "owner",
		[KROLES_MEDIA_EDITOR] = "editor",
		[KROLES_MEDIA_PUBLISHER] = "publisher",
		[KROLES_MEDIA_VIEWER] = "viewer",
		[KROLES_MEDIA_CHAT_MODERATOR] = "chat_moderator",
		[KROLES_MEDIA_ROOM_MODERATOR] = "room_moderator",
		[KROLES_MEDIA_SPEAKER] = "speaker",
	};

	for (int role = 0; role < KROLES_NMEDIAROLES; role++)
		if (strcmp(names[role], name) == 0)
			return role;
	return -1;
}

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

static void
load_baseline(KrolesMatrices *m, Snapshot snapshot)
{
	KrolesScan	scan;

	kroles_scan_all(&scan, KROLES_T_BASELINE, snapshot);
	while (kroles_scan_next(&scan))
	{
		int			kind = kroles_scan_label(&scan, BASELINE_KIND, KROLES_E_OBJECT_KIND);
		int			type = kroles_scan_label(&scan, BASELINE_TYPE, KROLES_E_SPACE_TYPE);
		int			role = kroles_scan_enum(&scan, BASELINE_APPLICATIVE, KROLES_E_APPLICATIVE_ROLE);
		int			action = kroles_scan_label(&scan, BASELINE_ACTION, KROLES_E_ACTION);

		if (kind < 0 || role < 0 || action < 0 || !kroles_scan_flag(&scan, BASELINE_ALLOWED))
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
	int			code = kind == KROLES_MEDIA ? media_role(role) :
		kroles_label_code(KROLES_E_CONTEXTUAL_ROLE, role);

	if (code < 0)
		return;
	if (kind == KROLES_MEDIA)
		m->media[code] |= right;
	else
		m->contextual[kind][code] |= right;
}

static void
load_role_rights(KrolesMatrices *m, Snapshot snapshot)
{
	KrolesScan	scan;

	kroles_scan_all(&scan, KROLES_T_ROLE_RIGHTS, snapshot);
	while (kroles_scan_next(&scan))
	{
		int			kind = kroles_scan_label(&scan, ROLE_RIGHTS_KIND, KROLES_E_OBJECT_KIND);
		int			action = kroles_scan_label(&scan, ROLE_RIGHTS_ACTION, KROLES_E_ACTION);
		char	   *role = TextDatumGetCString(kroles_scan_value(&scan, ROLE_RIGHTS_ROLE));

		if (kind >= 0 && action >= 0 && kroles_scan_flag(&scan, ROLE_RIGHTS_ALLOWED))
			grant_to_role(m, kind, role, KROLES_RIGHT(action));
		pfree(role);
	}
	kroles_scan_end(&scan);
}

static void
load_ceilings(KrolesMatrices *m, Snapshot snapshot)
{
	KrolesScan	scan;

	kroles_scan_all(&scan, KROLES_T_CEILING, snapshot);
	while (kroles_scan_next(&scan))
	{
		int			role = kroles_scan_enum(&scan, CEILING_APPLICATIVE, KROLES_E_APPLICATIVE_ROLE);
		int			kind = kroles_scan_label(&scan, CEILING_KIND, KROLES_E_OBJECT_KIND);
		int			action = kroles_scan_label(&scan, CEILING_ACTION, KROLES_E_ACTION);

		if (role >= 0 && kind >= 0 && action >= 0 && kroles_scan_flag(&scan, CEILING_ALLOWED))
			m->ceiling[role][kind] |= KROLES_RIGHT(action);
	}
	kroles_scan_end(&scan);
}

/* Keeps the media types that may be made, as the enum values stored. */
static void
keep_creation_tools(KrolesSite *site, Datum array)
{
	ArrayType  *tools = DatumGetArrayTypeP(array);

	site->ntools = ArrayGetNItems(ARR_NDIM(tools), ARR_DIMS(tools));
	site->tools = kroles_entry_keep(&site->head, ARR_DATA_PTR(tools), site->ntools * sizeof(Oid));
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
		keep_creation_tools(site, kroles_scan_value(&scan, SETTINGS_CREATION_TOOLS));
	}
	kroles_scan_end(&scan);
}

/* Reads everything that is the same for all subjects and objects. */
void
kroles_load_site(KrolesSite *site, Snapshot snapshot)
{
	memset(&site->matrices, 0, sizeof(site->matrices));
	load_rights(&site->matrices, snapshot);
	load_baseline(&site->matrices, snapshot);
	load_role_rights(&site->matrices, snapshot);
	load_ceilings(&site->matrices, snapshot);
	load_settings(site, snapshot);
}

/* Whether a login role is trusted to say who is asking. */
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
