/*
 * decide.c
 *		Decisions: applies the rules (rules/rules.c) to what is known of a
 *		subject (decide/subject.c) and an object.
 *
 * The same code decides on both bases, CURRENT and SNAPSHOT (cache/question.c).
 */
#include "postgres.h"

#include "cache/kinds.h"
#include "decide/decide.h"
#include "decide/subject.h"
#include "statement/pending_rows.h"

/* ---- Spaces, and rows being inserted ---- */

/* Whether the subject owns a row that is being inserted. */
static bool
owns_pending_row(const KrolesJudged *judged, const KrolesPendingRow *row)
{
	return judged->user != NULL && judged->user->head.id == row->owner_id;
}

/* A space, and the subject's role and rights there. */
typedef struct SpaceJudged
{
	KrolesKind	kind;
	bool		moderated;
	KrolesContextualRole role;
	KrolesRights rights;
} SpaceJudged;

/* A space being inserted has no grants yet; its owner is its manager. */
static SpaceJudged
judge_pending_space(const KrolesJudged *judged, const KrolesPendingRow *row)
{
	SpaceJudged space = {.kind = row->kind, .moderated = row->moderated};

	space.role = owns_pending_row(judged, row) ? KROLES_MANAGER : KROLES_NO_ROLE;
	space.rights = kroles_space_rights(judged->matrices, &judged->subject, row->kind, row->type, space.role);
	return space;
}

/* Role and rights on a space that exists or is being inserted; false if there is none. */
static bool
judge_space(const KrolesJudged *judged, int64 id, SpaceJudged *answer)
{
	const KrolesSpace *space = kroles_space(judged->basis, id);
	const KrolesPendingRow *row = space->head.exists ? NULL : kroles_pending_row(KROLES_C_SPACE, id);

	if (row != NULL)
		*answer = judge_pending_space(judged, row);
	if (!space->head.exists)
		return row != NULL;
	answer->kind = space->kind;
	answer->moderated = space->moderated;
	answer->rights = kroles_rights_in(judged, space, &answer->role);
	return true;
}

