/*
 * publication_filter.c
 *		Which publications the current subject sees, for the policy on
 *		kroles.publications.
 *
 * A channel's page and its count ask about thousands of publications in one space.
 * So the row's own columns and the subject's rights on the space decide first:
 *
 *		subjects who moderate the space, or may take anything down there, see all;
 *		an approved publication in a space that the subject views needs no look at
 *		the media, since it is what lets the subject view the media, if the media is
 *		available (rls/availability.c);
 *		the user who published sees it;
 *		auditors see all.
 *
 * What is left is visible only to subjects who may publish the media.  They are
 * found by rls/held_media.c among few ids in memory; only for these, and where the
 * rules were changed so that the above does not hold, is the media itself read.
 *
 * The quick answers are those of kroles_decide_publication() where the media and
 * everything in the subject view are as they were in the statement's snapshot;
 * where they may not be, that function decides on both bases.
 */
#include "postgres.h"

#include "decide/decide.h"
#include "identity/identity.h"
#include "rls/availability.h"
#include "rls/filter.h"
#include "rls/held_media.h"
#include "rls/publication_filter.h"
#include "rls/read_only.h"
#include "rls/subject_view.h"

/* Decides by the media, the space and the publisher, on both bases. */
static bool
decide_by_media(const KrolesPublicationRow *row)
{
	KrolesAsker asker = kroles_asker();
	KrolesPublicationAnswer answer;

	if (asker.type == KROLES_AUDITOR)
		return true;
	answer = kroles_decide_publication(asker, row->media_id, row->space_id);
	return answer.may_moderate || (answer.may_view_both && row->approved) ||
		kroles_may_take_down_as(asker, &answer, !row->has_publisher, row->published_by);
}

/*
 * Whether media are visible to the view's subject because they are approved in a
 * space where it has these rights.  The answer is kept for the latest view and
 * rights.
 */
static bool
shows_approved_media(const KrolesSubjectView *view, KrolesRights on_space)
{
	static uint64 number;
	static KrolesRights rights;
	static bool shows;

	if (number != kroles_view_number() || rights != on_space)
	{
		KrolesMediaStanding standing = {.approved = on_space};

		number = kroles_view_number();
		rights = on_space;
		shows = (kroles_media_rights(&view->matrices, &view->subject, &standing) & KROLES_RIGHT(KROLES_VIEW)) != 0;
	}
	return shows;
}

/* Whether the view's subject published the row, and may see what it published. */
static bool
is_publisher(const KrolesSubjectView *view, const KrolesPublicationRow *row)
{
	return row->has_publisher && view->principals.is_person && view->principals.user_id == row->published_by &&
		view->known && !view->subject.blocked;
}

/* Whether the current subject sees a publication, at the statement's snapshot and now. */
bool
kroles_filter_publication(const KrolesPublicationRow *row)
{
	const KrolesSubjectView *view;
	KrolesRights on_space;
	bool		available;

	if (!kroles_query_reads_only())
		return decide_by_media(row);
	on_space = kroles_filter_space(row->space_id);
	view = &kroles_views[KROLES_CURRENT];	/* which that call has made current */
	if (unlikely(view->who.type == KROLES_AUDITOR))
		return true;
	available = !row->approved || !(on_space & KROLES_RIGHT(KROLES_VIEW)) || kroles_is_available(row->media_id);
	if (kroles_filter_outdated(row->media_id) || !kroles_filter_covers())
		return decide_by_media(row);
	if (on_space & KROLES_SHOWS_ALL_THERE)
		return true;
	if (row->approved && available && (on_space & KROLES_RIGHT(KROLES_VIEW)))
		return shows_approved_media(view, on_space) || decide_by_media(row);
	if (is_publisher(view, row))
		return true;
	if (!available && (on_space & KROLES_RIGHT(KROLES_VIEW)))
		return decide_by_media(row);
	return kroles_may_hold(KROLES_RIGHT(KROLES_PUBLISH), row->media_id) && decide_by_media(row);
}
