/*
 * identity.c
 *		The asker: on whose behalf the session runs a statement.
 *
 * The first source that applies decides:
 *
 *		kroles.token, a signed token that any session may set;
 *		kroles.user or PostgREST's request.jwt.claims, in the session of a login
 *			role trusted as a gateway;
 *		the user whose db_role is the login role;
 *		an auditor, if the login role is one of kroles.auditors;
 *		an operator, if the login role and the role set bypass row security;
 *		otherwise the asker is anonymous.
 *
 * Only the session counts, never current_user: a definer function does not
 * change the asker.  An invalid token and a login without a user are errors;
 * the next source is not tried.
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
#include "identity/set_local.h"
#include "identity/settings.h"
#include "identity/token.h"
#include "identity/user_locks.h"
#include "statement/foreign_code.h"
#include "statement/running.h"

/* The asker on one basis, and what that answer depends on. */
typedef struct Identity
{
	KrolesAsker asker;
	bool		differs;		/* the bases disagree: for this statement the asker is anonymous */
	bool		by_token;
	bool		by_claims;		/* request.jwt.claims was read ... */
	const char *gateway_claims; /* ... and had this value; NULL for unset */
	KrolesClaims claims;		/* of the token */
	KrolesStamp stamp;			/* its statement: the one that the answer was last checked for */
	uint64		load;			/* number of the load, as for entries */
} Identity;

StaticAssertDecl(sizeof(Identity) <= KROLES_MAX_ANSWER, "an identity is decided on both bases");

/* The answer in force, and the session state that it was determined under. */
static struct
{
	bool		known;
	Identity	identity;
	char	   *gateway_claims; /* a copy, in CacheMemoryContext */
	Oid			session_user;
	Oid			outer_user;
	Oid			user;			/* current user and security context ... */
	int			context;		/* ... when it was last checked */
}			current;

static uint64 identity_changes; /* counts changes of settings and roles that may change the asker */

static void
forget_identity(void)
{
	current.known = false;
	kroles_another_asker();
}

/* Syscache callback: a row of pg_authid changed. */
static void
forget_identity_on_role_change(Datum arg, int cacheid, uint32 hashvalue)
{
	forget_identity();
}

/* A setting or kroles.identity_by was set. */
static void
identity_changed(void)
{
	identity_changes++;
	forget_identity();
}

/* Defines the settings and registers for changes of roles; called once per backend. */
void
kroles_identity_init(void)
{
	kroles_identity_settings_init(identity_changed);
	CacheRegisterSyscacheCallback(AUTHOID, forget_identity_on_role_change, (Datum) 0);
}

/* ---- The sources of an identity ---- */

static KrolesAsker
make_person(int64 user_id)
{
	return (KrolesAsker) {KROLES_PERSON, user_id};
}

static KrolesAsker
get_asker_by_token(KrolesBasis basis, Snapshot snapshot, Identity *identity)
{
	uint64		site = kroles_site(basis)->head.load;

	kroles_refuse_unless_set_local(kroles_token.set_local, "kroles.token");
	identity->by_token = true;
	return make_person(kroles_token_user(kroles_token.value, basis, site, snapshot, &identity->claims));
}

static KrolesAsker
get_asker_by_login(const char *login, Snapshot snapshot, TimestampTz *valid_after)
{
	int64		user_id;

	if (!kroles_find_user_by_login(login, snapshot, &user_id, valid_after))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("no user has the login set by the gateway"),
				 errhint("Logins are compared exactly, case and spaces included.")));
	return make_person(user_id);
}

/* The claims that PostgREST passes on; NULL if unset or empty. */
static const char *
get_gateway_claims(void)
{
	const char *claims = GetConfigOption("request.jwt.claims", true, false);

	return claims != NULL && claims[0] != '\0' ? claims : NULL;
}

static bool
same_claims(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* The "sub" in claims, palloc'd; NULL if there is none, as for PostgREST's anonymous role.  Sets the claims' object. */
static char *
get_claims_subject(const char *claims, Jsonb **claims_object)
{
	Jsonb	   *object = *claims_object = kroles_json_object(claims, GetDatabaseEncoding());
	char	   *sub = object ? kroles_jws_string(object, "sub") : NULL;

	if (object == NULL || (sub == NULL && kroles_jws_has(object, "sub")))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("invalid value for parameter \"request.jwt.claims\""),
				 errdetail("The value must be a JSON object, and its \"sub\", if any, a string.")));
	return sub;
}

