/*
 * load.c
 *		How users, groups, spaces, media, events and stays are read into their
 *		entries.
 *
 * Temporary arrays are in the caller's memory; what an entry owns goes through
 * kroles_cache_copy().  A value of an enum that C does not know (one added
 * later) is never taken for another: such a grant counts for nothing.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/timestamp.h"

#include "cache/kinds.h"
#include "cache/load.h"
#include "core/array.h"
#include "core/compat.h"
#include "store/scan.h"

/* Gives the entry its own copy of the items and frees them here. */
static void *
keep_items(KrolesCacheEntry *entry, KrolesArray *array)
{
	void	   *kept;

	if (array->items == NULL)
		return NULL;
	kept = kroles_cache_copy(entry, array->items, array->size * array->n);
	pfree(array->items);
	return kept;
}

StaticAssertDecl(offsetof(KrolesGrant, space_id) == 0 && offsetof(KrolesEventGrant, event_id) == 0 &&
				 offsetof(KrolesStay, media_id) == 0 && offsetof(KrolesMembership, group_id) == 0, "items are sorted and found by their first member, an id");

static void
sort_by_id(KrolesArray *items)
{
	if (items->n > 1)
		qsort(items->items, items->n, items->size, kroles_compare_ids);
}

/* Reads the grants of one user or group, ordered by space. */
static void
load_grants(KrolesCacheEntry *entry, KrolesIndexId index, int holder, int64 id, Snapshot snapshot,
			int *n, KrolesGrant **grants)
{
	KrolesArray found = {.size = sizeof(KrolesGrant)};
	KrolesScan	scan;

	kroles_scan_by_id(&scan, KROLES_T_SPACE_MEMBERS, index, holder, id, snapshot);
	while (kroles_scan_next(&scan))
	{
		int			role = kroles_scan_enum(&scan, SPACE_MEMBERS_ROLE, KROLES_E_CONTEXTUAL_ROLE);
		KrolesGrant *grant = kroles_array_add(&found);

		grant->space_id = kroles_scan_id(&scan, SPACE_MEMBERS_SPACE);
		grant->window = kroles_scan_window(&scan, SPACE_MEMBERS_STARTS, SPACE_MEMBERS_EXPIRES);
		grant->role = role < 0 ? KROLES_NO_ROLE : role;
	}
	kroles_scan_end(&scan);
	sort_by_id(&found);
	*grants = keep_items(entry, &found);
	*n = found.n;
}

/* Merges the grants on the same event that have no window; the items are in order.  Returns how many remain. */
static int
merge_events(KrolesEventGrant *events, int n)
{
	int			merged = 0;

	for (int i = 0; i < n; i++)
		if (merged > 0 && events[merged - 1].event_id == events[i].event_id &&
			kroles_is_always(events[merged - 1].window) && kroles_is_always(events[i].window))
			events[merged - 1].roles |= events[i].roles;
		else
			events[merged++] = events[i];
	return merged;
}

/* Reads the events of one user or group, ordered, with the roles there. */
static void
load_events(KrolesCacheEntry *entry, KrolesIndexId index, int holder, int64 id, Snapshot snapshot, int *n,
			KrolesEventGrant **events)
{
	KrolesArray found = {.size = sizeof(KrolesEventGrant)};
	KrolesScan	scan;

	kroles_scan_by_id(&scan, KROLES_T_EVENT_PARTICIPANTS, index, holder, id, snapshot);
	while (kroles_scan_next(&scan))
	{
		int			role = kroles_scan_enum(&scan, EVENT_PARTICIPANTS_ROLE, KROLES_E_EVENT_ROLE);

		if (role >= 0)
			*(KrolesEventGrant *) kroles_array_add(&found) = (KrolesEventGrant) {
			.event_id = kroles_scan_id(&scan, EVENT_PARTICIPANTS_EVENT),
			.window = kroles_scan_window(&scan, EVENT_PARTICIPANTS_STARTS, EVENT_PARTICIPANTS_EXPIRES),
			.roles = KROLES_EVENT_ROLE(role)
		};
	}
	kroles_scan_end(&scan);
	sort_by_id(&found);
	found.n = merge_events((KrolesEventGrant *) found.items, found.n);
	*events = keep_items(entry, &found);
	*n = found.n;
}

