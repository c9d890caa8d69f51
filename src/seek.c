/*
 * seek.c
 *		What to look for in an index: the tokens of everything a subject may see.
 *
 * They may name more than the subject sees, never less: whatever the index finds
 * is judged row by row.  Spaces are found by their type, where the type lets the
 * subject in, by the subject's grants and ownership, and below galleries whose
 * members count further down.  Whoever has more than KROLES_MAX_SOUGHT tokens,
 * and administrators, get the one token that stands for everything: an index is
 * of no use to them.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "decide.h"
#include "growing.h"
#include "scan.h"
#include "sight.h"

typedef struct Seeking
{
	KrolesAsker who;
	KrolesJudged judged;
	KrolesRights approved;		/* rights on a space by which one sees what is approved there */
	KrolesRights pending;		/* ... what is pending there */
	Snapshot	snapshot;
	KrolesGrowing tokens;
	bool		too_many;
} Seeking;

static void
add_token(Seeking *seeking, int class, int64 id)
{
	if (seeking->tokens.n >= KROLES_MAX_SOUGHT)
		seeking->too_many = true;
	if (!seeking->too_many)
		*(KrolesToken *) kroles_add_item(&seeking->tokens) = (KrolesToken) {class, id};
}

/* What is approved in a space is seen by its viewers, what is pending by its moderators. */
static void
add_space(Seeking *seeking, int64 id, KrolesRights rights)
{
	if (rights & seeking->approved)
		add_token(seeking, KROLES_TOKEN_APPROVED, id);
	if (rights & seeking->pending)
		add_token(seeking, KROLES_TOKEN_PENDING, id);
}

/* ---- Spaces of a type that lets the subject in ---- */

static void
add_spaces_of_type(Seeking *seeking, KrolesKind kind, KrolesSpaceType type, KrolesRights rights)
{
	Oid			wanted = kroles_enum_value(KROLES_E_SPACE_KIND, kind);
	KrolesScan	scan;

	kroles_scan_by_enum(&scan, KROLES_T_SPACES, KROLES_I_SPACES_TYPE, SPACES_TYPE,
						kroles_enum_value(KROLES_E_SPACE_TYPE, type), seeking->snapshot);
	while (!seeking->too_many && kroles_scan_next(&scan))
		if (DatumGetObjectId(kroles_scan_value(&scan, SPACES_KIND)) == wanted)
			add_space(seeking, kroles_scan_id(&scan, SPACES_ID), rights);
	kroles_scan_end(&scan);
}

static void
add_spaces_by_type(Seeking *seeking)
{
	static const KrolesKind kinds[] = {KROLES_CHANNEL, KROLES_GALLERY};

	for (int i = 0; i < lengthof(kinds); i++)
		for (int type = 0; type < KROLES_NSPACETYPES && !seeking->too_many; type++)
		{
			KrolesRights rights = kroles_space_rights(seeking->judged.matrices, &seeking->judged.subject,
													  kinds[i], type, KROLES_NO_ROLE);

			if (!(rights & (seeking->approved | seeking->pending)))
				continue;
			/* types that C does not know count as private, and are not found by that name */
			if (type == KROLES_PRIVATE)
				seeking->too_many = true;
			else
				add_spaces_of_type(seeking, kinds[i], type, rights);
		}
}

/* ---- Spaces where the subject is somebody ---- */

/* Judges a space, and goes on to the galleries below that take its members. */
static void
add_space_and_below(Seeking *seeking, int64 id)
{
	KrolesGrowing below = {.size = sizeof(int64)};
	KrolesContextualRole role;
	KrolesScan	scan;

	CHECK_FOR_INTERRUPTS();
	check_stack_depth();
	add_space(seeking, id, kroles_rights_in(&seeking->judged, kroles_space(KROLES_NOW, id), &role));
	kroles_scan_by_id(&scan, KROLES_T_SPACES, KROLES_I_SPACES_PARENT, SPACES_PARENT, id, seeking->snapshot);
	while (kroles_scan_next(&scan))
		if (kroles_scan_flag(&scan, SPACES_INHERITS))
			*(int64 *) kroles_add_item(&below) = kroles_scan_id(&scan, SPACES_ID);
	kroles_scan_end(&scan);
	for (int i = 0; i < below.n && !seeking->too_many; i++)
		add_space_and_below(seeking, ((int64 *) below.items)[i]);
}

