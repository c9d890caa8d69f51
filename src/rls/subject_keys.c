/*
 * subject_keys.c
 *		What to look for in an index: the tokens of everything a subject may see.
 *
 * They may name more than the subject sees, never less: whatever the index finds
 * is judged row by row.  Spaces are found by their type, where the type lets the
 * subject in, by the subject's grants and ownership, and below galleries whose
 * members count further down, where the role is the same.  Whoever has more than KROLES_MAX_SOUGHT tokens,
 * and administrators, get the one token that stands for everything: an index is
 * of no use to them.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "decide/decide.h"
#include "core/array.h"
#include "store/scan.h"
#include "rls/filter.h"

typedef struct Seeking
{
	KrolesAsker who;
	KrolesJudged judged;
	KrolesRights approved;		/* rights on a space by which one sees what is approved there */
	KrolesRights pending;		/* ... what is pending there */
	unsigned	event_roles;	/* by which one sees sessions of an event */
	Snapshot	snapshot;
	KrolesGrowing tokens;
	KrolesGrowing standings;
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

/*
 * Of which applicative roles it is known that types alone let them into too many
 * spaces to view; good until the site or a space changes.  Only what is true now
 * is kept.
 */
static struct
{
	uint64		generation;
	uint64		epoch;
	bool		too_many[KROLES_NAPPLICATIVE];
}			by_type;

static void
forget_changed_types(void)
{
	if (!kroles_inval_changed(KROLES_C_SITE, 0, by_type.generation) &&
		!kroles_gate_distrusted(KROLES_C_SITE, 0, by_type.epoch) &&
		!kroles_inval_class_changed(KROLES_C_SPACE, by_type.generation) &&
		!kroles_gate_class_distrusted(KROLES_C_SPACE, by_type.epoch))
		return;
	memset(by_type.too_many, 0, sizeof(by_type.too_many));
	by_type.generation = kroles_inval_generation();
	by_type.epoch = kroles_gate_epoch();
}

static void
add_spaces_by_type(Seeking *seeking)
{
	static const KrolesKind kinds[] = {KROLES_CHANNEL, KROLES_GALLERY};
	bool		kept = seeking->judged.world == KROLES_NOW && seeking->approved == KROLES_RIGHT(KROLES_VIEW) &&
		seeking->pending == KROLES_RIGHT(KROLES_MODERATE);
	uint64		generation = by_type.generation;

	if (kept)
	{
		forget_changed_types();
		generation = by_type.generation;
		seeking->too_many = by_type.too_many[seeking->judged.subject.role];
	}
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
	if (kept && seeking->too_many && generation == by_type.generation)
		by_type.too_many[seeking->judged.subject.role] = true;
}

/* ---- Spaces where the subject is somebody ---- */

/* A space, and the role that the subject has there. */
typedef struct Standing
{
	int64		space_id;
	KrolesContextualRole role;
} Standing;

static void
add_standing(Seeking *seeking, int64 space_id, KrolesContextualRole role)
{
	if (seeking->standings.n >= KROLES_MAX_SOUGHT)
		seeking->too_many = true;
	else
		*(Standing *) kroles_add_item(&seeking->standings) = (Standing) {space_id, role};
}

/* Adds the galleries right below one whose members count here, and so count there. */
static void
add_below(Seeking *seeking, int64 space_id, KrolesContextualRole role)
{
	KrolesScan	scan;

	kroles_scan_by_id(&scan, KROLES_T_SPACES, KROLES_I_SPACES_PARENT, SPACES_PARENT, space_id, seeking->snapshot);
	while (!seeking->too_many && kroles_scan_next(&scan))
		if (kroles_scan_flag(&scan, SPACES_INHERITS))
			add_standing(seeking, kroles_scan_id(&scan, SPACES_ID), role);
	kroles_scan_end(&scan);
}

