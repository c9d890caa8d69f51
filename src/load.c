/*
 * load.c
 *		How users, groups, spaces and media are read into their entries.
 *
 * Temporary arrays are in the caller's memory; what an entry owns goes through
 * kroles_entry_keep().  A value of an enum that C does not know (one added
 * later) is never taken for another: such a grant counts for nothing.
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "load.h"
#include "scan.h"

/* An array that grows in the caller's memory. */
typedef struct Growing
{
	char	   *items;
	Size		size;			/* of one item */
	int			n;
	int			room;
} Growing;

static void *
add_item(Growing *array)
{
	if (array->n == array->room)
	{
		array->room = Max(16, array->room * 2);
		array->items = array->items == NULL ?
			palloc(array->size * array->room) :
			repalloc_huge(array->items, array->size * array->room);
	}
	return array->items + array->size * array->n++;
}

/* Gives the entry its own copy of the items and frees them here. */
static void *
keep_items(KrolesEntry *entry, Growing *array)
{
	void	   *kept;

	if (array->items == NULL)
		return NULL;
	kept = kroles_entry_keep(entry, array->items, array->size * array->n);
	pfree(array->items);
	return kept;
}

static int
compare_ids(const void *a, const void *b)
{
	int64		x = *(const int64 *) a;
	int64		y = *(const int64 *) b;

	return (x > y) - (x < y);
}

static int
compare_grants(const void *a, const void *b)
{
	return compare_ids(&((const KrolesGrant *) a)->space_id, &((const KrolesGrant *) b)->space_id);
}

/* Reads the grants of one user or group, ordered by space. */
static void
load_grants(KrolesEntry *entry, KrolesIndexId index, int holder, int64 id, Snapshot snapshot,
			int *n, KrolesGrant **grants)
{
	Growing		found = {.size = sizeof(KrolesGrant)};
	KrolesScan	scan;

	kroles_scan_by_id(&scan, KROLES_T_SPACE_MEMBERS, index, holder, id, snapshot);
	while (kroles_scan_next(&scan))
	{
		int			role = kroles_scan_enum(&scan, SPACE_MEMBERS_ROLE, KROLES_E_CONTEXTUAL_ROLE);
		KrolesGrant *grant = add_item(&found);
		bool		forever;
		Datum		expires = kroles_scan_column(&scan, SPACE_MEMBERS_EXPIRES, &forever);

		grant->space_id = kroles_scan_id(&scan, SPACE_MEMBERS_SPACE);
		grant->expires_at = forever ? DT_NOEND : DatumGetTimestampTz(expires);
		grant->role = role < 0 ? KROLES_NO_ROLE : role;
	}
	kroles_scan_end(&scan);
	if (found.n > 1)
		qsort(found.items, found.n, found.size, compare_grants);
	*grants = keep_items(entry, &found);
	*n = found.n;
}

static void
load_groups(KrolesUser *user, Snapshot snapshot)
{
	Growing		found = {.size = sizeof(int64)};
	KrolesScan	scan;

	kroles_scan_by_id(&scan, KROLES_T_GROUP_MEMBERS, KROLES_I_GROUP_MEMBERS_USER,
					  GROUP_MEMBERS_USER, user->head.id, snapshot);
	while (kroles_scan_next(&scan))
		*(int64 *) add_item(&found) = kroles_scan_id(&scan, GROUP_MEMBERS_GROUP);
	kroles_scan_end(&scan);
	if (found.n > 1)
		qsort(found.items, found.n, found.size, compare_ids);
	user->groups = keep_items(&user->head, &found);
	user->ngroups = found.n;
}

static void
load_user(KrolesUser *user, Snapshot snapshot)
{
	KrolesScan	scan;

	kroles_scan_by_id(&scan, KROLES_T_USERS, KROLES_I_USERS_ID, USERS_ID, user->head.id, snapshot);
	user->head.exists = kroles_scan_next(&scan);
	if (user->head.exists)
	{
		int			role = kroles_scan_enum(&scan, USERS_APPLICATIVE, KROLES_E_APPLICATIVE_ROLE);

		/* a role that C does not know leaves what anonymous may do */
		user->subject.role = role < 0 ? KROLES_ANONYMOUS : role;
		user->subject.administrator = kroles_scan_flag(&scan, USERS_ADMINISTRATOR);
		user->subject.blocked = kroles_scan_flag(&scan, USERS_BLOCKED);
	}
	kroles_scan_end(&scan);
	if (!user->head.exists)
		return;
	load_groups(user, snapshot);
	load_grants(&user->head, KROLES_I_SPACE_MEMBERS_USER, SPACE_MEMBERS_USER, user->head.id,
				snapshot, &user->ngrants, &user->grants);
}

