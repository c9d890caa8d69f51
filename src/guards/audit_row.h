/*
 * audit_row.h
 *		A row of one of our tables as the audit log shows it.
 */
#ifndef KROLES_AUDIT_ROW_H
#define KROLES_AUDIT_ROW_H

#include "executor/tuptable.h"
#include "utils/jsonb.h"
#include "utils/relcache.h"

/* How the rows of a table are shown. */
typedef struct KrolesLoggedTable KrolesLoggedTable;

extern KrolesLoggedTable *kroles_logged_table(Relation rel);
extern bool kroles_same_row(KrolesLoggedTable *table, TupleTableSlot *a, TupleTableSlot *b);
extern Jsonb *kroles_logged_row(KrolesLoggedTable *table, TupleTableSlot *row);
extern Jsonb *kroles_without_key(KrolesLoggedTable *table, Jsonb *row);
extern const char *kroles_enum_label(Oid value);

#endif