/* Gets the user that a gateway acts for; false if it names none. */
static bool
get_asker_by_gateway(Snapshot snapshot, Identity *identity)
{
	const char *claims = NULL;
	const char *login = kroles_stated_user.value;
	Jsonb	   *object = NULL;
	TimestampTz valid_after;

	if (login[0] == '\0')
	{
		claims = get_gateway_claims();
		identity->by_claims = true;
		identity->gateway_claims = claims;
		login = claims ? get_claims_subject(claims, &object) : NULL;
	}
	if (login == NULL)
		return false;
	kroles_refuse_unless_set_local(claims == NULL && kroles_stated_user.set_local, claims != NULL ? "request.jwt.claims" : "kroles.user");
	identity->asker = get_asker_by_login(login, snapshot, &valid_after);
	if (object != NULL)
		kroles_check_claims_issued(object, valid_after);
	return true;
}

/* Whether both of the session's roles, the login role and the role set, bypass row security. */
static bool
bypasses_row_security(void)
{
	return has_bypassrls_privilege(GetSessionUserId()) && has_bypassrls_privilege(GetOuterUserId());
}

/* The login role that was trusted as a gateway when this session last acted for a user. */
static Oid	trusted_role;

/*
 * Warns, once in a session, if kroles.user is set where it states nothing.  (A value that was
 * set before SET SESSION AUTHORIZATION is what another login role has stated; and where trust
 * was withdrawn, somebody knows.)
 */
static void
warn_of_ignored_user(const char *login_role)
{
	static bool warned;

	if (warned || kroles_stated_user.value[0] == '\0' || kroles_user_stated_by != GetSessionUserId() ||
		trusted_role == GetSessionUserId())
		return;
	warned = true;
	ereport(WARNING,
			(errmsg("kroles.user is set, and is ignored in this session"),
			 errdetail("The login role \"%s\" is not trusted as a gateway.", login_role),
			 errhint("Call kroles_trust_gateway() for the role that applications log in as, or kroles_login() with a token.")));
}

/* ---- The first source that applies ---- */

/* Fills in an identity of zeros.  Errors: see kroles_asker(). */
static void
get_asker(KrolesBasis basis, Snapshot snapshot, Identity *identity)
{
	char	   *login_role = GetUserNameFromId(GetSessionUserId(), false);

	if (kroles_token.value[0] != '\0')
	{
		identity->asker = get_asker_by_token(basis, snapshot, identity);
		return;
	}
	if (!kroles_is_gateway(login_role, snapshot))
		warn_of_ignored_user(login_role);
	else
	{
		trusted_role = GetSessionUserId();
		if (get_asker_by_gateway(snapshot, identity))
			return;
	}
	if (kroles_find_user_by_db_role(login_role, snapshot, &identity->asker.user_id))
		identity->asker.type = KROLES_PERSON;
	else if (kroles_is_auditors_role(login_role, snapshot))
		identity->asker.type = KROLES_AUDITOR;
	else if (bypasses_row_security())
		identity->asker.type = KROLES_OPERATOR;
}

static void
judge_identity(KrolesBasis basis, const void *about, void *answer)
{
	Identity   *identity = answer;

	get_asker(basis, kroles_question_snapshot(basis), identity);
	if (basis == KROLES_CURRENT)
	{
		identity->stamp = kroles_question_stamp();
		identity->load = kroles_number_load();
		kroles_question_used(identity->load);
	}
}

/*
 * If the bases disagree, the asker is anonymous: an older snapshot must not add
 * rights.  The identity rests on what either basis looked at.
 */
static void
meet_identity(void *answer, const void *other)
{
	Identity   *mine = answer;
	const Identity *its = other;

	mine->differs = !kroles_same_asker(mine->asker, its->asker);
	if (mine->differs)
		mine->asker = (KrolesAsker) {KROLES_NOBODY, 0};
	if (its->by_claims)
	{
		mine->by_claims = true;
		mine->gateway_claims = its->gateway_claims;
	}
	if (mine->by_token && its->by_token)
		mine->claims.key_expires_at = Min(mine->claims.key_expires_at, its->claims.key_expires_at);
}

static const KrolesQuestion about_identity = {sizeof(Identity), judge_identity, meet_identity};

/*
 * Whether a row that the answer depends on may have changed: for a person, the
 * user's and the site's; otherwise any that could make the asker a person.
 */
