/*
 * standing.h
 *		The one evaluator of audiences: what an audience gives a subject.
 *
 * Policies (rls/), kroles_can(), lists and explanations evaluate an audience
 * with this code.  They differ in where they look up the subject's rights on
 * spaces and roles in events: in "source", by two functions, which are
 * constants where this is inlined.
 */
#ifndef KROLES_STANDING_H
#define KROLES_STANDING_H

#include "audience/audience.h"
#include "core/array.h"
#include "rules/rules.h"

/* The subject's user and groups. */
typedef struct KrolesPrincipals
{
	bool		is_person;		/* false: no entry of a user or group matches */
	int64		user_id;
	int			ngroups;
	const int64 *groups;		/* ascending */
} KrolesPrincipals;

typedef struct KrolesLookups
{
	KrolesRights (*space_rights) (const void *source, int64 space_id);
	unsigned	(*event_roles) (const void *source, int64 event_id);
} KrolesLookups;

/* Whether a group is one of the subject's. */
static inline bool
kroles_is_in_group(const KrolesPrincipals *principals, int64 group_id)
{
	int			at = kroles_lower_bound(principals->groups, principals->ngroups, sizeof(int64), group_id);

	return at < principals->ngroups && principals->groups[at] == group_id;
}

/* Adds what one entry of an audience gives the subject. */
static pg_attribute_always_inline void
kroles_add_entry(KrolesMediaStanding *standing, KrolesAudienceEntry entry, const KrolesPrincipals *principals,
				 KrolesLookups lookups, const void *source)
{
	if (entry.class < KROLES_ENTRY_GROUP)
	{
		if (principals->is_person && entry.id == principals->user_id)
			standing->roles |= KROLES_MEDIA_ROLE(entry.class - KROLES_ENTRY_USER);
	}
	else if (entry.class < KROLES_ENTRY_APPROVED)
	{
		if (kroles_is_in_group(principals, entry.id))
			standing->roles |= KROLES_MEDIA_ROLE(entry.class - KROLES_ENTRY_GROUP);
	}
	else if (entry.class == KROLES_ENTRY_APPROVED)
		standing->approved |= lookups.space_rights(source, entry.id);
	else if (entry.class == KROLES_ENTRY_PENDING)
		standing->pending |= lookups.space_rights(source, entry.id);
	else if (entry.class == KROLES_ENTRY_EVENT)
		standing->event_roles |= lookups.event_roles(source, entry.id);
}

/*
 * Reads the window of an entry, and returns whether the entry counts now.  That of
 * the class "available" never does: outside its window the media is unavailable.
 * *changes_at is lowered to the next instant at which it will be otherwise.
 */
static inline bool
kroles_entry_counts(KrolesMediaStanding *standing, KrolesAudience *audience, KrolesAudienceEntry *entry, int64 now,
					int64 *changes_at)
{
	KrolesWindow window = kroles_read_window(audience, entry);
	bool		inside = kroles_in_window(window, now);

	*changes_at = Min(*changes_at, kroles_window_changes(window, now));
	if (entry->class != KROLES_ENTRY_AVAILABLE)
		return inside;
	standing->unavailable = !inside;
	standing->has_room = entry->id == KROLES_AVAILABLE_ROOM;
	return false;
}

/*
 * What a whole audience, detoasted by the caller, gives the subject at that time; and
 * in *changes_at, if that is earlier than what it holds, the next instant at which
 * windows open or close.
 */
static pg_attribute_always_inline KrolesMediaStanding
kroles_evaluate_audience(struct varlena *value, const KrolesPrincipals *principals, int64 now, int64 *changes_at,
						 KrolesLookups lookups, const void *source)
{
	KrolesMediaStanding standing = {0};
	KrolesAudience audience = kroles_open_audience(value);
	KrolesAudienceEntry entry;

	while (kroles_next_entry(&audience, &entry))
		if (likely(!kroles_has_window(entry)) || kroles_entry_counts(&standing, &audience, &entry, now, changes_at))
			kroles_add_entry(&standing, entry, principals, lookups, source);
	return standing;
}

#endif
