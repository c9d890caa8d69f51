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

/* What is searched for, and what the other side has found, if it is known. */
typedef struct MediaSearch
{
	const KrolesConcern *concern;
	KrolesArray found;			/* FoundMedia */
	const KrolesArray *other;	/* the same, by id; NULL: not known yet */
} MediaSearch;

/* The audience that the other side has of a media, if it is the same; else NULL. */
static struct varlena *
find_same_audience(const KrolesArray *other, int64 id, struct varlena *audience)
{
	int			at = other == NULL ? 0 : kroles_lower_bound(other->items, other->n, other->size, id);
	const FoundMedia *media;

	if (other == NULL || at == other->n)
		return NULL;
	media = &((FoundMedia *) other->items)[at];
	return media->id == id && kroles_same_audience(media->audience, audience) ? media->audience : NULL;
}

/* Adds the media of the current row; its audience is a copy, unless the other side has the same. */
static void
add_current_row(MediaSearch *search, KrolesScan *scan)
{
	FoundMedia *media = kroles_array_add(&search->found);
	Datum		stored = kroles_scan_value(scan, MEDIA_AUDIENCE);
	struct varlena *audience = (struct varlena *) PG_DETOAST_DATUM_PACKED(stored);

	media->id = kroles_scan_id(scan, MEDIA_ID);
	media->is_room = kroles_has_room(kroles_scan_enum(scan, MEDIA_TYPE, KROLES_E_MEDIA_TYPE));
	media->audience = find_same_audience(search->other, media->id, audience);
	if (media->audience == NULL)
		media->audience = memcpy(palloc(VARSIZE_ANY(audience)), audience, VARSIZE_ANY(audience));
	if (PointerGetDatum(audience) != stored)
		pfree(audience);
}

static void
add_all_rows(MediaSearch *search)
{
	KrolesScan	scan;

	kroles_scan_from(&scan, KROLES_T_MEDIA, KROLES_I_MEDIA_ID, MEDIA_ID, PG_INT64_MIN, GetActiveSnapshot());
	while (kroles_scan_next(&scan))
	{
		CHECK_FOR_INTERRUPTS();
		add_current_row(search, &scan);
	}
	kroles_scan_end(&scan);
}

/* Adds the media that have one of the keys; false if the index cannot tell. */
static bool
add_rows_by_keys(MediaSearch *search)
{
	const KrolesArray *keys = &search->concern->keys;
	KrolesRowSearch *rows_search = kroles_begin_rows(KROLES_T_MEDIA, KROLES_I_MEDIA_AUDIENCE, kroles_audience_type(),
													 GetActiveSnapshot());
	KrolesAudienceEntry *entries = (KrolesAudienceEntry *) keys->items;
	KrolesRows	rows;
	KrolesScan	scan;

	if (rows_search == NULL)
		return false;
	for (int i = 0; i < keys->n; i += KEYS_AT_ONCE)
	{
		CHECK_FOR_INTERRUPTS();
		kroles_add_rows(rows_search,
						PointerGetDatum(kroles_make_index_keys(false, &entries[i], Min(keys->n - i, KEYS_AT_ONCE))));
	}
	if (!kroles_end_rows(rows_search, &rows))
		return false;
	kroles_scan_rows(&scan, KROLES_T_MEDIA, &rows, GetActiveSnapshot());
	while (kroles_scan_next(&scan))
	{
		CHECK_FOR_INTERRUPTS();
		add_current_row(search, &scan);
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

/* Adds the media of an array whose items begin with ids, without those that are found, sorted, already. */
static void
add_rows_by_id(MediaSearch *search, const KrolesArray *ids)
{
	int			n = search->found.n;

	for (int i = 0; i < ids->n; i++)
	{
		int64		id = *(const int64 *) (ids->items + ids->size * i);
		KrolesScan	scan;

		if (has_media(&search->found, n, id))
			continue;
		CHECK_FOR_INTERRUPTS();
		kroles_scan_by_id(&scan, KROLES_T_MEDIA, KROLES_I_MEDIA_ID, MEDIA_ID, id, GetActiveSnapshot());
		if (kroles_scan_next(&scan))
			add_current_row(search, &scan);
		kroles_scan_end(&scan);
	}
}

/* Finds the media of concern on the active side, by id. */
static void
find_media(MediaSearch *search)
{
	if (search->concern->everything || (search->concern->keys.n > 0 && !add_rows_by_keys(search)))
	{
		search->found.n = 0;
		add_all_rows(search);
	}
	kroles_sort_ids(&search->found);
	add_rows_by_id(search, &search->concern->media);
	kroles_sort_ids(&search->found);
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
		(before->exists && before->audience != after->audience && !kroles_same_audience(before->audience, after->audience));
}

/* Joins what both sides have found, both by id. */
static KrolesArray
join_sides(const KrolesArray *before, const KrolesArray *after)
{
	const KrolesArray *found[KROLES_NSIDES] = {before, after};
	KrolesArray items = {.size = sizeof(KrolesMediaItem)};
	const FoundMedia *sides[KROLES_NSIDES] = {(FoundMedia *) before->items, (FoundMedia *) after->items};
	int			at[KROLES_NSIDES] = {0};

	while (at[0] < found[0]->n || at[1] < found[1]->n)
	{
		bool		first = at[1] == found[1]->n || (at[0] < found[0]->n && sides[0][at[0]].id <= sides[1][at[1]].id);
		bool		second = at[0] == found[0]->n || (at[1] < found[1]->n && sides[1][at[1]].id <= sides[0][at[0]].id);
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
	MediaSearch searches[KROLES_NSIDES];

	media->signatures.size = sizeof(KrolesSignature);
	media->named.size = sizeof(KrolesNamed);
	KROLES_FOR_EACH_SIDE(side, concern->base)
	{
		searches[side] = (MediaSearch) {
			.concern = concern, .found = {.size = sizeof(FoundMedia)},
			.other = side == KROLES_AFTER ? &searches[KROLES_BEFORE].found : NULL
		};
		find_media(&searches[side]);
	}
	/* what an index has found on one side only is on the other with another audience, or not at all */
	KROLES_FOR_EACH_SIDE(other, concern->base)
	{
		add_rows_by_id(&searches[other], &searches[1 - other].found);
		kroles_sort_ids(&searches[other].found);
	}
	media->items = join_sides(&searches[KROLES_BEFORE].found, &searches[KROLES_AFTER].found);
	return media;
}
