/*
 * audit.h
 *		Who is logged as changing something.
 */
#ifndef KROLES_AUDIT_H
#define KROLES_AUDIT_H

extern void kroles_audit_actor(const char *operation, Datum *args, char *nulls);

#endif
