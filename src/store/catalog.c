/*
 * catalog.c
 *		Where our tables, columns, indexes and enum values are.
 *
 * Everything is found by name in the schema "kroles", which only the
 * extension's script can have made; no name goes through a search path.  What
 * was found is kept for the backend's life, in static memory, and forgotten
 * when the catalog rows behind it change.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "store/catalog.h"
#include "store/secret.h"

#define SCHEMA "kroles"

typedef struct TableName
{
	const char *name;
	const char *column[KROLES_MAX_COLUMNS];
} TableName;

static const TableName table_names[KROLES_NTABLES] = {
	[KROLES_T_SETTINGS] = {"settings",
		{"allow_anonymous", "chat_and_collaboration", "creation_tools",
		"token_issuer", "token_audience", "token_leeway", "room_session_limit",
		"rooms_switched"}},
	[KROLES_T_RIGHTS] = {"rights", {"kind", "action"}},
	[KROLES_T_BASELINE] = {"baseline_rights",
		{"kind", "type", "applicative_role", "action", "allowed"}},
	[KROLES_T_ROLE_RIGHTS] = {"role_rights", {"kind", "role", "action", "allowed"}},
	[KROLES_T_CEILING] = {"ceiling_rights", {"applicative_role", "kind", "action", "allowed"}},
	[KROLES_T_GATEWAYS] = {"gateways", {"role"}},
	[KROLES_T_SIGNING_KEYS] = {"signing_keys", {"kid", "algorithm", "key", "expires_at"}},
	[KROLES_T_USERS] = {"users",
		{"id", "login", "applicative_role", "administrator", "blocked", "db_role",
		"tokens_valid_after"}},
	[KROLES_T_USER_BLOCKS] = {"user_blocks", {"user_id"}},
	[KROLES_T_GROUP_MEMBERS] = {"group_members", {"user_id", "group_id"}},
	[KROLES_T_SPACES] = {"spaces",
		{"id", "kind", "type", "owner_id", "moderated", "parent_id", "inherits_members",
		"external_id"}},
	[KROLES_T_SPACE_MEMBERS] = {"space_members",
		{"space_id", "user_id", "group_id", "role", "expires_at"}},
	[KROLES_T_MEDIA] = {"media", {"id", "owner_id", "type", "external_id", "audience"}},
	[KROLES_T_PUBLICATIONS] = {"publications",
		{"media_id", "space_id", "status", "published_by", "published_at", "moderated_by",
		"moderated_at", "reason"}},
	[KROLES_T_COLLABORATORS] = {"media_collaborators",
		{"media_id", "user_id", "group_id", "permission"}},
	[KROLES_T_MODERATORS] = {"media_moderators",
		{"media_id", "user_id", "group_id", "permission"}},
	[KROLES_T_SPEAKERS] = {"media_speakers", {"media_id", "user_id", "type"}},
	[KROLES_T_EVENTS] = {"events", {"id", "created_by", "external_id"}},
	[KROLES_T_EVENT_PARTICIPANTS] = {"event_participants",
		{"event_id", "user_id", "group_id", "role"}},
	[KROLES_T_EVENT_SESSIONS] = {"event_sessions", {"media_id", "event_id"}},
	[KROLES_T_ROOM_PARTICIPANTS] = {"room_participants",
		{"user_id", "media_id", "joined_at", "left_at", "rights", "role",
		"rooms_switched"}},
	[KROLES_T_SECRET] = {"secret", {"key"}},
};

static const char *const index_names[KROLES_NINDEXES] = {
	[KROLES_I_GATEWAYS_ROLE] = "gateways_role_is_trusted_once",
	[KROLES_I_USERS_ID] = "users_id_is_unique",
	[KROLES_I_USERS_LOGIN] = "users_login_is_unique",
	[KROLES_I_USERS_DB_ROLE] = "users_db_role_belongs_to_one_user",
	[KROLES_I_USERS_ADMINISTRATOR] = "users_administrator",
	[KROLES_I_USER_BLOCKS_USER] = "user_blocks_a_user_is_blocked_once",
	[KROLES_I_GROUP_MEMBERS_GROUP] = "group_members_group",
	[KROLES_I_GROUP_MEMBERS_USER] = "group_members_a_user_is_in_a_group_once",
	[KROLES_I_SPACES_ID] = "spaces_id_is_unique",
	[KROLES_I_SPACES_EXTERNAL] = "spaces_external_id_is_unique",
	[KROLES_I_SPACES_TYPE] = "spaces_type",
	[KROLES_I_SPACES_OWNER] = "spaces_owner",
	[KROLES_I_SPACES_PARENT] = "spaces_parent",
	[KROLES_I_SPACE_MEMBERS_SPACE] = "space_members_one_grant_a_user_or_group",
	[KROLES_I_SPACE_MEMBERS_USER] = "space_members_user",
	[KROLES_I_SPACE_MEMBERS_GROUP] = "space_members_group",
	[KROLES_I_MEDIA_ID] = "media_id_is_unique",
	[KROLES_I_MEDIA_EXTERNAL] = "media_external_id_is_unique",
	[KROLES_I_PUBLICATIONS_MEDIA] = "publications_one_per_media_and_space",
	[KROLES_I_COLLABORATORS_MEDIA] = "media_collaborators_a_permission_is_given_once",
	[KROLES_I_MODERATORS_MEDIA] = "media_moderators_a_permission_is_given_once",
	[KROLES_I_SPEAKERS_MEDIA] = "media_speakers_a_user_speaks_once",
	[KROLES_I_MEDIA_ROOMS] = "media_rooms",
	[KROLES_I_EVENTS_ID] = "events_id_is_unique",
	[KROLES_I_EVENTS_EXTERNAL] = "events_external_id_is_unique",
	[KROLES_I_EVENT_PARTICIPANTS_EVENT] = "event_participants_a_role_is_given_once",
	[KROLES_I_EVENT_PARTICIPANTS_USER] = "event_participants_user",
	[KROLES_I_EVENT_PARTICIPANTS_GROUP] = "event_participants_group",
	[KROLES_I_EVENT_SESSIONS_MEDIA] = "event_sessions_media",
	[KROLES_I_ROOM_PARTICIPANTS_MEDIA] = "room_participants_now",
	[KROLES_I_ROOM_PARTICIPANTS_USER] = "room_participants_a_user_is_in_a_room_once",
};

static const char *const action_labels[] = {
	"view", "contribute", "moderate", "manage",
	"edit", "delete", "publish", "transfer_ownership",
	"manage_collaborators", "manage_moderators", "manage_speakers",
	"edit_contributions", "delete_contributions", "manage_members", "organize",
	"view_analytics", "create_subgallery", "share",
	"join_room", "start_room", "moderate_room", "moderate_chat", "present", "interact",
	"manage_participants",
	"upload", "create_event", "create_channel", "create_gallery", "administer", NULL
};
static const char *const object_kind_labels[] = {
	"site", "channel", "gallery", "media", "room", "event", NULL
};
static const char *const applicative_role_labels[] = {
	"anonymous", "viewer", "private_only", "admin", "unmoderated_admin", NULL
};
static const char *const contextual_role_labels[] = {
	"member", "contributor", "moderator", "manager", NULL
};
static const char *const space_type_labels[] = {
	"open", "restricted", "private", "shared_repository", "public_restricted", "public_open", NULL
};
static const char *const publication_status_labels[] = {
	"pending", "approved", "rejected", NULL
};

static const char *const media_type_labels[] = {
	"video", "audio", "image", "document", "live", "room", NULL
};
static const char *const event_role_labels[] = {
	"organizer", "speaker", "moderator", "attendee", NULL
};

/*
 * The labels of space_kind, of the two permissions and of speaker_type stand at
 * the place of the KrolesKind or KrolesMediaRole they name; the places between
 * are never a value of the type.
 */
