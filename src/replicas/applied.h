/*
 * applied.h
 *		How much of the primary's changes this server has.
 */
#ifndef KROLES_APPLIED_H
#define KROLES_APPLIED_H

#include "access/xlogdefs.h"

typedef enum KrolesServer
{
	KROLES_PRIMARY,
	KROLES_STANDBY,				/* replays the primary's log */
	KROLES_REPLICA				/* subscribes to the primary's entitlements */
} KrolesServer;

extern KrolesServer kroles_server(void);
extern XLogRecPtr kroles_applied_position(KrolesServer server);

#endif
