/*
 * audiences.c
 *		From the audiences of media to the users whom a change of them concerns.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/snapmgr.h"

#include "cache/question.h"
#include "preview/media.h"
#include "store/scan.h"

/* ---- Whom a changed audience concerns ---- */

/* What an entry concerns, so that it is found once a side. */
typedef struct SpreadEntry
{
	struct
	{
		int64		id;
		int64		class;
	}			entry;			/* hash key, must be first */
	bool		everyone;
} SpreadEntry;

typedef struct MediaSpreading
{
	KrolesConcern *concern;
	KrolesConcernedMedia *media;
	KrolesSide	side;
	HTAB	   *entries;
} MediaSpreading;

/* Adds the users whom an entry gives rights, unless they are named; returns whether all users have to be looked at. */
static bool
concern_of_entry(KrolesConcern *concern, KrolesAudienceEntry entry)
{
	if (entry.class < KROLES_ENTRY_GROUP || entry.class == KROLES_ENTRY_AVAILABLE)
		return false;
	if (entry.class < KROLES_ENTRY_APPROVED)
		kroles_concern_members(concern, entry.id);
	else if (entry.class == KROLES_ENTRY_EVENT)
		kroles_concern_participants(concern, entry.id);
	else if (kroles_space_is_open(entry.id))
		return true;
	else
		kroles_concern_people_of_space(concern, entry.id);
	return false;
}

static void
spread_from_entry(const MediaSpreading *spreading, KrolesMediaItem *item, KrolesAudienceEntry entry)
{
	SpreadEntry *known;
	SpreadEntry key = {.entry = {entry.id, entry.class}};
	bool		found;

	known = hash_search(spreading->entries, &key.entry, HASH_ENTER, &found);
	if (!found)
		known->everyone = concern_of_entry(spreading->concern, entry);
	item->everyone |= known->everyone;
}

/* All entries of an audience; none if there is no media. */
static KrolesArray
read_entries(const KrolesMediaState *state)
{
	KrolesArray entries = {.size = sizeof(KrolesWindowedEntry)};
	KrolesAudience audience;
	KrolesWindowedEntry entry;

	if (!state->exists)
		return entries;
	audience = kroles_open_audience(state->audience);
	while (kroles_read_entry(&audience, &entry))
		*(KrolesWindowedEntry *) kroles_array_add(&entries) = entry;
	return entries;
}

static bool
has_entry(const KrolesArray *entries, const KrolesWindowedEntry *wanted)
{
	for (int i = 0; i < entries->n; i++)
	{
		const KrolesWindowedEntry *entry = &((KrolesWindowedEntry *) entries->items)[i];

		if (entry->entry.class == wanted->entry.class && entry->entry.id == wanted->entry.id &&
			kroles_same_window(entry->window, wanted->window))
			return true;
	}
	return false;
}

/* Whether what changed concerns all who have a right: the media was made or deleted, got or lost its room, or its time. */
static bool
changes_for_all(const KrolesMediaItem *item)
{
	const KrolesMediaState *before = &item->states[KROLES_BEFORE];
	const KrolesMediaState *after = &item->states[KROLES_AFTER];

	return !before->exists || !after->exists || before->is_room != after->is_room ||
		!kroles_same_window(kroles_audience_available(before->audience), kroles_audience_available(after->audience));
}

/* Adds the users whom the change of a media concerns on the active side. */
static void
spread_from_item(const MediaSpreading *spreading, KrolesMediaItem *item)
{
	KrolesArray here = read_entries(&item->states[spreading->side]);
	KrolesArray there = read_entries(&item->states[1 - spreading->side]);
	bool		all = changes_for_all(item);

	for (int i = 0; i < here.n; i++)
	{
		const KrolesWindowedEntry *entry = &((KrolesWindowedEntry *) here.items)[i];

		if (all || !has_entry(&there, entry))
			spread_from_entry(spreading, item, entry->entry);
	}
	if (here.items != NULL)
		pfree(here.items);
	if (there.items != NULL)
		pfree(there.items);
}

