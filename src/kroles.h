/*
 * kroles.h
 *		What the parts of the engine say to each other.
 *
 *		identity/identity.c  who is asking              rules/rules.c  the formula
 *		cache/cache.c     entries in memory          cache/load.c   how they are read
 *		cache/invalidation.c     which entries changed      cache/commit_barrier.c   when that is known
 *		decide/subject.c   facts about a subject      decide/decide.c judges, by the rules
 *		answers/can.c, guards/publish.c ... the questions
 */
#ifndef KROLES_H
#define KROLES_H

#include "access/xact.h"
#include "utils/snapshot.h"
#include "utils/timestamp.h"
#include "lib/ilist.h"
#include "store/catalog.h"
#include "rules/rules.h"

/*
 * The instant that grants, stays and tokens are judged by: when the statement
 * began that the client sent, or, in a procedure that has committed since, the
 * transaction.
 */
static inline TimestampTz
kroles_time(void)
{
	return Max(GetCurrentStatementStartTimestamp(), GetCurrentTransactionStartTimestamp());
}

/* ---- cache/invalidation.c: classes of entries, and the buckets that messages name ---- */

typedef enum KrolesClass
{
	KROLES_C_SITE,				/* matrices, settings, gateways: one entry, id 0 */
	KROLES_C_USER,
	KROLES_C_GROUP,
	KROLES_C_SPACE,
	KROLES_C_MEDIA,
	KROLES_C_EVENT,
	KROLES_C_STAYS,				/* of a user, in rooms */
	KROLES_NCLASSES
} KrolesClass;

#define KROLES_EVERY_BUCKET 0	/* means all of them */
#define KROLES_NBUCKETS 320

extern void kroles_inval_init(void);
extern void kroles_bucket_prepare(void);
extern int	kroles_bucket(KrolesClass class, int64 id);
extern int	kroles_class_bucket(KrolesClass class);
extern KrolesClass kroles_bucket_class(int bucket);
extern void kroles_inval_everything(void);
extern uint64 kroles_inval_generation(void);
extern bool kroles_inval_changed(KrolesClass class, int64 id, uint64 since);
extern bool kroles_inval_class_changed(KrolesClass class, uint64 since);

/* ---- cache/commit_barrier.c: when cached entries may be believed ---- */

extern void kroles_barrier_init(void);
extern void kroles_barrier_open(KrolesClass class);
extern void kroles_barrier_enter(int bucket);
extern void kroles_barrier_enter_all(void);
extern void kroles_barrier_sync(uint64 count);
extern bool kroles_barrier_in_step(uint64 count);
extern uint64 kroles_barrier_count(void);
extern uint64 kroles_barrier_epoch(void);
extern bool kroles_barrier_distrusted(KrolesClass class, int64 id, uint64 since);
extern bool kroles_barrier_class_distrusted(KrolesClass class, uint64 since);
extern void kroles_barrier_command(CommandId cid);
extern void kroles_barrier_reading(CommandId cid);

/* ---- cache/cache.c: entries ---- */

/*
 * Two bases answer a question: what is committed now, and what the
 * statement's snapshot sees.  An entry of "now" outlives the statement.
 */
typedef enum KrolesBasis
{
	KROLES_CURRENT,
	KROLES_SNAPSHOT
} KrolesBasis;

/* The head of every entry.  Filled by cache/cache.c; a loader sets "exists" and what follows. */
typedef struct KrolesCacheEntry
{
	int64		id;				/* hash key, must be first */
	KrolesClass class;
	bool		complete;		/* the load went through */
	bool		exists;			/* the row is there */
	uint64		generation;		/* of messages, before the load's snapshot */
	uint64		epoch;			/* of the barrier, at the load */
	uint64		sequence;		/* number of the load */
	uint64		question;		/* last question that read or used it */
	Size		bytes;			/* what it takes, arrays included */
	dlist_node	lru;
} KrolesCacheEntry;

typedef struct KrolesSite
{
	KrolesCacheEntry head;
	KrolesMatrices matrices;
	int64		room_session_limit; /* microseconds */
	int32		rooms_switched;	/* how often */
	int			ntools;
	Oid		   *tools;			/* values of kroles.media_type that may be made */
} KrolesSite;

/* What a user or group is in one event. */
typedef struct KrolesEventGrant
{
	int64		event_id;
	unsigned	roles;			/* KROLES_EVENT_ROLE bits */
} KrolesEventGrant;

typedef struct KrolesUser
{
	KrolesCacheEntry head;
	KrolesSubject subject;
	int			ngroups;
	int64	   *groups;			/* ascending */
	int			ngrants;
	KrolesGrant *grants;		/* by space, ascending */
	int			nevents;
	KrolesEventGrant *events;	/* ascending, each once */
} KrolesUser;

typedef struct KrolesGroup
{
	KrolesCacheEntry head;
	int			ngrants;
	KrolesGrant *grants;		/* by space, ascending */
	int			nevents;
	KrolesEventGrant *events;	/* ascending, each once */
} KrolesGroup;

typedef struct KrolesSpace
{
	KrolesCacheEntry head;
	KrolesKind	kind;
	KrolesSpaceType type;
	bool		moderated;
	bool		inherits;
	bool		is_root;		/* has no parent */
	int64		owner_id;
	int64		parent_id;
} KrolesSpace;

typedef struct KrolesMedia
{
	KrolesCacheEntry head;
	bool		is_room;		/* of a type that has one */
	struct varlena *audience;
} KrolesMedia;

typedef struct KrolesEvent
{
	KrolesCacheEntry head;
} KrolesEvent;

/* A room that a user has joined and not left, and what was read then. */
typedef struct KrolesStay
{
	int64		media_id;
	int64		joined_at;		/* a TimestampTz */
	int32		rooms_switched; /* how often they had been, then */
	KrolesRights rights;
	KrolesProductRole role;
} KrolesStay;

