/*
 * audience_keep.c
 *		Keeps kroles.media.audience: what people write is never what counts.
 *
 * On media itself a trigger puts the owner in.  Everybody else comes and goes
 * with rows of other tables: after each statement there, one UPDATE shifts the
 * audiences of all media concerned by exactly what the statement changed.  It
 * works on the newest version of each media's row, which it locks in the order
 * of ids, so that concurrent changes add up; where an older snapshot forbids
 * that, it fails with a serialization failure like any UPDATE.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

#include "audience.h"
#include "growing.h"
#include "keep.h"
#include "owner.h"

/* What a statement changed of one media's audience. */
typedef struct Shift
{
	int64		media_id;
	struct varlena *gone;
	struct varlena *come;
} Shift;

/* What the running UPDATE of this file does to audiences; nothing while none runs. */
typedef struct Running
{
	const KrolesGrowing *shifts;	/* in the order of ids */
	bool		amending;		/* they are worked out anew */
} Running;

static Running running;

/* ---- kroles.media ---- */

static struct varlena *
get_audience(TriggerData *trigger, HeapTuple row)
{
	bool		isnull;
	Datum		value = heap_getattr(row, kroles_table(KROLES_T_MEDIA)->column[MEDIA_AUDIENCE],
									 RelationGetDescr(trigger->tg_relation), &isnull);

	return isnull ? NULL : PG_DETOAST_DATUM_PACKED(value);
}

/* A bigint column; 0 for NULL, which a constraint refuses later. */
static int64
get_id(TriggerData *trigger, HeapTuple row, int column)
{
	bool		isnull;
	Datum		value = heap_getattr(row, kroles_table(KROLES_T_MEDIA)->column[column],
									 RelationGetDescr(trigger->tg_relation), &isnull);

	return isnull ? 0 : DatumGetInt64(value);
}

static HeapTuple
with_audience(TriggerData *trigger, HeapTuple row, struct varlena *audience)
{
	int			attno = kroles_table(KROLES_T_MEDIA)->column[MEDIA_AUDIENCE];
	Datum		value = PointerGetDatum(audience);
	bool		isnull = false;

	return heap_modify_tuple_by_cols(row, RelationGetDescr(trigger->tg_relation), 1, &attno, &value, &isnull);
}

/* What somebody wrote there: nothing, what is there already, or more than they may. */
static void
check_not_written(TriggerData *trigger, struct varlena *old, struct varlena *new)
{
	if (new != NULL && (kroles_same_audience(old, new) || kroles_open_audience(new).n == 0))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("the audience of a media is kept by the database"),
			 errhint("Change the owner, the people on it, or where it is published."),
			 errtablecol(trigger->tg_relation, kroles_table(KROLES_T_MEDIA)->column[MEDIA_AUDIENCE])));
}

static HeapTuple
keep_on_update(TriggerData *trigger)
{
	struct varlena *old = get_audience(trigger, trigger->tg_trigtuple);
	struct varlena *new = get_audience(trigger, trigger->tg_newtuple);
	int64		media_id = get_id(trigger, trigger->tg_trigtuple, MEDIA_ID);
	int64		owner_id = get_id(trigger, trigger->tg_newtuple, MEDIA_OWNER);

	check_not_written(trigger, old, new);
	if (owner_id != get_id(trigger, trigger->tg_trigtuple, MEDIA_OWNER))
	{
		kroles_note_old_audience(media_id, old);
		return with_audience(trigger, trigger->tg_newtuple, kroles_audience_with_owner(old, media_id, owner_id));
	}
	if (!kroles_same_audience(old, new))
		return with_audience(trigger, trigger->tg_newtuple, old);
	return trigger->tg_newtuple;
}

/* Whether the running UPDATE of kroles.media is the keeper's own, and nobody's inside it. */
bool
kroles_audience_is_shifting(void)
{
	return (running.shifts != NULL || running.amending) && kroles_is_own_statement();
}

static int
compare_shifts(const void *x, const void *y)
{
	const Shift *a = x;
	const Shift *b = y;

	return (a->media_id > b->media_id) - (a->media_id < b->media_id);
}

