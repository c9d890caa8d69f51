/*
 * identity.c
 *		Who is asking.
 *
 * The first that applies decides:
 *
 *		kroles.token, a signed token that any session may set;
 *		kroles.user or PostgREST's request.jwt.claims, in the session of a login
 *			role trusted as a gateway;
 *		the user whose db_role is the login role;
 *		an operator, where the login role and the role set bypass row security;
 *		nobody: anonymous.
 *
 * It is the session that counts, never current_user: a definer function does
 * not change who asks.  A token that is not valid and a login that no user has
 * are errors, never a fallback to the next in line.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/rls.h"
#include "utils/syscache.h"

#include "cache/cache.h"
#include "cache/commit_barrier.h"
#include "cache/invalidation.h"
#include "cache/load.h"
#include "cache/question.h"
#include "core/asker.h"
#include "identity/identity.h"
#include "identity/jws.h"
#include "identity/token.h"
#include "identity/user_locks.h"
#include "statement/foreign_code.h"
#include "statement/running.h"

/* The settings; empty counts as unset. */
static char *stated_token;
static char *stated_user;

/* The answer last found, and what it was found under. */
static struct
{
	bool		known;
	KrolesAsker asker;
	bool		by_token;
	KrolesClaims claims;		/* of the token */
	bool		by_claims;		/* request.jwt.claims was looked at ... */
	char	   *gateway_claims; /* ... and was this; NULL for unset */
	Oid			session_user;
	Oid			outer_user;
	Oid			user;			/* in force when it was last found to stand ... */
	int			context;		/* ... with these restrictions */
	uint64		load;			/* number of the reading, as for entries */
	uint64		statement;		/* that it was last checked for */
	bool		only_there;		/* and that alone: its snapshot knew another */
	uint64		generation;
	uint64		epoch;
}			found;

static uint64 identity_number;	/* of findings, and of reasons to find out anew */
static uint64 times_stated;		/* how often the session named who asks, or took another role */

static void
find_out_anew(void)
{
	found.known = false;
	identity_number++;
}

/* Roles changed, or a setting did. */
static void
role_changed(Datum arg, int cacheid, uint32 hashvalue)
{
	find_out_anew();
}

static void
identity_assigned(const char *newval, void *extra)
{
	times_stated++;
	find_out_anew();
}

/*
 * An identity is stated by the session, not left lying in a configuration for
 * whoever logs in.  Refused by source only: a value is judged when it is used.
 */
static bool
stated_by_session(char **newval, void **extra, GucSource source)
{
	if (source == PGC_S_DEFAULT || source == PGC_S_SESSION || source == PGC_S_CLIENT ||
		source == PGC_S_OVERRIDE)
		return true;
	GUC_check_errcode(ERRCODE_CANT_CHANGE_RUNTIME_PARAM);
	GUC_check_errmsg("who is asking can be stated by a session only");
	GUC_check_errhint("Use SET, SET LOCAL, set_config(), kroles_login() or a connection option.");
	return false;
}

/* A token is nobody's to read: triggers of somebody else's table run in the session, too. */
static const char *
show_token(void)
{
	return stated_token[0] == '\0' ? "" : "(set)";
}

/* Defines the settings and registers for changes of roles; once a backend. */
void
kroles_identity_init(void)
{
	DefineCustomStringVariable("kroles.token",
							   "The signed token (JWT) of the user who is asking.",
							   "A literal in SET is seen in pg_stat_activity and in logs: use kroles_login() or set_config() with a bound parameter.",
							   &stated_token, "", PGC_USERSET,
							   GUC_NO_SHOW_ALL | GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE,
							   stated_by_session, identity_assigned, show_token);
	DefineCustomStringVariable("kroles.user",
							   "The login of the user on whose behalf a trusted gateway's session asks.",
							   "Counts only in sessions of a login role that kroles_trust_gateway() named.",
							   &stated_user, "", PGC_USERSET,
							   GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE,
							   stated_by_session, identity_assigned, NULL);
	CacheRegisterSyscacheCallback(AUTHOID, role_changed, (Datum) 0);
}

/* ---- Each way to state who asks ---- */

static KrolesAsker
person(int64 user_id)
{
	return (KrolesAsker) {KROLES_PERSON, user_id};
}

static KrolesAsker
find_by_token(KrolesBasis basis, Snapshot snapshot)
{
	int64		user_id;
	TimestampTz valid_after;

	kroles_verify_token(stated_token, kroles_site(basis)->head.sequence, snapshot, &found.claims);
	kroles_check_token_times(&found.claims);
	if (!kroles_find_user_by_login(found.claims.login, snapshot, &user_id, &valid_after))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("no user has the login that the token names")));
	kroles_check_token_issued(&found.claims, valid_after);
	found.by_token = true;
	return person(user_id);
}

