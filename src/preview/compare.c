/*
 * compare.c
 *		What users may do with objects, on both sides.
 *
 * Everything is judged by the code that answers kroles_can() (decide/decide.c), for all
 * users and objects on one side, then on the other: see preview/sides.c.  Users are
 * taken some at a time, so that the rights of both sides fit into memory.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "cache/kinds.h"
#include "decide/decide.h"
#include "decide/subject.h"
#include "preview/compare.h"

/* Rights, of cases and of rooms, that are kept of both sides. */
#define MOST_RIGHTS (1024 * 1024)

/* What a case gives a user on each side. */
typedef struct CaseRights
{
	KrolesRights rights[KROLES_NSIDES];
	KrolesRights room_rights[KROLES_NSIDES];
} CaseRights;

KrolesCases
kroles_no_cases(void)
{
	return (KrolesCases) {.cases = {.size = sizeof(KrolesCase)}, .pairs = {.size = sizeof(KrolesPair)}};
}

/* The subject with that id among the users of a concern. */
KrolesAsker
kroles_concerned_asker(int64 user_id)
{
	if (user_id == KROLES_ANONYMOUS_ID)
		return (KrolesAsker) {KROLES_NOBODY, 0};
	return (KrolesAsker) {KROLES_PERSON, user_id};
}

/* ---- A user and all cases ---- */

typedef struct CasesQuestion
{
	int64		user_id;
	const KrolesCases *cases;
	KrolesSide	side;
	CaseRights *rights;			/* by case */
} CasesQuestion;

/*
 * What media of a signature give the judged, who is not named in their audiences: their
 * representative may name the judged, and so it is judged as for another user with the
 * same groups, grants and roles.
 */
static void
judge_signature(const KrolesJudged *judged, const KrolesMedia *media, KrolesSide side, CaseRights *rights)
{
	KrolesJudged unnamed = *judged;
	KrolesAnswer answer = {0};

	unnamed.principals.user_id = PG_INT64_MIN;
	kroles_judge_media_entry(&unnamed, media, &answer);
	rights->rights[side] = answer.rights;
	answer = (KrolesAnswer) {0};
	if (media->is_room)
		kroles_judge_room_entry(&unnamed, media, &answer);
	rights->room_rights[side] = answer.rights;
}

/* The judge of cases_question. */
static void
judge_cases(KrolesBasis basis, const void *about, void *answer)
{
	const CasesQuestion *question = about;
	const KrolesCase *cases = (const KrolesCase *) question->cases->cases.items;
	KrolesJudged judged;
	bool		exists = kroles_gather_subject(basis, kroles_concerned_asker(question->user_id), &judged);

	for (int i = 0; i < question->cases->cases.n; i++)
	{
		CaseRights *rights = &question->rights[i];
		KrolesAnswer object = {0};

		CHECK_FOR_INTERRUPTS();
		rights->rights[question->side] = rights->room_rights[question->side] = 0;
		if (!exists)
			continue;
		if (cases[i].media != NULL)
			judge_signature(&judged, cases[i].media, question->side, rights);
		else
		{
			kroles_kinds[cases[i].kind].judge(&judged, cases[i].id, &object);
			rights->rights[question->side] = object.rights;
		}
	}
}

static const KrolesQuestion cases_question = {.judge = judge_cases};

/* What all cases give a user on the active side. */
static void
ask_about_cases(int64 user_id, const KrolesCases *cases, KrolesSide side, CaseRights *rights)
{
	CasesQuestion question = {user_id, cases, side, rights};

	(void) kroles_ask_on(KROLES_SNAPSHOT, &cases_question, &question, rights);
}

/* ---- Users and cases ---- */

static void
add_difference(KrolesArray *differences, int64 user_id, KrolesRights before, KrolesRights after)
{
	KrolesDifference *difference;

	if (before == after)
		return;
	difference = kroles_array_add(differences);
	difference->user_id = user_id;
	difference->rights[KROLES_BEFORE] = before;
	difference->rights[KROLES_AFTER] = after;
}

/* Adds the differences of a user to the pairs. */
static void
add_differences(int64 user_id, KrolesCases *cases, const CaseRights *rights)
{
	for (int i = 0; i < cases->pairs.n; i++)
	{
		KrolesPair *pair = &((KrolesPair *) cases->pairs.items)[i];
		CaseRights	seen = {0};

		for (int side = 0; side < KROLES_NSIDES; side++)
		{
			if (pair->cases[side] < 0)
				continue;
			seen.rights[side] = rights[pair->cases[side]].rights[side];
			seen.room_rights[side] = rights[pair->cases[side]].room_rights[side];
		}
		add_difference(&pair->differences, user_id, seen.rights[KROLES_BEFORE], seen.rights[KROLES_AFTER]);
		add_difference(&pair->room_differences, user_id, seen.room_rights[KROLES_BEFORE], seen.room_rights[KROLES_AFTER]);
	}
}

/*
 * Judges all cases for some users on both sides.  If nothing but media was changed, one
 * side tells what both are: the cases are audiences, and what else decides is alike.
 */
static void
judge_both_sides(const KrolesConcern *concern, const int64 *users, int n, const KrolesCases *cases, CaseRights *rights)
{
	Size		ncases = cases->cases.n;

	KROLES_FOR_EACH_SIDE(side, concern->base)
	{
		for (int i = 0; i < n && !(concern->only_media && side == KROLES_BEFORE); i++)
			ask_about_cases(users[i], cases, side, &rights[i * ncases]);
	}
	for (Size i = 0; concern->only_media && i < n * ncases; i++)
	{
		rights[i].rights[KROLES_BEFORE] = rights[i].rights[KROLES_AFTER];
		rights[i].room_rights[KROLES_BEFORE] = rights[i].room_rights[KROLES_AFTER];
	}
}

