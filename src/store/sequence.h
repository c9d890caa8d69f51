/*
 * sequence.h
 *		Takes values from a sequence without a trace in the session.
 */
#ifndef KROLES_SEQUENCE_H
#define KROLES_SEQUENCE_H

extern int64 kroles_next_value_aside(Oid sequence);

#endif
