/*
 * sufficient.h
 *		Which single grants are sufficient for a right.
 */
#ifndef KROLES_SUFFICIENT_H
#define KROLES_SUFFICIENT_H

#include "rules/rules.h"

/* Each bit alone gives a right. */
typedef struct KrolesSufficient
{
	KrolesRights approved;		/* rights on a space where the media is approved */
	KrolesRights pending;		/* rights on a space where the media is pending */
	unsigned	roles;			/* KROLES_MEDIA_ROLE bits, on the media */
	unsigned	event_roles;	/* KROLES_EVENT_ROLE bits, in the event or one that the media is a session of */
} KrolesSufficient;

extern KrolesRights kroles_rights_from_standing(const KrolesMatrices *m, const KrolesSubject *who, KrolesKind kind,
												const KrolesMediaStanding *standing);
extern KrolesSufficient kroles_sufficient_grants(const KrolesMatrices *m, const KrolesSubject *who, KrolesKind kind,
												 KrolesRights wanted);

#endif
