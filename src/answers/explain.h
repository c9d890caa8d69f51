/*
 * explain.h
 *		Why a subject has a right on an object, or has not.
 */
#ifndef KROLES_EXPLAIN_H
#define KROLES_EXPLAIN_H

#include "datatype/timestamp.h"

#include "core/array.h"
#include "core/asker.h"
#include "rules/rules.h"

/* The effect of a reason; reasons are returned in this order. */
typedef enum KrolesEffect
{
	KROLES_ALLOWS,				/* sufficient alone */
	KROLES_DENIES,				/* regardless of other reasons */
	KROLES_IGNORED,				/* holds, but does not count */
	KROLES_LACKS,				/* counts, but does not give the right */
	KROLES_NEEDS				/* a remedy: would give the right */
} KrolesEffect;

/* What a reason says. */
typedef enum KrolesFact
{
	KROLES_F_NO_USER,
	KROLES_F_BLOCKED,
	KROLES_F_ANONYMOUS_OFF,
	KROLES_F_ADMINISTRATOR,
	KROLES_F_HIDDEN,			/* the object does not exist or may not be viewed */
	KROLES_F_NEW,				/* the object is just being inserted */
	KROLES_F_NOBODY_HAS,		/* not even administrators */
	KROLES_F_CEILING,
	KROLES_F_NOT_YET,			/* granted after the statement's snapshot */
	KROLES_F_UNAVAILABLE,		/* the media, now */
	KROLES_F_BASELINE,
	KROLES_F_OWNER,				/* of a space */
	KROLES_F_GRANT,				/* on a space */
	KROLES_F_MEDIA_ROLE,
	KROLES_F_EVENT_ROLE,
	KROLES_F_PUBLISHED,			/* in the space */
	KROLES_F_SOMEWHERE,			/* published in a space that is redacted */
	KROLES_F_SESSION,			/* the media is one of the event */
	KROLES_F_IN_SOME_EVENT,		/* a role in an event that is redacted */
	KROLES_F_JOINED,			/* the room: the rights read on joining hold */
	KROLES_F_NOTHING,
	/* remedies */
	KROLES_F_UNBLOCKING,
	KROLES_F_LOGIN,
	KROLES_F_ROLE,				/* one of the roles */
	KROLES_F_APPLICATIVE,		/* one of the applicative roles */
	KROLES_F_BOTH,
	KROLES_F_ADMINISTERING,		/* nothing less is sufficient */
	KROLES_F_PUBLICATION,
	KROLES_F_PARTICIPATION,		/* in an event that it is a session of */
	KROLES_F_REJOINING
} KrolesFact;

/* Why a fact does not count. */
typedef enum KrolesWhyNot
{
	KROLES_COUNTS,
	KROLES_EXPIRED,
	KROLES_NOT_BEGUN,
	KROLES_MEDIA_UNAVAILABLE,	/* now, to all but those who prepare it */
	KROLES_OWNERSHIP_COUNTS,
	KROLES_DIRECT_COUNTS,		/* the user's own grant counts instead of a group's */
	KROLES_STRONGER_COUNTS,		/* another group's grant */
	KROLES_INHERITS,			/* the members of another gallery count here */
	KROLES_MODULE_OFF,
	KROLES_HAS_JOINED,			/* the room: the rights read on joining count */
	KROLES_ABOVE_CEILING
} KrolesWhyNot;

typedef struct KrolesReason
{
	KrolesEffect effect;
	KrolesFact	fact;
	KrolesWhyNot why;
	int			role;			/* a KrolesContextualRole, KrolesMediaRole or KrolesEventRole */
	bool		by_group;
	int64		group_id;
	TimestampTz from;			/* if it has not begun */
	TimestampTz until;			/* DT_NOEND: for good */
	KrolesWindow available;		/* when the media is, if it is not now */
	bool		has_space;		/* the fact is about a space, */
	int64		space_id;		/* this one */
	KrolesKind	space_kind;
	KrolesSpaceType space_type;
	int64		source_space_id;		/* the space of the grant or owner: space_id or a gallery above, */
	bool		source_hidden;	/* which was redacted */
	int			published;		/* KROLES_ENTRY_APPROVED or _PENDING there; 0 if the space is the object */
	KrolesRights right;			/* the rights on the space, of which one is sufficient */
	bool		has_event;		/* the fact is about an event, */
	int64		event_id;		/* this one */
	unsigned	room_roles;		/* KROLES_ROOM_ROLE bits that the fact gives in the room */
	TimestampTz joined_at;
	unsigned	roles;			/* bits, of a remedy */
	unsigned	applicative;	/* bits, of a remedy */
} KrolesReason;

typedef struct KrolesExplanation
{
	KrolesAsker who;
	KrolesKind	kind;
	int64		id;
	KrolesAction action;
	bool		allowed;		/* as kroles_decide() decides */
	bool		joined;			/* the rights read on joining the room decide */
	KrolesApplicativeRole applicative;
	KrolesArray reasons;		/* KrolesReason, in the caller's memory */
} KrolesExplanation;

#define KROLES_REASON(explanation, i) (&((KrolesReason *) (explanation)->reasons.items)[i])

extern void kroles_find_reasons(KrolesExplanation *explanation);

/* ---- answers/who_can.c ---- */

extern char *kroles_allowing_reasons(const KrolesExplanation *explanation);

/* ---- answers/explain_redaction.c ---- */

extern void kroles_redact_reasons(KrolesExplanation *explanation, bool any_right);

/* ---- answers/explain_text.c ---- */

extern char *kroles_reason_text(const KrolesExplanation *explanation, const KrolesReason *reason);
extern const char *kroles_effect_label(KrolesEffect effect);
extern const char *kroles_reason_role(const KrolesExplanation *explanation, const KrolesReason *reason);

#endif
