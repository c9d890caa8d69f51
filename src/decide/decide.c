/*
 * decide.c
 *		Judges: facts gathered (decide/subject.c) and judged by the rules (rules/rules.c).
 *
 * The same code judges the present and a statement's snapshot (cache/question.c).
 */
#include "postgres.h"

#include "cache/cache.h"
#include "cache/invalidation.h"
#include "cache/question.h"
#include "core/asker.h"
#include "decide/decide.h"
#include "decide/subject.h"
#include "rules/rules.h"
#include "statement/pending_rows.h"

/* ---- One object ---- */

typedef struct AboutObject
{
	KrolesAsker who;
	KrolesKind	kind;			/* or KROLES_ANY_SPACE */
	int64		id;
} AboutObject;

/* Whether the judged owns a row that is just being made. */
static bool
owns_new(const KrolesJudged *judged, const KrolesPendingRow *row)
{
	return judged->user != NULL && judged->user->head.id == row->owner_id;
}

/* A space as the judged stands to it. */
typedef struct SpaceJudged
{
	KrolesKind	kind;
	bool		moderated;
	KrolesContextualRole role;
	KrolesRights rights;
} SpaceJudged;

/* Nobody has a grant on a space yet that is just being made; its owner is its manager. */
static SpaceJudged
judge_new_space(const KrolesJudged *judged, const KrolesPendingRow *row)
{
	SpaceJudged space = {.kind = row->kind, .moderated = row->moderated};

	space.role = owns_new(judged, row) ? KROLES_MANAGER : KROLES_NO_ROLE;
	space.rights = kroles_space_rights(judged->matrices, &judged->subject, row->kind, row->type, space.role);
	return space;
}

/* How the judged stands to a space that is there, or just being made; false for none. */
static bool
judge_any_space(const KrolesJudged *judged, int64 id, SpaceJudged *answer)
{
	const KrolesSpace *space = kroles_space(judged->basis, id);
	const KrolesPendingRow *row = space->head.exists ? NULL : kroles_pending_row(KROLES_C_SPACE, id);

	if (row != NULL)
		*answer = judge_new_space(judged, row);
	if (!space->head.exists)
		return row != NULL;
	answer->kind = space->kind;
	answer->moderated = space->moderated;
	answer->rights = kroles_rights_in(judged, space, &answer->role);
	return true;
}

static void
judge_space(const KrolesJudged *judged, const AboutObject *about, KrolesAnswer *answer)
{
	SpaceJudged space;

	if (!judge_any_space(judged, about->id, &space) ||
		(about->kind != KROLES_ANY_SPACE && space.kind != about->kind))
		return;
	answer->rights = space.rights;
	answer->role = kroles_space_product_role(&judged->subject, space.role, answer->rights);
}

/* A media that is just being made has its owner and nobody else. */
static KrolesMediaStanding
standing_to_new(const KrolesJudged *judged, const KrolesPendingRow *row)
{
	return (KrolesMediaStanding) {
		.roles = owns_new(judged, row) ? KROLES_MEDIA_ROLE(KROLES_MEDIA_OWNER) : 0
	};
}

/* How the judged stands to a media that is there, or just being made; false for none. */
static bool
stands_to(const KrolesJudged *judged, const KrolesMedia *media, KrolesMediaStanding *standing)
{
	const KrolesPendingRow *row = media->head.exists ? NULL : kroles_pending_row(KROLES_C_MEDIA, media->head.id);

	if (media->head.exists)
		*standing = kroles_standing_to(judged, media);
	else if (row != NULL)
		*standing = standing_to_new(judged, row);
	return media->head.exists || row != NULL;
}

static void
judge_media(const KrolesJudged *judged, const AboutObject *about, KrolesAnswer *answer)
{
	KrolesMediaStanding standing;

	if (!stands_to(judged, kroles_media(judged->basis, about->id), &standing))
		return;
	answer->rights = kroles_media_rights(judged->matrices, &judged->subject, &standing);
	answer->role = kroles_media_product_role(judged->matrices, &judged->subject, standing.roles,
									   answer->rights);
}