static KrolesAsker
find_by_login(const char *login, Snapshot snapshot)
{
	int64		user_id;
	TimestampTz valid_after;

	if (!kroles_find_user_by_login(login, snapshot, &user_id, &valid_after))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("no user has the login that the gateway states"),
				 errhint("Logins are compared exactly, case and spaces included.")));
	return person(user_id);
}

/* The claims that PostgREST passes on; NULL where it passes none. */
static const char *
present_gateway_claims(void)
{
	const char *claims = GetConfigOption("request.jwt.claims", true, false);

	return claims != NULL && claims[0] != '\0' ? claims : NULL;
}

static bool
same_claims(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Keeps the claims as they are now, to see whether they change. */
static void
remember_gateway_claims(const char *claims)
{
	if (!same_claims(claims, found.gateway_claims))
		times_stated++;
	if (found.gateway_claims != NULL)
		pfree(found.gateway_claims);
	found.gateway_claims = NULL;
	found.gateway_claims = claims ? MemoryContextStrdup(CacheMemoryContext, claims) : NULL;
	found.by_claims = true;
}

/* The "sub" in claims; NULL where they have none, as for PostgREST's anonymous role. */
static char *
subject_of(const char *claims)
{
	Jsonb	   *object = kroles_json_object(claims, GetDatabaseEncoding());
	char	   *sub = object ? kroles_jws_string(object, "sub") : NULL;

	if (object == NULL || (sub == NULL && kroles_jws_has(object, "sub")))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("\"request.jwt.claims\" is not what PostgREST sets"),
				 errdetail("It must be a JSON object, and \"sub\" in it a string.")));
	return sub;
}

/* Who a gateway speaks for; false where it names nobody. */
static bool
find_by_gateway(Snapshot snapshot, KrolesAsker *asker)
{
	const char *claims;
	const char *login = stated_user;

	if (login[0] == '\0')
	{
		claims = present_gateway_claims();
		remember_gateway_claims(claims);
		login = claims ? subject_of(claims) : NULL;
	}
	if (login == NULL)
		return false;
	*asker = find_by_login(login, snapshot);
	return true;
}

/* Whether row security would not apply, whichever of the session's two roles is asked. */
static bool
bypasses(void)
{
	return has_bypassrls_privilege(GetSessionUserId()) && has_bypassrls_privilege(GetOuterUserId());
}

/* ---- The first that applies ---- */

static KrolesAsker
find_asker(KrolesBasis basis, Snapshot snapshot)
{
	char	   *login_role = GetUserNameFromId(GetSessionUserId(), false);
	KrolesAsker asker = {KROLES_NOBODY, 0};

	found.by_token = found.by_claims = false;
	if (stated_token[0] != '\0')
		return find_by_token(basis, snapshot);
	if (kroles_is_gateway(login_role, snapshot) && find_by_gateway(snapshot, &asker))
		return asker;
	if (kroles_find_user_by_db_role(login_role, snapshot, &asker.user_id))
		asker.type = KROLES_PERSON;
	else if (bypasses())
		asker.type = KROLES_OPERATOR;
	return asker;
}

static void
find_now(void)
{
	Snapshot	snapshot = kroles_question_snapshot(KROLES_CURRENT, &found.generation);

	found.epoch = kroles_barrier_epoch();
	found.asker = find_asker(KROLES_CURRENT, snapshot);
	found.load = kroles_question_loaded();
	found.only_there = false;
	kroles_question_used(found.load);
}

/* Rights never grow in an older snapshot: who was somebody else there is nobody. */
static void
compare_then(void)
{
	uint64		ignored;
	KrolesAsker now = found.asker;
	KrolesAsker then = find_asker(KROLES_SNAPSHOT, kroles_question_snapshot(KROLES_SNAPSHOT, &ignored));

	if (then.type != now.type || then.user_id != now.user_id)
	{
		found.asker = (KrolesAsker) {KROLES_NOBODY, 0};
		found.only_there = true;
	}
}

static void
judge_identity(KrolesBasis basis, void *arg, KrolesAnswer *answer)
{
	if (basis == KROLES_CURRENT)
		find_now();
	else
		compare_then();
	answer->rights = 1;			/* that there is something to compare */
}

/*
 * Whether a row that the answer rests on may have changed: of a person, their
 * own and the site's; of nobody, any that could have named somebody.
 */
