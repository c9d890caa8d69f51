/*
 * concern.h
 *		Whom and what the changes of a transaction could concern.
 */
#ifndef KROLES_CONCERN_H
#define KROLES_CONCERN_H

#include "utils/hsearch.h"
#include "utils/snapshot.h"

#include "audience/audience.h"
#include "core/array.h"
#include "preview/sides.h"
#include "rules/rules.h"

/* Stands for anonymous among the ids of users; the last in their order. */
#define KROLES_ANONYMOUS_ID PG_INT64_MAX

/* What of a space's own row decides whom a change of it concerns. */
typedef struct KrolesSpaceState
{
	bool		exists;
	KrolesSpaceType type;
	bool		open;			/* the type gives a right to at least one applicative role */
} KrolesSpaceState;

/* The site, a space or an event. */
typedef struct KrolesTarget
{
	int64		id;				/* hash key, must be first */
	KrolesKind	kind;
	bool		everyone;		/* the change may concern all users */
	bool		changed;		/* a space: its own row was changed */
	KrolesSpaceState states[KROLES_NSIDES]; /* then its states */
} KrolesTarget;

/*
 * The users and objects to compare.  A superset of those with a difference: whether
 * there is one, is decided by judging on both sides.
 */
typedef struct KrolesConcern
{
	MemoryContext context;		/* of everything here */
	Snapshot	base;			/* of both sides */
	KrolesArray seeds;
	KrolesArray users;			/* int64; sorted by kroles_settle_users() */
	int			settled;		/* see kroles_concern_user() */
	bool		only_media;		/* nothing but media was changed: users, groups, spaces and events are alike on both sides */
	KrolesArray all_users;		/* int64: all of both sides, and anonymous, sorted; empty before the first use */
	bool		everyone;		/* all users, for all objects */
	bool		everything;		/* all objects */
	HTAB	   *spaces;			/* KrolesTarget */
	HTAB	   *events;
	bool		site;
	KrolesArray media;			/* int64: with a changed row, publication, person or stay */
	KrolesArray keys;			/* KrolesAudienceEntry: all media with one of these entries */
	KrolesArray reached_spaces;	/* int64: spaces on which a user has a right whose own row was changed */
	KrolesArray queue;			/* int64: spaces whose sub-galleries have to be found */
} KrolesConcern;

extern KrolesConcern *kroles_find_concern(Snapshot base, KrolesArray seeds);
extern KrolesArray *kroles_all_users(KrolesConcern *concern);
extern void kroles_settle_users(KrolesConcern *concern);
extern void kroles_add_key(KrolesConcern *concern, int class, int64 id);

/* ---- preview/people.c: whom a grant, a role or ownership gives rights, on the active side ---- */

extern void kroles_concern_user(KrolesConcern *concern, int64 id);
extern void kroles_concern_members(KrolesConcern *concern, int64 group_id);
extern void kroles_concern_people_of_space(KrolesConcern *concern, int64 space_id);
extern void kroles_concern_owners_of_space(KrolesConcern *concern, int64 space_id);
extern void kroles_concern_participants(KrolesConcern *concern, int64 event_id);
extern void kroles_concern_administrators(KrolesConcern *concern);
extern void kroles_concern_users_of_role(KrolesConcern *concern, KrolesApplicativeRole role);
extern bool kroles_space_is_open(int64 space_id);

#endif