static const char *const space_kind_labels[] = {"", "channel", "gallery", NULL};
static const char *const collaborator_labels[] = {"", "editor", "publisher", "viewer", NULL};
static const char *const moderator_labels[] = {
	"", "", "", "", "chat_moderator", "room_moderator", NULL
};
static const char *const speaker_type_labels[] = {
	"", "", "", "", "", "", "simple", "advanced", NULL
};

typedef struct EnumName
{
	const char *name;
	const char *const *labels;
} EnumName;

static const EnumName enum_names[KROLES_NENUMS] = {
	[KROLES_E_ACTION] = {"action", action_labels},
	[KROLES_E_OBJECT_KIND] = {"object_kind", object_kind_labels},
	[KROLES_E_APPLICATIVE_ROLE] = {"applicative_role", applicative_role_labels},
	[KROLES_E_CONTEXTUAL_ROLE] = {"contextual_role", contextual_role_labels},
	[KROLES_E_SPACE_KIND] = {"space_kind", space_kind_labels},
	[KROLES_E_SPACE_TYPE] = {"space_type", space_type_labels},
	[KROLES_E_PUBLICATION_STATUS] = {"publication_status", publication_status_labels},
	[KROLES_E_COLLABORATOR_PERMISSION] = {"collaborator_permission", collaborator_labels},
	[KROLES_E_MODERATOR_PERMISSION] = {"moderator_permission", moderator_labels},
	[KROLES_E_SPEAKER_TYPE] = {"speaker_type", speaker_type_labels},
	[KROLES_E_MEDIA_TYPE] = {"media_type", media_type_labels},
	[KROLES_E_EVENT_ROLE] = {"event_role", event_role_labels},
};

