/*
 * applied.h
 *		How much of the primary's changes this server has.
 */
#ifndef KROLES_APPLIED_H
#define KROLES_APPLIED_H

#include "access/xlogdefs.h"
#include "storage/lock.h"

typedef enum KrolesServer
{
	KROLES_PRIMARY,
	KROLES_STANDBY,				/* replays the primary's log */
	KROLES_REPLICA				/* subscribes to the primary's entitlements */
} KrolesServer;

/* A position that a session waits for. */
typedef struct KrolesAwaited
{
	KrolesServer server;
	XLogRecPtr	position;

	/* On a replica, once the commits up to there have been recorded: the transactions that were changing our tables then */
	bool		recorded;
	VirtualTransactionId *writers;
	int			nwriters;
} KrolesAwaited;

extern KrolesServer kroles_server(void);
extern XLogRecPtr kroles_applied_position(KrolesServer server);
extern bool kroles_has_arrived(KrolesAwaited *awaited);

#endif
