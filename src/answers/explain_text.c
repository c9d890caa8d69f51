/*
 * explain_text.c
 *		Reasons as text.
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

/* The label of an effect. */
const char *
kroles_effect_label(KrolesEffect effect)
{
	static const char *const labels[] = {
		[KROLES_ALLOWS] = "allows",
		[KROLES_DENIES] = "denies",
		[KROLES_IGNORED] = "ignored",
		[KROLES_LACKS] = "lacks",
		[KROLES_NEEDS] = "needs",
	};

	return labels[effect];
}

/*
 * The label of a role on a media; an advanced speaker differs from a speaker
 * only in rooms.
 */
static const char *
media_role_label(const KrolesExplanation *explanation, int role)
{
	if (role == KROLES_MEDIA_ADVANCED_SPEAKER && explanation->kind != KROLES_ROOM)
		role = KROLES_MEDIA_SPEAKER;
	return kroles_media_role_labels[role];
}

/* The label of a reason's role; NULL for none. */
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
			return media_role_label(explanation, reason->role);
		case KROLES_F_EVENT_ROLE:
			return kroles_label(KROLES_E_EVENT_ROLE, reason->role);
		default:
			return NULL;
	}
}

/* ---- Parts ---- */

static void
append_time(StringInfo buf, TimestampTz at)
{
	appendStringInfoString(buf, DatumGetCString(DirectFunctionCall1(timestamptz_out, TimestampTzGetDatum(at))));
}

/* Items separated by commas, the last by the conjunction: a, b or c. */
static void
append_enumeration(StringInfo buf, const char *const *items, int n, const char *conjunction)
{
	for (int i = 0; i < n; i++)
	{
		if (i > 0)
			appendStringInfoString(buf, i == n - 1 ? conjunction : ", ");
		appendStringInfoString(buf, items[i]);
	}
}

static void
append_rights(StringInfo buf, KrolesRights rights)
{
	const char *choice[KROLES_NACTIONS];
	int			n = 0;

	for (int action = 0; action < KROLES_NACTIONS; action++)
		if (rights & KROLES_RIGHT(action))
			choice[n++] = psprintf("\"%s\"", kroles_label(KROLES_E_ACTION, action));
	append_enumeration(buf, choice, n, " or ");
}

/* The roles of a remedy, in an event or on the object, joined by "or". */
static void
append_roles(StringInfo buf, const KrolesExplanation *explanation, bool in_event, unsigned roles)
{
	const char *choice[KROLES_MAX_ROLES];
	bool		on_media = !in_event && kroles_kinds[explanation->kind].roles_on_media;
	const KrolesKindMethods *kind = &kroles_kinds[in_event ? KROLES_EVENT : explanation->kind];
	int			n = 0;

	for (int role = 0; roles >> role != 0; role++)
		if (roles & (1u << role))
			choice[n++] = on_media ? media_role_label(explanation, role) : kind->roles[role];
	append_enumeration(buf, choice, n, " or ");
}

static void
append_applicative(StringInfo buf, unsigned roles)
{
	const char *choice[KROLES_NAPPLICATIVE];
	int			n = 0;

	for (int role = 0; role < KROLES_NAPPLICATIVE; role++)
		if (roles & (1u << role))
			choice[n++] = kroles_label(KROLES_E_APPLICATIVE_ROLE, role);
	append_enumeration(buf, choice, n, " or ");
}

/* A space by its name, or else by its id. */
static void
append_space(StringInfo buf, KrolesKind kind, int64 id)
{
	char	   *name = kroles_space_name(id);

	appendStringInfoString(buf, kroles_label(KROLES_E_OBJECT_KIND, kind));
	if (name != NULL)
		appendStringInfo(buf, " \"%s\"", name);
	else
		appendStringInfo(buf, " " INT64_FORMAT, id);
}

/* An event by its name, or else by its id. */
static void
append_event(StringInfo buf, int64 id)
{
	char	   *name = kroles_event_name(id);

	if (name != NULL)
		appendStringInfo(buf, "event \"%s\"", name);
	else
		appendStringInfo(buf, "event " INT64_FORMAT, id);
}

static void
append_group(StringInfo buf, const KrolesReason *reason)
{
	char	   *name;

	if (!reason->by_group)
		return;
	name = kroles_group_name(reason->group_id);
	if (name != NULL)
		appendStringInfo(buf, ", by group \"%s\"", name);
	else
		appendStringInfo(buf, ", by group " INT64_FORMAT, reason->group_id);
}

/* The space of a grant or owner; "there" if the text has just named it. */
static void
append_holder(StringInfo buf, const KrolesReason *reason)
{
	if (reason->source_hidden)
		appendStringInfoString(buf, " of a gallery above, whose members count");
	else if (reason->published != 0 && reason->source_space_id == reason->space_id)
		appendStringInfoString(buf, " there");
	else
	{
		appendStringInfoString(buf, " of ");
		append_space(buf, reason->space_kind, reason->source_space_id);
		if (reason->source_space_id != reason->space_id && reason->why != KROLES_INHERITS)
			appendStringInfoString(buf, ", whose members count");
	}
}

