/*
 * publication_filter.h
 *		Which publications the current subject sees.
 */
#ifndef KROLES_PUBLICATION_FILTER_H
#define KROLES_PUBLICATION_FILTER_H

#include "rules/rules.h"

/* The columns of a publication that decide. */
typedef struct KrolesPublicationRow
{
	int64		media_id;
	int64		space_id;
	bool		approved;
	bool		has_publisher;
	int64		published_by;
} KrolesPublicationRow;

/* The rights on a space that show publications there, whatever the media: a pending or rejected one, and an approved one. */
#define KROLES_SHOWS_ALL_THERE (KROLES_RIGHT(KROLES_MODERATE) | KROLES_RIGHT(KROLES_DELETE_CONTRIBUTIONS))
#define KROLES_SHOWS_SOME_THERE (KROLES_SHOWS_ALL_THERE | KROLES_RIGHT(KROLES_VIEW))

extern bool kroles_filter_publication(const KrolesPublicationRow *row);

#endif