/* Shifts the newest version of the row, which is locked. */
static HeapTuple
shift_row(TriggerData *trigger)
{
	HeapTuple	row = trigger->tg_newtuple;
	Shift		key = {.media_id = get_id(trigger, row, MEDIA_ID)};
	const Shift *shift = bsearch(&key, running.shifts->items, running.shifts->n, sizeof(Shift), compare_shifts);

	if (shift == NULL)
		return row;
	return with_audience(trigger, row,
						 kroles_shift_audience(get_audience(trigger, trigger->tg_trigtuple), shift->gone, shift->come));
}

/* Works the row's audience out anew; one that is as it should be is left alone. */
static HeapTuple
amend_row(TriggerData *trigger)
{
	HeapTuple	row = trigger->tg_newtuple;
	struct varlena *computed = kroles_compute_audience(get_id(trigger, row, MEDIA_ID), get_id(trigger, row, MEDIA_OWNER),
													   GetActiveSnapshot());

	return kroles_same_audience(get_audience(trigger, row), computed) ? NULL : with_audience(trigger, row, computed);
}

static HeapTuple
update_row(TriggerData *trigger)
{
	if (!kroles_audience_is_shifting())
		return keep_on_update(trigger);
	return running.amending ? amend_row(trigger) : shift_row(trigger);
}

/*
 * kroles.keep_audience(): BEFORE each row of kroles.media comes or changes, the
 * one before last of its kind.  A new media has its owner alone.
 */
PG_FUNCTION_INFO_V1(kroles_keep_audience);
Datum
kroles_keep_audience(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	HeapTuple	row;

	if (!CALLED_AS_TRIGGER(fcinfo))
		elog(ERROR, "kroles.keep_audience() is a trigger function");
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		return PointerGetDatum(update_row(trigger));
	row = trigger->tg_trigtuple;
	return PointerGetDatum(with_audience(trigger, row,
										 kroles_audience_with_owner(NULL, get_id(trigger, row, MEDIA_ID),
																	get_id(trigger, row, MEDIA_OWNER))));
}

/* ---- The tables beside it ---- */

/* What one row says of one media, before or after the statement. */
typedef struct Change
{
	int64		media_id;
	KrolesToken token;
	bool		come;
} Change;

static int
compare_changes(const void *x, const void *y)
{
	const Change *a = x;
	const Change *b = y;

	if (a->media_id != b->media_id)
		return a->media_id < b->media_id ? -1 : 1;
	if (a->token.class != b->token.class)
		return a->token.class < b->token.class ? -1 : 1;
	return (a->token.id > b->token.id) - (a->token.id < b->token.id);
}

static int64
slot_id(TupleTableSlot *slot, AttrNumber column, bool *isnull)
{
	Datum		value = slot_getattr(slot, column, isnull);

	return *isnull ? 0 : DatumGetInt64(value);
}

/* The token of a publication; false for one that says nothing of who sees the media. */
static bool
publication_token(TupleTableSlot *slot, const KrolesTable *table, KrolesToken *token)
{
	bool		isnull;
	Datum		status = slot_getattr(slot, table->column[PUBLICATIONS_STATUS], &isnull);
	int			code = isnull ? -1 : kroles_enum_code(KROLES_E_PUBLICATION_STATUS, DatumGetObjectId(status));

	if (code != KROLES_APPROVED && code != KROLES_PENDING)
		return false;
	token->class = code == KROLES_APPROVED ? KROLES_TOKEN_APPROVED : KROLES_TOKEN_PENDING;
	token->id = slot_id(slot, table->column[PUBLICATIONS_SPACE], &isnull);
	return !isnull;
}

/* The token of a person or a group on the media; false for a permission that C does not know. */
static bool
person_token(TupleTableSlot *slot, const KrolesTable *table, KrolesEnum permissions, KrolesToken *token)
{
	bool		isnull;
	Datum		permission = slot_getattr(slot, table->column[PEOPLE_PERMISSION], &isnull);
	int			role = isnull ? -1 : kroles_enum_code(permissions, DatumGetObjectId(permission));

	if (role < 0)
		return false;
	token->class = KROLES_TOKEN_USER + role;
	token->id = slot_id(slot, table->column[PEOPLE_USER], &isnull);
	if (!isnull)
		return true;
	token->class = KROLES_TOKEN_GROUP + role;
	token->id = slot_id(slot, table->column[PEOPLE_GROUP], &isnull);
	return !isnull;
}

