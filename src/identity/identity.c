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

#include "cache/load.h"
#include "cache/question.h"
#include "identity/identity.h"
#include "identity/jws.h"
#include "identity/token.h"
#include "identity/user_locks.h"
#include "statement/foreign_code.h"
#include "statement/running.h"

/* The settings; empty counts as unset. */
static char *stated_token;
static char *stated_user;

/* Who asks, as found on one basis, and what that rests on. */
typedef struct Finding
{
	KrolesAsker asker;
	bool		differs;		/* the statement's snapshot knew another: for that statement nobody asks */
	bool		by_token;
	bool		by_claims;		/* request.jwt.claims was looked at ... */
	const char *gateway_claims; /* ... and was this; NULL for unset */
	KrolesClaims claims;		/* of the token */
	KrolesStamp stamp;			/* its statement is the one that the finding was last checked for */
	uint64		load;			/* number of the reading, as for entries */
} Finding;

StaticAssertDecl(sizeof(Finding) <= KROLES_MAX_ANSWER, "a finding is judged on both bases");

/* The finding in force, and when and under what it was found. */
static struct
{
	bool		known;
	Finding		finding;
	char	   *gateway_claims; /* a copy of the finding's */
	Oid			session_user;
	Oid			outer_user;
	Oid			user;			/* in force when it was last found to stand ... */
	int			context;		/* ... with these restrictions */
}			found;

static uint64 times_stated;		/* how often the session named who asks, or took another role */

static void
find_out_anew(void)
{
	found.known = false;
	kroles_another_asker();
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
find_by_token(KrolesBasis basis, Snapshot snapshot, Finding *finding)
{
	int64		user_id;
	TimestampTz valid_after;

	kroles_verify_token(stated_token, kroles_site(basis)->head.load, snapshot, &finding->claims);
	kroles_check_token_times(&finding->claims);
	if (!kroles_find_user_by_login(finding->claims.login, snapshot, &user_id, &valid_after))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("no user has the login that the token names")));
	kroles_check_token_issued(&finding->claims, valid_after);
	finding->by_token = true;
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
find_by_gateway(Snapshot snapshot, Finding *finding)
{
	const char *claims;
	const char *login = stated_user;

	if (login[0] == '\0')
	{
		claims = present_gateway_claims();
		finding->by_claims = true;
		finding->gateway_claims = claims;
		login = claims ? subject_of(claims) : NULL;
	}
	if (login == NULL)
		return false;
	finding->asker = find_by_login(login, snapshot);
	return true;
}

/* Whether row security would not apply, whichever of the session's two roles is asked. */
static bool
bypasses(void)
{
	return has_bypassrls_privilege(GetSessionUserId()) && has_bypassrls_privilege(GetOuterUserId());
}

/* ---- The first that applies ---- */

/* Fills in a finding of zeros.  Errors: see kroles_asker(). */
static void
find_asker(KrolesBasis basis, Snapshot snapshot, Finding *finding)
{
	char	   *login_role = GetUserNameFromId(GetSessionUserId(), false);

	if (stated_token[0] != '\0')
	{
		finding->asker = find_by_token(basis, snapshot, finding);
		return;
	}
	if (kroles_is_gateway(login_role, snapshot) && find_by_gateway(snapshot, finding))
		return;
	if (kroles_find_user_by_db_role(login_role, snapshot, &finding->asker.user_id))
		finding->asker.type = KROLES_PERSON;
	else if (bypasses())
		finding->asker.type = KROLES_OPERATOR;
}

static void
judge_identity(KrolesBasis basis, const void *about, void *answer)
{
	Finding    *finding = answer;

	find_asker(basis, kroles_question_snapshot(basis), finding);
	if (basis == KROLES_CURRENT)
	{
		finding->stamp = kroles_question_stamp();
		finding->load = kroles_question_loaded();
		kroles_question_used(finding->load);
	}
}

/* Rights never grow in an older snapshot: a subject that was another one there is nobody. */
static void
meet_identity(void *answer, const void *other)
{
	Finding    *mine = answer;

	mine->differs = !kroles_same_asker(mine->asker, ((const Finding *) other)->asker);
	if (mine->differs)
		mine->asker = (KrolesAsker) {KROLES_NOBODY, 0};
}

static const KrolesQuestion about_identity = {sizeof(Finding), judge_identity, meet_identity};

/*
 * Whether a row that the finding rests on may have changed: of a person, their
 * own and the site's; of nobody, any that could have named a person.
 */
static bool
rows_changed(void)
{
	if (!kroles_still_true(&found.finding.stamp, KROLES_C_SITE, 0))
		return true;
	if (found.finding.asker.type != KROLES_PERSON)
		return !kroles_class_still_true(&found.finding.stamp, KROLES_C_USER);
	return !kroles_still_true(&found.finding.stamp, KROLES_C_USER, found.finding.asker.user_id);
}

/* Whether PostgREST's claims, where the answer rests on them, are what they were: nothing tells when they change. */
static bool
claims_stand(void)
{
	return !found.finding.by_claims || same_claims(present_gateway_claims(), found.gateway_claims);
}

/* Whether what was found still stands; a token's time is up at its instant. */
static bool
still_stands(void)
{
	if (!found.known ||
		found.session_user != GetSessionUserId() || found.outer_user != GetOuterUserId() ||
		rows_changed())
		return false;
	if (found.finding.stamp.statement != kroles_now.statement &&
		(found.finding.differs || !kroles_question_covers(found.finding.load)))
		return false;
	if (found.finding.by_token)
		kroles_check_token_times(&found.finding.claims);
	return claims_stand();
}

/* Notes the rights that the answer is given under: somebody asks, as was found just before. */
static void
note_context(void)
{
	GetUserIdAndSecContext(&found.user, &found.context);
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

/* Keeps what the session states, to see whether it changes. */
static void
remember_session(void)
{
	const char *claims = found.finding.gateway_claims;

	if ((found.finding.by_claims && !same_claims(claims, found.gateway_claims)) ||
		found.session_user != GetSessionUserId() || found.outer_user != GetOuterUserId())
		times_stated++;
	if (found.finding.by_claims)
	{
		if (found.gateway_claims != NULL)
			pfree(found.gateway_claims);
		found.gateway_claims = NULL;
		found.gateway_claims = claims ? MemoryContextStrdup(CacheMemoryContext, claims) : NULL;
	}
	found.finding.stamp.statement = kroles_now.statement;
	found.session_user = GetSessionUserId();
	found.outer_user = GetOuterUserId();
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
		return noted(found.finding.asker);
	}
	find_out_anew();
	kroles_ask(&about_identity, NULL, &found.finding);
	remember_session();
	found.known = true;
	note_context();
	return noted(found.finding.asker);
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
