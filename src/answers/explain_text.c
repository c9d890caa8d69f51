/*
 * explain_text.c
 *		Reasons in words.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "answers/explain.h"
#include "audience/audience.h"
#include "cache/kinds.h"
#include "rules/labels.h"
#include "store/names.h"

/* The word for what a reason comes to. */
const char *
kroles_effect_label(KrolesEffect effect)
{
	static const char *const words[] = {
		[KROLES_ALLOWS] = "allows",
		[KROLES_DENIES] = "denies",
		[KROLES_IGNORED] = "ignored",
		[KROLES_LACKS] = "lacks",
		[KROLES_NEEDS] = "needs",
	};

	return words[effect];
}

/* The word for a role on a media; only in its room an advanced speaker is more than a speaker. */
static const char *
media_role_word(const KrolesExplanation *explanation, int role)
{
	if (role == KROLES_MEDIA_ADVANCED_SPEAKER && explanation->kind != KROLES_ROOM)
		role = KROLES_MEDIA_SPEAKER;
	return kroles_media_role_labels[role];
}

/* The role that a reason is about; NULL for none. */
const char *
kroles_reason_role(const KrolesExplanation *explanation, const KrolesReason *reason)
{
	switch (reason->fact)
	{
		case KROLES_F_BASELINE:
		case KROLES_F_CEILING:
			return kroles_label(KROLES_E_APPLICATIVE_ROLE, explanation->applicative);
		case KROLES_F_OWNER:
			return "owner";
		case KROLES_F_GRANT:
			return kroles_label(KROLES_E_CONTEXTUAL_ROLE, reason->role);
		case KROLES_F_MEDIA_ROLE:
			return media_role_word(explanation, reason->role);
		case KROLES_F_EVENT_ROLE:
			return kroles_label(KROLES_E_EVENT_ROLE, reason->role);
		default:
			return NULL;
	}
}

/* ---- Pieces ---- */

static void
append_time(StringInfo words, TimestampTz at)
{
	appendStringInfoString(words, DatumGetCString(DirectFunctionCall1(timestamptz_out, TimestampTzGetDatum(at))));
}

/* Several words, as in: a, b or c. */
static void
append_several(StringInfo words, const char *const *several, int n, const char *conjunction)
{
	for (int i = 0; i < n; i++)
	{
		if (i > 0)
			appendStringInfoString(words, i == n - 1 ? conjunction : ", ");
		appendStringInfoString(words, several[i]);
	}
}

static void
append_rights(StringInfo words, KrolesRights rights)
{
	const char *choice[KROLES_NACTIONS];
	int			n = 0;

	for (int action = 0; action < KROLES_NACTIONS; action++)
		if (rights & KROLES_RIGHT(action))
			choice[n++] = psprintf("\"%s\"", kroles_label(KROLES_E_ACTION, action));
	append_several(words, choice, n, " or ");
}

/* One of the roles by which it would be allowed, in an event or on the object. */
static void
append_roles(StringInfo words, const KrolesExplanation *explanation, bool in_event, unsigned roles)
{
	const char *choice[KROLES_MAX_ROLES];
	bool		on_media = !in_event && kroles_kinds[explanation->kind].roles_on_media;
	const KrolesKindMethods *kind = &kroles_kinds[in_event ? KROLES_EVENT : explanation->kind];
	int			n = 0;

	for (int role = 0; roles >> role != 0; role++)
		if (roles & (1u << role))
			choice[n++] = on_media ? media_role_word(explanation, role) : kind->roles[role];
	append_several(words, choice, n, " or ");
}

static void
append_applicative(StringInfo words, unsigned roles)
{
	const char *choice[KROLES_NAPPLICATIVE];
	int			n = 0;

	for (int role = 0; role < KROLES_NAPPLICATIVE; role++)
		if (roles & (1u << role))
			choice[n++] = kroles_label(KROLES_E_APPLICATIVE_ROLE, role);
	append_several(words, choice, n, " or ");
}

/* A space by its name. */
static void
append_space(StringInfo words, KrolesKind kind, int64 id)
{
	char	   *name = kroles_space_name(id);

	appendStringInfoString(words, kroles_label(KROLES_E_OBJECT_KIND, kind));
	if (name != NULL)
		appendStringInfo(words, " \"%s\"", name);
	else
		appendStringInfo(words, " " INT64_FORMAT, id);
}

/* An event by its name. */
static void
append_event(StringInfo words, int64 id)
{
	char	   *name = kroles_event_name(id);

	if (name != NULL)
		appendStringInfo(words, "event \"%s\"", name);
	else
		appendStringInfo(words, "event " INT64_FORMAT, id);
}

static void
append_group(StringInfo words, const KrolesReason *reason)
{
	char	   *name;

	if (!reason->by_group)
		return;
	name = kroles_group_name(reason->group_id);
	if (name != NULL)
		appendStringInfo(words, ", by group \"%s\"", name);
	else
		appendStringInfo(words, ", by group " INT64_FORMAT, reason->group_id);
}