static bool
has_room(const KrolesMedia *media)
{
	const KrolesPendingRow *row = media->head.exists ? NULL : kroles_pending_row(KROLES_C_MEDIA, media->head.id);

	return row != NULL ? row->is_room : media->head.exists && media->is_room;
}

/* Whoever has joined has what was read then; whoever has not, what joining would give. */
static void
judge_room(const KrolesJudged *judged, const AboutObject *about, KrolesAnswer *answer)
{
	const KrolesMedia *room = kroles_media(judged->basis, about->id);
	const KrolesStay *stay;
	KrolesMediaStanding standing;

	if (!has_room(room) || !stands_to(judged, room, &standing))
		return;
	stay = kroles_find_stay(judged, about->id);
	if (stay != NULL)
	{
		answer->rights = kroles_frozen_room_rights(judged->matrices, &judged->subject, stay->rights, &standing);
		answer->role = judged->subject.blocked ? KROLES_NO_PRODUCT_ROLE : stay->role;
		return;
	}
	answer->rights = kroles_room_rights(judged->matrices, &judged->subject, &standing);
	answer->role = kroles_room_product_role(judged->matrices, &judged->subject, &standing, answer->rights);
}

/* Whoever is just making an event is its organizer. */
static void
judge_event(const KrolesJudged *judged, const AboutObject *about, KrolesAnswer *answer)
{
	const KrolesEvent *event = kroles_event(judged->basis, about->id);
	const KrolesPendingRow *row = event->head.exists ? NULL : kroles_pending_row(KROLES_C_EVENT, about->id);
	unsigned	roles;

	if (event->head.exists)
		roles = kroles_event_roles(judged, about->id);
	else if (row != NULL)
		roles = owns_new(judged, row) ? KROLES_EVENT_ROLE(KROLES_EVENT_ORGANIZER) : 0;
	else
		return;
	answer->rights = kroles_event_rights(judged->matrices, &judged->subject, roles);
	answer->role = kroles_event_product_role(&judged->subject, roles);
}

static void
judge_object(KrolesBasis basis, void *arg, KrolesAnswer *answer)
{
	const AboutObject *about = arg;
	KrolesJudged judged;

	if (!kroles_gather_subject(basis, about->who, &judged))
		return;
	switch ((int) about->kind)
	{
		case KROLES_SITE:
			answer->rights = kroles_site_rights(judged.matrices, &judged.subject);
			break;
		case KROLES_CHANNEL:
		case KROLES_GALLERY:
		case KROLES_ANY_SPACE:
			judge_space(&judged, about, answer);
			break;
		case KROLES_MEDIA:
			judge_media(&judged, about, answer);
			break;
		case KROLES_ROOM:
			judge_room(&judged, about, answer);
			break;
		case KROLES_EVENT:
			judge_event(&judged, about, answer);
			break;
		default:
			break;
	}
	if (about->who.type == KROLES_OPERATOR)
		answer->role = KROLES_NO_PRODUCT_ROLE;
}

/* For a judge that finds out in each basis which object is asked about. */
void
kroles_judge_object(KrolesBasis basis, KrolesAsker who, KrolesKind kind, int64 id,
					KrolesAnswer *answer)
{
	AboutObject about = {who, kind, id};

	judge_object(basis, &about, answer);
}

/* All rights on an object, and the place there.  Nothing for one that does not exist. */
KrolesAnswer
kroles_decide(KrolesAsker who, KrolesKind kind, int64 id)
{
	AboutObject about = {who, kind, id};

	return kroles_ask(judge_object, &about);
}

/* ---- A publication: a media and a space ---- */

typedef struct AboutPublication
{
	KrolesAsker who;
	int64		media_id;
	int64		space_id;
} AboutPublication;

/*
 * Whether the judged may publish: content may be added there, and the media is
 * theirs to publish or is shared with them for other channels.
 */
static bool
may_publish(KrolesRights on_media, const KrolesMediaStanding *standing, const SpaceJudged *space)
{
	if (!(space->rights & KROLES_RIGHT(KROLES_CONTRIBUTE)))
		return false;
	return (on_media & KROLES_RIGHT(KROLES_PUBLISH)) ||
		(space->kind == KROLES_CHANNEL && (standing->approved & KROLES_RIGHT(KROLES_SHARE)));
}

