/*
 * portals.c
 *		Closes the cursors that foreign code opened, when it returns.
 *
 * Foreign code could replace a cursor of the session's user by one of the same name.
 * When the user fetched from it, its query would run with the identity of the user.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/portal.h"
#include "utils/timestamp.h"

#include "statement/portals.h"

typedef struct OpenPortal
{
	char	   *name;
	TimestampTz created_at;
} OpenPortal;

/* Lists the open portals of the session, in the caller's memory. */
KrolesPortals
kroles_open_portals(void)
{
	KrolesPortals open = {0};
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext spi;

	SPI_connect();
	if (SPI_execute("SELECT c.name, c.creation_time FROM pg_catalog.pg_cursor() AS c", true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the open portals");
	spi = MemoryContextSwitchTo(caller);
	open.n = (int) SPI_processed;
	open.portals = palloc(Max(1, open.n) * sizeof(OpenPortal));
	for (int i = 0; i < open.n; i++)
	{
		OpenPortal *portal = &((OpenPortal *) open.portals)[i];
		bool		isnull;

		portal->name = SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1);
		portal->created_at = DatumGetTimestampTz(SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 2, &isnull));
	}
	MemoryContextSwitchTo(spi);
	SPI_finish();
	return open;
}

/* Whether a portal is in a list.  The creation time distinguishes it from another one of the same name. */
static bool
is_listed_portal(const OpenPortal *portal, const KrolesPortals *list)
{
	for (int i = 0; i < list->n; i++)
	{
		const OpenPortal *listed = &((OpenPortal *) list->portals)[i];

		if (strcmp(listed->name, portal->name) == 0 && listed->created_at == portal->created_at)
			return true;
	}
	return false;
}

/* Closes the open portals that are not in the list, except active and pinned ones. */
void
kroles_close_portals_but(const KrolesPortals *kept)
{
	KrolesPortals now = kroles_open_portals();

	for (int i = 0; i < now.n; i++)
	{
		const OpenPortal *open = &((OpenPortal *) now.portals)[i];
		Portal		portal = is_listed_portal(open, kept) ? NULL : GetPortalByName(open->name);

		if (PortalIsValid(portal) && portal->status != PORTAL_ACTIVE && !portal->portalPinned)
			PortalDrop(portal, false);
	}
}
