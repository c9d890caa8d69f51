/*
 * version.h
 *		Whether the library knows the script that the extension was created from.
 */
#ifndef KROLES_VERSION_H
#define KROLES_VERSION_H

extern void kroles_version_init(void);
extern void kroles_check_script(Oid schema);

#endif
