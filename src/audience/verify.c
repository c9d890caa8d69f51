/*
 * verify.c
 *		Computes audiences from the tables that they are derived from.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/snapmgr.h"

#include "audience/audience.h"
#include "audience/verify.h"
#include "cache/cache.h"
#include "core/array.h"
#include "store/scan.h"

/* Adds the users and groups with a permission in that table. */
static void
add_permissions(KrolesArray *entries, KrolesTableId table, KrolesIndexId index, KrolesEnum permissions,
		   int64 media_id, Snapshot snapshot)
{
	KrolesScan	scan;

	kroles_scan_by_id(&scan, table, index, PEOPLE_MEDIA, media_id, snapshot);
	while (kroles_scan_next(&scan))
	{
		int			role = kroles_scan_enum(&scan, PEOPLE_PERMISSION, permissions);
		bool		is_group;

		if (role < 0)
			continue;
		(void) kroles_scan_column(&scan, PEOPLE_USER, &is_group);
		kroles_add_windowed(entries, (is_group ? KROLES_ENTRY_GROUP : KROLES_ENTRY_USER) + role,
							kroles_scan_id(&scan, is_group ? PEOPLE_GROUP : PEOPLE_USER),
							kroles_scan_window(&scan, PEOPLE_STARTS, PEOPLE_EXPIRES));
	}
	kroles_scan_end(&scan);
}

static void
add_speakers(KrolesArray *entries, int64 media_id, Snapshot snapshot)
{
	KrolesScan	scan;

	kroles_scan_by_id(&scan, KROLES_T_SPEAKERS, KROLES_I_SPEAKERS_MEDIA, SPEAKERS_MEDIA, media_id, snapshot);
	while (kroles_scan_next(&scan))
	{
		int			role = kroles_scan_enum(&scan, SPEAKERS_TYPE, KROLES_E_SPEAKER_TYPE);

		if (role >= 0)
			kroles_add_windowed(entries, KROLES_ENTRY_USER + role, kroles_scan_id(&scan, SPEAKERS_USER), KROLES_ALWAYS);
	}
	kroles_scan_end(&scan);
}

static void
add_events(KrolesArray *entries, int64 media_id, Snapshot snapshot)
{
	KrolesScan	scan;

	kroles_scan_by_id(&scan, KROLES_T_EVENT_SESSIONS, KROLES_I_EVENT_SESSIONS_MEDIA, EVENT_SESSIONS_MEDIA, media_id, snapshot);
	while (kroles_scan_next(&scan))
		kroles_add_windowed(entries, KROLES_ENTRY_EVENT, kroles_scan_id(&scan, EVENT_SESSIONS_EVENT), KROLES_ALWAYS);
	kroles_scan_end(&scan);
}

static void
add_publications(KrolesArray *entries, int64 media_id, Snapshot snapshot)
{
	KrolesScan	scan;

	kroles_scan_by_id(&scan, KROLES_T_PUBLICATIONS, KROLES_I_PUBLICATIONS_MEDIA, PUBLICATIONS_MEDIA, media_id, snapshot);
	while (kroles_scan_next(&scan))
	{
		int			status = kroles_scan_enum(&scan, PUBLICATIONS_STATUS, KROLES_E_PUBLICATION_STATUS);

		if (status == KROLES_APPROVED || status == KROLES_PENDING)
			kroles_add_windowed(entries, status == KROLES_APPROVED ? KROLES_ENTRY_APPROVED : KROLES_ENTRY_PENDING,
								kroles_scan_id(&scan, PUBLICATIONS_SPACE), KROLES_ALWAYS);
	}
	kroles_scan_end(&scan);
}

/* The audience of a media according to its row, and to the tables in the snapshot; in the current memory context. */
struct varlena *
kroles_compute_audience(const KrolesMediaRow *row, Snapshot snapshot)
{
	KrolesArray entries = {.size = sizeof(KrolesWindowedEntry)};

	kroles_add_row_entries(&entries, row);
	add_permissions(&entries, KROLES_T_COLLABORATORS, KROLES_I_COLLABORATORS_MEDIA,
			   KROLES_E_COLLABORATOR_PERMISSION, row->media_id, snapshot);
	add_permissions(&entries, KROLES_T_MODERATORS, KROLES_I_MODERATORS_MEDIA,
			   KROLES_E_MODERATOR_PERMISSION, row->media_id, snapshot);
	add_speakers(&entries, row->media_id, snapshot);
	add_publications(&entries, row->media_id, snapshot);
	add_events(&entries, row->media_id, snapshot);
	return kroles_make_audience(row->media_id, (KrolesWindowedEntry *) entries.items, entries.n);
}

/*
 * Reads a media as it was: the log does not have its audience, so that is computed from
 * the rows that it was derived from.
 */
void
kroles_load_past_media(KrolesCacheEntry *entry, Snapshot snapshot)
{
	KrolesMedia *media = (KrolesMedia *) entry;
	KrolesMediaRow row = {.media_id = media->head.id};
	struct varlena *audience;
	KrolesScan	scan;

	kroles_scan_by_id(&scan, KROLES_T_MEDIA, KROLES_I_MEDIA_ID, MEDIA_ID, media->head.id, snapshot);
	media->head.exists = kroles_scan_next(&scan);
	if (media->head.exists)
	{
		media->is_room = row.has_room = kroles_has_room(kroles_scan_enum(&scan, MEDIA_TYPE, KROLES_E_MEDIA_TYPE));
		row.owner_id = kroles_scan_id(&scan, MEDIA_OWNER);
		row.available = kroles_scan_window(&scan, MEDIA_AVAILABLE_FROM, MEDIA_AVAILABLE_UNTIL);
	}
	kroles_scan_end(&scan);
	if (!media->head.exists)
		return;
	audience = kroles_compute_audience(&row, snapshot);
	media->audience = kroles_cache_copy(&media->head, audience, VARSIZE_ANY(audience));
	pfree(audience);
}

/*
 * kroles.recomputed_audience(media_id, owner_id, type, available_from,
 * available_until, audience): the right audience of the media; null if it has that
 * already.
 */
PG_FUNCTION_INFO_V1(kroles_recomputed_audience);
Datum
kroles_recomputed_audience(PG_FUNCTION_ARGS)
{
	KrolesMediaRow row = {.available = KROLES_ALWAYS};
	struct varlena *stored;
	struct varlena *computed;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(5))
		PG_RETURN_NULL();
	row.media_id = PG_GETARG_INT64(0);
	row.owner_id = PG_GETARG_INT64(1);
	row.has_room = kroles_has_room(kroles_enum_code(KROLES_E_MEDIA_TYPE, PG_GETARG_OID(2)));
	if (!PG_ARGISNULL(3))
		row.available.starts_at = PG_GETARG_TIMESTAMPTZ(3);
	if (!PG_ARGISNULL(4))
		row.available.expires_at = PG_GETARG_TIMESTAMPTZ(4);
	stored = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(5));
	computed = kroles_compute_audience(&row, GetActiveSnapshot());
	if (kroles_same_audience(stored, computed))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(computed);
}
