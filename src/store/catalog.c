/*
 * catalog.c
 *		OIDs and column numbers of our tables, indexes and enum types.
 *
 * All are looked up by name in the schema "kroles", which only the extension's
 * script can have created; no search path is used.  They are cached in static
 * memory until a catalog row that they come from changes.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "utils/catcache.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"

#include "rules/labels.h"
#include "store/catalog.h"
#include "store/secret.h"
#include "store/version.h"

#define SCHEMA "kroles"

typedef struct TableName
{
	const char *name;
	const char *column[KROLES_MAX_COLUMNS];
} TableName;

#define COLUMN_NAME(constant, name) name,
#define TABLE_NAME(constant, name, columns) [constant] = {name, {columns(COLUMN_NAME)}},
#define INDEX_NAME(constant, name) [constant] = name,

static const TableName table_names[KROLES_NTABLES] = {KROLES_TABLES(TABLE_NAME)};
static const char *const index_names[KROLES_NINDEXES] = {KROLES_INDEXES(INDEX_NAME)};

StaticAssertDecl((int) PEOPLE_PERMISSION == (int) MODERATORS_PERMISSION && (int) PEOPLE_EXPIRES == (int) MODERATORS_EXPIRES,
				 "code for both reads moderators by PEOPLE_ constants");

/* Labels of enum types that cover a part of a vocabulary only, indexed by its constants. */
static const char *const space_kind_labels[] = {[KROLES_CHANNEL] = "channel", [KROLES_GALLERY] = "gallery"};
static const char *const collaborator_labels[] = {
	[KROLES_MEDIA_EDITOR] = "editor", [KROLES_MEDIA_PUBLISHER] = "publisher", [KROLES_MEDIA_VIEWER] = "viewer"
};
static const char *const moderator_labels[] = {
	[KROLES_MEDIA_CHAT_MODERATOR] = "chat_moderator", [KROLES_MEDIA_ROOM_MODERATOR] = "room_moderator"
};
static const char *const speaker_type_labels[] = {
	[KROLES_MEDIA_SPEAKER] = "simple", [KROLES_MEDIA_ADVANCED_SPEAKER] = "advanced"
};

#define MEDIA_TYPE_LABEL(constant, label) [constant] = label,
static const char *const media_type_labels[] = {KROLES_MEDIA_TYPES(MEDIA_TYPE_LABEL)};

typedef struct EnumName
{
	const char *name;
	const char *const *labels;	/* by code; NULL for a code that is not a value of the type */
	int			n;
} EnumName;

#define LABELS(name, labels) {name, labels, lengthof(labels)}

static const EnumName enum_names[KROLES_NENUMS] = {
	[KROLES_E_ACTION] = LABELS("action", kroles_action_labels),
	[KROLES_E_OBJECT_KIND] = LABELS("object_kind", kroles_kind_labels),
	[KROLES_E_APPLICATIVE_ROLE] = LABELS("applicative_role", kroles_applicative_role_labels),
	[KROLES_E_CONTEXTUAL_ROLE] = LABELS("contextual_role", kroles_contextual_role_labels),
	[KROLES_E_SPACE_KIND] = LABELS("space_kind", space_kind_labels),
	[KROLES_E_SPACE_TYPE] = LABELS("space_type", kroles_space_type_labels),
	[KROLES_E_PUBLICATION_STATUS] = LABELS("publication_status", kroles_publication_status_labels),
	[KROLES_E_COLLABORATOR_PERMISSION] = LABELS("collaborator_permission", collaborator_labels),
	[KROLES_E_MODERATOR_PERMISSION] = LABELS("moderator_permission", moderator_labels),
	[KROLES_E_SPEAKER_TYPE] = LABELS("speaker_type", speaker_type_labels),
	[KROLES_E_MEDIA_TYPE] = LABELS("media_type", media_type_labels),
	[KROLES_E_EVENT_ROLE] = LABELS("event_role", kroles_event_role_labels),
	[KROLES_E_JOINING_POLICY] = LABELS("joining_policy", kroles_joining_policy_labels),
	[KROLES_E_PEOPLE_AUDIENCE] = LABELS("people_audience", kroles_people_audience_labels),
};

/* The cached OIDs; InvalidOid: not looked up yet. */
static Oid	schema_oid;
static uint32 schema_hash;		/* in invalidation messages about the schema; 0 until it is looked up */
static Oid	indexes[KROLES_NINDEXES];

/* The tables.  One that is not known any more keeps its content until it is looked up again: callers may have a pointer to it. */
static struct
{
	bool		known;
	KrolesTable table;
}			tables[KROLES_NTABLES];

static uint64 forget_count;		/* counts calls of forget_tables() */

