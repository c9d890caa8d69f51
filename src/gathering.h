/*
 * gathering.h
 *		What is at hand while reasons are gathered: for reasons.c and needs.c.
 */
#ifndef KROLES_GATHERING_H
#define KROLES_GATHERING_H

#include "reasons.h"

/* The matrices as they are, and as they would be without something, by sum. */
#define KROLES_NO_CEILINGS	1
#define KROLES_NO_TYPES		2	/* what types of spaces give without a grant */
#define KROLES_MODULE_ON	4
#define KROLES_NVARIANTS	8

typedef struct KrolesGathering
{
	KrolesInquiry *inquiry;
	KrolesJudged judged;
	KrolesRights wanted;
	KrolesMatrices variants[KROLES_NVARIANTS];
	const KrolesSpace *space;	/* the object, if it is one */
	const KrolesMedia *media;
} KrolesGathering;

extern KrolesReason *kroles_add_reason(KrolesGathering *g, KrolesEffect effect, KrolesFact fact);

/* ---- needs.c ---- */

extern void kroles_add_needs(KrolesGathering *g);

#endif
