/*
 * keys.c
 *		Keys: ids by which an index finds the rows that the current subject may see.
 *
 * A condition in a policy, such as "the row's space is one that the subject
 * moderates", is true for the rows whose column holds one of few ids.  These ids are
 * collected here, once for each condition, and kept while they are true.
 *
 * Keys may name more than what the subject may see, never less, unless they are
 * marked as incomplete: the policy judges every row that they find.  "Never less"
 * is about what is allowed now; users of keys see to it that the statement's snapshot
 * says the same (kroles_filter_covers(), kroles_question_quiet()).
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "cache/question.h"
#include "decide/subject.h"
#include "identity/identity.h"
#include "rls/filter.h"
#include "rls/held_media.h"
#include "rls/keys.h"
#include "rls/subject_keys.h"
#include "rls/subject_view.h"
#include "rules/sufficient.h"
#include "store/scan.h"

/* A subject who sees more media than this gets incomplete keys. */
#define MAX_MEDIA 5000

typedef struct KeptKeys
{
	bool		used;
	KrolesKeyTerm term;
	uint64		view;			/* number of the view that they are of */
	uint64		statement;		/* that collected them */
	KrolesStamp stamp;
	bool		of_now;			/* the statement's snapshot saw what was true at the stamp */
	uint64		last_use;
	KrolesKeySearch found;
	MemoryContext context;
} KeptKeys;

#define MAX_KEPT 12
static KeptKeys kept[MAX_KEPT];
static uint64 uses;
static MemoryContext keys_context;

/* Makes the context of the ids; once a backend. */
void
kroles_keys_init(void)
{
	keys_context = AllocSetContextCreate(CacheMemoryContext, "kroles keys", ALLOCSET_SMALL_SIZES);
}

/* Adds an id; where there are more than "most", marks the keys as incomplete instead. */
void
kroles_add_id(KrolesKeySearch *search, int64 id, int most)
{
	if (search->ids.n >= most)
		search->complete = false;
	else
		*(int64 *) kroles_array_add(&search->ids) = id;
}

/* Whether an id is among the keys. */
bool
kroles_has_key(const KrolesKeyIds *keys, int64 id)
{
	int			at = kroles_lower_bound(keys->ids, keys->n, sizeof(int64), id);

	return at < keys->n && keys->ids[at] == id;
}

/* ---- Collecting, by source: into the current memory context ---- */

static void
collect_groups(const KrolesPrincipals *principals, KrolesKeySearch *found)
{
	for (int i = 0; i < principals->ngroups; i++)
		kroles_add_id(found, principals->groups[i], KROLES_MAX_INDEX_KEYS);
}

static void
collect_spaces(const KrolesSubjectView *view, KrolesRights rights, KrolesKeySearch *found)
{
	KrolesSufficient grants = {.approved = rights};
	struct varlena *value = kroles_subject_keys_by(KROLES_CURRENT, view->who, &grants, KROLES_MAX_INDEX_KEYS);
	KrolesIndexKeys keys = kroles_open_index_keys(value);

	found->complete = !keys.everything;
	for (int i = 0; i < keys.n; i++)
	{
		KrolesAudienceEntry entry = kroles_index_key(&keys, i);

		if (entry.class == KROLES_ENTRY_APPROVED)
			kroles_add_id(found, entry.id, KROLES_MAX_INDEX_KEYS);
	}
	pfree(value);
}

/* Administrators have all rights without a role. */
static void
collect_events(const KrolesSubjectView *view, KrolesRights rights, KrolesKeySearch *found)
{
	found->complete = !view->subject.administrator;
	for (int i = 0; i < view->nevents && found->complete; i++)
	{
		int64		id = view->events[i].event_id;

		if (kroles_event_rights(&view->matrices, &view->subject, kroles_view_event_roles(view, id)) & rights)
			kroles_add_id(found, id, KROLES_MAX_INDEX_KEYS);
	}
}

/* The index keys of media on which the subject has one of the rights. */
static struct varlena *
media_index_keys(const KrolesSubjectView *view, KrolesRights rights)
{
	KrolesSufficient grants;

	if (rights == KROLES_RIGHT(KROLES_VIEW))
		return kroles_current_index_keys();
	grants = kroles_sufficient_grants(&view->matrices, &view->subject, KROLES_MEDIA, rights);
	return kroles_subject_keys_by(KROLES_CURRENT, view->who, &grants, KROLES_MAX_INDEX_KEYS);
}

/* Adds the media among these rows on which the subject has one of the rights. */
static void
add_media(KrolesRights rights, const KrolesRows *rows, KrolesKeySearch *found, MemoryContext context)
{
	KrolesScan	scan;

	kroles_scan_rows(&scan, KROLES_T_MEDIA, rows, GetActiveSnapshot());
	while (found->complete && kroles_scan_next(&scan))
	{
		int64		id = kroles_scan_id(&scan, MEDIA_ID);
		MemoryContext old;

		CHECK_FOR_INTERRUPTS();
		if (!kroles_filter_audience(rights, PG_DETOAST_DATUM_PACKED(kroles_scan_value(&scan, MEDIA_AUDIENCE))))
			continue;
		old = MemoryContextSwitchTo(context);
		kroles_add_id(found, id, MAX_MEDIA);
		MemoryContextSwitchTo(old);
	}
	kroles_scan_end(&scan);
}

