/*
 * record.h
 *		Records who gains and loses what, in the transaction that makes the changes.
 */
#ifndef KROLES_RECORD_H
#define KROLES_RECORD_H

extern void kroles_record_init(void);

#endif
