/*
 * blanks.h
 *		Characters that are not seen.
 */
#ifndef KROLES_BLANKS_H
#define KROLES_BLANKS_H

extern int	kroles_blank_length(const char *p, const char *end);

#endif