/* Enum values looked up, each in the one slot that its OID maps to. */
#define ENUM_SLOTS 256
typedef struct EnumSlot
{
	Oid			value;
	KrolesEnum	type;
	int			code;
} EnumSlot;

static EnumSlot enum_slots[ENUM_SLOTS];

/* The callback of kroles_catalog_init(). */
static void (*cache_lost) (void);

static void
forget_tables(void)
{
	for (int i = 0; i < KROLES_NTABLES; i++)
		tables[i].known = false;
	memset(indexes, 0, sizeof(indexes));
	forget_count++;
}

/* Forgets all OIDs, column numbers and enum values, and the secret. */
static void
forget_catalog(void)
{
	schema_oid = InvalidOid;
	forget_tables();
	memset(enum_slots, 0, sizeof(enum_slots));
	kroles_forget_secret();
}

static void
forget_enum_values(Datum arg, int cacheid, uint32 hashvalue)
{
	memset(enum_slots, 0, sizeof(enum_slots));
}

/* Syscache callback: if our schema was dropped or created, nothing read from the old one is valid. */
static void
forget_schema(Datum arg, int cacheid, uint32 hashvalue)
{
	if (hashvalue != 0 && schema_hash != 0 && hashvalue != schema_hash)
		return;
	forget_catalog();
	cache_lost();
}

/*
 * Registers for changes of catalog rows.  "lost" is called when cache entries
 * may have been read from tables that no longer exist.
 */
void
kroles_catalog_init(void (*lost) (void))
{
	cache_lost = lost;
	CacheRegisterSyscacheCallback(ENUMOID, forget_enum_values, (Datum) 0);
	CacheRegisterSyscacheCallback(NAMESPACENAME, forget_schema, (Datum) 0);
	kroles_version_init();
}

/*
 * Relcache callback: a relation's catalog row changed (InvalidOid: any may
 * have).  Rebuilding or renaming an index sends a message about its table too.
 */
void
kroles_catalog_relation_changed(Oid relid)
{
	if (!OidIsValid(relid))
	{
		forget_catalog();
		return;
	}
	for (int i = 0; i < KROLES_NTABLES; i++)
		if (tables[i].table.oid == relid)	/* known or not: rows may have been read from it */
		{
			forget_tables();
			if (i == KROLES_T_SECRET)
				kroles_forget_secret();
			/* its triggers may have been disabled, as in the restore of data alone, and rows changed without messages */
			cache_lost();
			return;
		}
}

/* The schema "kroles"; an error if the extension is not created, or from a script that the library does not know. */
Oid
kroles_schema(void)
{
	Oid			found = schema_oid;

	if (!OidIsValid(found))
	{
		found = get_namespace_oid(SCHEMA, true);
		if (!OidIsValid(found))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_SCHEMA),
					 errmsg("extension \"kroles\" is not created in this database"),
					 errhint("Use CREATE EXTENSION kroles.")));
		schema_oid = found;
		schema_hash = GetSysCacheHashValue1(NAMESPACENAME, CStringGetDatum(SCHEMA));
	}
	/* (which may accept a message that forgets the OID) */
	kroles_check_script(found);
	return found;
}

/* Raises the error about a table, column or index of ours that does not exist. */
void
kroles_refuse_missing(const char *kind, const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("%s kroles.%s is missing", kind, name),
			 errhint("Finish the restore of the dump, or make the tables: SELECT kroles_install();")));
}

/* The number of a column of a relation; 0 if it is one that may be missing, an error if it is another, and does not exist. */
static AttrNumber
find_column(Relation rel, const char *name)
{
	TupleDesc	desc = RelationGetDescr(rel);
	bool		may_be_missing = *name == KROLES_MAY_BE_MISSING[0];

	if (may_be_missing)
		name++;

	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped && strcmp(NameStr(TupleDescAttr(desc, i)->attname), name) == 0)
			return i + 1;
	if (may_be_missing)
		return InvalidAttrNumber;
	kroles_refuse_missing("column", psprintf("%s.%s", RelationGetRelationName(rel), name));
}

/*
 * Looks up a table and its columns; zeros for one that may be missing, and is.  The relation's own descriptor has them all, and
 * whoever asks for a table opens it as well; looking up each column would read the
 * catalog many times in a new session.
 */
static KrolesTable
look_up_table(const TableName *wanted)
{
	KrolesTable found = {.oid = get_relname_relid(wanted->name, kroles_schema())};
	Relation	rel = OidIsValid(found.oid) ? RelationIdGetRelation(found.oid) : NULL;

	if (!RelationIsValid(rel) && wanted->column[0][0] == KROLES_MAY_BE_MISSING[0])
		return (KrolesTable) {0};
	if (!RelationIsValid(rel))
		kroles_refuse_missing("relation", wanted->name);
	for (int i = 0; i < KROLES_MAX_COLUMNS && wanted->column[i] != NULL; i++)
		found.column[i] = find_column(rel, wanted->column[i]);
	RelationClose(rel);
	return found;
}

