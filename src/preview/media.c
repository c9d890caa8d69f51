/*
 * media.c
 *		The media that the changes of a transaction could concern, as both sides see
 *		them.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/snapmgr.h"

#include "preview/media.h"
#include "store/rows.h"
#include "store/scan.h"

/* How many keys one search of the index has: see answers/list_by_keys.c. */
#define KEYS_AT_ONCE 4

/* A media as one side has it. */
typedef struct FoundMedia
{
	int64		id;				/* must be first */
	bool		is_room;
	struct varlena *audience;
} FoundMedia;

/* ---- One side ---- */

static void
add_current_row(KrolesArray *found, KrolesScan *scan)
{
	FoundMedia *media = kroles_array_add(found);

	media->id = kroles_scan_id(scan, MEDIA_ID);
	media->is_room = kroles_has_room(kroles_scan_enum(scan, MEDIA_TYPE, KROLES_E_MEDIA_TYPE));
	media->audience = (struct varlena *) PG_DETOAST_DATUM_COPY(kroles_scan_value(scan, MEDIA_AUDIENCE));
}

static void
add_all_rows(KrolesArray *found)
{
	KrolesScan	scan;

	kroles_scan_from(&scan, KROLES_T_MEDIA, KROLES_I_MEDIA_ID, MEDIA_ID, PG_INT64_MIN, GetActiveSnapshot());
	while (kroles_scan_next(&scan))
	{
		CHECK_FOR_INTERRUPTS();
		add_current_row(found, &scan);
	}
	kroles_scan_end(&scan);
}

/* Adds the media that have one of the keys; false if the index cannot tell. */
static bool
add_rows_by_keys(KrolesArray *found, const KrolesArray *keys)
{
	KrolesRowSearch *search = kroles_begin_rows(KROLES_T_MEDIA, KROLES_I_MEDIA_AUDIENCE, kroles_audience_type(),
												GetActiveSnapshot());
	KrolesAudienceEntry *entries = (KrolesAudienceEntry *) keys->items;
	KrolesRows	rows;
	KrolesScan	scan;

	if (search == NULL)
		return false;
	for (int i = 0; i < keys->n; i += KEYS_AT_ONCE)
	{
		CHECK_FOR_INTERRUPTS();
		kroles_add_rows(search, PointerGetDatum(kroles_make_index_keys(false, &entries[i], Min(keys->n - i, KEYS_AT_ONCE))));
	}
	if (!kroles_end_rows(search, &rows))
		return false;
	kroles_scan_rows(&scan, KROLES_T_MEDIA, &rows, GetActiveSnapshot());
	while (kroles_scan_next(&scan))
	{
		CHECK_FOR_INTERRUPTS();
		add_current_row(found, &scan);
	}
	kroles_scan_end(&scan);
	return true;
}

static bool
has_media(const KrolesArray *found, int n, int64 id)
{
	int			at = kroles_lower_bound(found->items, n, found->size, id);

	return at < n && *(int64 *) (found->items + found->size * at) == id;
}

/* Adds media by their ids, without those that are among the first n, sorted, already. */
static void
add_rows_by_id(KrolesArray *found, int n, const int64 *ids, int nids, Size stride)
{
	for (int i = 0; i < nids; i++)
	{
		int64		id = *(const int64 *) ((const char *) ids + stride * i);
		KrolesScan	scan;

		if (has_media(found, n, id))
			continue;
		CHECK_FOR_INTERRUPTS();
		kroles_scan_by_id(&scan, KROLES_T_MEDIA, KROLES_I_MEDIA_ID, MEDIA_ID, id, GetActiveSnapshot());
		if (kroles_scan_next(&scan))
			add_current_row(found, &scan);
		kroles_scan_end(&scan);
	}
}

/* Finds the media of concern on the active side, by id. */
static KrolesArray
find_media(const KrolesConcern *concern)
{
	KrolesArray found = {.size = sizeof(FoundMedia)};

	if (concern->everything ||
		(concern->keys.n > 0 && !add_rows_by_keys(&found, &concern->keys)))
	{
		found.n = 0;
		add_all_rows(&found);
	}
	kroles_sort_ids(&found);
	add_rows_by_id(&found, found.n, (int64 *) concern->media.items, concern->media.n, sizeof(int64));
	kroles_sort_ids(&found);
	return found;
}

/* ---- Both sides ---- */

static KrolesMediaState
state_of(const FoundMedia *found)
{
	if (found == NULL)
		return (KrolesMediaState) {.signature = -1};
	return (KrolesMediaState) {.exists = true, .is_room = found->is_room, .audience = found->audience, .signature = -1};
}

static bool
is_changed(const KrolesMediaState *before, const KrolesMediaState *after)
{
	return before->exists != after->exists || before->is_room != after->is_room ||
		(before->exists && !kroles_same_audience(before->audience, after->audience));
}

/* Joins what both sides have found, both by id. */
static KrolesArray
join_sides(const KrolesArray *found)
{
	KrolesArray items = {.size = sizeof(KrolesMediaItem)};
	const FoundMedia *sides[KROLES_NSIDES] = {(FoundMedia *) found[0].items, (FoundMedia *) found[1].items};
	int			at[KROLES_NSIDES] = {0};

	while (at[0] < found[0].n || at[1] < found[1].n)
	{
		bool		first = at[1] == found[1].n || (at[0] < found[0].n && sides[0][at[0]].id <= sides[1][at[1]].id);
		bool		second = at[0] == found[0].n || (at[1] < found[1].n && sides[1][at[1]].id <= sides[0][at[0]].id);
		KrolesMediaItem *item = kroles_array_add(&items);

		memset(item, 0, sizeof(*item));
		item->id = first ? sides[0][at[0]].id : sides[1][at[1]].id;
		item->states[0] = state_of(first ? &sides[0][at[0]++] : NULL);
		item->states[1] = state_of(second ? &sides[1][at[1]++] : NULL);
		item->changed = is_changed(&item->states[0], &item->states[1]);
	}
	return items;
}

/* The media of concern, on both sides; in the current memory context. */
KrolesConcernedMedia *
kroles_load_media_of(KrolesConcern *concern)
{
	KrolesConcernedMedia *media = palloc0(sizeof(KrolesConcernedMedia));
	KrolesArray found[KROLES_NSIDES];

	media->signatures.size = sizeof(KrolesSignature);
	media->named.size = sizeof(KrolesNamed);
	KROLES_FOR_EACH_SIDE(side, concern->base)
		found[side] = find_media(concern);
	/* what an index has found on one side only is on the other with another audience, or not at all */
	KROLES_FOR_EACH_SIDE(other, concern->base)
	{
		KrolesArray *here = &found[1 - other];

		add_rows_by_id(&found[other], found[other].n, (int64 *) here->items, here->n, here->size);
		kroles_sort_ids(&found[other]);
	}
	media->items = join_sides(found);
	return media;
}