/* What has been found.  An OID of InvalidOid has still to be. */
static Oid	schema_oid;
static uint32 schema_hash;		/* by which messages name the schema; 0 until it was found */
static KrolesTable tables[KROLES_NTABLES];
static Oid	indexes[KROLES_NINDEXES];

/* Enum values seen, each in the one slot its OID falls into. */
#define ENUM_SLOTS 256
typedef struct EnumSlot
{
	Oid			value;
	KrolesEnum	type;
	int			code;
} EnumSlot;

static EnumSlot enum_slots[ENUM_SLOTS];

/* Called when what was read from our tables may not be ours any more. */
static void (*all_lost) (void);

/* Forgets everything found. */
static void
forget_all(void)
{
	schema_oid = InvalidOid;
	memset(tables, 0, sizeof(tables));
	memset(indexes, 0, sizeof(indexes));
	memset(enum_slots, 0, sizeof(enum_slots));
	kroles_forget_secret();
}

static void
enum_changed(Datum arg, int cacheid, uint32 hashvalue)
{
	memset(enum_slots, 0, sizeof(enum_slots));
}

/* Our schema was dropped or made: nothing read from the old one is good. */
static void
schema_changed(Datum arg, int cacheid, uint32 hashvalue)
{
	if (hashvalue != 0 && schema_hash != 0 && hashvalue != schema_hash)
		return;
	forget_all();
	all_lost();
}

/*
 * Registers for changes of the catalog rows behind what is kept.  "lost" is
 * called when entries read from our tables may be of a schema that is gone.
 */
void
kroles_catalog_init(void (*lost) (void))
{
	all_lost = lost;
	CacheRegisterSyscacheCallback(ENUMOID, enum_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(NAMESPACENAME, schema_changed, (Datum) 0);
}

/*
 * A relation's catalog row changed (InvalidOid: any may have).  A message
 * about one of our tables also comes when its indexes are rebuilt or renamed.
 */
void
kroles_catalog_relation_changed(Oid relid)
{
	if (!OidIsValid(relid))
	{
		forget_all();
		return;
	}
	for (int i = 0; i < KROLES_NTABLES; i++)
		if (tables[i].oid == relid)
		{
			memset(tables, 0, sizeof(tables));
			memset(indexes, 0, sizeof(indexes));
			if (i == KROLES_T_SECRET)
			{
				/* objects fall into other buckets then, so messages about them may be missed */
				kroles_forget_secret();
				all_lost();
			}
			return;
		}
}

/* The schema "kroles"; raises an error where the extension is not created. */
Oid
kroles_schema(void)
{
	if (!OidIsValid(schema_oid))
	{
		Oid			found = get_namespace_oid(SCHEMA, true);

		if (!OidIsValid(found))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_SCHEMA),
					 errmsg("extension \"kroles\" is not created in this database"),
					 errhint("Use CREATE EXTENSION kroles.")));
		schema_oid = found;
		schema_hash = GetSysCacheHashValue1(NAMESPACENAME, CStringGetDatum(SCHEMA));
	}
	return schema_oid;
}

static Oid
find_relation(const char *name)
{
	Oid			oid = get_relname_relid(name, kroles_schema());

	if (!OidIsValid(oid))
		elog(ERROR, "relation \"kroles.%s\" is missing", name);
	return oid;
}

