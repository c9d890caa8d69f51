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
extern const struct KrolesSubjectView *kroles_filter_view(void);
extern bool kroles_filter_outdated(int64 media_id);
extern bool kroles_filter_covers(void);
extern struct varlena *kroles_current_index_keys(void);
extern struct varlena *kroles_current_draft_keys(void);
extern bool kroles_drafts_have_keys(void);
extern uint64 kroles_view_number(void);

#endif
