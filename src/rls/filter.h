/*
 * filter.h
 *		What the current subject sees, for policies that ask of every row.
 */
#ifndef KROLES_FILTER_H
#define KROLES_FILTER_H

#include "rules/rules.h"

extern void kroles_view_init(void);
extern bool kroles_filter_audience(KrolesRights wanted, struct varlena *audience);
extern bool kroles_filter_everything(KrolesRights wanted);
extern bool kroles_filter_estimate(struct varlena *audience);
extern KrolesRights kroles_filter_space(int64 space_id);
extern struct varlena *kroles_current_index_keys(void);
extern uint64 kroles_view_number(void);

#endif
