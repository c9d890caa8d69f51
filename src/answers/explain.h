/*
 * explain.h
 *		Why somebody may do something, or may not.
 */
#ifndef KROLES_EXPLAIN_H
#define KROLES_EXPLAIN_H

#include "datatype/timestamp.h"

#include "core/array.h"
#include "core/asker.h"
#include "rules/rules.h"

/* What a reason comes to, in the order in which reasons are given. */
typedef enum KrolesEffect
{
	KROLES_ALLOWS,				/* would be enough alone */
	KROLES_DENIES,				/* whatever else there is */
	KROLES_IGNORED,				/* is there, and does not count */
	KROLES_LACKS,				/* is there, and does not give the right */
	KROLES_NEEDS				/* would have to be */
} KrolesEffect;

/* What a reason says. */
typedef enum KrolesFact
{
	KROLES_F_NO_USER,
	KROLES_F_BLOCKED,
	KROLES_F_ANONYMOUS_OFF,
	KROLES_F_ADMINISTRATOR,
	KROLES_F_HIDDEN,			/* there is no such object, or it may not be seen */
	KROLES_F_NEW,				/* it is just being made */
	KROLES_F_NOBODY_HAS,		/* not even administrators */
	KROLES_F_CEILING,
	KROLES_F_NOT_YET,			/* granted after the statement's snapshot */
	KROLES_F_BASELINE,
	KROLES_F_OWNER,				/* of a space */
	KROLES_F_GRANT,				/* on a space */
	KROLES_F_MEDIA_ROLE,
	KROLES_F_EVENT_ROLE,
	KROLES_F_PUBLISHED,			/* in the space */
	KROLES_F_SOMEWHERE,			/* published in a space that is not told of */
	KROLES_F_SESSION,			/* the media is one of the event */
	KROLES_F_IN_SOME_EVENT,		/* a role in an event that is not told of */
	KROLES_F_JOINED,			/* the room: what was read then holds */
	KROLES_F_NOTHING,
	/* what would have to be */
	KROLES_F_UNBLOCKING,
	KROLES_F_LOGIN,
	KROLES_F_ROLE,				/* one of the roles */
	KROLES_F_APPLICATIVE,		/* one of the applicative roles */
	KROLES_F_BOTH,
	KROLES_F_ADMINISTERING,		/* nothing less would do */
	KROLES_F_PUBLICATION,
	KROLES_F_PARTICIPATION,		/* in an event that it is a session of */
	KROLES_F_REJOINING
} KrolesFact;

/* Why what is there does not count. */
typedef enum KrolesWhyNot
{
	KROLES_COUNTS,
	KROLES_EXPIRED,
	KROLES_OWNERSHIP_COUNTS,
	KROLES_DIRECT_COUNTS,		/* the grant of one's own, and no group's */
	KROLES_STRONGER_COUNTS,		/* another group's */
	KROLES_INHERITS,			/* the members of another gallery count here */
	KROLES_MODULE_OFF,
	KROLES_HAS_JOINED,			/* the room: what was read then counts */
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
	TimestampTz until;			/* DT_NOEND: for good */
	int64		space_id;		/* the space that it is about; 0 for none */
	KrolesKind	space_kind;
	KrolesSpaceType space_type;
	int64		holder_id;		/* where the grant or the owner is: it or a gallery above; 0: not told */
	int			published;		/* KROLES_ENTRY_APPROVED or _PENDING there; 0 where the space is the object */
	KrolesRights right;			/* the rights there that it is about */
	int64		event_id;
	unsigned	room_roles;		/* KROLES_ROOM_ROLE bits: what one is in the room by it */
	TimestampTz joined_at;
	unsigned	roles;			/* bits: what would have to be */
	unsigned	applicative;	/* bits, likewise */
} KrolesReason;

typedef struct KrolesExplanation
{
	KrolesAsker who;
	KrolesKind	kind;
	int64		id;
	KrolesAction action;
	bool		allowed;		/* what kroles_decide() says */
	bool		joined;			/* a room, and so has there what was read then */
	KrolesApplicativeRole applicative;
	KrolesArray reasons;		/* KrolesReason, in the caller's memory */
} KrolesExplanation;

#define KROLES_REASON(explanation, i) (&((KrolesReason *) (explanation)->reasons.items)[i])

extern void kroles_find_reasons(KrolesExplanation *explanation);

/* ---- answers/explain_redaction.c ---- */

extern void kroles_redact_reasons(KrolesExplanation *explanation, bool any_right);

/* ---- answers/explain_text.c ---- */

extern char *kroles_reason_text(const KrolesExplanation *explanation, const KrolesReason *reason);
extern const char *kroles_effect_label(KrolesEffect effect);
extern const char *kroles_reason_role(const KrolesExplanation *explanation, const KrolesReason *reason);

#endif
