/*
 * portals.h
 *		Cursors of the session, while code of others runs.
 */
#ifndef KROLES_PORTALS_H
#define KROLES_PORTALS_H

typedef struct KrolesPortals
{
	int			n;
	void	   *portals;
} KrolesPortals;

extern KrolesPortals kroles_open_portals(void);
extern void kroles_close_portals_but(const KrolesPortals *those);

#endif