static void
judge_publication(KrolesBasis basis, void *arg, KrolesAnswer *answer)
{
	const AboutPublication *about = arg;
	SpaceJudged space;
	KrolesMediaStanding standing;
	KrolesRights on_media;
	KrolesJudged judged;

	if (!kroles_gather_subject(basis, about->who, &judged))
		return;
	if (!judged.subject.blocked)
		answer->rights |= KROLES_NOT_BLOCKED;
	if (!stands_to(&judged, kroles_media(basis, about->media_id), &standing) ||
		!judge_any_space(&judged, about->space_id, &space))
		return;
	on_media = kroles_media_rights(judged.matrices, &judged.subject, &standing);
	if (may_publish(on_media, &standing, &space))
		answer->rights |= KROLES_MAY_PUBLISH;
	if (kroles_bypasses_moderation(&judged.subject, space.moderated, space.rights))
		answer->rights |= KROLES_UNMODERATED;
	if (space.rights & KROLES_RIGHT(KROLES_MODERATE))
		answer->rights |= KROLES_MAY_MODERATE;
	if ((on_media & KROLES_RIGHT(KROLES_PUBLISH)) ||
		(space.rights & KROLES_RIGHT(KROLES_DELETE_CONTRIBUTIONS)))
		answer->rights |= KROLES_MAY_TAKE_DOWN;
	if (on_media & space.rights & KROLES_RIGHT(KROLES_VIEW))
		answer->rights |= KROLES_MAY_VIEW_BOTH;
	if ((on_media | space.rights) & KROLES_RIGHT(KROLES_MANAGE))
		answer->rights |= KROLES_MANAGES_EITHER;
}

/* What may be done about a media in a space: KROLES_MAY_PUBLISH and its like. */
KrolesRights
kroles_decide_publication(KrolesAsker who, int64 media_id, int64 space_id)
{
	AboutPublication about = {who, media_id, space_id};

	return kroles_ask(judge_publication, &about).rights;
}

/* Whether somebody may take a publication down: by right, or as the one who published it. */
bool
kroles_may_take_down_as(KrolesAsker asker, KrolesRights rights, bool unknown_publisher,
						int64 published_by)
{
	if (rights & KROLES_MAY_TAKE_DOWN)
		return true;
	return (rights & KROLES_NOT_BLOCKED) && asker.type == KROLES_PERSON &&
		!unknown_publisher && published_by == asker.user_id;
}

/* ---- What a subject holds and is ---- */

typedef struct AboutHolder
{
	KrolesAsker who;
	bool		is_group;
	int64		id;
} AboutHolder;

static void
judge_holder(KrolesBasis basis, void *arg, KrolesAnswer *answer)
{
	const AboutHolder *about = arg;
	KrolesJudged judged;

	if (!kroles_gather_subject(basis, about->who, &judged) || judged.user == NULL || judged.subject.blocked)
		return;
	answer->rights = about->is_group ? kroles_in_group(judged.user, about->id) :
		judged.user->head.id == about->id;
}

/* Whether what a user or group holds is held by that subject; a blocked one holds nothing. */
bool
kroles_holds(KrolesAsker who, bool is_group, int64 id)
{
	AboutHolder about = {who, is_group, id};

	return kroles_ask(judge_holder, &about).rights != 0;
}

typedef struct AboutRole
{
	KrolesAsker who;
	KrolesApplicativeRole role;
} AboutRole;

static void
judge_role(KrolesBasis basis, void *arg, KrolesAnswer *answer)
{
	AboutRole  *about = arg;
	KrolesJudged judged;

	(void) kroles_gather_subject(basis, about->who, &judged);
	about->role = judged.subject.role;
}

/* The applicative role that a subject holds now. */
KrolesApplicativeRole
kroles_applicative_role(KrolesAsker who)
{
	AboutRole	about = {.who = who};

	(void) kroles_ask(judge_role, &about);
	return about.role;
}
