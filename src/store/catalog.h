/*
 * catalog.h
 *		OIDs and column numbers of our tables, indexes and enum types.
 */
#ifndef KROLES_CATALOG_H
#define KROLES_CATALOG_H

#include "access/attnum.h"

#include "core/compat.h"
#include "rules/rules.h"
#include "store/tables.h"

#define KROLES_ENUMERATE_TABLE(constant, name, columns) constant,

typedef enum KrolesTableId
{
	KROLES_TABLES(KROLES_ENUMERATE_TABLE)
	KROLES_NTABLES
} KrolesTableId;

/* The columns that are read, by table, as indexes into KrolesTable.column. */
#define KROLES_ENUMERATE_COLUMNS(constant, name, columns) enum {columns(KROLES_ENUMERATE) constant##_COLUMNS};
KROLES_TABLES(KROLES_ENUMERATE_COLUMNS)

typedef enum KrolesIndexId
{
	KROLES_INDEXES(KROLES_ENUMERATE)
	KROLES_NINDEXES
} KrolesIndexId;

#define KROLES_MAX_COLUMNS 14

typedef struct KrolesTable
{
	Oid			oid;
	AttrNumber	column[KROLES_MAX_COLUMNS];
} KrolesTable;

/* The SQL enum types whose values C knows. */
typedef enum KrolesEnum
{
	KROLES_E_ACTION,
	KROLES_E_OBJECT_KIND,
	KROLES_E_APPLICATIVE_ROLE,
	KROLES_E_CONTEXTUAL_ROLE,
	KROLES_E_SPACE_KIND,
	KROLES_E_SPACE_TYPE,
	KROLES_E_PUBLICATION_STATUS,
	KROLES_E_COLLABORATOR_PERMISSION,
	KROLES_E_MODERATOR_PERMISSION,
	KROLES_E_SPEAKER_TYPE,
	KROLES_E_MEDIA_TYPE,
	KROLES_E_EVENT_ROLE,
	KROLES_E_JOINING_POLICY,
	KROLES_E_PEOPLE_AUDIENCE,
	KROLES_NENUMS
} KrolesEnum;

extern void kroles_catalog_init(void (*lost) (void));
extern void kroles_catalog_relation_changed(Oid relid);
extern Oid	kroles_schema(void);
pg_noreturn extern void kroles_refuse_missing(const char *kind, const char *name);
extern const KrolesTable *kroles_table(KrolesTableId table);
extern const KrolesTable *kroles_table_of(Oid relid);
extern KrolesTableId kroles_table_id(Oid relid);
extern Oid	kroles_index(KrolesIndexId index);
extern Oid	kroles_find_index(KrolesIndexId index);
extern Oid	kroles_audience_type(void);

/* The values of kroles.media_type, of which some have a room. */
#define KROLES_MEDIA_TYPES(X) \
	X(KROLES_VIDEO, "video") \
	X(KROLES_AUDIO, "audio") \
	X(KROLES_IMAGE, "image") \
	X(KROLES_DOCUMENT, "document") \
	X(KROLES_LIVE, "live") \
	X(KROLES_ROOM_MEDIA, "room")
typedef enum KrolesMediaType
{
	KROLES_MEDIA_TYPES(KROLES_ENUMERATE)
	KROLES_NMEDIATYPES
} KrolesMediaType;

/* Whether media of that type (-1: one that C does not know) has a room. */
static inline bool
kroles_has_room(int type)
{
	return type == KROLES_LIVE || type == KROLES_ROOM_MEDIA;
}

extern Oid	kroles_enum_type(KrolesEnum type);
extern int	kroles_enum_code(KrolesEnum type, Oid value);
extern Oid	kroles_enum_value(KrolesEnum type, int code);
extern int	kroles_label_code(KrolesEnum type, const char *label, Size length);
extern const char *kroles_label(KrolesEnum type, int code);

#endif