typedef struct KrolesStays
{
	KrolesCacheEntry head;			/* its id is the user's */
	int			n;
	KrolesStay *stays;			/* by media, ascending */
} KrolesStays;

extern void kroles_cache_init(void);
extern void kroles_cache_trim(void);
extern void kroles_cache_forget_snapshot(void);
extern KrolesCacheEntry *kroles_lookup(KrolesBasis basis, KrolesClass class, int64 id);
extern void *kroles_cache_copy(KrolesCacheEntry *entry, const void *array, Size size);

#define kroles_site(basis) ((KrolesSite *) kroles_lookup(basis, KROLES_C_SITE, 0))
#define kroles_user(basis, id) ((KrolesUser *) kroles_lookup(basis, KROLES_C_USER, id))
#define kroles_group(basis, id) ((KrolesGroup *) kroles_lookup(basis, KROLES_C_GROUP, id))
#define kroles_space(basis, id) ((KrolesSpace *) kroles_lookup(basis, KROLES_C_SPACE, id))
#define kroles_media(basis, id) ((KrolesMedia *) kroles_lookup(basis, KROLES_C_MEDIA, id))
#define kroles_event(basis, id) ((KrolesEvent *) kroles_lookup(basis, KROLES_C_EVENT, id))
#define kroles_stays(basis, user_id) ((KrolesStays *) kroles_lookup(basis, KROLES_C_STAYS, user_id))

/* Galleries that may stand one inside the other: guards/space_tree.c holds it, and what goes up from one goes no further. */
#define KROLES_MOST_GALLERIES 32

/* ---- cache/question.c: one question, judged on both bases ---- */

/* An answer that can be joined: what both bases say. */
typedef struct KrolesAnswer
{
	KrolesRights rights;		/* joined by intersection */
	KrolesProductRole role;			/* joined by the weaker */
} KrolesAnswer;

typedef void (*KrolesJudge) (KrolesBasis basis, void *about, KrolesAnswer *answer);

extern KrolesAnswer kroles_ask(KrolesJudge judge, void *about);
extern uint64 kroles_ask_in(KrolesBasis basis, KrolesJudge judge, void *about, KrolesAnswer *answer);
extern bool kroles_question_outdated(int64 media_id);
extern bool kroles_question_quiet(KrolesClass class);
extern void kroles_question_sync(void);
extern void kroles_question_reset(void);
extern uint64 kroles_question_statement(void);
extern uint64 kroles_question_number(void);
extern void kroles_question_used(uint64 load);
extern bool kroles_question_covers(uint64 load);
extern Snapshot kroles_question_snapshot(KrolesBasis basis, uint64 *generation);
extern uint64 kroles_question_loaded(void);

/* ---- identity/identity.c: who is asking ---- */

typedef enum KrolesAskerType
{
	KROLES_NOBODY,				/* anonymous */
	KROLES_PERSON,
	KROLES_OPERATOR				/* a session that bypasses row security and states no identity */
} KrolesAskerType;

typedef struct KrolesAsker
{
	KrolesAskerType type;
	int64		user_id;		/* of a person; else 0 */
} KrolesAsker;

extern void kroles_identity_init(void);
extern KrolesAsker kroles_asker(void);
extern uint64 kroles_identity_number(void);
extern bool kroles_asker_stands(void);
extern bool kroles_restoring(void);

/* ---- statement/pending_rows.c: what is just being made ---- */

typedef struct KrolesPendingRow
{
	int64		owner_id;
	bool		is_room;		/* of media: its type has one */
	KrolesKind	kind;			/* of a space */
	KrolesSpaceType type;
	bool		moderated;
} KrolesPendingRow;

extern const KrolesPendingRow *kroles_pending_row(KrolesClass class, int64 id);

/* ---- decide/decide.c: judges ---- */

/* What is asked of a publication, as bits of an answer's rights. */
#define KROLES_MAY_PUBLISH		((KrolesRights) 1 << 0)
#define KROLES_UNMODERATED		((KrolesRights) 1 << 1)	/* publishing is approved at once */
#define KROLES_MAY_MODERATE		((KrolesRights) 1 << 2)
#define KROLES_MAY_TAKE_DOWN	((KrolesRights) 1 << 3)	/* whoever published it */
#define KROLES_MAY_VIEW_BOTH	((KrolesRights) 1 << 4)	/* the media and the space */
#define KROLES_MANAGES_EITHER	((KrolesRights) 1 << 5)	/* the media or the space */
#define KROLES_NOT_BLOCKED		((KrolesRights) 1 << 6)

/* For questions about a space of whichever kind. */
#define KROLES_ANY_SPACE KROLES_NKINDS

extern KrolesAnswer kroles_decide(KrolesAsker who, KrolesKind kind, int64 id);
extern void kroles_judge_object(KrolesBasis basis, KrolesAsker who, KrolesKind kind, int64 id,
								KrolesAnswer *answer);
extern bool kroles_holds(KrolesAsker who, bool is_group, int64 id);
extern KrolesRights kroles_decide_publication(KrolesAsker who, int64 media_id, int64 space_id);
extern bool kroles_may_take_down_as(KrolesAsker asker, KrolesRights rights,
									bool unknown_publisher, int64 published_by);
extern bool kroles_right_exists(KrolesKind kind, KrolesAction action);
extern bool kroles_object_gone(KrolesClass class, int64 id);
extern bool kroles_media_type_made(Oid type);
extern bool kroles_is_blocked(int64 user_id);
extern KrolesApplicativeRole kroles_applicative_role(KrolesAsker who);

/* ---- module.c ---- */

extern int	kroles_cache_size;	/* kilobytes */

#endif
