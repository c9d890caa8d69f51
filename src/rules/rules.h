/*
 * rules.h
 *		The decision formula, free of PostgreSQL.
 *
 * These functions read no table, allocate no memory and raise no error, so a
 * separate program can enumerate the formula (test/unit).
 */
#ifndef KROLES_RULES_H
#define KROLES_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/window.h"

/* A set of rights: bit n is the n-th KrolesAction. */
typedef uint64_t KrolesRights;

#define KROLES_RIGHT(action) ((KrolesRights) 1 << (action))

/*
 * Each vocabulary below is one list of X(constant, label).  It defines the
 * enumeration, in this order, and the labels (labels.c).  The labels are those
 * of the SQL enum types, or the names in kroles.role_rights.
 */
#define KROLES_ENUMERATE(constant, label) constant,

#define KROLES_ACTIONS(X) \
	X(KROLES_VIEW, "view") \
	X(KROLES_CONTRIBUTE, "contribute") \
	X(KROLES_MODERATE, "moderate") \
	X(KROLES_MANAGE, "manage") \
	X(KROLES_EDIT, "edit") \
	X(KROLES_DELETE, "delete") \
	X(KROLES_PUBLISH, "publish") \
	X(KROLES_TRANSFER_OWNERSHIP, "transfer_ownership") \
	X(KROLES_MANAGE_COLLABORATORS, "manage_collaborators") \
	X(KROLES_MANAGE_MODERATORS, "manage_moderators") \
	X(KROLES_MANAGE_SPEAKERS, "manage_speakers") \
	X(KROLES_EDIT_CONTRIBUTIONS, "edit_contributions") \
	X(KROLES_DELETE_CONTRIBUTIONS, "delete_contributions") \
	X(KROLES_MANAGE_MEMBERS, "manage_members") \
	X(KROLES_ORGANIZE, "organize") \
	X(KROLES_VIEW_ANALYTICS, "view_analytics") \
	X(KROLES_CREATE_SUBGALLERY, "create_subgallery") \
	X(KROLES_SHARE, "share") \
	X(KROLES_JOIN_ROOM, "join_room") \
	X(KROLES_START_ROOM, "start_room") \
	X(KROLES_MODERATE_ROOM, "moderate_room") \
	X(KROLES_MODERATE_CHAT, "moderate_chat") \
	X(KROLES_PRESENT, "present") \
	X(KROLES_INTERACT, "interact") \
	X(KROLES_MANAGE_PARTICIPANTS, "manage_participants") \
	X(KROLES_UPLOAD, "upload") \
	X(KROLES_CREATE_EVENT, "create_event") \
	X(KROLES_CREATE_CHANNEL, "create_channel") \
	X(KROLES_CREATE_GALLERY, "create_gallery") \
	X(KROLES_ADMINISTER, "administer")
typedef enum KrolesAction
{
	KROLES_ACTIONS(KROLES_ENUMERATE)
	KROLES_NACTIONS
} KrolesAction;

#define KROLES_KINDS(X) \
	X(KROLES_SITE, "site") \
	X(KROLES_CHANNEL, "channel") \
	X(KROLES_GALLERY, "gallery") \
	X(KROLES_MEDIA, "media") \
	X(KROLES_ROOM, "room") \
	X(KROLES_EVENT, "event")
typedef enum KrolesKind
{
	KROLES_KINDS(KROLES_ENUMERATE)
	KROLES_NKINDS
} KrolesKind;

#define KROLES_APPLICATIVE_ROLES(X) \
	X(KROLES_ANONYMOUS, "anonymous") \
	X(KROLES_APP_VIEWER, "viewer") \
	X(KROLES_PRIVATE_ONLY, "private_only") \
	X(KROLES_ADMIN, "admin") \
	X(KROLES_UNMODERATED_ADMIN, "unmoderated_admin")
typedef enum KrolesApplicativeRole
{
	KROLES_APPLICATIVE_ROLES(KROLES_ENUMERATE)
	KROLES_NAPPLICATIVE
} KrolesApplicativeRole;

#define KROLES_SPACE_TYPES(X) \
	X(KROLES_OPEN, "open") \
	X(KROLES_RESTRICTED, "restricted") \
	X(KROLES_PRIVATE, "private") \
	X(KROLES_SHARED_REPOSITORY, "shared_repository") \
	X(KROLES_PUBLIC_RESTRICTED, "public_restricted") \
	X(KROLES_PUBLIC_OPEN, "public_open")
