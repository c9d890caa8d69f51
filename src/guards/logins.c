/*
 * logins.c
 *		A login that is given again: tokens of the user who had it before stay invalid.
 *
 * A token names its user by login.  When a user is deleted or gets another login, tokens
 * with the old login may be valid for some time; the next user with that login must
 * not be who they name.  So a login that a user loses is kept in
 * kroles.retired_external_ids, and whoever gets such a login
 * gets tokens_valid_after with it, which can be set to a later time only.  The commit sets
 * it again (guards/given_logins.c).  Former logins are compared without regard to case.  A
 * user who gets an own login back, which nobody else had, is who the tokens name.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "guards/checks.h"
#include "guards/given_logins.h"
#include "identity/as_owner.h"
#include "store/trigger.h"

#define RETIRE(relation, logins) \
	"INSERT INTO kroles.retired_external_ids (relation, external_id, object_id)" \
	" SELECT '" relation "', l.login, l.id FROM (" logins ") l (login, id) ON CONFLICT DO NOTHING"
#define RETIRED_LOGINS "SELECT r.external_id, r.object_id FROM kroles.retired_external_ids r WHERE r.relation OPERATOR(pg_catalog.=) 'users'"

static KrolesStatement retire_renamed = {
	RETIRE("users", "SELECT pg_catalog.lower($1), $2"), .nargs = 2, .types = {TEXTOID, INT8OID}
};
/* of a deleted user also the logins before: another user may get the same id */
static KrolesStatement retire_deleted = {
	RETIRE("deleted users", "SELECT pg_catalog.lower($1), $2 UNION ALL " RETIRED_LOGINS " AND r.object_id OPERATOR(pg_catalog.=) $2"),
	.nargs = 2, .types = {TEXTOID, INT8OID}
};
static KrolesStatement retire_all = {
	RETIRE("deleted users", "SELECT pg_catalog.lower(u.login), u.id FROM kroles.users u UNION ALL " RETIRED_LOGINS)
};
/* waits for a transaction that takes the login from its user */
static KrolesStatement hold_login = {
	"SELECT 1 FROM kroles.users WHERE login OPERATOR(pg_catalog.=) $1 FOR KEY SHARE",
	.nargs = 1, .types = {TEXTOID}, .sees_all = true
};
static KrolesStatement any_former_user = {
	"SELECT 1 WHERE " KROLES_FORMER_USER("$1", "$2"),
	.nargs = 2, .types = {TEXTOID, INT8OID}, .sees_all = true
};

/*
 * kroles.retire_login(): BEFORE a user is deleted or gets another login, so that another
 * row of the same statement may get it; BEFORE TRUNCATE.
 */
PG_FUNCTION_INFO_V1(kroles_retire_login);
Datum
kroles_retire_login(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "retire_login", 0, KROLES_BEFORE_ROW(KROLES_ON_UPDATE | KROLES_ON_DELETE) |
										  KROLES_BEFORE_STATEMENT(KROLES_ON_TRUNCATE), KROLES_ON("users"));
	bool		isnull;
	Datum		args[2];

	if (TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
	{
		(void) kroles_run_as_owner(&retire_all, NULL, NULL, NULL);
		return PointerGetDatum(NULL);
	}
	args[0] = kroles_trigger_value(trigger, trigger->tg_trigtuple, KROLES_T_USERS, USERS_LOGIN, &isnull);
	args[1] = kroles_trigger_value(trigger, trigger->tg_trigtuple, KROLES_T_USERS, USERS_ID, &isnull);
	(void) kroles_run_as_owner(TRIGGER_FIRED_BY_DELETE(trigger->tg_event) ? &retire_deleted : &retire_renamed, args, NULL, NULL);
	return PointerGetDatum(kroles_trigger_row(trigger));
}

/* The time from which a row's tokens are valid; DT_NOBEGIN for null. */
static TimestampTz
valid_after(TriggerData *trigger, HeapTuple row)
{
	bool		always;
	Datum		value = kroles_trigger_value(trigger, row, KROLES_T_USERS, USERS_TOKENS_VALID_AFTER, &always);

	return always ? DT_NOBEGIN : DatumGetTimestampTz(value);
}

/* Whether the row gets a login that it did not have. */
static bool
gets_login(TriggerData *trigger, const char *login)
{
	bool		isnull;

	return TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ||
		strcmp(login, TextDatumGetCString(kroles_trigger_value(trigger, trigger->tg_trigtuple, KROLES_T_USERS, USERS_LOGIN,
															   &isnull))) != 0;
}

/*
 * kroles.guard_tokens(): BEFORE a user is inserted, or login or tokens_valid_after is
 * updated.  Refuses the tokens of former users with the login.  Where an administrator sets
 * an earlier time for such a login, the time stays, or becomes now if it was in the future.
 */
PG_FUNCTION_INFO_V1(kroles_guard_tokens);
Datum
kroles_guard_tokens(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kroles_trigger(fcinfo, "guard_tokens", 0,
										  KROLES_BEFORE_ROW(KROLES_ON_INSERT | KROLES_ON_UPDATE), KROLES_ON("users"));
	HeapTuple	row = kroles_trigger_row(trigger);
	bool		isnull;
	bool		no_id;
	Datum		user[2] = {kroles_trigger_value(trigger, row, KROLES_T_USERS, USERS_LOGIN, &isnull),
		kroles_trigger_value(trigger, row, KROLES_T_USERS, USERS_ID, &no_id)};
	int			attno = kroles_trigger_column(trigger, "tokens_valid_after", TIMESTAMPTZOID);
	TimestampTz earliest;
	Datum		value;

	/* a row that its policy will refuse waits for nothing */
	if (isnull || no_id || kroles_policy_will_refuse(trigger->tg_relation, KROLES_SITE, 0, KROLES_RIGHT(KROLES_ADMINISTER)))
		return PointerGetDatum(row);
	(void) kroles_run_as_owner(&hold_login, user, NULL, NULL);
	if (!kroles_run_as_owner(&any_former_user, user, NULL, NULL))
		return PointerGetDatum(row);
	earliest = kroles_next_second();
	if (gets_login(trigger, TextDatumGetCString(user[0])))
		kroles_note_given_login(DatumGetInt64(user[1]), earliest);
	else
		earliest = Min(earliest, valid_after(trigger, trigger->tg_trigtuple));
	if (valid_after(trigger, row) >= earliest)
		return PointerGetDatum(row);
	value = TimestampTzGetDatum(earliest);
	isnull = false;
	return PointerGetDatum(heap_modify_tuple_by_cols(row, RelationGetDescr(trigger->tg_relation), 1, &attno, &value, &isnull));
}
