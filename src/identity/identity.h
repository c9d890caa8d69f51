/*
 * identity.h
 *		The asker: on whose behalf the session runs a statement.
 */
#ifndef KROLES_IDENTITY_H
#define KROLES_IDENTITY_H

#include "core/asker.h"

extern void kroles_identity_init(void);
extern KrolesAsker kroles_asker(void);
extern bool kroles_asker_stands(void);

#endif