static void
add_granted_spaces(Seeking *seeking, const KrolesGrant *grants, int n)
{
	for (int i = 0; i < n && !seeking->too_many; i++)
		add_space_and_below(seeking, grants[i].space_id);
}

static void
add_owned_spaces(Seeking *seeking, int64 user_id)
{
	KrolesGrowing owned = {.size = sizeof(int64)};
	KrolesScan	scan;

	kroles_scan_by_id(&scan, KROLES_T_SPACES, KROLES_I_SPACES_OWNER, SPACES_OWNER, user_id, seeking->snapshot);
	while (kroles_scan_next(&scan))
		*(int64 *) kroles_add_item(&owned) = kroles_scan_id(&scan, SPACES_ID);
	kroles_scan_end(&scan);
	for (int i = 0; i < owned.n && !seeking->too_many; i++)
		add_space_and_below(seeking, ((int64 *) owned.items)[i]);
}

static void
add_person(Seeking *seeking, const KrolesUser *user)
{
	add_token(seeking, KROLES_TOKEN_USER, user->head.id);
	if (user->ngrants > KROLES_MAX_SOUGHT)
		seeking->too_many = true;
	add_granted_spaces(seeking, user->grants, user->ngrants);
	for (int i = 0; i < user->ngroups && !seeking->too_many; i++)
	{
		const KrolesGroup *group = kroles_group(KROLES_NOW, user->groups[i]);

		add_token(seeking, KROLES_TOKEN_GROUP, group->head.id);
		add_granted_spaces(seeking, group->grants, group->ngrants);
	}
	if (!seeking->too_many)
		add_owned_spaces(seeking, user->head.id);
}

static void
judge_seeking(KrolesWorld world, void *about, KrolesAnswer *answer)
{
	Seeking    *seeking = about;
	uint64		ignored;

	seeking->tokens.n = 0;
	seeking->too_many = false;
	if (!kroles_gather_subject(world, seeking->who, &seeking->judged))
		return;
	if (kroles_all_or_nothing(seeking->judged.matrices, &seeking->judged.subject))
	{
		seeking->too_many = seeking->judged.subject.administrator && !seeking->judged.subject.blocked;
		return;
	}
	seeking->snapshot = kroles_question_snapshot(world, &ignored);
	add_spaces_by_type(seeking);
	if (seeking->judged.user != NULL && !seeking->too_many)
		add_person(seeking, seeking->judged.user);
}

/* The tokens of whatever that subject may see now, as an audience; in the caller's memory. */
struct varlena *
kroles_seek(KrolesAsker who)
{
	return kroles_seek_by(who, KROLES_RIGHT(KROLES_VIEW), KROLES_RIGHT(KROLES_MODERATE));
}

/*
 * The same for another right on media, which comes by one of these rights on a
 * space where the media is approved or pending.
 */
struct varlena *
kroles_seek_by(KrolesAsker who, KrolesRights approved, KrolesRights pending)
{
	Seeking		seeking = {
		.who = who, .approved = approved, .pending = pending, .tokens = {.size = sizeof(KrolesToken)}
	};
	KrolesAnswer answer;

	(void) kroles_ask_in(KROLES_NOW, judge_seeking, &seeking, &answer);
	if (seeking.too_many)
		seeking.tokens.n = 0;
	*(KrolesToken *) kroles_add_item(&seeking.tokens) =
		(KrolesToken) {seeking.too_many ? KROLES_TOKEN_EVERY : KROLES_TOKEN_SOUGHT, 0};
	return kroles_make_audience(0, (KrolesToken *) seeking.tokens.items, seeking.tokens.n);
}