static bool
rows_changed(void)
{
	if (kroles_inval_changed(KROLES_C_SITE, 0, found.generation) ||
		kroles_barrier_distrusted(KROLES_C_SITE, 0, found.epoch))
		return true;
	if (found.asker.type != KROLES_PERSON)
		return kroles_inval_class_changed(KROLES_C_USER, found.generation) ||
			kroles_barrier_class_distrusted(KROLES_C_USER, found.epoch);
	return kroles_inval_changed(KROLES_C_USER, found.asker.user_id, found.generation) ||
		kroles_barrier_distrusted(KROLES_C_USER, found.asker.user_id, found.epoch);
}

/* Whether PostgREST's claims, where the answer rests on them, are what they were: nothing tells when they change. */
static bool
claims_stand(void)
{
	return !found.by_claims || same_claims(present_gateway_claims(), found.gateway_claims);
}

/* Whether what was found still stands; a token's time is up at its instant. */
static bool
still_stands(void)
{
	if (!found.known ||
		found.session_user != GetSessionUserId() || found.outer_user != GetOuterUserId() ||
		rows_changed())
		return false;
	if (found.statement != kroles_question_statement() &&
		(found.only_there || !kroles_question_covers(found.load)))
		return false;
	if (found.by_token)
		kroles_check_token_times(&found.claims);
	return claims_stand();
}

/* Notes the rights that the answer is given under: somebody asks, as was found just before. */
static void
note_context(void)
{
	GetUserIdAndSecContext(&found.user, &found.context);
}

/* A number that is another one whenever somebody else may be asking. */
uint64
kroles_identity_number(void)
{
	return identity_number;
}

/* Whether the session is the one it was found under: what can change within a statement. */
bool
kroles_asker_stands(void)
{
	Oid			user;
	int			context;

	GetUserIdAndSecContext(&user, &context);
	return found.known && user == found.user && context == found.context && !kroles_foreign_code_runs &&
		found.session_user == GetSessionUserId() && found.outer_user == GetOuterUserId() && claims_stand();
}

/* Of a person, the transaction is noted to be theirs: see identity/user_locks.c. */
static inline KrolesAsker
noted(KrolesAsker asker)
{
	kroles_check_one_asker(asker, times_stated);
	if (asker.type == KROLES_PERSON)
		kroles_lock_asker(asker.user_id);
	return asker;
}

/*
 * Who is asking.  Found once and kept until a setting, a role or any
 * entitlement changes; a token's times are compared with the statement's each
 * time.  Errors: 28000 for a token that is not valid and a login that no user
 * has.
 */
KrolesAsker
kroles_asker(void)
{
	/* an index's expression, say, that a superuser's ANALYZE runs as its owner, speaks for nobody; see statement/foreign_code.c */
	if (kroles_nobody_asks())
		return (KrolesAsker) {KROLES_NOBODY, 0};
	kroles_question_sync();
	if (still_stands())
	{
		note_context();
		return noted(found.asker);
	}
	find_out_anew();
	(void) kroles_ask(judge_identity, NULL);
	found.statement = kroles_question_statement();
	if (found.session_user != GetSessionUserId() || found.outer_user != GetOuterUserId())
		times_stated++;
	found.session_user = GetSessionUserId();
	found.outer_user = GetOuterUserId();
	found.known = true;
	note_context();
	return noted(found.asker);
}

/*
 * Whether rows come from a dump.  pg_dump's scripts switch row_security off;
 * that alone proves nothing, so the session must also be one that bypasses row
 * security by its own login role, outside any definer function, and that states
 * no person.
 */
bool
kroles_restoring(void)
{
	return !row_security && has_bypassrls_privilege(GetSessionUserId()) &&
		GetUserId() == GetSessionUserId() && stated_token[0] == '\0' && stated_user[0] == '\0' &&
		!InLocalUserIdChange() && !InSecurityRestrictedOperation();
}

/* kroles.restoring(): the same for triggers' conditions. */
PG_FUNCTION_INFO_V1(kroles_is_restoring);
Datum
kroles_is_restoring(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(kroles_restoring());
}

/*
 * kroles_login(token): sets the token for this transaction, and says at once
 * whether it is good.  Returns the user's id.
 */
PG_FUNCTION_INFO_V1(kroles_login);
Datum
kroles_login(PG_FUNCTION_ARGS)
{
	char	   *token = PG_ARGISNULL(0) ? "" : text_to_cstring(PG_GETARG_TEXT_PP(0));

	if (token[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("the token is empty"),
				 errhint("Without a token, do not log in: that is anonymous.")));
	(void) set_config_option("kroles.token", token, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_LOCAL, true, 0, false);
	PG_RETURN_INT64(kroles_asker().user_id);
}