/* Fills in rights and product role on a space, if it is of that kind (KROLES_ANY_SPACE: of either). */
static void
judge_space_of_kind(const KrolesJudged *judged, KrolesKind kind, int64 id, KrolesAnswer *answer)
{
	SpaceJudged space;

	if (!judge_space(judged, id, &space) || (kind != KROLES_ANY_SPACE && space.kind != kind))
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

/* The audience of a media being inserted is its owner alone. */
static KrolesMediaStanding
standing_to_pending_media(const KrolesJudged *judged, const KrolesPendingRow *row)
{
	return (KrolesMediaStanding) {
		.roles = owns_pending_row(judged, row) ? KROLES_MEDIA_ROLE(KROLES_MEDIA_OWNER) : 0
	};
}

/* The subject's standing to a media that exists or is being inserted; false if there is none. */
static bool
get_media_standing(const KrolesJudged *judged, const KrolesMedia *media, KrolesMediaStanding *standing)
{
	const KrolesPendingRow *row = media->head.exists ? NULL : kroles_pending_row(KROLES_C_MEDIA, media->head.id);

	if (media->head.exists)
		*standing = kroles_standing_to(judged, media);
	else if (row != NULL)
		*standing = standing_to_pending_media(judged, row);
	return media->head.exists || row != NULL;
}

void
kroles_judge_media(const KrolesJudged *judged, int64 id, KrolesAnswer *answer)
{
	kroles_judge_media_entry(judged, kroles_media(judged->basis, id), answer);
}

/* The same for an entry that the caller has looked up or made. */
void
kroles_judge_media_entry(const KrolesJudged *judged, const KrolesMedia *media, KrolesAnswer *answer)
{
	KrolesMediaStanding standing;

	if (!get_media_standing(judged, media, &standing))
		return;
	answer->rights = kroles_media_rights(judged->matrices, &judged->subject, &standing);
	answer->role = kroles_media_product_role(judged->matrices, &judged->subject, standing.roles, answer->rights);
}

/* Whether a media, existing or being inserted, has a room. */
static bool
media_has_room(const KrolesMedia *media)
{
	const KrolesPendingRow *row = media->head.exists ? NULL : kroles_pending_row(KROLES_C_MEDIA, media->head.id);

	return row != NULL ? row->is_room : media->head.exists && media->is_room;
}

/* A participant has the rights frozen when joining; any other subject, the rights that joining would give. */
void
kroles_judge_room(const KrolesJudged *judged, int64 id, KrolesAnswer *answer)
{
	kroles_judge_room_entry(judged, kroles_media(judged->basis, id), answer);
}

/* The same for the room of an entry that the caller has looked up or made. */
void
kroles_judge_room_entry(const KrolesJudged *judged, const KrolesMedia *room, KrolesAnswer *answer)
{
	const KrolesStay *stay;
	KrolesMediaStanding standing;

	if (!media_has_room(room) || !get_media_standing(judged, room, &standing))
		return;
	stay = kroles_find_stay(judged, room);
	if (stay != NULL)
	{
		answer->rights = kroles_frozen_room_rights(judged->matrices, &judged->subject, stay->rights, &standing);
		answer->role = judged->subject.blocked ? KROLES_NO_PRODUCT_ROLE : stay->role;
		return;
	}
	answer->rights = kroles_room_rights(judged->matrices, &judged->subject, &standing);
	answer->role = kroles_room_product_role(judged->matrices, &judged->subject, &standing, answer->rights);
}

/* The creator of an event being inserted is its organizer. */
void
kroles_judge_event(const KrolesJudged *judged, int64 id, KrolesAnswer *answer)
{
	const KrolesEvent *event = kroles_event(judged->basis, id);
	const KrolesPendingRow *row = event->head.exists ? NULL : kroles_pending_row(KROLES_C_EVENT, id);
	unsigned	roles;

	if (event->head.exists)
		roles = kroles_event_roles(judged, id);
	else if (row != NULL)
		roles = owns_pending_row(judged, row) ? KROLES_EVENT_ROLE(KROLES_EVENT_ORGANIZER) : 0;
	else
		return;
	answer->rights = kroles_event_rights(judged->matrices, &judged->subject, roles);
	answer->role = kroles_event_product_role(&judged->subject, roles);
}

/* ---- Decisions about one object ---- */

typedef struct ObjectQuestion
{
	KrolesAsker who;
	KrolesKind	kind;			/* or KROLES_ANY_SPACE */
	int64		id;
} ObjectQuestion;

static void
judge_object(KrolesBasis basis, const void *arg, void *answer)
{
	const ObjectQuestion *about = arg;

	kroles_judge_object(basis, about->who, about->kind, about->id, answer);
}

static const KrolesQuestion about_object = {sizeof(KrolesAnswer), judge_object, kroles_meet_answer};

/* Decides on one basis, into an answer of zeros: for questions that look the object up on each basis. */
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

/* All rights and the product role on an object; none if it does not exist. */
KrolesAnswer
kroles_decide(KrolesAsker who, KrolesKind kind, int64 id)
{
	ObjectQuestion about = {who, kind, id};
	KrolesAnswer answer;

	kroles_ask(&about_object, &about, &answer);
	return answer;
}

/* ---- A publication: a media and a space ---- */

typedef struct PublicationQuestion
{
	KrolesAsker who;
	int64		media_id;
	int64		space_id;
} PublicationQuestion;

/*
 * Whether the subject may publish: it may contribute to the space, and may
 * publish the media or, into a channel, share it from a space where it is
 * approved.
 */
static bool
may_publish(KrolesRights media_rights, const KrolesMediaStanding *standing, const SpaceJudged *space)
{
	if (!(space->rights & KROLES_RIGHT(KROLES_CONTRIBUTE)))
		return false;
	return (media_rights & KROLES_RIGHT(KROLES_PUBLISH)) ||
		(space->kind == KROLES_CHANNEL && (standing->approved & KROLES_RIGHT(KROLES_SHARE)));
}

static void
judge_publication(KrolesBasis basis, const void *arg, void *result)
{
	const PublicationQuestion *about = arg;
	KrolesPublicationAnswer *answer = result;
	SpaceJudged space;
	KrolesMediaStanding standing;
	KrolesRights media_rights;
	KrolesJudged judged;

	if (!kroles_gather_subject(basis, about->who, &judged))
		return;
	answer->not_blocked = !judged.subject.blocked;
	if (!get_media_standing(&judged, kroles_media(basis, about->media_id), &standing) ||
		!judge_space(&judged, about->space_id, &space))
		return;
	media_rights = kroles_media_rights(judged.matrices, &judged.subject, &standing);
	answer->may_publish = may_publish(media_rights, &standing, &space);
	answer->unmoderated = kroles_bypasses_moderation(&judged.subject, space.moderated, space.rights);
	answer->may_moderate = (space.rights & KROLES_RIGHT(KROLES_MODERATE)) != 0;
	answer->may_take_down = (media_rights & KROLES_RIGHT(KROLES_PUBLISH)) ||
		(space.rights & KROLES_RIGHT(KROLES_DELETE_CONTRIBUTIONS));
	answer->may_view_both = (media_rights & space.rights & KROLES_RIGHT(KROLES_VIEW)) != 0;
	answer->manages_either = ((media_rights | space.rights) & KROLES_RIGHT(KROLES_MANAGE)) != 0;
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

/* What a subject may do with a media in a space. */
KrolesPublicationAnswer
kroles_decide_publication(KrolesAsker who, int64 media_id, int64 space_id)
{
	PublicationQuestion about = {who, media_id, space_id};
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

/* ---- A subject's groups and role ---- */

typedef struct HolderQuestion
{
	KrolesAsker who;
	bool		is_group;
	int64		id;
} HolderQuestion;

static void
judge_holder(KrolesBasis basis, const void *arg, void *answer)
{
	const HolderQuestion *about = arg;
	KrolesJudged judged;

	if (!kroles_gather_subject(basis, about->who, &judged) || judged.user == NULL || judged.subject.blocked)
		return;
	*(bool *) answer = about->is_group ? kroles_is_in_group(&judged.principals, about->id) :
		judged.principals.user_id == about->id;
}

static const KrolesQuestion about_holder = {sizeof(bool), judge_holder, kroles_meet_bool};

/* Whether the subject is that user, or is in that group; false for a blocked subject. */
bool
kroles_holds(KrolesAsker who, bool is_group, int64 id)
{
	HolderQuestion about = {who, is_group, id};
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

/* A subject's applicative role, on the basis CURRENT. */
KrolesApplicativeRole
kroles_applicative_role(KrolesAsker who)
{
	KrolesApplicativeRole role;

	(void) kroles_ask_on(KROLES_CURRENT, &about_role, &who, &role);
	return role;
}
