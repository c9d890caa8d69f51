/*
 * audience.h
 *		The audience of a media, a value of the type kroles.audience: its owner, the
 *		users and groups with a role on it, the spaces where it is approved or
 *		pending, and the events that it is a session of.
 */
#ifndef KROLES_AUDIENCE_H
#define KROLES_AUDIENCE_H

#include "fmgr.h"
#include "port/pg_bitutils.h"
#include "core/array.h"
#include "core/compat.h"
#include "core/window.h"
#include "store/secret.h"

/* What an entry's id refers to; for users and groups the class includes the role. */
typedef enum KrolesEntryClass
{
	KROLES_ENTRY_USER = 0,		/* plus a KrolesMediaRole */
	KROLES_ENTRY_GROUP = 8,		/* plus a KrolesMediaRole */
	KROLES_ENTRY_APPROVED = 16, /* a space where the media is approved */
	KROLES_ENTRY_PENDING,		/* a space where it is pending */
	KROLES_ENTRY_EVENT,			/* an event that it is a session of */
	KROLES_ENTRY_AVAILABLE = 31 /* not who but when: the media is available in the entry's window */
} KrolesEntryClass;

/* The ids of the class "available": of a media without a room, and of one with a room. */
#define KROLES_AVAILABLE_MEDIA 0
#define KROLES_AVAILABLE_ROOM 1

/* What the media's own row says about its audience. */
typedef struct KrolesMediaRow
{
	int64		media_id;
	int64		owner_id;
	KrolesWindow available;
	bool		has_room;
} KrolesMediaRow;

/* Marks in an entry's class, as it is stored: the entry has a window, with a start, with an end. */
#define KROLES_ENTRY_STARTS 0x40
#define KROLES_ENTRY_EXPIRES 0x80

typedef struct KrolesAudienceEntry
{
	uint8		class;			/* a KrolesEntryClass, plus the role */
	int64		id;
} KrolesAudienceEntry;

/* An entry, and when it counts. */
typedef struct KrolesWindowedEntry
{
	KrolesAudienceEntry entry;
	KrolesWindow window;
} KrolesWindowedEntry;

/*
 * Format: after the varlena header the media's id, a nonce, and the encrypted body.
 * Nothing is aligned, because a short varlena starts at any address.
 *
 * The body has the entries in ascending order without duplicates, that of the class
 * "available" first, ended by a zero byte.  An entry is one byte, its class plus one
 * with the marks of its window, and its id, start and end, as far as it has them, in
 * groups of seven bits, lowest first.  The body is padded with zeros to 32 bytes or the next power
 * of two, so that its size reveals little.  The nonce is a keyed hash of the
 * media's id and the entries: equal contents have equal bytes, which reveal nothing
 * else without the secret.  Its lowest byte is the version of this format and of the
 * numbers of classes: 1 where no entry has a window, else 2.  A value without entries ("hidden") has a nonce of zero and no
 * body; so has, for readers, one of a version that they do not know.
 */
#define KROLES_AUDIENCE_VERSION 1
#define KROLES_AUDIENCE_VERSION_WINDOWS 2
#define KROLES_AUDIENCE_HEAD (2 * sizeof(int64))
#define KROLES_LEAST_BODY 32

/*
 * The state of reading a value, entry by entry.  The decrypted bytes that were not
 * read yet are in a window of two words, the first byte lowest, padded with zeros.
 */
typedef struct KrolesAudience
{
	int64		media_id;
	const char *at;				/* the rest that is still encrypted */
	const char *end;
	uint64		word;			/* the window */
	uint64		next;
	int			left;			/* how many of its bytes were not read yet */
	uint32		counter;		/* of words of the keystream */
	KrolesSipState stream;
} KrolesAudience;

/* The keystream's n-th eight bytes. */
static inline uint64
kroles_audience_stream(KrolesSipState stream, uint32 n)
{
	return kroles_sip_end(stream, n, KROLES_AUDIENCE_HEAD + sizeof(n));
}

/* Decrypts eight bytes of the body, the n-th word. */
static inline uint64
kroles_decrypt_word(KrolesSipState stream, const char *at, uint32 n)
{
	uint64		word;

	memcpy(&word, at, sizeof(word));
	return word ^ kroles_audience_stream(stream, n);
}

/*
 * Starts reading a detoasted value, which must outlive the result.  May read the
 * secret: see kroles_key().  (The first two words are decrypted together, because
 * most audiences need both, and the processor works on both at the same time.)
 */
