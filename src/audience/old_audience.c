/*
 * old_audience.c
 *		The audience that a media had before the running statement gave it to
 *		another owner.
 *
 * Rights are those before the statement, so the old audience judges both
 * versions of the row.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/memutils.h"

#include "audience/old_audience.h"
#include "core/compat.h"

/* The audience that a media had before the running command gave it to another owner. */
static struct
{
	LocalTransactionId lxid;
	SubTransactionId subxid;
	CommandId	cid;
	int64		media_id;
	struct varlena *audience;
	Size		room;			/* in static memory, as large as was needed once */
}			old;

/* Keeps a copy of it. */
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
}

/* The audience that the media had before the running command; NULL where it is as it was. */
struct varlena *
kroles_old_audience(int64 media_id)
{
	if (old.lxid == InvalidLocalTransactionId)
		return NULL;
	if (old.lxid != KROLES_LXID() || old.subxid != GetCurrentSubTransactionId() ||
		old.cid != GetCurrentCommandId(false))
	{
		old.lxid = InvalidLocalTransactionId;
		return NULL;
	}
	return old.media_id == media_id ? old.audience : NULL;
}
