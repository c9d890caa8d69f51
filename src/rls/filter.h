/*
 * filter.h
 *		What the current subject sees, for policies that ask of every row.
 */
#ifndef KROLES_SIGHT_H
#define KROLES_SIGHT_H

#include "audience/audience.h"
#include "kroles.h"

extern void kroles_sight_init(void);
extern bool kroles_sees(KrolesRights wanted, struct varlena *audience);
extern bool kroles_would_see(struct varlena *audience);
extern KrolesRights kroles_sight_of_space(int64 space_id);
extern struct varlena *kroles_sought(void);
extern uint64 kroles_sight_number(void);

/* ---- planner/estimate.c: how much of a table the current subject sees ---- */

#define KROLES_SAMPLE_SIZE 400
#define KROLES_LEAST_FRACTION (0.25 / KROLES_SAMPLE_SIZE)	/* of whoever sees none of the sample */

extern void kroles_estimate_init(void);
extern double kroles_visible_fraction(Oid relid, AttrNumber attno);

/* ---- rls/subject_keys.c ---- */

#define KROLES_MAX_SOUGHT 1000	/* tokens; whoever has more is sought everything for */

extern struct varlena *kroles_seek(KrolesWorld world, KrolesAsker who);
extern struct varlena *kroles_seek_by(KrolesWorld world, KrolesAsker who, KrolesRights approved, KrolesRights pending,
									  unsigned event_roles);

#endif