/* The media's status in the reason's space. */
static void
append_published(StringInfo buf, const KrolesReason *reason)
{
	appendStringInfoString(buf, reason->published == KROLES_ENTRY_APPROVED ? "approved in " : "pending in ");
	append_space(buf, reason->space_kind, reason->space_id);
}

/*
 * The room roles that a role gives, unless the first has the same label as the
 * role.
 */
static void
append_room_roles(StringInfo buf, const char *by, unsigned roles)
{
	const char *items[KROLES_NROOMROLES];
	int			n = 0;

	for (int role = 0; role < KROLES_NROOMROLES; role++)
		if (roles & KROLES_ROOM_ROLE(role))
			items[n++] = kroles_room_role_labels[role];
	if (n == 0 || strcmp(items[0], by) == 0)
		return;
	appendStringInfoString(buf, ", and so ");
	append_enumeration(buf, items, n, " and ");
}

/* A role: on what, by which group, until when, and which room roles it gives. */
static void
append_role(StringInfo buf, const KrolesExplanation *explanation, const KrolesReason *reason)
{
	const char *role = kroles_reason_role(explanation, reason);

	appendStringInfoString(buf, role);
	if (reason->fact == KROLES_F_MEDIA_ROLE)
		appendStringInfoString(buf, " of the media");
	else if (reason->fact == KROLES_F_EVENT_ROLE)
	{
		appendStringInfoString(buf, " of ");
		append_event(buf, reason->event_id);
		if (explanation->kind != KROLES_EVENT)
			appendStringInfoString(buf, ", of which it is a session");
	}
	else
		append_holder(buf, reason);
	append_group(buf, reason);
	if (reason->until != DT_NOEND && reason->why != KROLES_EXPIRED && reason->why != KROLES_NOT_BEGUN)
	{
		appendStringInfoString(buf, ", until ");
		append_time(buf, reason->until);
	}
	append_room_roles(buf, role, reason->room_roles);
}

static void
append_baseline(StringInfo buf, const KrolesExplanation *explanation, const KrolesReason *reason)
{
	appendStringInfo(buf, "the applicative role %s",
					 kroles_label(KROLES_E_APPLICATIVE_ROLE, explanation->applicative));
	if (reason->space_kind == KROLES_SITE)
		appendStringInfoString(buf, " on the site");
	else
		appendStringInfo(buf, " in a %s of type %s", kroles_label(KROLES_E_OBJECT_KIND, reason->space_kind),
						 kroles_label(KROLES_E_SPACE_TYPE, reason->space_type));
}

/* Why a fact does not count, or that it does not give the right. */
static void
append_why_not(StringInfo buf, const KrolesExplanation *explanation, const KrolesReason *reason)
{
	static const char *const texts[] = {
		[KROLES_OWNERSHIP_COUNTS] = "the owner is a manager, whatever else is granted",
		[KROLES_DIRECT_COUNTS] = "a grant of one's own counts instead of a group's",
		[KROLES_STRONGER_COUNTS] = "a stronger grant of another group counts",
		[KROLES_INHERITS] = "the members of a gallery above count instead",
		[KROLES_MODULE_OFF] = "settings.chat_and_collaboration is off",
		[KROLES_MEDIA_UNAVAILABLE] = "the media is not available now",
		[KROLES_HAS_JOINED] = "counts when the room is joined again",
	};

	if (reason->why == KROLES_EXPIRED)
	{
		appendStringInfoString(buf, ": expired at ");
		append_time(buf, reason->until);
	}
	else if (reason->why == KROLES_NOT_BEGUN)
	{
		appendStringInfoString(buf, ": begins at ");
		append_time(buf, reason->from);
	}
	else if (reason->why == KROLES_ABOVE_CEILING)
		appendStringInfo(buf, ": more than the applicative role %s ever has",
						 kroles_label(KROLES_E_APPLICATIVE_ROLE, explanation->applicative));
	else if (reason->why != KROLES_COUNTS)
		appendStringInfo(buf, ": %s", texts[reason->why]);
	else if (reason->effect == KROLES_LACKS)
	{
		appendStringInfoString(buf, ": gives no ");
		append_rights(buf, reason->right != 0 ? reason->right : KROLES_RIGHT(explanation->action));
	}
}

/* ---- Whole reasons ---- */

/* The text of a fact that needs no parameters; NULL for other facts. */
static const char *
fixed_text(const KrolesExplanation *explanation, KrolesFact fact)
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
			return explanation->kind == KROLES_EVENT ? "organizer of what is just being made" :
				"owner of what is just being made";
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