/* Reads the memberships of a user in an index, each with its window if "windows". */
static KrolesArray
load_memberships(const KrolesUser *user, KrolesIndexId index, bool windows, Snapshot snapshot)
{
	KrolesArray found = {.size = sizeof(KrolesMembership)};
	KrolesScan	scan;

	kroles_scan_by_id(&scan, KROLES_T_GROUP_MEMBERS, index, GROUP_MEMBERS_USER, user->head.id, snapshot);
	while (kroles_scan_next(&scan))
		*(KrolesMembership *) kroles_array_add(&found) = (KrolesMembership) {
			.group_id = kroles_scan_id(&scan, GROUP_MEMBERS_GROUP),
			.window = windows ? kroles_scan_window(&scan, GROUP_MEMBERS_STARTS, GROUP_MEMBERS_EXPIRES) : KROLES_ALWAYS
		};
	kroles_scan_end(&scan);
	sort_by_id(&found);
	return found;
}

/*
 * Reads the windows of a user's memberships.  Few have any, and these are in an index
 * of their own.  Which memberships count is found out by kroles_gather_subject().
 */
static void
load_group_windows(KrolesUser *user, KrolesArray *memberships, Snapshot snapshot)
{
	KrolesArray windows;

	user->groups_window = KROLES_ALWAYS;
	if (memberships->n == 0 || kroles_table(KROLES_T_GROUP_MEMBERS)->column[GROUP_MEMBERS_STARTS] == InvalidAttrNumber)
		return;
	windows = load_memberships(user, KROLES_I_GROUP_MEMBERS_WINDOWS, true, snapshot);
	if (windows.n == 0)
		return;
	for (int i = 0, j = 0; i < memberships->n && j < windows.n; i++)
	{
		KrolesMembership *membership = &((KrolesMembership *) memberships->items)[i];
		const KrolesMembership *windowed = &((KrolesMembership *) windows.items)[j];

		if (membership->group_id != windowed->group_id)
			continue;
		membership->window = windowed->window;
		j++;
	}
	pfree(windows.items);
	user->groups_window = (KrolesWindow) {INT64_MAX, INT64_MAX};	/* not found out for any time yet */
	user->nmemberships = memberships->n;
	user->memberships = kroles_cache_copy(&user->head, memberships->items, memberships->size * memberships->n);
}

static void
load_groups(KrolesUser *user, Snapshot snapshot)
{
	KrolesArray memberships = load_memberships(user, KROLES_I_GROUP_MEMBERS_USER, false, snapshot);
	KrolesArray ids = {.size = sizeof(int64)};

	for (int i = 0; i < memberships.n; i++)
		*(int64 *) kroles_array_add(&ids) = ((KrolesMembership *) memberships.items)[i].group_id;
	load_group_windows(user, &memberships, snapshot);
	if (memberships.items != NULL)
		pfree(memberships.items);
	user->ngroups = ids.n;
	user->groups = keep_items(&user->head, &ids);
}

/* Whether kroles.user_blocks has a row for the user: see guards/block.c. */
static bool
is_blocked_apart(int64 user_id, Snapshot snapshot)
{
	KrolesScan	scan;
	bool		blocked;

	kroles_scan_by_id(&scan, KROLES_T_USER_BLOCKS, KROLES_I_USER_BLOCKS_USER, USER_BLOCKS_USER, user_id, snapshot);
	blocked = kroles_scan_next(&scan);
	kroles_scan_end(&scan);
	return blocked;
}

