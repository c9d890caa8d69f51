/*
 * object_filter.h
 *		The current subject's rights on objects that policies name by id.
 */
#ifndef KROLES_OBJECT_FILTER_H
#define KROLES_OBJECT_FILTER_H

#include "rules/rules.h"

extern void kroles_object_filter_init(void);
extern bool kroles_filter_object(KrolesRights wanted, KrolesKind kind, int64 id);

#endif