/* One of our tables, its columns found; static memory, valid until messages are accepted. */
const KrolesTable *
kroles_table(KrolesTableId id)
{
	if (!OidIsValid(tables[id].oid))
	{
		const TableName *wanted = &table_names[id];
		KrolesTable found = {.oid = find_relation(wanted->name)};

		for (int i = 0; i < KROLES_MAX_COLUMNS && wanted->column[i] != NULL; i++)
		{
			found.column[i] = get_attnum(found.oid, wanted->column[i]);
			if (found.column[i] == InvalidAttrNumber)
				elog(ERROR, "column \"%s\" of relation \"kroles.%s\" is missing",
					 wanted->column[i], wanted->name);
		}
		tables[id] = found;
	}
	return &tables[id];
}

/* Which of our tables has that OID; KROLES_NTABLES for none that decisions read. */
KrolesTableId
kroles_table_id(Oid relid)
{
	for (int id = 0; id < KROLES_NTABLES; id++)
		if (kroles_table(id)->oid == relid)
			return id;
	return KROLES_NTABLES;
}

/* The table with that OID, if it is one that decisions read; else NULL. */
const KrolesTable *
kroles_table_of(Oid relid)
{
	KrolesTableId id = kroles_table_id(relid);

	return id == KROLES_NTABLES ? NULL : &tables[id];
}

/* One of the indexes we read through. */
Oid
kroles_index(KrolesIndexId id)
{
	if (!OidIsValid(indexes[id]))
	{
		Oid			found = find_relation(index_names[id]);

		indexes[id] = found;
	}
	return indexes[id];
}

static Oid
find_type(const char *name)
{
	Oid			oid = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum(name),
									  ObjectIdGetDatum(kroles_schema()));

	if (!OidIsValid(oid))
		elog(ERROR, "type \"kroles.%s\" is missing", name);
	return oid;
}

/* The OID of one of our enum types. */
Oid
kroles_enum_type(KrolesEnum type)
{
	return find_type(enum_names[type].name);
}

/* The OID of the type kroles.audience. */
Oid
kroles_audience_type(void)
{
	return find_type("audience");
}

/* The C constant behind a label; -1 for a label C does not know. */
int
kroles_label_code(KrolesEnum type, const char *label)
{
	const char *const *labels = enum_names[type].labels;

	for (int code = 0; labels[code] != NULL; code++)
		if (labels[code][0] != '\0' && strcmp(labels[code], label) == 0)
			return code;
	return -1;
}

/* The label of a C constant. */
const char *
kroles_label(KrolesEnum type, int code)
{
	return enum_names[type].labels[code];
}

/* Looks an enum value up in pg_enum; -1 where it is none of that type's. */
static int
find_enum_code(KrolesEnum type, Oid value)
{
	HeapTuple	tuple = SearchSysCache1(ENUMOID, ObjectIdGetDatum(value));
	Form_pg_enum row;
	int			code = -1;

	if (!HeapTupleIsValid(tuple))
		return -1;
	row = (Form_pg_enum) GETSTRUCT(tuple);
	if (row->enumtypid == kroles_enum_type(type))
		code = kroles_label_code(type, NameStr(row->enumlabel));
	ReleaseSysCache(tuple);
	return code;
}

/*
 * The C constant behind a value of one of our enum types; -1 for one that C
 * does not know (another type's, or a label added by hand).
 */
int
kroles_enum_code(KrolesEnum type, Oid value)
{
	EnumSlot   *slot = &enum_slots[value % ENUM_SLOTS];

	if (slot->value != value || slot->type != type || !OidIsValid(value))
	{
		int			code = find_enum_code(type, value);

		if (code < 0)
			return -1;
		slot->value = value;
		slot->type = type;
		slot->code = code;
	}
	return slot->code;
}

/* The enum value of a C constant, looked up in the syscache each time. */
Oid
kroles_enum_value(KrolesEnum type, int code)
{
	HeapTuple	tuple = SearchSysCache2(ENUMTYPOIDNAME,
										ObjectIdGetDatum(kroles_enum_type(type)),
										CStringGetDatum(enum_names[type].labels[code]));
	Oid			oid;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "value \"%s\" of type \"kroles.%s\" is missing",
			 enum_names[type].labels[code], enum_names[type].name);
	oid = ((Form_pg_enum) GETSTRUCT(tuple))->oid;
	ReleaseSysCache(tuple);
	return oid;
}