/* Goes through all standings, those added on the way too. */
static void
add_spaces_by_standing(Seeking *seeking)
{
	for (int i = 0; i < seeking->standings.n && !seeking->too_many; i++)
	{
		Standing	at = ((Standing *) seeking->standings.items)[i];
		const KrolesSpace *space = kroles_space(seeking->judged.world, at.space_id);

		CHECK_FOR_INTERRUPTS();
		if (!space->head.exists)
			continue;
		add_space(seeking, at.space_id, kroles_space_rights(seeking->judged.matrices, &seeking->judged.subject,
															space->kind, space->type, at.role));
		add_below(seeking, at.space_id, at.role);
	}
}

/* A grant counts where the space does not take its members from above, and there only one of a subject's does. */
static void
add_granted_spaces(Seeking *seeking, const KrolesGrant *grants, int n)
{
	for (int i = 0; i < n && !seeking->too_many; i++)
	{
		const KrolesSpace *space = kroles_space(seeking->judged.world, grants[i].space_id);
		KrolesContextualRole role;

		if (!space->head.exists || (space->inherits && !space->is_root))
			continue;
		(void) kroles_rights_in(&seeking->judged, space, &role);
		if (role != KROLES_NO_ROLE)
			add_standing(seeking, space->head.id, role);
	}
}

/* An owner is a manager of the space always, and below it where its members count. */
static void
add_owned_spaces(Seeking *seeking, int64 user_id)
{
	KrolesScan	scan;

	kroles_scan_by_id(&scan, KROLES_T_SPACES, KROLES_I_SPACES_OWNER, SPACES_OWNER, user_id, seeking->snapshot);
	while (!seeking->too_many && kroles_scan_next(&scan))
		add_standing(seeking, kroles_scan_id(&scan, SPACES_ID), KROLES_MANAGER);
	kroles_scan_end(&scan);
}

static void
add_events(Seeking *seeking, const KrolesEventGrant *events, int n)
{
	for (int i = 0; i < n && !seeking->too_many; i++)
		if (events[i].roles & seeking->event_roles)
			add_token(seeking, KROLES_TOKEN_EVENT, events[i].event_id);
}

static void
add_person(Seeking *seeking, const KrolesUser *user)
{
	add_token(seeking, KROLES_TOKEN_USER, user->head.id);
	add_events(seeking, user->events, user->nevents);
	add_owned_spaces(seeking, user->head.id);
	add_granted_spaces(seeking, user->grants, user->ngrants);
	for (int i = 0; i < user->ngroups && !seeking->too_many; i++)
	{
		const KrolesGroup *group = kroles_group(seeking->judged.world, user->groups[i]);

		add_token(seeking, KROLES_TOKEN_GROUP, group->head.id);
		add_granted_spaces(seeking, group->grants, group->ngrants);
		add_events(seeking, group->events, group->nevents);
	}
	add_spaces_by_standing(seeking);
}

static void
judge_seeking(KrolesWorld world, void *about, KrolesAnswer *answer)
{
	Seeking    *seeking = about;
	uint64		ignored;

	seeking->tokens.n = seeking->standings.n = 0;
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

/* The tokens of whatever that subject may see in one world, as an audience; in the caller's memory. */
struct varlena *
kroles_seek(KrolesWorld world, KrolesAsker who)
{
	return kroles_seek_by(world, who, KROLES_RIGHT(KROLES_VIEW), KROLES_RIGHT(KROLES_MODERATE), KROLES_ANY_EVENT_ROLE);
}

/*
 * The same for another right on media, which comes by one of these rights on a
 * space where the media is approved or pending, or by one of these roles in an
 * event that it is a session of.
 */
struct varlena *
kroles_seek_by(KrolesWorld world, KrolesAsker who, KrolesRights approved, KrolesRights pending, unsigned event_roles)
{
	Seeking		seeking = {
		.who = who,
		.approved = approved,
		.pending = pending,
		.event_roles = event_roles,
		.tokens = {.size = sizeof(KrolesToken)},
		.standings = {.size = sizeof(Standing)}
	};
	KrolesAnswer answer;

	(void) kroles_ask_in(world, judge_seeking, &seeking, &answer);
	return kroles_make_sought(seeking.too_many, (KrolesToken *) seeking.tokens.items, seeking.tokens.n);
}