static bool
identity_rows_changed(void)
{
	if (!kroles_still_true(&current.identity.stamp, KROLES_C_SITE, 0))
		return true;
	if (current.identity.asker.type != KROLES_PERSON)
		return !kroles_class_still_true(&current.identity.stamp, KROLES_C_USER);
	return !kroles_still_true(&current.identity.stamp, KROLES_C_USER, current.identity.asker.user_id);
}

/* Whether PostgREST's claims, if the answer depends on them, are unchanged: no hook reports a change. */
static bool
gateway_claims_unchanged(void)
{
	return !current.identity.by_claims || same_claims(get_gateway_claims(), current.gateway_claims);
}

/* Whether the answer in force is still valid; raises an error if its token has expired since. */
static bool
is_current_valid(void)
{
	if (!current.known ||
		current.session_user != GetSessionUserId() || current.outer_user != GetOuterUserId() ||
		identity_rows_changed())
		return false;
	if (current.identity.stamp.statement != kroles_now.statement &&
		(current.identity.differs || !kroles_load_precedes_snapshot(current.identity.load)))
		return false;
	if (current.identity.by_token)
		kroles_check_token_times(&current.identity.claims);
	return gateway_claims_unchanged();
}

/* Saves what kroles_asker_stands() compares. */
static void
save_security_context(void)
{
	GetUserIdAndSecContext(&current.user, &current.context);
}

/* Whether the answer in force still holds, given that only what can change within a statement has. */
bool
kroles_asker_stands(void)
{
	Oid			user;
	int			context;

	GetUserIdAndSecContext(&user, &context);
	return current.known && user == current.user && context == current.context && !kroles_foreign_code_runs &&
		current.session_user == GetSessionUserId() && current.outer_user == GetOuterUserId() &&
		gateway_claims_unchanged();
}

/* Locks the user, if any, as the transaction's asker (identity/user_locks.c); returns the asker. */
static inline KrolesAsker
lock_asker(KrolesAsker asker)
{
	kroles_check_one_asker(asker, identity_changes);
	if (asker.type == KROLES_PERSON)
		kroles_lock_asker(asker.user_id);
	return asker;
}

/* Saves the session state that the answer depends on, to detect changes; copies the claims. */
static void
save_session_state(void)
{
	const char *claims = current.identity.gateway_claims;

	if ((current.identity.by_claims && !same_claims(claims, current.gateway_claims)) ||
		current.session_user != GetSessionUserId() || current.outer_user != GetOuterUserId())
		identity_changes++;
	if (current.identity.by_claims)
	{
		if (current.gateway_claims != NULL)
			pfree(current.gateway_claims);
		current.gateway_claims = NULL;
		current.gateway_claims = claims ? MemoryContextStrdup(CacheMemoryContext, claims) : NULL;
	}
	current.identity.stamp.statement = kroles_now.statement;
	current.session_user = GetSessionUserId();
	current.outer_user = GetOuterUserId();
}

/*
 * The asker.  Determined once and cached until a setting, a role or an
 * entitlement changes; a token's times are compared with the statement's on
 * each call.  Takes the lock of the user.  Errors: 28000 for an invalid token
 * and for a login without a user.
 */
KrolesAsker
kroles_asker(void)
{
	uint64		attempt;

	/* for example in an index expression that a superuser's ANALYZE runs as its owner: see statement/foreign_code.c */
	if (kroles_nobody_asks())
		return (KrolesAsker) {KROLES_NOBODY, 0};
	kroles_question_sync();
	if (is_current_valid())
	{
		save_security_context();
		return lock_asker(current.identity.asker);
	}
	forget_identity();
	attempt = kroles_now.asker;
	kroles_ask(&about_identity, NULL, &current.identity);
	save_session_state();
	/* a role may have changed meanwhile: then the identity is valid for this call alone */
	current.known = attempt == kroles_now.asker;
	save_security_context();
	return lock_asker(current.identity.asker);
}

/*
 * kroles_login(token): sets the token for this transaction and checks it.
 * Returns the user's id.
 */
PG_FUNCTION_INFO_V1(kroles_login);
Datum
kroles_login(PG_FUNCTION_ARGS)
{
	char	   *token = PG_ARGISNULL(0) ? "" : text_to_cstring(PG_GETARG_TEXT_PP(0));

	if (token[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("token must not be empty"),
				 errhint("To be anonymous, do not call kroles_login().")));
	(void) set_config_option("kroles.token", token, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_LOCAL, true, 0, false);
	PG_RETURN_INT64(kroles_asker().user_id);
}
