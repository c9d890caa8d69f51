/*
 * decide.c
 *		Judges: facts gathered (decide/subject.c) and judged by the rules (rules/rules.c).
 *
 * The same code judges the present and a statement's snapshot (cache/question.c).
 */
#include "postgres.h"

#include "cache/kinds.h"
#include "decide/decide.h"
#include "decide/subject.h"
#include "statement/pending_rows.h"

/* ---- Rows that are being made ---- */

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

/* Fills in what the judged may do on a space, if it is of that kind (KROLES_ANY_SPACE: of either). */
static void
judge_space_of_kind(const KrolesJudged *judged, KrolesKind kind, int64 id, KrolesAnswer *answer)
{
	SpaceJudged space;

	if (!judge_any_space(judged, id, &space) || (kind != KROLES_ANY_SPACE && space.kind != kind))
		return;
	answer->rights = space.rights;
	answer->role = kroles_space_product_role(&judged->subject, space.role, answer->rights);
}

/* ---- Each kind of object: see KrolesKindMethods.judge ---- */

void
kroles_judge_site(const KrolesJudged *judged, int64 id, KrolesAnswer *answer)
{
	answer->rights = kroles_site_rights(judged->matrices, &judged->subject);
}

void
kroles_judge_channel(const KrolesJudged *judged, int64 id, KrolesAnswer *answer)
{
	judge_space_of_kind(judged, KROLES_CHANNEL, id, answer);
}

