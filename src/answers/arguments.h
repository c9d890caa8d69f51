/*
 * arguments.h
 *		Arguments of the SQL functions, and the permission to ask about others.
 */
#ifndef KROLES_ARGUMENTS_H
#define KROLES_ARGUMENTS_H

#include "fmgr.h"
#include "core/asker.h"
#include "core/compat.h"
#include "rules/rules.h"

extern KrolesKind kroles_arg_kind(FunctionCallInfo fcinfo, int n);
extern KrolesAction kroles_arg_action(FunctionCallInfo fcinfo, int n);
extern KrolesAsker kroles_arg_user(FunctionCallInfo fcinfo, int n);
extern int64 kroles_arg_id(FunctionCallInfo fcinfo, int n);
pg_noreturn extern void kroles_refuse_asking(void);
extern bool kroles_may_ask_about_others(KrolesKind kind, int64 id);
extern void kroles_check_may_ask_about_others(KrolesKind kind, int64 id);
extern void kroles_check_may_ask(KrolesAsker about, KrolesKind kind, int64 id);
extern void kroles_check_right_exists(KrolesKind kind, KrolesAction action);

#endif
