/*
 * rules.h
 *		The decision formula, free of PostgreSQL.
 *
 * Facts go in, rights come out: nothing here reads a table, allocates memory
 * or raises an error, so the formula can be enumerated by a program of its own
 * (test/unit).
 */
#ifndef KROLES_RULES_H
#define KROLES_RULES_H

#include <stdbool.h>
#include <stdint.h>

/* A set of rights: bit n is the n-th KrolesAction. */
typedef uint64_t KrolesRights;

#define KROLES_RIGHT(action) ((KrolesRights) 1 << (action))

/* The enumerations below are in the order of the SQL enum types' labels. */
typedef enum KrolesAction
{
	KROLES_VIEW,
	KROLES_CONTRIBUTE,
	KROLES_MODERATE,
	KROLES_MANAGE,
	KROLES_EDIT,
	KROLES_DELETE,
	KROLES_PUBLISH,
	KROLES_TRANSFER_OWNERSHIP,
	KROLES_MANAGE_COLLABORATORS,
	KROLES_MANAGE_MODERATORS,
	KROLES_MANAGE_SPEAKERS,
	KROLES_EDIT_CONTRIBUTIONS,
	KROLES_DELETE_CONTRIBUTIONS,
	KROLES_MANAGE_MEMBERS,
	KROLES_ORGANIZE,
	KROLES_VIEW_ANALYTICS,
	KROLES_CREATE_SUBGALLERY,
	KROLES_SHARE,
	KROLES_JOIN_ROOM,
	KROLES_START_ROOM,
	KROLES_MODERATE_ROOM,
	KROLES_MODERATE_CHAT,
	KROLES_PRESENT,
	KROLES_INTERACT,
	KROLES_MANAGE_PARTICIPANTS,
	KROLES_UPLOAD,
	KROLES_CREATE_EVENT,
	KROLES_CREATE_CHANNEL,
	KROLES_CREATE_GALLERY,
	KROLES_ADMINISTER,
	KROLES_NACTIONS
} KrolesAction;

typedef enum KrolesKind
{
	KROLES_SITE,
	KROLES_CHANNEL,
	KROLES_GALLERY,
	KROLES_MEDIA,
	KROLES_ROOM,
	KROLES_EVENT,
	KROLES_NKINDS
} KrolesKind;

typedef enum KrolesApplicativeRole
{
	KROLES_ANONYMOUS,
	KROLES_APP_VIEWER,
	KROLES_PRIVATE_ONLY,
	KROLES_ADMIN,
	KROLES_UNMODERATED_ADMIN,
	KROLES_NAPPLICATIVE
} KrolesApplicativeRole;

typedef enum KrolesSpaceType
{
	KROLES_OPEN,
	KROLES_RESTRICTED,
	KROLES_PRIVATE,
	KROLES_SHARED_REPOSITORY,
	KROLES_PUBLIC_RESTRICTED,
	KROLES_PUBLIC_OPEN,
	KROLES_NSPACETYPES
} KrolesSpaceType;

typedef enum KrolesContextualRole
{
	KROLES_MEMBER,
	KROLES_CONTRIBUTOR,
	KROLES_MODERATOR,
	KROLES_MANAGER,
	KROLES_NCONTEXTUAL,
	KROLES_NO_ROLE = KROLES_NCONTEXTUAL
} KrolesContextualRole;

typedef enum KrolesPublicationStatus
{
	KROLES_PENDING,
	KROLES_APPROVED,
	KROLES_REJECTED,
	KROLES_NSTATUSES
} KrolesPublicationStatus;

/* The roles on a media, each a row of kroles.role_rights. */
typedef enum KrolesMediaRole
{
	KROLES_MEDIA_OWNER,
	KROLES_MEDIA_EDITOR,
	KROLES_MEDIA_PUBLISHER,
	KROLES_MEDIA_VIEWER,
	KROLES_MEDIA_CHAT_MODERATOR,
	KROLES_MEDIA_ROOM_MODERATOR,
	KROLES_MEDIA_SPEAKER,
	KROLES_MEDIA_ADVANCED_SPEAKER,	/* a speaker, who may do more in the room alone */
	KROLES_NMEDIAROLES
} KrolesMediaRole;

#define KROLES_MEDIA_ROLE(role) (1u << (role))

/* The roles in an event; a person's add up. */
typedef enum KrolesEventRole
{
	KROLES_EVENT_ORGANIZER,
	KROLES_EVENT_SPEAKER,
	KROLES_EVENT_MODERATOR,
	KROLES_EVENT_ATTENDEE,
	KROLES_NEVENTROLES
} KrolesEventRole;

#define KROLES_EVENT_ROLE(role) (1u << (role))
#define KROLES_ANY_EVENT_ROLE (KROLES_EVENT_ROLE(KROLES_NEVENTROLES) - 1)