/*
 * One of our tables with its column numbers; in static memory, where a later call may
 * write another content if invalidation messages were accepted meanwhile.
 */
const KrolesTable *
kroles_table(KrolesTableId id)
{
	if (!tables[id].known)
	{
		uint64		before = forget_count;
		KrolesTable found = look_up_table(&table_names[id]);

		tables[id].table = found;
		tables[id].known = before == forget_count && OidIsValid(found.oid);	/* else it is good for this call alone */
	}
	return &tables[id].table;
}

/* The table with that OID, looked up by the relation's name; KROLES_NTABLES if it is not one that C reads. */
static KrolesTableId
find_table(Oid relid)
{
	const char *name = get_rel_namespace(relid) == kroles_schema() ? get_rel_name(relid) : NULL;

	for (int id = 0; name != NULL && id < KROLES_NTABLES; id++)
		if (strcmp(table_names[id].name, name) == 0)
			return kroles_table(id)->oid == relid ? id : KROLES_NTABLES;
	return KROLES_NTABLES;
}

/* The table with that OID; KROLES_NTABLES if it is not one that C reads. */
KrolesTableId
kroles_table_id(Oid relid)
{
	for (int id = 0; id < KROLES_NTABLES; id++)
		if (tables[id].known && tables[id].table.oid == relid)
			return id;
	return find_table(relid);
}

/* As kroles_table_id(), but the table, or NULL; in static memory. */
const KrolesTable *
kroles_table_of(Oid relid)
{
	KrolesTableId id = kroles_table_id(relid);

	return id == KROLES_NTABLES ? NULL : kroles_table(id);
}

/* The OID of one of our indexes; InvalidOid if it was dropped. */
Oid
kroles_find_index(KrolesIndexId id)
{
	if (!OidIsValid(indexes[id]))
	{
		Oid			found = get_relname_relid(index_names[id], kroles_schema());

		indexes[id] = found;
	}
	return indexes[id];
}

/* The OID of one of our indexes, which must exist. */
Oid
kroles_index(KrolesIndexId id)
{
	Oid			found = kroles_find_index(id);

	if (!OidIsValid(found))
		kroles_refuse_missing("index", index_names[id]);
	return found;
}

static Oid
get_type_oid(const char *name)
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
	return get_type_oid(enum_names[type].name);
}

/* The OID of the type kroles.audience. */
Oid
kroles_audience_type(void)
{
	return get_type_oid("audience");
}

/* Whether a label of our vocabularies is that text, which need not end with a zero byte. */
static bool
is_label(const char *label, const char *text, Size length)
{
	return label != NULL && strncmp(label, text, length) == 0 && label[length] == '\0';
}

/* The C constant of a label of that length; -1 for a label that C does not know. */
int
kroles_label_code(KrolesEnum type, const char *label, Size length)
{
	static int	latest[KROLES_NENUMS];	/* rows of matrices often have the label of the row before */
	const EnumName *names = &enum_names[type];

	if (is_label(names->labels[latest[type]], label, length))
		return latest[type];
	for (int code = 0; code < names->n; code++)
		if (is_label(names->labels[code], label, length))
			return latest[type] = code;
	return -1;
}

/* The label of a C constant. */
const char *
kroles_label(KrolesEnum type, int code)
{
	return enum_names[type].labels[code];
}

/* Stores the values of an enum type that C knows in their slots, and returns the code of that value; -1 if it is not one of them. */
static int
read_enum(KrolesEnum type, Oid value)
{
	CatCList   *list = SearchSysCacheList1(ENUMTYPOIDNAME, ObjectIdGetDatum(kroles_enum_type(type)));
	int			found = -1;

	for (int i = 0; i < list->n_members; i++)
	{
		Form_pg_enum row = (Form_pg_enum) GETSTRUCT(&list->members[i]->tuple);
		const char *label = NameStr(row->enumlabel);
		int			code = kroles_label_code(type, label, strlen(label));

		if (code < 0)
			continue;
		enum_slots[row->oid % ENUM_SLOTS] = (EnumSlot) {row->oid, type, code};
		if (row->oid == value)
			found = code;
	}
	ReleaseSysCacheList(list);
	return found;
}

/*
 * The C constant of a value of one of our enum types; -1 for a value that C
 * does not know (of another type, or with a label added by hand).
 */
int
kroles_enum_code(KrolesEnum type, Oid value)
{
	EnumSlot   *slot = &enum_slots[value % ENUM_SLOTS];

	if (slot->value != value || slot->type != type || !OidIsValid(value))
		return read_enum(type, value);
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
