/*
 * settings.c
 *		The settings that state an identity: kroles.token and kroles.user.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/guc.h"

#include "identity/set_local.h"
#include "identity/settings.h"

KrolesIdentitySetting kroles_token;
KrolesIdentitySetting kroles_stated_user;
Oid			kroles_user_stated_by;

/* The callback of kroles_identity_settings_init(). */
static void (*changed) (void);

static void
token_assigned(const char *newval, void *extra)
{
	kroles_token.set_local = kroles_was_set_local(extra);
	changed();
}

static void
user_assigned(const char *newval, void *extra)
{
	/* (the variable still has the value before; restoring one at the end of a transaction states nothing new) */
	if (newval != NULL && newval[0] != '\0' &&
		(kroles_stated_user.value == NULL || strcmp(newval, kroles_stated_user.value) != 0))
		kroles_user_stated_by = GetSessionUserId();
	kroles_stated_user.set_local = kroles_was_set_local(extra);
	changed();
}

/* Whether an identity is stated in a way that kroles.identity_by may refuse. */
static bool
is_stated_otherwise(void)
{
	return (kroles_token.value[0] != '\0' && !kroles_token.set_local) ||
		(kroles_stated_user.value[0] != '\0' && !kroles_stated_user.set_local);
}

/*
 * Check hook: refuses an identity from a configuration file or from ALTER ROLE
 * and the like, which would apply to every later session.  The value itself is
 * checked when it is used.
 */
static bool
refuse_stored_setting(char **newval, void **extra, GucSource source)
{
	if (source == PGC_S_DEFAULT || source == PGC_S_SESSION || source == PGC_S_CLIENT ||
		source == PGC_S_OVERRIDE)
	{
		kroles_note_statement(extra);
		return true;
	}
	GUC_check_errcode(ERRCODE_CANT_CHANGE_RUNTIME_PARAM);
	GUC_check_errmsg("identity settings can be set only within a session");
	GUC_check_errhint("Use SET, SET LOCAL, set_config(), kroles_login() or a connection option.");
	return false;
}

/* Show hook: hides the token, as triggers of other roles' tables run in the session too. */
static const char *
show_token(void)
{
	return kroles_token.value[0] == '\0' ? "" : "(set)";
}

/* Defines the settings; called once per backend.  "assigned" is called when one of them is set. */
void
kroles_identity_settings_init(void (*assigned) (void))
{
	changed = assigned;
	kroles_set_local_init(assigned, is_stated_otherwise);
	DefineCustomStringVariable("kroles.token",
							   "Sets the signed token (JWT) of the user that the session acts for.",
							   "A literal in SET appears in pg_stat_activity and in logs: use kroles_login() or set_config() with a bound parameter.",
							   &kroles_token.value, "", PGC_USERSET,
							   GUC_NO_SHOW_ALL | GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE,
							   refuse_stored_setting, token_assigned, show_token);
	DefineCustomStringVariable("kroles.user",
							   "Sets the login of the user that a trusted gateway's session acts for.",
							   "Has effect only in sessions of a login role trusted by kroles_trust_gateway().",
							   &kroles_stated_user.value, "", PGC_USERSET,
							   GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE,
							   refuse_stored_setting, user_assigned, NULL);
}