/* Where a grant or an owner is; a space that was named just before is "there". */
static void
append_holder(StringInfo words, const KrolesReason *reason)
{
	if (reason->holder_id == 0)
		appendStringInfoString(words, " of a gallery above, whose members count");
	else if (reason->published != 0 && reason->holder_id == reason->space_id)
		appendStringInfoString(words, " there");
	else
	{
		appendStringInfoString(words, " of ");
		append_space(words, reason->space_kind, reason->holder_id);
		if (reason->holder_id != reason->space_id && reason->why != KROLES_INHERITS)
			appendStringInfoString(words, ", whose members count");
	}
}

/* How the media stands in the space that the reason is about. */
static void
append_published(StringInfo words, const KrolesReason *reason)
{
	appendStringInfoString(words, reason->published == KROLES_ENTRY_APPROVED ? "approved in " : "pending in ");
	append_space(words, reason->space_kind, reason->space_id);
}

/* What somebody is in a room by that, unless it is called the same. */
static void
append_room_roles(StringInfo words, const char *by, unsigned roles)
{
	const char *several[KROLES_NROOMROLES];
	int			n = 0;

	for (int role = 0; role < KROLES_NROOMROLES; role++)
		if (roles & KROLES_ROOM_ROLE(role))
			several[n++] = kroles_room_role_labels[role];
	if (n == 0 || strcmp(several[0], by) == 0)
		return;
	appendStringInfoString(words, ", and so ");
	append_several(words, several, n, " and ");
}

/* What somebody is, or has. */
static void
append_role(StringInfo words, const KrolesExplanation *explanation, const KrolesReason *reason)
{
	const char *role = kroles_reason_role(explanation, reason);

	appendStringInfoString(words, role);
	if (reason->fact == KROLES_F_MEDIA_ROLE)
		appendStringInfoString(words, " of the media");
	else if (reason->fact == KROLES_F_EVENT_ROLE)
	{
		appendStringInfoString(words, " of ");
		append_event(words, reason->event_id);
		if (explanation->kind != KROLES_EVENT)
			appendStringInfoString(words, ", of which it is a session");
	}
	else
		append_holder(words, reason);
	append_group(words, reason);
	if (reason->until != DT_NOEND && reason->why != KROLES_EXPIRED)
	{
		appendStringInfoString(words, ", until ");
		append_time(words, reason->until);
	}
	append_room_roles(words, role, reason->room_roles);
}

static void
append_baseline(StringInfo words, const KrolesExplanation *explanation, const KrolesReason *reason)
{
	appendStringInfo(words, "the applicative role %s", kroles_label(KROLES_E_APPLICATIVE_ROLE, explanation->applicative));
	if (reason->space_kind == KROLES_SITE)
		appendStringInfoString(words, " on the site");
	else
		appendStringInfo(words, " in a %s of type %s", kroles_label(KROLES_E_OBJECT_KIND, reason->space_kind),
						 kroles_label(KROLES_E_SPACE_TYPE, reason->space_type));
}

/* Why what is there does not count, or that it does not give the right. */
static void
append_why_not(StringInfo words, const KrolesExplanation *explanation, const KrolesReason *reason)
{
	static const char *const whys[] = {
		[KROLES_OWNERSHIP_COUNTS] = "the owner is a manager, whatever else is granted",
		[KROLES_DIRECT_COUNTS] = "a grant of one's own counts instead of a group's",
		[KROLES_STRONGER_COUNTS] = "a stronger grant of another group counts",
		[KROLES_INHERITS] = "the members of a gallery above count instead",
		[KROLES_MODULE_OFF] = "settings.chat_and_collaboration is off",
		[KROLES_HAS_JOINED] = "counts when the room is joined again",
	};

	if (reason->why == KROLES_EXPIRED)
	{
		appendStringInfoString(words, ": expired at ");
		append_time(words, reason->until);
	}
	else if (reason->why == KROLES_ABOVE_CEILING)
		appendStringInfo(words, ": more than the applicative role %s ever has",
						 kroles_label(KROLES_E_APPLICATIVE_ROLE, explanation->applicative));
	else if (reason->why != KROLES_COUNTS)
		appendStringInfo(words, ": %s", whys[reason->why]);
	else if (reason->effect == KROLES_LACKS)
	{
		appendStringInfoString(words, ": gives no ");
		append_rights(words, reason->right != 0 ? reason->right : KROLES_RIGHT(explanation->action));
	}
}

/* ---- Whole reasons ---- */