/*
 * The roles in a room, each a row of kroles.role_rights.  Nobody is given one:
 * they follow from the roles on its media, in its events and in its channels.
 */
typedef enum KrolesRoomRole
{
	KROLES_ROOM_HOST,
	KROLES_ROOM_MODERATOR,
	KROLES_ROOM_CHAT_MODERATOR,
	KROLES_ROOM_ADVANCED_SPEAKER,
	KROLES_ROOM_SIMPLE_SPEAKER,
	KROLES_ROOM_PARTICIPANT,
	KROLES_NROOMROLES
} KrolesRoomRole;

#define KROLES_ROOM_ROLE(role) (1u << (role))

/*
 * A subject's place in the product's own words, strongest first.  In a room a
 * moderator comes before a presenter, so there the presenter is another one.
 */
typedef enum KrolesProductRole
{
	KROLES_PRODUCT_OWNER,
	KROLES_PRODUCT_PRESENTER,
	KROLES_PRODUCT_MODERATOR,
	KROLES_PRODUCT_ROOM_PRESENTER,
	KROLES_PRODUCT_VIEWER,
	KROLES_NO_PRODUCT_ROLE
} KrolesProductRole;

/* The three matrices and the switches that take part in decisions. */
typedef struct KrolesMatrices
{
	KrolesRights exists[KROLES_NKINDS];
	KrolesRights site[KROLES_NAPPLICATIVE];
	KrolesRights space[KROLES_NKINDS][KROLES_NSPACETYPES][KROLES_NAPPLICATIVE];
	KrolesRights contextual[KROLES_NKINDS][KROLES_NCONTEXTUAL];
	KrolesRights media[KROLES_NMEDIAROLES];
	KrolesRights event[KROLES_NEVENTROLES];
	KrolesRights room[KROLES_NROOMROLES];
	KrolesRights ceiling[KROLES_NAPPLICATIVE][KROLES_NKINDS];
	bool		allow_anonymous;
	bool		chat_and_collaboration;
} KrolesMatrices;

/* Who is judged. */
typedef struct KrolesSubject
{
	KrolesApplicativeRole role;
	bool		administrator;
	bool		blocked;
} KrolesSubject;

/* One grant on a space, as held by a user or a group. */
typedef struct KrolesGrant
{
	int64_t		space_id;
	int64_t		expires_at;		/* a TimestampTz; INT64_MAX never comes */
	KrolesContextualRole role;
} KrolesGrant;

/* How a subject stands to a media. */
typedef struct KrolesMediaStanding
{
	unsigned	roles;			/* KROLES_MEDIA_ROLE bits */
	unsigned	event_roles;	/* KROLES_EVENT_ROLE bits, in the events it is a session of */
	KrolesRights approved;		/* rights on spaces where it is approved */
	KrolesRights pending;		/* rights on spaces where it is pending */
} KrolesMediaStanding;

extern KrolesContextualRole kroles_stronger_role(KrolesContextualRole a, KrolesContextualRole b);
extern bool kroles_grant_counts(const KrolesGrant *grant, int64_t now);

extern bool kroles_all_or_nothing(const KrolesMatrices *m, const KrolesSubject *who);
extern KrolesRights kroles_site_rights(const KrolesMatrices *m, const KrolesSubject *who);
extern KrolesRights kroles_space_rights(const KrolesMatrices *m, const KrolesSubject *who,
										KrolesKind kind, KrolesSpaceType type,
										KrolesContextualRole role);
extern KrolesRights kroles_media_rights(const KrolesMatrices *m, const KrolesSubject *who,
										const KrolesMediaStanding *standing);
extern KrolesRights kroles_event_rights(const KrolesMatrices *m, const KrolesSubject *who,
										unsigned event_roles);
extern unsigned kroles_room_roles(const KrolesMatrices *m, const KrolesMediaStanding *standing);
extern KrolesRights kroles_room_rights(const KrolesMatrices *m, const KrolesSubject *who,
									   const KrolesMediaStanding *standing);
extern KrolesRights kroles_frozen_room_rights(const KrolesMatrices *m, const KrolesSubject *who,
											  KrolesRights frozen, const KrolesMediaStanding *standing);

extern bool kroles_bypasses_moderation(const KrolesSubject *who, bool moderated,
									   KrolesRights on_space);

extern KrolesProductRole kroles_space_product_role(const KrolesSubject *who, KrolesContextualRole role,
									  KrolesRights rights);
extern KrolesProductRole kroles_media_product_role(const KrolesMatrices *m, const KrolesSubject *who,
									  unsigned roles, KrolesRights rights);
extern KrolesProductRole kroles_event_product_role(const KrolesSubject *who, unsigned event_roles);
extern KrolesProductRole kroles_room_product_role(const KrolesMatrices *m, const KrolesSubject *who,
									 const KrolesMediaStanding *standing, KrolesRights rights);

#endif