/* That the subject joined the room, and whether the right was missing then. */
static void
append_joined(StringInfo buf, const KrolesExplanation *explanation, const KrolesReason *reason)
{
	appendStringInfoString(buf, "joined at ");
	append_time(buf, reason->joined_at);
	appendStringInfoString(buf, ": what was read then holds");
	if (reason->effect == KROLES_DENIES)
		appendStringInfo(buf, ", without \"%s\"", kroles_label(KROLES_E_ACTION, explanation->action));
}

/* That the media is not available now, and when it is. */
static void
append_available(StringInfo buf, const KrolesReason *reason)
{
	appendStringInfoString(buf, "the media is available");
	if (reason->available.starts_at != DT_NOBEGIN)
	{
		appendStringInfoString(buf, " from ");
		append_time(buf, reason->available.starts_at);
	}
	if (reason->available.expires_at != DT_NOEND)
	{
		appendStringInfoString(buf, " until ");
		append_time(buf, reason->available.expires_at);
	}
	appendStringInfoString(buf, ", at other times only to its owner, its editors and those who moderate it");
}

static void
append_denial(StringInfo buf, const KrolesExplanation *explanation, const KrolesReason *reason)
{
	const char *kind = kroles_label(KROLES_E_OBJECT_KIND, explanation->kind);
	const char *action = kroles_label(KROLES_E_ACTION, explanation->action);

	if (reason->fact == KROLES_F_UNAVAILABLE)
		append_available(buf, reason);
	else if (reason->fact == KROLES_F_HIDDEN)
		appendStringInfo(buf, "there is no such %s, or it may not be viewed", kind);
	else if (reason->fact == KROLES_F_NOBODY_HAS)
		appendStringInfo(buf, "nobody has \"%s\" on a %s of this type, not even an administrator", action, kind);
	else
		appendStringInfo(buf, "the applicative role %s never has what \"%s\" takes here",
						 kroles_label(KROLES_E_APPLICATIVE_ROLE, explanation->applicative), action);
}

static void
append_need(StringInfo buf, const KrolesExplanation *explanation, const KrolesReason *reason)
{
	if (reason->fact == KROLES_F_PUBLICATION)
	{
		appendStringInfoString(buf, "to be approved in a space that gives ");
		append_rights(buf, reason->right);
		return;
	}
	if (reason->applicative != 0)
	{
		appendStringInfoString(buf, "the applicative role ");
		append_applicative(buf, reason->applicative);
	}
	if (reason->applicative != 0 && reason->roles != 0)
		appendStringInfoString(buf, ", and ");
	if (reason->roles == 0)
		return;
	if (reason->fact == KROLES_F_PARTICIPATION)
		appendStringInfoString(buf, "a role in an event that it is a session of: ");
	else if (explanation->kind == KROLES_EVENT)
		appendStringInfoString(buf, "a role in the event: ");
	else
		appendStringInfo(buf, "a role on the %s: ",
						 kroles_label(KROLES_E_OBJECT_KIND,
									  explanation->kind == KROLES_ROOM ? KROLES_MEDIA : explanation->kind));
	append_roles(buf, explanation, reason->fact == KROLES_F_PARTICIPATION || explanation->kind == KROLES_EVENT,
				 reason->roles);
}

/* A fact, and why it does not count or that it does not give the right. */
static void
append_fact(StringInfo buf, const KrolesExplanation *explanation, const KrolesReason *reason)
{
	if (reason->published != 0)
		append_published(buf, reason);
	if (reason->published != 0 && reason->fact != KROLES_F_PUBLISHED)
		appendStringInfoString(buf, ": ");
	if (reason->fact == KROLES_F_BASELINE)
		append_baseline(buf, explanation, reason);
	else if (reason->fact == KROLES_F_SESSION)
	{
		appendStringInfoString(buf, "a session of ");
		append_event(buf, reason->event_id);
	}
	else if (reason->fact != KROLES_F_PUBLISHED)
		append_role(buf, explanation, reason);
	append_why_not(buf, explanation, reason);
}

/*
 * A reason as text, in the caller's memory.  It names only what the reader may
 * know, as reasons are redacted before (answers/explain_redaction.c).
 */
char *
kroles_reason_text(const KrolesExplanation *explanation, const KrolesReason *reason)
{
	const char *fixed = fixed_text(explanation, reason->fact);
	StringInfoData buf;

	initStringInfo(&buf);
	if (fixed != NULL)
	{
		appendStringInfoString(&buf, fixed);
		if (reason->why != KROLES_COUNTS)
			append_why_not(&buf, explanation, reason);
	}
	else if (reason->fact == KROLES_F_JOINED)
		append_joined(&buf, explanation, reason);
	else if (reason->effect == KROLES_NEEDS)
		append_need(&buf, explanation, reason);
	else if (reason->effect == KROLES_DENIES)
		append_denial(&buf, explanation, reason);
	else
		append_fact(&buf, explanation, reason);
	if (reason->effect == KROLES_NEEDS && explanation->joined && reason->fact != KROLES_F_REJOINING)
		appendStringInfoString(&buf, ", and to leave the room and join it again");
	return buf.data;
}