static pg_attribute_always_inline KrolesAudience
kroles_open_audience(struct varlena *value)
{
	KrolesAudience audience = {0};
	const char *data = VARDATA_ANY(value);
	uint64		nonce;

	if (unlikely(VARSIZE_ANY_EXHDR(value) < KROLES_AUDIENCE_HEAD))
		return audience;
	memcpy(&audience.media_id, data, sizeof(int64));
	memcpy(&nonce, data + sizeof(int64), sizeof(nonce));
	if (VARSIZE_ANY_EXHDR(value) < KROLES_AUDIENCE_HEAD + KROLES_LEAST_BODY ||
		unlikely((uint8) (nonce - KROLES_AUDIENCE_VERSION) > KROLES_AUDIENCE_VERSION_WINDOWS - KROLES_AUDIENCE_VERSION))
		return audience;
	audience.at = data + KROLES_AUDIENCE_HEAD;
	audience.end = data + VARSIZE_ANY_EXHDR(value);
	audience.stream = kroles_sip_begin(kroles_key(KROLES_KEY_STREAM));
	kroles_sip_word(&audience.stream, (uint64) audience.media_id);
	kroles_sip_word(&audience.stream, nonce);
	audience.word = kroles_decrypt_word(audience.stream, audience.at, 0);
	audience.next = kroles_decrypt_word(audience.stream, audience.at + sizeof(uint64), 1);
	audience.at += 2 * sizeof(uint64);
	audience.left = 2 * sizeof(uint64);
	audience.counter = 2;
	return audience;
}

extern uint64 kroles_decrypt_later_word(KrolesSipState stream, const char *at, uint32 n);

/* Whether the value has no entries. */
static inline bool
kroles_is_hidden(struct varlena *value)
{
	return VARSIZE_ANY_EXHDR(value) <= KROLES_AUDIENCE_HEAD;
}

/* Appends eight bytes to the window, which must have room; false at the end of the body. */
static pg_attribute_always_inline bool
kroles_fill_window(KrolesAudience *audience)
{
	uint64		word;

	if (audience->end - audience->at < (int) sizeof(uint64))
		return false;
	word = kroles_decrypt_later_word(audience->stream, audience->at, audience->counter++);
	audience->at += sizeof(uint64);
	if (audience->left == 0)
		audience->word = word;
	else if (audience->left == sizeof(uint64))
		audience->next = word;
	else
	{
		audience->word |= word << (8 * audience->left);
		audience->next = word >> (64 - 8 * audience->left);
	}
	audience->left += sizeof(uint64);
	return true;
}

/* Removes the first 1 to 8 bytes of the window. */
static pg_attribute_always_inline void
kroles_skip_bytes(KrolesAudience *audience, int n)
{
	if (likely(n < (int) sizeof(uint64)))
	{
		audience->word = (audience->word >> (8 * n)) | (audience->next << (64 - 8 * n));
		audience->next >>= 8 * n;
	}
	else
	{
		audience->word = audience->next;
		audience->next = 0;
	}
	audience->left = Max(audience->left - n, 0);
}

/* Reads an id of more than eight groups of seven bits. */
static inline int64
kroles_read_long_id(KrolesAudience *audience)
{
	uint64		id = 0;

	for (int shift = 0; shift < 64; shift += 7)
	{
		uint8		byte;

		if (audience->left == 0 && !kroles_fill_window(audience))
			break;
		byte = (uint8) audience->word;
		kroles_skip_bytes(audience, 1);
		id |= (uint64) (byte & 0x7f) << shift;
		if (byte < 0x80)
			break;
	}
	return (int64) id;
}

/* The number that the groups of seven bits in the bytes of a word are, lowest first. */
static pg_attribute_always_inline uint64
kroles_join_groups(uint64 bytes)
{
	bytes = (bytes & UINT64CONST(0x007f007f007f007f)) | ((bytes & UINT64CONST(0x7f007f007f007f00)) >> 1);
	bytes = (bytes & UINT64CONST(0x00003fff00003fff)) | ((bytes & UINT64CONST(0x3fff00003fff0000)) >> 2);
	return (bytes & UINT64CONST(0x000000000fffffff)) | ((bytes & UINT64CONST(0x0fffffff00000000)) >> 4);
}

