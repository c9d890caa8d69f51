/*
 * old_audience.c
 *		The audience that a media had before the running statement changed its owner.
 *
 * Rights are those before the statement, so both versions of the row are checked
 * with the old audience.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/memutils.h"

#include "audience/old_audience.h"
#include "core/compat.h"

/* Of the row whose owner was changed last; valid for one command of one subtransaction. */
static struct
{
	LocalTransactionId lxid;
	SubTransactionId subxid;
	CommandId	cid;
	int64		media_id;
	struct varlena *audience;	/* in CacheMemoryContext, reused */
	Size		room;			/* allocated bytes */
}			old;

bool		kroles_old_audience_kept;

/* Stores a copy for the rest of the running command, in place of the previous one. */
void
kroles_remember_old_audience(int64 media_id, struct varlena *audience)
{
	Size		size = VARSIZE_ANY(audience);

	old.lxid = InvalidLocalTransactionId;
	if (size > old.room)
	{
		if (old.audience != NULL)
			pfree(old.audience);
		old.audience = NULL;
		old.room = 0;
		old.audience = MemoryContextAlloc(CacheMemoryContext, size);
		old.room = size;
	}
	memcpy(old.audience, audience, size);
	old.media_id = media_id;
	old.cid = GetCurrentCommandId(false);
	old.subxid = GetCurrentSubTransactionId();
	old.lxid = KROLES_LXID();
	kroles_old_audience_kept = true;
}

/*
 * The audience that the media had before the running command changed its owner;
 * NULL if it did not.  Valid until the next call of kroles_remember_old_audience().
 */
struct varlena *
kroles_old_audience(int64 media_id)
{
	if (old.lxid == InvalidLocalTransactionId)
		return NULL;
	if (old.lxid != KROLES_LXID() || old.subxid != GetCurrentSubTransactionId() ||
		old.cid != GetCurrentCommandId(false))
	{
		old.lxid = InvalidLocalTransactionId;
		kroles_old_audience_kept = false;
		return NULL;
	}
	return old.media_id == media_id ? old.audience : NULL;
}