/* Finds the media by the index of audiences, in the current memory context; the ids are added in the other one. */
static void
search_media(const KrolesSubjectView *view, KrolesRights rights, KrolesKeySearch *found, MemoryContext context)
{
	struct varlena *keys = media_index_keys(view, rights);
	KrolesRowSearch *search;
	KrolesRows	rows;

	found->complete = false;
	if (kroles_open_index_keys(keys).everything)
		return;
	search = kroles_begin_rows(KROLES_T_MEDIA, KROLES_I_MEDIA_AUDIENCE, kroles_audience_type(), GetActiveSnapshot());
	if (search == NULL)
		return;
	kroles_add_rows(search, PointerGetDatum(keys));
	found->complete = kroles_end_rows(search, &rows);
	if (found->complete)
		add_media(rights, &rows, found, context);
}

static void
collect_media(const KrolesSubjectView *view, KrolesRights rights, KrolesKeySearch *found)
{
	MemoryContext context = CurrentMemoryContext;
	MemoryContext temporary = AllocSetContextCreate(context, "kroles search for media", ALLOCSET_DEFAULT_SIZES);

	MemoryContextSwitchTo(temporary);
	search_media(view, rights, found, context);
	MemoryContextSwitchTo(context);
	MemoryContextDelete(temporary);
}

static void
collect(KrolesKeyTerm term, const KrolesSubjectView *view, KrolesKeySearch *found)
{
	switch (term.source)
	{
		case KROLES_KEYS_ASKER:
			kroles_add_id(found, view->principals.user_id, 1);
			break;
		case KROLES_KEYS_GROUPS:
			collect_groups(&view->principals, found);
			break;
		case KROLES_KEYS_SITE:
			found->complete = (kroles_site_rights(&view->matrices, &view->subject) & term.rights) == 0;
			break;
		case KROLES_KEYS_AUDITOR:
			found->complete = !view->subject.auditor;
			break;
		case KROLES_KEYS_SPACES:
			collect_spaces(view, term.rights, found);
			break;
		case KROLES_KEYS_EVENTS:
			collect_events(view, term.rights, found);
			break;
		case KROLES_KEYS_MEDIA:
			collect_media(view, term.rights, found);
			break;
		case KROLES_KEYS_HELD_MEDIA:
			kroles_collect_held_media(view, term.rights, found);
			break;
		case KROLES_NKEYSOURCES:
			break;
	}
}

/* Whether the subject has no rights, so that it needs no keys. */
static bool
has_nothing(const KrolesSubjectView *view, KrolesKeySource source)
{
	if (!view->known || view->subject.blocked)
		return true;
	return !view->principals.is_person &&
		(source == KROLES_KEYS_ASKER || source == KROLES_KEYS_GROUPS || source == KROLES_KEYS_HELD_MEDIA);
}

/* ---- Keeping ---- */

/* Whether keys that were collected before are those of this subject, and still true. */
static bool
still_serve(const KeptKeys *keys)
{
	bool		of_media = keys->term.source == KROLES_KEYS_MEDIA || keys->term.source == KROLES_KEYS_HELD_MEDIA;

	return keys->view == kroles_view_number() &&
		(!of_media || keys->statement == kroles_now.statement ||
		 (keys->of_now && kroles_class_still_true(&keys->stamp, KROLES_C_MEDIA)));
}

/* The place of that term's keys; else a free one, or the one that was used least recently. */
static KeptKeys *
place_of(KrolesKeyTerm term)
{
	KeptKeys   *oldest = &kept[0];

	for (int i = 0; i < MAX_KEPT; i++)
	{
		if (kept[i].used && kept[i].term.source == term.source && kept[i].term.rights == term.rights)
			return &kept[i];
		if (kept[i].last_use < oldest->last_use)
			oldest = &kept[i];
	}
	return oldest;
}

/*
 * Collects keys.  The place is in use only at the end, so an error leaves none half
 * filled.  If the subject changed meanwhile, the keys are incomplete.
 */
static void
collect_at(KeptKeys *place, KrolesKeyTerm term, const KrolesSubjectView *view)
{
	MemoryContext old;

	place->used = false;
	if (place->context == NULL)
		place->context = AllocSetContextCreate(keys_context, "kroles keys of a term", ALLOCSET_SMALL_SIZES);
	else
		MemoryContextReset(place->context);
	place->term = term;
	place->found = (KrolesKeySearch) {.complete = true, .ids = {.size = sizeof(int64)}};
	place->view = kroles_view_number();
	place->statement = kroles_now.statement;
	place->stamp = kroles_now;
	place->of_now = kroles_question_quiet(KROLES_C_MEDIA);
	old = MemoryContextSwitchTo(place->context);
	if (!has_nothing(view, term.source))
		collect(term, view, &place->found);
	MemoryContextSwitchTo(old);
	kroles_sort_ids(&place->found.ids);
	if (place->view != kroles_view_number())
		place->found.complete = false;
	place->used = true;
}

/*
 * The keys of a condition for the current subject.  Reads what is needed through the
 * statement's snapshot, and may accept messages.
 */
KrolesKeyIds
kroles_find_keys(KrolesKeyTerm term)
{
	const KrolesSubjectView *view = kroles_filter_view();
	KeptKeys   *place = place_of(term);

	if (!place->used || place->term.source != term.source || place->term.rights != term.rights || !still_serve(place))
		collect_at(place, term, view);
	place->last_use = ++uses;
	return (KrolesKeyIds) {place->found.complete, place->found.ids.n, (const int64 *) place->found.ids.items};
}
