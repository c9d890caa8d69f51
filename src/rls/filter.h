/*
 * filter.h
 *		What the current subject sees, for policies that ask of every row.
 */
#ifndef KROLES_FILTER_H
#define KROLES_FILTER_H

#include "audience/audience.h"
#include "kroles.h"

extern void kroles_view_init(void);
extern bool kroles_filter_audience(KrolesRights wanted, struct varlena *audience);
extern bool kroles_filter_estimate(struct varlena *audience);
extern KrolesRights kroles_filter_space(int64 space_id);
extern struct varlena *kroles_current_index_keys(void);
extern uint64 kroles_view_number(void);

/* ---- planner/estimate.c: how much of a table the current subject sees ---- */

#define KROLES_SAMPLE_SIZE 400
#define KROLES_LEAST_FRACTION (0.25 / KROLES_SAMPLE_SIZE)	/* of whoever sees none of the sample */

extern void kroles_estimate_init(void);
extern double kroles_visible_fraction(Oid relid, AttrNumber attno);

/* ---- rls/subject_keys.c ---- */

#define KROLES_MAX_INDEX_KEYS 1000	/* entries; whoever has more is sought everything for */

extern struct varlena *kroles_subject_keys(KrolesBasis basis, KrolesAsker who);
extern struct varlena *kroles_subject_keys_by(KrolesBasis basis, KrolesAsker who, KrolesRights approved, KrolesRights pending,
									  unsigned event_roles);

#endif
