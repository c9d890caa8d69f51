/*
 * names.h
 *		Names of objects.
 */
#ifndef KROLES_NAMES_H
#define KROLES_NAMES_H

extern char *kroles_space_name(int64 id);
extern char *kroles_event_name(int64 id);
extern char *kroles_group_name(int64 id);
extern char *kroles_user_login(int64 id);
extern char *kroles_user_name(int64 id);

#endif