void
kroles_load_user(KrolesCacheEntry *entry, Snapshot snapshot)
{
	KrolesUser *user = (KrolesUser *) entry;
	KrolesScan	scan;

	kroles_scan_by_id(&scan, KROLES_T_USERS, KROLES_I_USERS_ID, USERS_ID, user->head.id, snapshot);
	user->head.exists = kroles_scan_next(&scan);
	if (user->head.exists)
	{
		int			role = kroles_scan_enum(&scan, USERS_APPLICATIVE, KROLES_E_APPLICATIVE_ROLE);

		/* a role that C does not know gives the rights of anonymous */
		user->subject.role = role < 0 ? KROLES_ANONYMOUS : role;
		user->subject.administrator = kroles_scan_flag(&scan, USERS_ADMINISTRATOR);
		user->subject.blocked = kroles_scan_flag(&scan, USERS_BLOCKED);
	}
	kroles_scan_end(&scan);
	if (!user->head.exists)
		return;
	user->subject.blocked = user->subject.blocked || is_blocked_apart(user->head.id, snapshot);
	load_groups(user, snapshot);
	load_grants(&user->head, KROLES_I_SPACE_MEMBERS_USER, SPACE_MEMBERS_USER, user->head.id,
				snapshot, &user->ngrants, &user->grants);
	load_events(&user->head, KROLES_I_EVENT_PARTICIPANTS_USER, EVENT_PARTICIPANTS_USER, user->head.id,
				snapshot, &user->nevents, &user->events);
}

/* Reads the grants and event roles of a group; that it exists is known from its members. */
void
kroles_load_group(KrolesCacheEntry *entry, Snapshot snapshot)
{
	KrolesGroup *group = (KrolesGroup *) entry;
	group->head.exists = true;
	load_grants(&group->head, KROLES_I_SPACE_MEMBERS_GROUP, SPACE_MEMBERS_GROUP, group->head.id,
				snapshot, &group->ngrants, &group->grants);
	load_events(&group->head, KROLES_I_EVENT_PARTICIPANTS_GROUP, EVENT_PARTICIPANTS_GROUP, group->head.id,
				snapshot, &group->nevents, &group->events);
}

/* Who may join a space; nobody, if the tables are older than the column, or C does not know the value. */
static KrolesJoiningPolicy
load_joining(KrolesScan *scan)
{
	int			joining = KROLES_JOINING_CLOSED;

	if (scan->table.column[SPACES_JOINING] != InvalidAttrNumber)
		joining = kroles_scan_enum(scan, SPACES_JOINING, KROLES_E_JOINING_POLICY);
	return joining < 0 ? KROLES_JOINING_CLOSED : joining;
}

void
kroles_load_space(KrolesCacheEntry *entry, Snapshot snapshot)
{
	KrolesSpace *space = (KrolesSpace *) entry;
	KrolesScan	scan;

	kroles_scan_by_id(&scan, KROLES_T_SPACES, KROLES_I_SPACES_ID, SPACES_ID, space->head.id,
					  snapshot);
	space->head.exists = kroles_scan_next(&scan);
	if (space->head.exists)
	{
		int			kind = kroles_scan_enum(&scan, SPACES_KIND, KROLES_E_SPACE_KIND);
		int			type = kroles_scan_enum(&scan, SPACES_TYPE, KROLES_E_SPACE_TYPE);

		/* of an unknown kind it is neither a channel nor a gallery; an unknown type gives no baseline rights */
		space->head.exists = kind >= 0;
		space->kind = kind;
		space->type = type < 0 ? KROLES_PRIVATE : type;
		space->owner_id = kroles_scan_id(&scan, SPACES_OWNER);
		space->moderated = kroles_scan_flag(&scan, SPACES_MODERATED);
		space->parent_id = kroles_scan_id(&scan, SPACES_PARENT);
		space->inherits = kroles_scan_flag(&scan, SPACES_INHERITS);
		(void) kroles_scan_column(&scan, SPACES_PARENT, &space->is_root);
		space->joining = load_joining(&scan);
	}
	kroles_scan_end(&scan);
}

