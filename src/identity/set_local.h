/*
 * set_local.h
 *		Whether an identity was stated by the command SET LOCAL.
 */
#ifndef KROLES_SET_LOCAL_H
#define KROLES_SET_LOCAL_H

extern void kroles_set_local_init(void (*mode_changed) (void), bool (*stated_otherwise) (void));
extern void kroles_note_statement(void **extra);
extern bool kroles_was_set_local(const void *extra);
extern bool kroles_demands_set_local(void);
extern void kroles_refuse_unless_set_local(bool local, const char *setting);

#endif
