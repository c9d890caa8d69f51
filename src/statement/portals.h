/*
 * portals.h
 *		Closes the cursors that foreign code opened, when it returns.
 */
#ifndef KROLES_PORTALS_H
#define KROLES_PORTALS_H

/* A list of open portals, to compare with later. */
typedef struct KrolesPortals
{
	int			n;
	void	   *portals;
} KrolesPortals;

extern KrolesPortals kroles_open_portals(void);
extern void kroles_close_portals_but(const KrolesPortals *kept);

#endif
