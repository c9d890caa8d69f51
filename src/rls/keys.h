/*
 * keys.h
 *		Keys: ids by which an index finds the rows that the current subject may see.
 */
#ifndef KROLES_KEYS_H
#define KROLES_KEYS_H

#include "core/array.h"
#include "rules/rules.h"

/* What a row is visible by. */
#define KROLES_KEY_SOURCES(X) \
	X(KROLES_KEYS_ASKER, "asker")		/* the subject's user */ \
	X(KROLES_KEYS_GROUPS, "groups")		/* the subject's groups */ \
	X(KROLES_KEYS_SITE, "site")			/* nothing in the row: all rows, or none */ \
	X(KROLES_KEYS_AUDITOR, "auditor")	/* the same for auditors */ \
	X(KROLES_KEYS_SPACES, "spaces")		/* spaces with one of the rights */ \
	X(KROLES_KEYS_EVENTS, "events")		/* events with one of the rights */ \
	X(KROLES_KEYS_MEDIA, "media")		/* media with one of the rights */ \
	X(KROLES_KEYS_HELD_MEDIA, "held media")	/* media with one of the rights by a role of the subject's own */
typedef enum KrolesKeySource
{
	KROLES_KEY_SOURCES(KROLES_ENUMERATE)
	KROLES_NKEYSOURCES
} KrolesKeySource;

/* A condition on one column of a row. */
typedef struct KrolesKeyTerm
{
	KrolesKeySource source;
	KrolesRights rights;		/* 0 for users and groups */
} KrolesKeyTerm;

/* The ids, ascending; valid until the next call of kroles_find_keys() for another term or subject. */
typedef struct KrolesKeyIds
{
	bool		complete;		/* false: there may be others */
	int			n;
	const int64 *ids;
} KrolesKeyIds;

/* What a search for keys fills in. */
typedef struct KrolesKeySearch
{
	bool		complete;
	KrolesArray ids;			/* int64 */
} KrolesKeySearch;

extern void kroles_keys_init(void);
extern KrolesKeyIds kroles_find_keys(KrolesKeyTerm term);
extern bool kroles_has_key(const KrolesKeyIds *keys, int64 id);
extern void kroles_add_id(KrolesKeySearch *search, int64 id, int most);

#endif