typedef enum KrolesSpaceType
{
	KROLES_SPACE_TYPES(KROLES_ENUMERATE)
	KROLES_NSPACETYPES
} KrolesSpaceType;

#define KROLES_CONTEXTUAL_ROLES(X) \
	X(KROLES_MEMBER, "member") \
	X(KROLES_CONTRIBUTOR, "contributor") \
	X(KROLES_MODERATOR, "moderator") \
	X(KROLES_MANAGER, "manager")
typedef enum KrolesContextualRole
{
	KROLES_CONTEXTUAL_ROLES(KROLES_ENUMERATE)
	KROLES_NCONTEXTUAL,
	KROLES_NO_ROLE = KROLES_NCONTEXTUAL
} KrolesContextualRole;

#define KROLES_PUBLICATION_STATUSES(X) \
	X(KROLES_PENDING, "pending") \
	X(KROLES_APPROVED, "approved") \
	X(KROLES_REJECTED, "rejected")
typedef enum KrolesPublicationStatus
{
	KROLES_PUBLICATION_STATUSES(KROLES_ENUMERATE)
	KROLES_NSTATUSES
} KrolesPublicationStatus;

/*
 * The roles on a media.  Each has rows in kroles.role_rights, except the
 * advanced speaker, who is a speaker with more rights in the room only.
 */
#define KROLES_MEDIA_ROLES(X) \
	X(KROLES_MEDIA_OWNER, "owner") \
	X(KROLES_MEDIA_EDITOR, "editor") \
	X(KROLES_MEDIA_PUBLISHER, "publisher") \
	X(KROLES_MEDIA_VIEWER, "viewer") \
	X(KROLES_MEDIA_CHAT_MODERATOR, "chat_moderator") \
	X(KROLES_MEDIA_ROOM_MODERATOR, "room_moderator") \
	X(KROLES_MEDIA_SPEAKER, "speaker") \
	X(KROLES_MEDIA_ADVANCED_SPEAKER, "advanced_speaker")
typedef enum KrolesMediaRole
{
	KROLES_MEDIA_ROLES(KROLES_ENUMERATE)
	KROLES_NMEDIAROLES
} KrolesMediaRole;

#define KROLES_MEDIA_ROLE(role) (1u << (role))

/* The roles in an event; a subject has the rights of all its roles. */
#define KROLES_EVENT_ROLES(X) \
	X(KROLES_EVENT_ORGANIZER, "organizer") \
	X(KROLES_EVENT_SPEAKER, "speaker") \
	X(KROLES_EVENT_MODERATOR, "moderator") \
	X(KROLES_EVENT_ATTENDEE, "attendee")
typedef enum KrolesEventRole
{
	KROLES_EVENT_ROLES(KROLES_ENUMERATE)
	KROLES_NEVENTROLES
} KrolesEventRole;

#define KROLES_EVENT_ROLE(role) (1u << (role))
#define KROLES_ANY_EVENT_ROLE (KROLES_EVENT_ROLE(KROLES_NEVENTROLES) - 1)

/*
 * The roles in a room, each with rows in kroles.role_rights.  They are never
 * granted: they follow from roles on its media, in its events and rights on its
 * spaces.
 */
#define KROLES_ROOM_ROLES(X) \
	X(KROLES_ROOM_HOST, "host") \
	X(KROLES_ROOM_MODERATOR, "room_moderator") \
	X(KROLES_ROOM_CHAT_MODERATOR, "chat_moderator") \
	X(KROLES_ROOM_ADVANCED_SPEAKER, "advanced_speaker") \
	X(KROLES_ROOM_SIMPLE_SPEAKER, "simple_speaker") \
	X(KROLES_ROOM_PARTICIPANT, "participant")
typedef enum KrolesRoomRole
{
	KROLES_ROOM_ROLES(KROLES_ENUMERATE)
	KROLES_NROOMROLES
} KrolesRoomRole;

#define KROLES_ROOM_ROLE(role) (1u << (role))

/*
 * A subject's role on an object as the product names it, weakest first.  In a
 * room a moderator ranks above a presenter, so the presenter of a room is a
 * separate role.
 */
typedef enum KrolesProductRole
{
	KROLES_NO_PRODUCT_ROLE,
	KROLES_PRODUCT_VIEWER,
	KROLES_PRODUCT_ROOM_PRESENTER,
	KROLES_PRODUCT_MODERATOR,
	KROLES_PRODUCT_PRESENTER,
	KROLES_PRODUCT_OWNER,
	KROLES_NPRODUCTROLES
} KrolesProductRole;

