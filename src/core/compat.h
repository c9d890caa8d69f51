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
#include "catalog/pg_class.h"
#include "storage/proc.h"
#include "utils/acl.h"

/* The count of completed transactions in this cluster: changes whenever visibility does. */
#if PG_VERSION_NUM >= 170000
#define KROLES_COMPLETION_COUNT() (TransamVariables->xactCompletionCount)
#else
#define KROLES_COMPLETION_COUNT() (ShmemVariableCache->xactCompletionCount)
#endif

/* Whether a role owns a relation, directly, as a member of the owning role or as a superuser. */
#if PG_VERSION_NUM >= 160000
#define KROLES_OWNS_RELATION(relid, role) object_ownercheck(RelationRelationId, relid, role)
#else
#define KROLES_OWNS_RELATION(relid, role) pg_class_ownercheck(relid, role)
#endif

/* The local id of this backend's transaction. */
#if PG_VERSION_NUM >= 170000
#define KROLES_LXID() (MyProc->vxid.lxid)
#else
#define KROLES_LXID() (MyProc->lxid)
#endif

/* The parameters of ExecutorRun and its hook. */
#if PG_VERSION_NUM >= 180000
#define KROLES_EXECUTOR_RUN_PARAMETERS QueryDesc *desc, ScanDirection direction, uint64 count
#define KROLES_EXECUTE_ONCE false
#define KROLES_EXECUTOR_RUN(function, desc, direction, count, once) function(desc, direction, count)
#else
#define KROLES_EXECUTOR_RUN_PARAMETERS QueryDesc *desc, ScanDirection direction, uint64 count, bool execute_once
#define KROLES_EXECUTE_ONCE execute_once
#define KROLES_EXECUTOR_RUN(function, desc, direction, count, once) function(desc, direction, count, once)
#endif

/* Begins the scan of an Index Scan node on its index. */
#if PG_VERSION_NUM >= 180000
#define KROLES_INDEX_BEGINSCAN(node, snapshot) \
	index_beginscan((node)->ss.ss_currentRelation, (node)->iss_RelationDesc, snapshot, &(node)->iss_Instrument, (node)->iss_NumScanKeys, 0)
#else
#define KROLES_INDEX_BEGINSCAN(node, snapshot) \
	index_beginscan((node)->ss.ss_currentRelation, (node)->iss_RelationDesc, snapshot, (node)->iss_NumScanKeys, 0)
#endif

/* The virtual transaction id of an element of GetLockStatusData(). */
#if PG_VERSION_NUM >= 170000
#define KROLES_LOCK_PROC_NUMBER(lock) ((lock)->vxid.procNumber)
#define KROLES_LOCK_LXID(lock) ((lock)->vxid.localTransactionId)
#else
#define KROLES_LOCK_PROC_NUMBER(lock) ((lock)->backend)
#define KROLES_LOCK_LXID(lock) ((lock)->lxid)
#endif

#endif
