/*
 * change_time.h
 *		From when on a change in the audit log counts.
 */
#ifndef KROLES_CHANGE_TIME_H
#define KROLES_CHANGE_TIME_H

#include "access/transam.h"
#include "datatype/timestamp.h"

extern TimestampTz kroles_time_of_change(TimestampTz at, FullTransactionId txid, TransactionId inserted_by);

#endif