/* Who may join a space, the strictest first. */
#define KROLES_JOINING_POLICIES(X) \
	X(KROLES_JOINING_CLOSED, "closed") \
	X(KROLES_JOINING_BY_REQUEST, "by_request") \
	X(KROLES_JOINING_OPEN, "open")
typedef enum KrolesJoiningPolicy
{
	KROLES_JOINING_POLICIES(KROLES_ENUMERATE)
	KROLES_NJOININGPOLICIES
} KrolesJoiningPolicy;

/* To whom the names of people are shown, the fewest first. */
#define KROLES_PEOPLE_AUDIENCES(X) \
	X(KROLES_PEOPLE_TO_NOBODY, "nobody") \
	X(KROLES_PEOPLE_TO_LOGGED_IN, "logged_in") \
	X(KROLES_PEOPLE_TO_EVERYONE, "everyone")
typedef enum KrolesPeopleAudience
{
	KROLES_PEOPLE_AUDIENCES(KROLES_ENUMERATE)
	KROLES_NPEOPLEAUDIENCES
} KrolesPeopleAudience;

/* The largest number of roles on a kind of object. */
#define KROLES_MAX_ROLES 8

/* The three matrices and the site's switches that decisions depend on. */
typedef struct KrolesMatrices
{
	KrolesRights exists[KROLES_NKINDS];
	KrolesRights site[KROLES_NAPPLICATIVE];
	KrolesRights space[KROLES_NKINDS][KROLES_NSPACETYPES][KROLES_NAPPLICATIVE];
	KrolesRights role[KROLES_NKINDS][KROLES_MAX_ROLES];	/* indexed by the roles on that kind */
	KrolesRights ceiling[KROLES_NAPPLICATIVE][KROLES_NKINDS];
	bool		allow_anonymous;
	bool		chat_and_collaboration;
	KrolesPeopleAudience people_shown_to;
} KrolesMatrices;

/* The subject of a decision. */
typedef struct KrolesSubject
{
	KrolesApplicativeRole role;
	bool		administrator;
	bool		auditor;		/* beside administrator: of all these rights only those to view */
	bool		blocked;
} KrolesSubject;

/* One grant on a space, as held by a user or a group. */
typedef struct KrolesGrant
{
	int64_t		space_id;
	KrolesWindow window;
	KrolesContextualRole role;
} KrolesGrant;

/* What a subject has that bears on a media. */
typedef struct KrolesMediaStanding
{
	unsigned	roles;			/* KROLES_MEDIA_ROLE bits */
	unsigned	event_roles;	/* KROLES_EVENT_ROLE bits, in events that the media is a session of */
	KrolesRights approved;		/* rights on spaces where the media is approved */
	KrolesRights pending;		/* rights on spaces where the media is pending */
	bool		unavailable;	/* now is outside the time in which the media is available, */
	bool		has_room;		/* and then whether it has a room */
} KrolesMediaStanding;

extern KrolesContextualRole kroles_stronger_role(KrolesContextualRole a, KrolesContextualRole b);

extern bool kroles_all_or_nothing(const KrolesMatrices *m, const KrolesSubject *who);
extern KrolesRights kroles_site_rights(const KrolesMatrices *m, const KrolesSubject *who);
extern KrolesRights kroles_space_rights(const KrolesMatrices *m, const KrolesSubject *who,
										KrolesKind kind, KrolesSpaceType type,
										KrolesContextualRole role);
extern KrolesRights kroles_media_rights(const KrolesMatrices *m, const KrolesSubject *who,
										const KrolesMediaStanding *standing);
extern KrolesRights kroles_event_rights(const KrolesMatrices *m, const KrolesSubject *who,
										unsigned event_roles);
extern bool kroles_is_open_to(const KrolesMatrices *m, const KrolesSubject *who, const KrolesMediaStanding *standing);
extern unsigned kroles_room_roles(const KrolesMatrices *m, const KrolesMediaStanding *standing);
extern KrolesRights kroles_room_rights(const KrolesMatrices *m, const KrolesSubject *who,
									   const KrolesMediaStanding *standing);
extern KrolesRights kroles_frozen_room_rights(const KrolesMatrices *m, const KrolesSubject *who,
											  KrolesRights frozen, const KrolesMediaStanding *standing);

extern bool kroles_shows_people(const KrolesMatrices *m, const KrolesSubject *who);
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