/* Judges all cases for the users, sorted, on both sides, and adds the differences to the pairs. */
void
kroles_compare(const KrolesConcern *concern, const KrolesArray *users, KrolesCases *cases)
{
	int			ncases = cases->cases.n;
	int			at_once = Max(1, Min(users->n, MOST_RIGHTS / Max(1, ncases)));
	const int64 *ids = (const int64 *) users->items;
	CaseRights *rights;

	if (ncases == 0 || users->n == 0)
		return;
	rights = palloc_extended(sizeof(CaseRights) * at_once * ncases, MCXT_ALLOC_HUGE);
	for (int first = 0; first < users->n; first += at_once)
	{
		int			n = Min(at_once, users->n - first);

		judge_both_sides(concern, &ids[first], n, cases, rights);
		for (int i = 0; i < n; i++)
			add_differences(ids[first + i], cases, &rights[(Size) i * ncases]);
	}
	pfree(rights);
}

/* ---- Which objects a user manages ---- */

typedef struct ExistenceQuestion
{
	const KrolesCases *cases;
	bool	   *exists;			/* by case */
} ExistenceQuestion;

/* The judge of existence_question. */
static void
judge_existence(KrolesBasis basis, const void *about, void *answer)
{
	const ExistenceQuestion *question = about;

	for (int i = 0; i < question->cases->cases.n; i++)
	{
		const KrolesCase *object = &((KrolesCase *) question->cases->cases.items)[i];

		question->exists[i] = object->kind == KROLES_SITE ||
			(object->kind == KROLES_EVENT ? kroles_event(basis, object->id)->head.exists :
			 kroles_space(basis, object->id)->head.exists);
	}
}

static const KrolesQuestion existence_question = {.judge = judge_existence};

/*
 * Whether somebody with those rights on an object may see the differences of all users there: who
 * manages it before the changes or, where it did not exist then, after them.
 */
bool
kroles_is_managed(const KrolesRights *rights, bool existed)
{
	return (rights[existed ? KROLES_BEFORE : KROLES_AFTER] & KROLES_RIGHT(KROLES_MANAGE)) != 0;
}

/* By case, all of objects: whether the user manages the object in that sense; in the current memory context. */
bool *
kroles_find_managed(Snapshot base, int64 user_id, const KrolesCases *cases)
{
	Size		n = Max(1, cases->cases.n);
	CaseRights *rights = palloc_extended(sizeof(CaseRights) * n, MCXT_ALLOC_HUGE);
	bool	   *managed = palloc0(n);
	ExistenceQuestion question = {cases, managed};

	KROLES_FOR_EACH_SIDE(side, base)
	{
		ask_about_cases(user_id, cases, side, rights);
		if (side == KROLES_BEFORE)
			(void) kroles_ask_on(KROLES_SNAPSHOT, &existence_question, &question, managed);
	}
	for (int i = 0; i < cases->cases.n; i++)
		managed[i] = kroles_is_managed(rights[i].rights, managed[i]);
	pfree(rights);
	return managed;
}

/* ---- Users who are named by a media ---- */

typedef struct NamedQuestion
{
	KrolesConcernedMedia *media;
	KrolesSide	side;
	int			first;			/* of the user in media->named; */
	int			n;				/* so many are of the same user */
} NamedQuestion;

/* The judge of named_question. */
static void
judge_named(KrolesBasis basis, const void *about, void *answer)
{
	const NamedQuestion *question = about;
	KrolesNamed *named = &((KrolesNamed *) question->media->named.items)[question->first];
	KrolesJudged judged;

	if (!kroles_gather_subject(basis, kroles_concerned_asker(named->user_id), &judged))
		return;
	for (int i = 0; i < question->n; i++)
	{
		const KrolesMediaItem *item = &((KrolesMediaItem *) question->media->items.items)[named[i].item];
		const KrolesMediaState *state = &item->states[question->side];
		KrolesMedia entry = {
			.head = {.id = item->id, .class = KROLES_C_MEDIA, .exists = true}, .is_room = state->is_room, .audience = state->audience
		};
		KrolesAnswer media = {0};
		KrolesAnswer room = {0};

		CHECK_FOR_INTERRUPTS();
		if (!state->exists)
			continue;
		kroles_judge_media_entry(&judged, &entry, &media);
		if (state->is_room)
			kroles_judge_room_entry(&judged, &entry, &room);
		named[i].rights[question->side] = media.rights;
		named[i].room_rights[question->side] = room.rights;
	}
}

static const KrolesQuestion named_question = {.judge = judge_named};

/* Judges, on both sides, all users who are named by a media. */
void
kroles_compare_named(Snapshot base, KrolesConcernedMedia *media)
{
	const KrolesNamed *named = (const KrolesNamed *) media->named.items;

	KROLES_FOR_EACH_SIDE(side, base)
	{
		for (int i = 0, n; i < media->named.n; i += n)
		{
			NamedQuestion question = {media, side, i};

			for (n = 1; i + n < media->named.n && named[i + n].user_id == named[i].user_id; n++)
				;
			question.n = n;
			(void) kroles_ask_on(KROLES_SNAPSHOT, &named_question, &question, media);
		}
	}
}
