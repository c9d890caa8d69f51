/*
 * could.h
 *		Questions about an earlier time.
 */
#ifndef KROLES_COULD_H
#define KROLES_COULD_H

#include "datatype/timestamp.h"
#include "fmgr.h"

extern void kroles_ask_in_past(TimestampTz at, void (*ask) (void *question), void *question);
extern TimestampTz kroles_arg_past(FunctionCallInfo fcinfo, int n);

#endif
