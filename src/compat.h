/*
 * compat.h
 *		Every test of PostgreSQL's version, and nothing else.
 */
#ifndef KROLES_COMPAT_H
#define KROLES_COMPAT_H

#if PG_VERSION_NUM < 150000
#error "kroles needs PostgreSQL 15 or later"
#endif

#include "access/transam.h"
#include "storage/proc.h"

/* How many transactions have completed in this cluster: moves whenever visibility does. */
#if PG_VERSION_NUM >= 170000
#define KROLES_COMPLETION_COUNT() (TransamVariables->xactCompletionCount)
#else
#define KROLES_COMPLETION_COUNT() (ShmemVariableCache->xactCompletionCount)
#endif

/* The local id of this backend's transaction. */
#if PG_VERSION_NUM >= 170000
#define KROLES_LXID() (MyProc->vxid.lxid)
#else
#define KROLES_LXID() (MyProc->lxid)
#endif

/* What tells a transaction from others, of an entry of GetLockStatusData(). */
#if PG_VERSION_NUM >= 170000
#define KROLES_LOCK_PROC_NUMBER(lock) ((lock)->vxid.procNumber)
#define KROLES_LOCK_LXID(lock) ((lock)->vxid.localTransactionId)
#else
#define KROLES_LOCK_PROC_NUMBER(lock) ((lock)->backend)
#define KROLES_LOCK_LXID(lock) ((lock)->lxid)
#endif

#endif
