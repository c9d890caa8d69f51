/*
 * identity.c
 *		Who is asking.
 *
 * The first that applies decides:
 *
 *		kroles.user, in the session of a login role trusted as a gateway;
 *		the user whose db_role is the login role;
 *		an operator, where the login role and the role set bypass row security;
 *		nobody: anonymous.
 *
 * It is the session that counts, never current_user: a definer function does
 * not change who asks.  A login that no user has is an error, not anonymous.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/rls.h"
#include "utils/syscache.h"

#include "kroles.h"
#include "load.h"

/* The setting kroles.user; empty counts as unset. */
static char *stated_user;

/* The answer last found, and what it was found under. */
static struct
{
	bool		known;
	KrolesAsker asker;
	Oid			session_user;
	Oid			outer_user;
	uint64		generation;
	uint64		epoch;
}			found;

/* Roles changed, or the setting did: find out anew. */
static void
role_changed(Datum arg, int cacheid, uint32 hashvalue)
{
	found.known = false;
}

static void
user_assigned(const char *newval, void *extra)
{
	found.known = false;
}

/*
 * An identity is stated by the session, not left lying in a configuration for
 * whoever logs in.  Refused by source only: a value is judged when it is used.
 */
static bool
user_may_be_set(char **newval, void **extra, GucSource source)
{
	if (source == PGC_S_DEFAULT || source == PGC_S_SESSION || source == PGC_S_CLIENT ||
		source == PGC_S_OVERRIDE)
		return true;
	GUC_check_errcode(ERRCODE_CANT_CHANGE_RUNTIME_PARAM);
	GUC_check_errmsg("\"kroles.user\" can be set by a session only");
	GUC_check_errhint("Set it with SET, SET LOCAL, set_config() or a connection option.");
	return false;
}

/* Defines the setting and registers for changes of roles; once a backend. */
void
kroles_identity_init(void)
{
	DefineCustomStringVariable("kroles.user",
							   "The login of the user on whose behalf a trusted gateway's session asks.",
							   "Counts only in sessions of a login role that kroles_trust_gateway() named.",
							   &stated_user, "", PGC_USERSET,
							   GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE,
							   user_may_be_set, user_assigned, NULL);
	CacheRegisterSyscacheCallback(AUTHOID, role_changed, (Datum) 0);
}

/* Whether row security would not apply, whichever of the session's two roles is asked. */
static bool
bypasses(void)
{
	return has_bypassrls_privilege(GetSessionUserId()) && has_bypassrls_privilege(GetOuterUserId());
}

static KrolesAsker
find_asker(Snapshot snapshot)
{
	char	   *login_role = GetUserNameFromId(GetSessionUserId(), false);
	KrolesAsker asker = {KROLES_NOBODY, 0};

	if (stated_user[0] != '\0' && kroles_is_gateway(login_role, snapshot))
	{
		if (!kroles_find_user_by_login(stated_user, snapshot, &asker.user_id))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
					 errmsg("no user has the login that \"kroles.user\" states"),
					 errhint("Logins are compared exactly, case and spaces included.")));
		asker.type = KROLES_PERSON;
	}
	else if (kroles_find_user_by_db_role(login_role, snapshot, &asker.user_id))
		asker.type = KROLES_PERSON;
	else if (bypasses())
		asker.type = KROLES_OPERATOR;
	return asker;
}

/* Gateways are a matter of the site; both epochs only grow, so does their sum. */
static uint64
present_epoch(void)
{
	return kroles_gate_epoch(KROLES_C_SITE) + kroles_gate_epoch(KROLES_C_USER);
}

static void
judge_identity(KrolesWorld world, void *arg, KrolesAnswer *answer)
{
	Snapshot	snapshot = kroles_question_snapshot(world, &found.generation);

	found.epoch = present_epoch();
	found.asker = find_asker(snapshot);
}

/*
 * Who is asking.  Found once and kept until the setting, a role or any
 * entitlement changes.  Errors: 28000 for a login that no user has.
 */
KrolesAsker
kroles_asker(void)
{
	kroles_question_sync();
	if (found.known &&
		found.session_user == GetSessionUserId() && found.outer_user == GetOuterUserId() &&
		found.generation == kroles_inval_generation() &&
		found.epoch == present_epoch())
		return found.asker;
	found.known = false;
	(void) kroles_ask(judge_identity, NULL);
	found.session_user = GetSessionUserId();
	found.outer_user = GetOuterUserId();
	found.known = true;
	return found.asker;
}

/*
 * Whether rows come from a dump.  pg_dump's scripts switch row_security off;
 * that alone proves nothing, so the session must also be one that bypasses row
 * security by its own login role, outside any definer function.
 */
bool
kroles_restoring(void)
{
	return !row_security && has_bypassrls_privilege(GetSessionUserId()) &&
		GetUserId() == GetSessionUserId() &&
		!InLocalUserIdChange() && !InSecurityRestrictedOperation();
}

/* kroles.restoring(): the same for triggers' conditions. */
PG_FUNCTION_INFO_V1(kroles_is_restoring);
Datum
kroles_is_restoring(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(kroles_restoring());
}