/*
 * Reads the next entry; false if there is none.  If its class has a mark of a window,
 * kroles_read_window() must be called next, or the audience not be read further.
 */
static pg_attribute_always_inline bool
kroles_next_entry(KrolesAudience *audience, KrolesAudienceEntry *entry)
{
	uint64		bytes;
	uint64		ends;

	if (audience->left == 0)
		(void) kroles_fill_window(audience);
	if ((uint8) audience->word == 0)
		return false;
	entry->class = (uint8) audience->word - 1;
	if (audience->left <= (int) sizeof(uint64))
		(void) kroles_fill_window(audience);
	kroles_skip_bytes(audience, 1);
	bytes = audience->word;
	ends = ~bytes & UINT64CONST(0x8080808080808080);
	if (unlikely(ends == 0))
	{
		entry->id = kroles_read_long_id(audience);
		return true;
	}
	entry->id = (int64) kroles_join_groups(bytes & (ends ^ (ends - 1)));
	kroles_skip_bytes(audience, pg_rightmost_one_pos64(ends) / 8 + 1);
	return true;
}

extern KrolesWindow kroles_read_window(KrolesAudience *audience, KrolesAudienceEntry *entry);
extern bool kroles_read_entry(KrolesAudience *audience, KrolesWindowedEntry *entry);
extern KrolesWindow kroles_audience_available(struct varlena *value);

/* Whether the class of an entry has a mark of a window. */
static inline bool
kroles_has_window(KrolesAudienceEntry entry)
{
	return entry.class >= KROLES_ENTRY_STARTS;
}

/* The marks of a window. */
static inline uint8
kroles_window_marks(KrolesWindow window)
{
	return (window.starts_at != INT64_MIN ? KROLES_ENTRY_STARTS : 0) | (window.expires_at != INT64_MAX ? KROLES_ENTRY_EXPIRES : 0);
}

/* The media's id of a detoasted value. */
static inline int64
kroles_audience_media(struct varlena *value)
{
	int64		media_id = 0;

	if (VARSIZE_ANY_EXHDR(value) >= KROLES_AUDIENCE_HEAD)
		memcpy(&media_id, VARDATA_ANY(value), sizeof(int64));
	return media_id;
}

extern struct varlena *kroles_make_audience(int64 media_id, KrolesWindowedEntry *entries, int n);
extern struct varlena *kroles_audience_of_row(struct varlena *from, const KrolesMediaRow *row);
extern void kroles_add_windowed(KrolesArray *entries, int class, int64 id, KrolesWindow window);
extern void kroles_add_row_entries(KrolesArray *entries, const KrolesMediaRow *row);
extern bool kroles_same_audience(struct varlena *a, struct varlena *b);
extern int	kroles_sort_entries(KrolesAudienceEntry *entries, int n);

/* Whether an entry says that the media is, or may become, visible beyond the people on it: it is approved or pending
 * somewhere, or a session of an event. */
static inline bool
kroles_is_published_entry(KrolesAudienceEntry entry)
{
	return entry.class >= KROLES_ENTRY_APPROVED && entry.class != KROLES_ENTRY_AVAILABLE;
}

/* ---- audience/index_keys.c: the entries to search an index for ---- */

/*
 * The index keys of a subject: a value of the same SQL type that is not an
 * audience, as kroles.index_keys() returns it.  It contains only entries of the subject
 * itself, and is not encrypted.
 */
typedef struct KrolesIndexKeys
{
	bool		is_index_keys;	/* false for an audience */
	bool		everything;		/* all audiences match */
	bool		drafts;			/* only audiences of media that are published nowhere match */
	bool		published;		/* not keys but the mark of all others: see kroles_published_mark() */
	int			n;
	const char *entries;		/* packed KrolesAudienceEntry's in ascending order; kroles_index_key() reads one */
} KrolesIndexKeys;

extern struct varlena *kroles_make_index_keys(bool everything, KrolesAudienceEntry *entries, int n);
extern struct varlena *kroles_make_draft_keys(KrolesAudienceEntry *entries, int n);
extern struct varlena *kroles_published_mark(void);
extern KrolesIndexKeys kroles_open_index_keys(struct varlena *value);
extern KrolesAudienceEntry kroles_index_key(const KrolesIndexKeys *keys, int i);
extern bool kroles_has_index_key(struct varlena *value, const KrolesIndexKeys *keys);
extern struct varlena *kroles_join_index_keys(struct varlena *a, struct varlena *b);

#endif