/* The judge of media_question. */
static void
spread_from_all(KrolesBasis basis, const void *about, void *answer)
{
	const MediaSpreading *spreading = about;
	bool		any = false;

	for (int i = 0; i < spreading->media->items.n; i++)
	{
		KrolesMediaItem *item = &((KrolesMediaItem *) spreading->media->items.items)[i];

		CHECK_FOR_INTERRUPTS();
		if (item->changed)
			spread_from_item(spreading, item);
		any |= item->changed;
	}
	if (any)
		kroles_concern_administrators(spreading->concern);
}

static const KrolesQuestion media_question = {.judge = spread_from_all};

/* Adds to the concern the users whom changed media concern, or marks the media as concerning everyone. */
void
kroles_spread_from_media(KrolesConcern *concern, KrolesConcernedMedia *media)
{
	HASHCTL		control = {
		.keysize = sizeof(((SpreadEntry *) 0)->entry), .entrysize = sizeof(SpreadEntry), .hcxt = CurrentMemoryContext
	};

	KROLES_FOR_EACH_SIDE(side, concern->base)
	{
		MediaSpreading spreading = {concern, media, side};

		spreading.entries = hash_create("kroles preview entries", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
		(void) kroles_ask_on(KROLES_SNAPSHOT, &media_question, &spreading, media);
		hash_destroy(spreading.entries);
	}
	kroles_settle_users(concern);
}

/* ---- Signatures ---- */

/* The first signature with a hash. */
typedef struct HashedSignature
{
	uint64		hash;			/* hash key, must be first */
	int			first;
} HashedSignature;

/* Writes what a media has in common with others of its signature; returns the number of bytes. */
static int
write_signature(const KrolesMediaState *state, KrolesArray *buffer)
{
	KrolesAudience audience = kroles_open_audience(state->audience);
	KrolesWindowedEntry entry;
	KrolesWindowedEntry *written = kroles_array_add(buffer);

	/* (cleared, as there are bytes between the members) */
	memset(written, 0, sizeof(*written));
	written->entry.class = state->is_room;
	while (kroles_read_entry(&audience, &entry))
	{
		if (entry.entry.class < KROLES_ENTRY_GROUP)
			continue;
		written = kroles_array_add(buffer);
		memset(written, 0, sizeof(*written));
		written->entry.class = entry.entry.class;
		written->entry.id = entry.entry.id;
		written->window = entry.window;
	}
	return buffer->n * sizeof(KrolesWindowedEntry);
}

/* The signature with those bytes, added if it is new. */
static int
find_signature(KrolesArray *signatures, HTAB *hashed, const KrolesMediaState *state, const char *bytes, int length)
{
	uint64		hash = hash_bytes_extended((const unsigned char *) bytes, length, 0);
	KrolesSignature *signature;
	HashedSignature *entry;
	bool		found;

	entry = hash_search(hashed, &hash, HASH_ENTER, &found);
	if (!found)
		entry->first = -1;
	for (int i = entry->first; i >= 0; i = ((KrolesSignature *) signatures->items)[i].next)
	{
		signature = &((KrolesSignature *) signatures->items)[i];
		if (signature->length == length && memcmp(signature->bytes, bytes, length) == 0)
			return i;
	}
	signature = kroles_array_add(signatures);
	memset(signature, 0, sizeof(*signature));
	signature->media.head.id = PG_INT64_MIN;
	signature->media.head.exists = true;
	signature->media.is_room = state->is_room;
	signature->media.audience = state->audience;
	signature->bytes = memcpy(palloc(length), bytes, length);
	signature->length = length;
	signature->next = entry->first;
	entry->first = signatures->n - 1;
	return entry->first;
}

/* Gives each media of each side its signature. */
void
kroles_add_signatures(KrolesConcernedMedia *media)
{
	HASHCTL		control = {.keysize = sizeof(uint64), .entrysize = sizeof(HashedSignature), .hcxt = CurrentMemoryContext};
	HTAB	   *hashed = hash_create("kroles preview signatures", 256, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	KrolesArray buffer = {.size = sizeof(KrolesWindowedEntry)};

	for (int i = 0; i < media->items.n; i++)
	{
		KrolesMediaItem *item = &((KrolesMediaItem *) media->items.items)[i];

		CHECK_FOR_INTERRUPTS();
		for (int side = 0; side < KROLES_NSIDES; side++)
		{
			KrolesMediaState *state = &item->states[side];
			int			length;

			if (!state->exists)
				continue;
			if (side == KROLES_AFTER && !item->changed)
			{
				state->signature = item->states[KROLES_BEFORE].signature;
				continue;
			}
			buffer.n = 0;
			length = write_signature(state, &buffer);
			state->signature = find_signature(&media->signatures, hashed, state, buffer.items, length);
		}
	}
	hash_destroy(hashed);
}

/* ---- People who are named ---- */

static void
add_named(KrolesConcernedMedia *media, int item, int64 user_id)
{
	KrolesNamed *named = kroles_array_add(&media->named);

	memset(named, 0, sizeof(*named));
	named->user_id = user_id;
	named->item = item;
}

static bool
is_concerned(const KrolesConcern *concern, int64 user_id)
{
	return concern->users.n > 0 &&
		bsearch(&user_id, concern->users.items, concern->users.n, sizeof(int64), kroles_compare_ids) != NULL;
}

/* Adds the users in the room, on the active side. */
static void
add_users_in_room(KrolesConcernedMedia *media, int item, int64 media_id, const KrolesConcern *only)
{
	KrolesScan	scan;

	kroles_scan_by_id(&scan, KROLES_T_ROOM_PARTICIPANTS, KROLES_I_ROOM_PARTICIPANTS_MEDIA, ROOM_PARTICIPANTS_MEDIA,
					  media_id, GetActiveSnapshot());
	while (kroles_scan_next(&scan))
	{
		int64		user_id = kroles_scan_id(&scan, ROOM_PARTICIPANTS_USER);

		if (only == NULL || is_concerned(only, user_id))
			add_named(media, item, user_id);
	}
	kroles_scan_end(&scan);
}

/* Adds the people whom the audience of a media names on one side, which is the active one. */
static void
add_named_by_item(const KrolesConcern *concern, KrolesConcernedMedia *media, int i, KrolesSide side)
{
	const KrolesMediaItem *item = &((KrolesMediaItem *) media->items.items)[i];
	const KrolesMediaState *state = &item->states[side];
	bool		all = item->changed || item->everyone || concern->everyone;
	KrolesAudience audience;
	KrolesWindowedEntry entry;

	if (!state->exists)
		return;
	if (state->is_room)
		add_users_in_room(media, i, item->id, all ? NULL : concern);
	if (side == KROLES_AFTER && !item->changed)
		return;
	audience = kroles_open_audience(state->audience);
	while (kroles_read_entry(&audience, &entry))
		if (entry.entry.class < KROLES_ENTRY_GROUP && (all || is_concerned(concern, entry.entry.id)))
			add_named(media, i, entry.entry.id);
}

static int
compare_named(const void *a, const void *b)
{
	const KrolesNamed *x = a;
	const KrolesNamed *y = b;

	if (x->user_id != y->user_id)
		return x->user_id < y->user_id ? -1 : 1;
	return (x->item > y->item) - (x->item < y->item);
}

/*
 * Adds the users who are judged by themselves for a media: those whom its audience
 * names, those in its room, and the asker, if it is not NULL.  Users whom nothing of the
 * change concerns are left out.
 */
void
kroles_add_named(const KrolesConcern *concern, KrolesConcernedMedia *media, const int64 *asker)
{
	KrolesNamed *named;
	int			n = 0;

	KROLES_FOR_EACH_SIDE(side, concern->base)
	{
		for (int i = 0; i < media->items.n; i++)
		{
			CHECK_FOR_INTERRUPTS();
			add_named_by_item(concern, media, i, side);
			if (side == KROLES_BEFORE && asker != NULL)
				add_named(media, i, *asker);
		}
	}
	if (media->named.n == 0)
		return;
	qsort(media->named.items, media->named.n, media->named.size, compare_named);
	named = (KrolesNamed *) media->named.items;
	for (int i = 0; i < media->named.n; i++)
		if (n == 0 || compare_named(&named[n - 1], &named[i]) != 0)
			named[n++] = named[i];
	media->named.n = n;
}