void
kroles_load_media(KrolesCacheEntry *entry, Snapshot snapshot)
{
	KrolesMedia *media = (KrolesMedia *) entry;
	KrolesScan	scan;

	kroles_scan_by_id(&scan, KROLES_T_MEDIA, KROLES_I_MEDIA_ID, MEDIA_ID, media->head.id, snapshot);
	media->head.exists = kroles_scan_next(&scan);
	if (media->head.exists)
	{
		int			type = kroles_scan_enum(&scan, MEDIA_TYPE, KROLES_E_MEDIA_TYPE);
		Datum		stored = kroles_scan_value(&scan, MEDIA_AUDIENCE);
		struct varlena *audience = (struct varlena *) PG_DETOAST_DATUM_PACKED(stored);

		media->is_room = kroles_has_room(type);
		media->audience = kroles_cache_copy(&media->head, audience, VARSIZE_ANY(audience));
		if (PointerGetDatum(audience) != stored)
			pfree(audience);
	}
	kroles_scan_end(&scan);
}

void
kroles_load_event(KrolesCacheEntry *entry, Snapshot snapshot)
{
	KrolesEvent *event = (KrolesEvent *) entry;
	KrolesScan	scan;

	kroles_scan_by_id(&scan, KROLES_T_EVENTS, KROLES_I_EVENTS_ID, EVENTS_ID, event->head.id, snapshot);
	event->head.exists = kroles_scan_next(&scan);
	kroles_scan_end(&scan);
}

/* The rights in an array of kroles.action; none for values that C does not know. */
static KrolesRights
rights_in(Datum array)
{
	ArrayType  *actions = DatumGetArrayTypeP(array);
	const Oid  *values = (const Oid *) ARR_DATA_PTR(actions);
	int			n = ARR_HASNULL(actions) ? 0 : ArrayGetNItems(ARR_NDIM(actions), ARR_DIMS(actions));
	KrolesRights rights = 0;

	for (int i = 0; i < n; i++)
	{
		int			action = kroles_enum_code(KROLES_E_ACTION, values[i]);

		if (action >= 0)
			rights |= KROLES_RIGHT(action);
	}
	return rights;
}

/* The product role in a room that a label stands for; none for another label. */
static KrolesProductRole
room_role(const char *label)
{
	KrolesProductRole role = KROLES_NPRODUCTROLES - 1;

	while (role > KROLES_NO_PRODUCT_ROLE && (kroles_product_role_label(KROLES_ROOM, role) == NULL ||
											 strcmp(kroles_product_role_label(KROLES_ROOM, role), label) != 0))
		role--;
	return role;
}

static KrolesStay
read_stay(KrolesScan *scan)
{
	bool		no_role;
	Datum		role = kroles_scan_column(scan, ROOM_PARTICIPANTS_ROLE, &no_role);
	bool		unknown;		/* the tables are older than windows */
	Datum		began = kroles_scan_column(scan, ROOM_PARTICIPANTS_BEGAN_AVAILABLE, &unknown);

	return (KrolesStay) {
		.media_id = kroles_scan_id(scan, ROOM_PARTICIPANTS_MEDIA),
		.joined_at = DatumGetTimestampTz(kroles_scan_value(scan, ROOM_PARTICIPANTS_JOINED)),
		.rooms_switched = DatumGetInt32(kroles_scan_value(scan, ROOM_PARTICIPANTS_SWITCHED)),
		.began_available = unknown || DatumGetBool(began),
		.rights = rights_in(kroles_scan_value(scan, ROOM_PARTICIPANTS_RIGHTS)),
		.role = no_role ? KROLES_NO_PRODUCT_ROLE : room_role(TextDatumGetCString(role))
	};
}

