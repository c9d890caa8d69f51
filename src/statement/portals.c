/*
 * portals.c
 *		Cursors that code of others opens are gone when it returns.
 *
 * One that it opened, in the place of the person's under the same name perhaps,
 * would run in the person's name when they fetch from it.
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

/* The portals of the session that are open; in the caller's memory. */
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

static bool
is_among(const OpenPortal *portal, const KrolesPortals *others)
{
	for (int i = 0; i < others->n; i++)
	{
		const OpenPortal *other = &((OpenPortal *) others->portals)[i];

		if (strcmp(other->name, portal->name) == 0 && other->created_at == portal->created_at)
			return true;
	}
	return false;
}

/* Closes the portals that are open now and are not among those. */
void
kroles_close_portals_but(const KrolesPortals *those)
{
	KrolesPortals now = kroles_open_portals();

	for (int i = 0; i < now.n; i++)
	{
		const OpenPortal *open = &((OpenPortal *) now.portals)[i];
		Portal		portal = is_among(open, those) ? NULL : GetPortalByName(open->name);

		if (PortalIsValid(portal) && portal->status != PORTAL_ACTIVE && !portal->portalPinned)
			PortalDrop(portal, false);
	}
}