/* What a row of one of the tables says; false where that is nothing. */
static bool
row_token(TupleTableSlot *slot, KrolesTableId id, KrolesToken *token)
{
	const KrolesTable *table = kroles_table(id);
	bool		isnull;

	switch (id)
	{
		case KROLES_T_PUBLICATIONS:
			return publication_token(slot, table, token);
		case KROLES_T_COLLABORATORS:
			return person_token(slot, table, KROLES_E_COLLABORATOR_PERMISSION, token);
		case KROLES_T_MODERATORS:
			return person_token(slot, table, KROLES_E_MODERATOR_PERMISSION, token);
		case KROLES_T_SPEAKERS:
			token->class = KROLES_TOKEN_USER + KROLES_MEDIA_SPEAKER;
			token->id = slot_id(slot, table->column[PEOPLE_USER], &isnull);
			return !isnull;
		default:
			elog(ERROR, "kroles: table %d is not about the audience of media", id);
	}
}

static void
add_change(KrolesGrowing *changes, TupleTableSlot *slot, KrolesTableId id, bool come)
{
	KrolesToken token;
	Change	   *change;
	bool		isnull;

	if (!row_token(slot, id, &token))
		return;
	change = kroles_add_item(changes);
	change->media_id = slot_id(slot, kroles_table(id)->column[PEOPLE_MEDIA], &isnull);
	change->token = token;
	change->come = come;
}

/* Reads the rows of a transition table. */
static void
add_rows(KrolesGrowing *changes, TriggerData *trigger, Tuplestorestate *rows, KrolesTableId id, bool come)
{
	TupleTableSlot *slot;

	if (rows == NULL)
		return;
	slot = MakeSingleTupleTableSlot(RelationGetDescr(trigger->tg_relation), &TTSOpsMinimalTuple);
	tuplestore_rescan(rows);
	while (tuplestore_gettupleslot(rows, true, false, slot))
		add_change(changes, slot, id, come);
	ExecDropSingleTupleTableSlot(slot);
}

/* Reads the one row of a row trigger. */
static void
add_row(KrolesGrowing *changes, TriggerData *trigger, HeapTuple row, KrolesTableId id, bool come)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(RelationGetDescr(trigger->tg_relation), &TTSOpsHeapTuple);

	ExecStoreHeapTuple(row, slot, false);
	add_change(changes, slot, id, come);
	ExecDropSingleTupleTableSlot(slot);
}