/* Reads the rooms that a user has joined and not left.  (The index has no others.) */
void
kroles_load_stays(KrolesCacheEntry *entry, Snapshot snapshot)
{
	KrolesStays *stays = (KrolesStays *) entry;
	KrolesArray found = {.size = sizeof(KrolesStay)};
	KrolesScan	scan;

	stays->head.exists = true;
	kroles_scan_by_id(&scan, KROLES_T_ROOM_PARTICIPANTS, KROLES_I_ROOM_PARTICIPANTS_USER, ROOM_PARTICIPANTS_USER,
					  stays->head.id, snapshot);
	while (kroles_scan_next(&scan))
		*(KrolesStay *) kroles_array_add(&found) = read_stay(&scan);
	kroles_scan_end(&scan);
	sort_by_id(&found);
	stays->stays = keep_items(&stays->head, &found);
	stays->n = found.n;
}

/*
 * The login in the form in which it is stored where logins are case-insensitive;
 * NULL where they are not, or where this is the form.
 */
const char *
kroles_folded_login(const char *login, Snapshot snapshot)
{
	KrolesScan	scan;
	bool		folds;
	char	   *folded;

	if (kroles_table(KROLES_T_SETTINGS)->column[SETTINGS_CASE_INSENSITIVE_LOGINS] == InvalidAttrNumber)
		return NULL;
	kroles_scan_all(&scan, KROLES_T_SETTINGS, snapshot);
	folds = kroles_scan_next(&scan) && kroles_scan_flag(&scan, SETTINGS_CASE_INSENSITIVE_LOGINS);
	kroles_scan_end(&scan);
	if (!folds)
		return NULL;
	folded = str_tolower(login, strlen(login), DEFAULT_COLLATION_OID);
	return strcmp(folded, login) == 0 ? NULL : folded;
}

/* The id of the user with that login, compared exactly, and since when tokens count; false where there is none. */
static bool
find_user_by_exact_login(const char *login, Snapshot snapshot, int64 *user_id, TimestampTz *tokens_valid_after)
{
	KrolesScan	scan;
	bool		found;
	bool		always;
	Datum		since;

	kroles_scan_by_text(&scan, KROLES_T_USERS, KROLES_I_USERS_LOGIN, USERS_LOGIN, login, snapshot);
	found = kroles_scan_next(&scan);
	if (found)
	{
		*user_id = kroles_scan_id(&scan, USERS_ID);
		since = kroles_scan_column(&scan, USERS_TOKENS_VALID_AFTER, &always);
		*tokens_valid_after = always ? DT_NOBEGIN : DatumGetTimestampTz(since);
	}
	kroles_scan_end(&scan);
	return found;
}

/*
 * The id of the user with that login, and since when tokens count; false where
 * there is none.  Where logins are case-insensitive, all of them are stored in
 * lower case: another one is not found as it is written.
 */
bool
kroles_find_user_by_login(const char *login, Snapshot snapshot, int64 *user_id,
						  TimestampTz *tokens_valid_after)
{
	const char *folded;

	if (find_user_by_exact_login(login, snapshot, user_id, tokens_valid_after))
		return true;
	folded = kroles_folded_login(login, snapshot);
	return folded != NULL && find_user_by_exact_login(folded, snapshot, user_id, tokens_valid_after);
}

/* The id of the user with that db_role; false where there is none. */
bool
kroles_find_user_by_db_role(const char *role, Snapshot snapshot, int64 *user_id)
{
	KrolesScan	scan;
	bool		found;

	kroles_scan_by_name(&scan, KROLES_T_USERS, KROLES_I_USERS_DB_ROLE, USERS_DB_ROLE, role,
						snapshot);
	found = kroles_scan_next(&scan);
	if (found)
		*user_id = kroles_scan_id(&scan, USERS_ID);
	kroles_scan_end(&scan);
	return found;
}