void
kroles_judge_gallery(const KrolesJudged *judged, int64 id, KrolesAnswer *answer)
{
	judge_space_of_kind(judged, KROLES_GALLERY, id, answer);
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

void
kroles_judge_media(const KrolesJudged *judged, int64 id, KrolesAnswer *answer)
{
	KrolesMediaStanding standing;

	if (!stands_to(judged, kroles_media(judged->basis, id), &standing))
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
void
kroles_judge_room(const KrolesJudged *judged, int64 id, KrolesAnswer *answer)
{
	const KrolesMedia *room = kroles_media(judged->basis, id);
	const KrolesStay *stay;
	KrolesMediaStanding standing;

	if (!has_room(room) || !stands_to(judged, room, &standing))
		return;
	stay = kroles_find_stay(judged, id);
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
void
kroles_judge_event(const KrolesJudged *judged, int64 id, KrolesAnswer *answer)
{
	const KrolesEvent *event = kroles_event(judged->basis, id);
	const KrolesPendingRow *row = event->head.exists ? NULL : kroles_pending_row(KROLES_C_EVENT, id);
	unsigned	roles;

	if (event->head.exists)
		roles = kroles_event_roles(judged, id);
	else if (row != NULL)
		roles = owns_new(judged, row) ? KROLES_EVENT_ROLE(KROLES_EVENT_ORGANIZER) : 0;
	else
		return;
	answer->rights = kroles_event_rights(judged->matrices, &judged->subject, roles);
	answer->role = kroles_event_product_role(&judged->subject, roles);
}

/* ---- The question about one object ---- */

typedef struct AboutObject
{
	KrolesAsker who;
	KrolesKind	kind;			/* or KROLES_ANY_SPACE */
	int64		id;
} AboutObject;

static void
judge_object(KrolesBasis basis, const void *arg, void *answer)
{
	const AboutObject *about = arg;

	kroles_judge_object(basis, about->who, about->kind, about->id, answer);
}

static const KrolesQuestion about_object = {sizeof(KrolesAnswer), judge_object, kroles_meet_answer};

/* Fills in an answer of zeros on one basis: for questions that find the object on each basis. */
void
kroles_judge_object(KrolesBasis basis, KrolesAsker who, KrolesKind kind, int64 id, KrolesAnswer *answer)
{
	KrolesJudged judged;

	if (!kroles_gather_subject(basis, who, &judged))
		return;
	if (kind == KROLES_ANY_SPACE)
		judge_space_of_kind(&judged, kind, id, answer);
	else
		kroles_kinds[kind].judge(&judged, id, answer);
	if (who.type == KROLES_OPERATOR)
		answer->role = KROLES_NO_PRODUCT_ROLE;
}

/* All rights on an object, and the product role there.  Nothing for an object that does not exist. */
KrolesAnswer
kroles_decide(KrolesAsker who, KrolesKind kind, int64 id)
{
	AboutObject about = {who, kind, id};
	KrolesAnswer answer;

	kroles_ask(&about_object, &about, &answer);
	return answer;
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
judge_publication(KrolesBasis basis, const void *arg, void *result)
{
	const AboutPublication *about = arg;
	KrolesPublicationAnswer *answer = result;
	SpaceJudged space;
	KrolesMediaStanding standing;
	KrolesRights on_media;
	KrolesJudged judged;

	if (!kroles_gather_subject(basis, about->who, &judged))
		return;
	answer->not_blocked = !judged.subject.blocked;
	if (!stands_to(&judged, kroles_media(basis, about->media_id), &standing) ||
		!judge_any_space(&judged, about->space_id, &space))
		return;
	on_media = kroles_media_rights(judged.matrices, &judged.subject, &standing);
	answer->may_publish = may_publish(on_media, &standing, &space);
	answer->unmoderated = kroles_bypasses_moderation(&judged.subject, space.moderated, space.rights);
	answer->may_moderate = (space.rights & KROLES_RIGHT(KROLES_MODERATE)) != 0;
	answer->may_take_down = (on_media & KROLES_RIGHT(KROLES_PUBLISH)) ||
		(space.rights & KROLES_RIGHT(KROLES_DELETE_CONTRIBUTIONS));
	answer->may_view_both = (on_media & space.rights & KROLES_RIGHT(KROLES_VIEW)) != 0;
	answer->manages_either = ((on_media | space.rights) & KROLES_RIGHT(KROLES_MANAGE)) != 0;
}

static void
meet_publication(void *answer, const void *other)
{
	KrolesPublicationAnswer *mine = answer;
	const KrolesPublicationAnswer *its = other;

	mine->may_publish &= its->may_publish;
	mine->unmoderated &= its->unmoderated;
	mine->may_moderate &= its->may_moderate;
	mine->may_take_down &= its->may_take_down;
	mine->may_view_both &= its->may_view_both;
	mine->manages_either &= its->manages_either;
	mine->not_blocked &= its->not_blocked;
}

static const KrolesQuestion about_publication = {
	sizeof(KrolesPublicationAnswer), judge_publication, meet_publication
};

/* What a subject may do about a media in a space. */
KrolesPublicationAnswer
kroles_decide_publication(KrolesAsker who, int64 media_id, int64 space_id)
{
	AboutPublication about = {who, media_id, space_id};
	KrolesPublicationAnswer answer;

	kroles_ask(&about_publication, &about, &answer);
	return answer;
}

/* Whether a subject may take a publication down: by right, or as its publisher. */
bool
kroles_may_take_down_as(KrolesAsker asker, const KrolesPublicationAnswer *answer, bool unknown_publisher,
						int64 published_by)
{
	if (answer->may_take_down)
		return true;
	return answer->not_blocked && asker.type == KROLES_PERSON && !unknown_publisher && published_by == asker.user_id;
}

/* ---- What a subject holds and is ---- */

typedef struct AboutHolder
{
	KrolesAsker who;
	bool		is_group;
	int64		id;
} AboutHolder;

static void
judge_holder(KrolesBasis basis, const void *arg, void *answer)
{
	const AboutHolder *about = arg;
	KrolesJudged judged;

	if (!kroles_gather_subject(basis, about->who, &judged) || judged.user == NULL || judged.subject.blocked)
		return;
	*(bool *) answer = about->is_group ? kroles_is_in_group(&judged.principals, about->id) :
		judged.principals.user_id == about->id;
}

static const KrolesQuestion about_holder = {sizeof(bool), judge_holder, kroles_meet_bool};

/* Whether the subject is that user, or is in that group; a blocked one is neither. */
bool
kroles_holds(KrolesAsker who, bool is_group, int64 id)
{
	AboutHolder about = {who, is_group, id};
	bool		holds;

	kroles_ask(&about_holder, &about, &holds);
	return holds;
}

static void
judge_role(KrolesBasis basis, const void *who, void *role)
{
	KrolesJudged judged;

	(void) kroles_gather_subject(basis, *(const KrolesAsker *) who, &judged);
	*(KrolesApplicativeRole *) role = judged.subject.role;
}

static const KrolesQuestion about_role = {sizeof(KrolesApplicativeRole), judge_role};

/* The applicative role that a subject has now. */
KrolesApplicativeRole
kroles_applicative_role(KrolesAsker who)
{
	KrolesApplicativeRole role;

	(void) kroles_ask_on(KROLES_CURRENT, &about_role, &who, &role);
	return role;
}