/* Reads what a group is given; that it exists is known from who is in it. */
static void
load_group(KrolesGroup *group, Snapshot snapshot)
{
	group->head.exists = true;
	load_grants(&group->head, KROLES_I_SPACE_MEMBERS_GROUP, SPACE_MEMBERS_GROUP, group->head.id,
				snapshot, &group->ngrants, &group->grants);
}

static void
load_space(KrolesSpace *space, Snapshot snapshot)
{
	KrolesScan	scan;

	kroles_scan_by_id(&scan, KROLES_T_SPACES, KROLES_I_SPACES_ID, SPACES_ID, space->head.id,
					  snapshot);
	space->head.exists = kroles_scan_next(&scan);
	if (space->head.exists)
	{
		int			kind = kroles_scan_enum(&scan, SPACES_KIND, KROLES_E_SPACE_KIND);
		int			type = kroles_scan_enum(&scan, SPACES_TYPE, KROLES_E_SPACE_TYPE);

		/* of an unknown kind it is neither a channel nor a gallery; an unknown type gives nobody anything */
		space->head.exists = kind >= 0;
		space->kind = kind;
		space->type = type < 0 ? KROLES_PRIVATE : type;
		space->owner_id = kroles_scan_id(&scan, SPACES_OWNER);
		space->moderated = kroles_scan_flag(&scan, SPACES_MODERATED);
		space->parent_id = kroles_scan_id(&scan, SPACES_PARENT);
		space->inherits = kroles_scan_flag(&scan, SPACES_INHERITS);
		(void) kroles_scan_column(&scan, SPACES_PARENT, &space->is_root);
	}
	kroles_scan_end(&scan);
}

/* Adds those who hold a permission, a user or a group each. */
static void
add_people(Growing *people, KrolesTableId table, KrolesIndexId index, KrolesEnum permissions,
		   int64 media_id, Snapshot snapshot)
{
	KrolesScan	scan;

	kroles_scan_by_id(&scan, table, index, PEOPLE_MEDIA, media_id, snapshot);
	while (kroles_scan_next(&scan))
	{
		int			role = kroles_scan_enum(&scan, PEOPLE_PERMISSION, permissions);
		KrolesPerson *person;
		bool		is_group;

		if (role < 0)
			continue;
		person = add_item(people);
		(void) kroles_scan_column(&scan, PEOPLE_USER, &is_group);
		person->is_group = is_group;
		person->id = kroles_scan_id(&scan, is_group ? PEOPLE_GROUP : PEOPLE_USER);
		person->role = role;
	}
	kroles_scan_end(&scan);
}

static void
add_speakers(Growing *people, int64 media_id, Snapshot snapshot)
{
	KrolesScan	scan;

	kroles_scan_by_id(&scan, KROLES_T_SPEAKERS, KROLES_I_SPEAKERS_MEDIA, PEOPLE_MEDIA, media_id,
					  snapshot);
	while (kroles_scan_next(&scan))
	{
		KrolesPerson *person = add_item(people);

		person->is_group = false;
		person->id = kroles_scan_id(&scan, PEOPLE_USER);
		person->role = KROLES_MEDIA_SPEAKER;
	}
	kroles_scan_end(&scan);
}

static void
load_people(KrolesMedia *media, Snapshot snapshot)
{
	Growing		people = {.size = sizeof(KrolesPerson)};
	int64		id = media->head.id;

	add_people(&people, KROLES_T_COLLABORATORS, KROLES_I_COLLABORATORS_MEDIA,
			   KROLES_E_COLLABORATOR_PERMISSION, id, snapshot);
	add_people(&people, KROLES_T_MODERATORS, KROLES_I_MODERATORS_MEDIA,
			   KROLES_E_MODERATOR_PERMISSION, id, snapshot);
	add_speakers(&people, id, snapshot);
	media->people = keep_items(&media->head, &people);
	media->npeople = people.n;
}