static void
add_changes(KrolesGrowing *changes, TriggerData *trigger, KrolesTableId id)
{
	if (!TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
	{
		add_rows(changes, trigger, trigger->tg_oldtable, id, false);
		add_rows(changes, trigger, trigger->tg_newtable, id, true);
		return;
	}
	add_row(changes, trigger, trigger->tg_trigtuple, id, TRIGGER_FIRED_BY_INSERT(trigger->tg_event));
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		add_row(changes, trigger, trigger->tg_newtuple, id, true);
}

/* ---- The UPDATE ---- */

/* Whether two neighbours say the same token, gone and come: it was there and still is. */
static bool
cancel_out(const Change *a, const Change *b)
{
	return a->token.class == b->token.class && a->token.id == b->token.id && a->come != b->come;
}

/* The tokens of one media that have come (or gone) and not the other as well. */
static struct varlena *
net_tokens(const Change *changes, int n, bool come)
{
	KrolesToken *tokens = palloc((n + 1) * sizeof(KrolesToken));
	int			found = 0;

	for (int i = 0; i < n; i++)
	{
		if (i + 1 < n && cancel_out(&changes[i], &changes[i + 1]))
			i++;
		else if (changes[i].come == come)
			tokens[found++] = changes[i].token;
	}
	return kroles_make_audience(changes[0].media_id, tokens, found);
}

/* Adds what a statement changed of one media, if that is anything. */
static void
add_shift(KrolesGrowing *shifts, const Change *changes, int n)
{
	Shift		shift = {changes[0].media_id, net_tokens(changes, n, false), net_tokens(changes, n, true)};

	if (kroles_open_audience(shift.gone).n > 0 || kroles_open_audience(shift.come).n > 0)
		*(Shift *) kroles_add_item(shifts) = shift;
}

/* Sums up changes, which are in order, media by media. */
static void
sum_up(KrolesGrowing *shifts, const Change *changes, int n)
{
	int			first = 0;

	for (int i = 1; i <= n; i++)
		if (i == n || changes[i].media_id != changes[first].media_id)
		{
			add_shift(shifts, &changes[first], i - first);
			first = i;
		}
}

static Datum
media_ids(const KrolesGrowing *shifts)
{
	Datum	   *ids = palloc(shifts->n * sizeof(Datum));

	for (int i = 0; i < shifts->n; i++)
		ids[i] = Int64GetDatum(((Shift *) shifts->items)[i].media_id);
	return PointerGetDatum(construct_array(ids, shifts->n, INT8OID, sizeof(int64), true, TYPALIGN_DOUBLE));
}

/* Runs an UPDATE of audiences, whose rows the trigger on kroles.media fills in. */
static void
run_update(KrolesStatement *statement, Datum *args, Running how)
{
	Running		outer = running;

	running = how;
	PG_TRY();
	{
		(void) kroles_run_as_owner(statement, args, NULL, NULL);
	}
	PG_FINALLY();
	{
		running = outer;
	}
	PG_END_TRY();
}

static void
apply(const KrolesGrowing *shifts)
{
	static KrolesStatement statement = {
		"UPDATE kroles.media SET audience = audience WHERE id OPERATOR(pg_catalog.=) ANY ($1)",
		.nargs = 1, .types = {INT8ARRAYOID}
	};
	Datum		ids = media_ids(shifts);

	run_update(&statement, &ids, (Running) {.shifts = shifts});
}

/* kroles.amend_audiences(media_ids): works the audiences of these media out anew. */
PG_FUNCTION_INFO_V1(kroles_amend_audiences);
Datum
kroles_amend_audiences(PG_FUNCTION_ARGS)
{
	static KrolesStatement statement = {
		"UPDATE kroles.media SET audience = audience WHERE id OPERATOR(pg_catalog.=) ANY ($1)",
		.nargs = 1, .types = {INT8ARRAYOID}
	};
	Datum		ids;

	if (PG_ARGISNULL(0))
		PG_RETURN_VOID();
	ids = PG_GETARG_DATUM(0);
	run_update(&statement, &ids, (Running) {.amending = true});
	PG_RETURN_VOID();
}

/* kroles.amend_all_audiences(): AFTER a table that they are derived from was emptied. */
PG_FUNCTION_INFO_V1(kroles_amend_all_audiences);
Datum
kroles_amend_all_audiences(PG_FUNCTION_ARGS)
{
	static KrolesStatement statement = {"UPDATE kroles.media SET audience = audience"};

	if (!CALLED_AS_TRIGGER(fcinfo))
		elog(ERROR, "kroles.amend_all_audiences() is a trigger function");
	run_update(&statement, NULL, (Running) {.amending = true});
	return PointerGetDatum(NULL);
}

/*
 * kroles.shift_audiences(): AFTER each statement on a table that says who media
 * is for; AFTER each row where changes come from replication, which fires no
 * triggers of statements.
 */
PG_FUNCTION_INFO_V1(kroles_shift_audiences);
Datum
kroles_shift_audiences(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	KrolesGrowing changes = {.size = sizeof(Change)};
	KrolesGrowing shifts = {.size = sizeof(Shift)};

	if (!CALLED_AS_TRIGGER(fcinfo))
		elog(ERROR, "kroles.shift_audiences() is a trigger function");
	add_changes(&changes, trigger, kroles_table_id(RelationGetRelid(trigger->tg_relation)));
	if (changes.n == 0)
		return PointerGetDatum(NULL);
	qsort(changes.items, changes.n, changes.size, compare_changes);
	sum_up(&shifts, (Change *) changes.items, changes.n);
	if (shifts.n > 0)
		apply(&shifts);
	return PointerGetDatum(NULL);
}