/* What is a sentence of its own. */
static const char *
plain_words(const KrolesExplanation *explanation, KrolesFact fact)
{
	switch (fact)
	{
		case KROLES_F_NO_USER:
			return "there is no such user";
		case KROLES_F_BLOCKED:
			return "blocked: no right on anything";
		case KROLES_F_ANONYMOUS_OFF:
			return "not logged in, and settings.allow_anonymous is off";
		case KROLES_F_ADMINISTRATOR:
			return "administrator: every right on everything";
		case KROLES_F_NEW:
			return explanation->kind == KROLES_EVENT ? "organizer of what is just being made" : "owner of what is just being made";
		case KROLES_F_NOT_YET:
			return "granted after the snapshot of this statement was taken";
		case KROLES_F_SOMEWHERE:
			return "published in a space of which you may not ask this";
		case KROLES_F_IN_SOME_EVENT:
			return "in an event of which you may not ask this";
		case KROLES_F_NOTHING:
			return "nothing gives it";
		case KROLES_F_UNBLOCKING:
			return "users.blocked to be off";
		case KROLES_F_ADMINISTERING:
			return "users.administrator to be on";
		case KROLES_F_LOGIN:
			return "to log in, or settings.allow_anonymous to be on";
		case KROLES_F_REJOINING:
			return "to leave the room and join it again";
		default:
			return NULL;
	}
}

/* That somebody has joined the room, and what was not allowed then. */
static void
append_joined(StringInfo words, const KrolesExplanation *explanation, const KrolesReason *reason)
{
	appendStringInfoString(words, "joined at ");
	append_time(words, reason->joined_at);
	appendStringInfoString(words, ": what was read then holds");
	if (reason->effect == KROLES_DENIES)
		appendStringInfo(words, ", without \"%s\"", kroles_label(KROLES_E_ACTION, explanation->action));
}

static void
append_denial(StringInfo words, const KrolesExplanation *explanation, const KrolesReason *reason)
{
	const char *kind = kroles_label(KROLES_E_OBJECT_KIND, explanation->kind);
	const char *action = kroles_label(KROLES_E_ACTION, explanation->action);

	if (reason->fact == KROLES_F_HIDDEN)
		appendStringInfo(words, "there is no such %s, or it may not be viewed", kind);
	else if (reason->fact == KROLES_F_NOBODY_HAS)
		appendStringInfo(words, "nobody has \"%s\" on a %s of this type, not even an administrator", action, kind);
	else
		appendStringInfo(words, "the applicative role %s never has what \"%s\" takes here",
						 kroles_label(KROLES_E_APPLICATIVE_ROLE, explanation->applicative), action);
}

static void
append_need(StringInfo words, const KrolesExplanation *explanation, const KrolesReason *reason)
{
	if (reason->fact == KROLES_F_PUBLICATION)
	{
		appendStringInfoString(words, "to be approved in a space that gives ");
		append_rights(words, reason->right);
		return;
	}
	if (reason->applicative != 0)
	{
		appendStringInfoString(words, "the applicative role ");
		append_applicative(words, reason->applicative);
	}
	if (reason->applicative != 0 && reason->roles != 0)
		appendStringInfoString(words, ", and ");
	if (reason->roles == 0)
		return;
	if (reason->fact == KROLES_F_PARTICIPATION)
		appendStringInfoString(words, "a role in an event that it is a session of: ");
	else if (explanation->kind == KROLES_EVENT)
		appendStringInfoString(words, "a role in the event: ");
	else
		appendStringInfo(words, "a role on the %s: ",
						 kroles_label(KROLES_E_OBJECT_KIND, explanation->kind == KROLES_ROOM ? KROLES_MEDIA : explanation->kind));
	append_roles(words, explanation, reason->fact == KROLES_F_PARTICIPATION || explanation->kind == KROLES_EVENT, reason->roles);
}

/* What is there, and why it does not count or that it does not give the right. */
static void
append_fact(StringInfo words, const KrolesExplanation *explanation, const KrolesReason *reason)
{
	if (reason->published != 0)
		append_published(words, reason);
	if (reason->published != 0 && reason->fact != KROLES_F_PUBLISHED)
		appendStringInfoString(words, ": ");
	if (reason->fact == KROLES_F_BASELINE)
		append_baseline(words, explanation, reason);
	else if (reason->fact == KROLES_F_SESSION)
	{
		appendStringInfoString(words, "a session of ");
		append_event(words, reason->event_id);
	}
	else if (reason->fact != KROLES_F_PUBLISHED)
		append_role(words, explanation, reason);
	append_why_not(words, explanation, reason);
}

/* A reason in words, in the caller's memory.  What it names, its reader may know (see answers/explain_redaction.c). */
char *
kroles_reason_text(const KrolesExplanation *explanation, const KrolesReason *reason)
{
	const char *plain = plain_words(explanation, reason->fact);
	StringInfoData words;

	initStringInfo(&words);
	if (plain != NULL)
	{
		appendStringInfoString(&words, plain);
		if (reason->why != KROLES_COUNTS)
			append_why_not(&words, explanation, reason);
	}
	else if (reason->fact == KROLES_F_JOINED)
		append_joined(&words, explanation, reason);
	else if (reason->effect == KROLES_NEEDS)
		append_need(&words, explanation, reason);
	else if (reason->effect == KROLES_DENIES)
		append_denial(&words, explanation, reason);
	else
		append_fact(&words, explanation, reason);
	if (reason->effect == KROLES_NEEDS && explanation->joined && reason->fact != KROLES_F_REJOINING)
		appendStringInfoString(&words, ", and to leave the room and join it again");
	return words.data;
}