/* Reads where a media is; a rejected publication gives nobody anything. */
static void
load_publications(KrolesMedia *media, Snapshot snapshot)
{
	Growing		found = {.size = sizeof(KrolesPublication)};
	KrolesScan	scan;

	kroles_scan_by_id(&scan, KROLES_T_PUBLICATIONS, KROLES_I_PUBLICATIONS_MEDIA,
					  PUBLICATIONS_MEDIA, media->head.id, snapshot);
	while (kroles_scan_next(&scan))
	{
		int			status = kroles_scan_enum(&scan, PUBLICATIONS_STATUS, KROLES_E_PUBLICATION_STATUS);
		KrolesPublication *publication;

		if (status != KROLES_APPROVED && status != KROLES_PENDING)
			continue;
		publication = add_item(&found);
		publication->space_id = kroles_scan_id(&scan, PUBLICATIONS_SPACE);
		publication->status = status;
	}
	kroles_scan_end(&scan);
	media->publications = keep_items(&media->head, &found);
	media->npublications = found.n;
}

static void
load_media(KrolesMedia *media, Snapshot snapshot)
{
	KrolesScan	scan;

	kroles_scan_by_id(&scan, KROLES_T_MEDIA, KROLES_I_MEDIA_ID, MEDIA_ID, media->head.id, snapshot);
	media->head.exists = kroles_scan_next(&scan);
	if (media->head.exists)
		media->owner_id = kroles_scan_id(&scan, MEDIA_OWNER);
	kroles_scan_end(&scan);
	if (!media->head.exists)
		return;
	load_people(media, snapshot);
	load_publications(media, snapshot);
}

/* Reads an entry's object.  On error the entry is half filled and must not be used. */
void
kroles_load(KrolesEntry *entry, Snapshot snapshot)
{
	switch (entry->class)
	{
		case KROLES_C_SITE:
			kroles_load_site((KrolesSite *) entry, snapshot);
			break;
		case KROLES_C_USER:
			load_user((KrolesUser *) entry, snapshot);
			break;
		case KROLES_C_GROUP:
			load_group((KrolesGroup *) entry, snapshot);
			break;
		case KROLES_C_SPACE:
			load_space((KrolesSpace *) entry, snapshot);
			break;
		case KROLES_C_MEDIA:
			load_media((KrolesMedia *) entry, snapshot);
			break;
		case KROLES_NCLASSES:
			break;
	}
}

/*
 * The id of the user with that login, compared exactly, and since when tokens
 * count; false where there is none.
 */
bool
kroles_find_user_by_login(const char *login, Snapshot snapshot, int64 *user_id,
						  TimestampTz *tokens_valid_after)
{
	KrolesScan	scan;
	bool		found;
	bool		always;
	Datum		since;

	kroles_scan_by_text(&scan, KROLES_T_USERS, KROLES_I_USERS_LOGIN, USERS_LOGIN, login, snapshot);
	found = kroles_scan_next(&scan);
	if (found)
	{
		*user_id = kroles_scan_id(&scan, USERS_ID);
		since = kroles_scan_column(&scan, USERS_TOKENS_VALID_AFTER, &always);
		*tokens_valid_after = always ? DT_NOBEGIN : DatumGetTimestampTz(since);
	}
	kroles_scan_end(&scan);
	return found;
}

/* The id of the user that a database role is; false where it is nobody's. */
bool
kroles_find_user_by_db_role(const char *role, Snapshot snapshot, int64 *user_id)
{
	KrolesScan	scan;
	bool		found;

	kroles_scan_by_name(&scan, KROLES_T_USERS, KROLES_I_USERS_DB_ROLE, USERS_DB_ROLE, role,
						snapshot);
	found = kroles_scan_next(&scan);
	if (found)
		*user_id = kroles_scan_id(&scan, USERS_ID);
	kroles_scan_end(&scan);
	return found;
}
