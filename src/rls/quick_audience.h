/*
 * quick_audience.h
 *		Judges an audience by the current view alone, from what is in memory: for
 *		filter.c.
 */
#ifndef KROLES_QUICK_AUDIENCE_H
#define KROLES_QUICK_AUDIENCE_H

#include "rls/subject_view.h"

/* What is found. */
typedef enum KrolesVerdict
{
	KROLES_DENIED,
	KROLES_ALLOWED,
	KROLES_UNDECIDED					/* something is not at hand */
} KrolesVerdict;

/*
 * Whether the current view's subject has one of those rights by the audience, from
 * what is in memory.  The rights from an audience are the union of those that each of
 * its entries gives (kroles_media_rights() distributes over them), so each entry is
 * one look-up, and the first that gives one of the rights decides.
 */
static pg_attribute_always_inline KrolesVerdict
kroles_quick_audience(const KrolesSubjectView *view, KrolesRights wanted, struct varlena *value)
{
	const KrolesSpaceRights *spaces = &view->spaces;
	KrolesAudience audience = kroles_open_audience(value);
	KrolesAudienceEntry entry;

	while (kroles_next_entry(&audience, &entry))
	{
		/* (the classes of entries with a window, which only filter.c judges, are larger than all others) */
		if (entry.class >= KROLES_ENTRY_APPROVED)
		{
			const KrolesRights *rights = entry.class == KROLES_ENTRY_APPROVED ? spaces->from_approved : spaces->from_pending;

			if (entry.class >= KROLES_ENTRY_EVENT || (uint64) entry.id >= (uint64) spaces->size ||
				spaces->by_small_id[entry.id] == 0)
				return KROLES_UNDECIDED;
			if (rights[spaces->by_small_id[entry.id]] & wanted)
				return KROLES_ALLOWED;
		}
		else if (entry.class >= KROLES_ENTRY_GROUP)
		{
			if ((view->from_role[entry.class - KROLES_ENTRY_GROUP] & wanted) && kroles_is_in_group(&view->principals, entry.id))
				return KROLES_ALLOWED;
		}
		else if (unlikely(entry.id == view->principals.user_id) && view->principals.is_person &&
				 (view->from_role[entry.class - KROLES_ENTRY_USER] & wanted))
			return KROLES_ALLOWED;
	}
	return KROLES_DENIED;
}

/* Keeps the verdict on an audience that was judged by the current view, for the right to view. */
static inline void
kroles_keep_quick_verdict(KrolesSubjectView *view, KrolesRights wanted, struct varlena *value, bool allowed)
{
	if (wanted == KROLES_RIGHT(KROLES_VIEW) && !kroles_is_hidden(value))
		kroles_keep_verdict(&view->verdicts, view->context, value, allowed);
}

/* The same as kroles_quick_audience(); for the right to view, from the verdict that was kept. */
static pg_attribute_always_inline KrolesVerdict
kroles_quick_verdict(KrolesSubjectView *view, KrolesRights wanted, struct varlena *value)
{
	KrolesVerdict verdict;
	bool		allowed;

	if (wanted != KROLES_RIGHT(KROLES_VIEW) || kroles_is_hidden(value))
		return kroles_quick_audience(view, wanted, value);
	if (kroles_find_verdict(&view->verdicts, value, &allowed))
		return allowed ? KROLES_ALLOWED : KROLES_DENIED;
	verdict = kroles_quick_audience(view, wanted, value);
	if (verdict != KROLES_UNDECIDED)
		kroles_keep_quick_verdict(view, wanted, value, verdict == KROLES_ALLOWED);
	return verdict;
}

#endif
