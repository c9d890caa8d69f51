/*
 * key_fraction.h
 *		Estimates which fraction of a table has one of some keys.
 */
#ifndef KROLES_KEY_FRACTION_H
#define KROLES_KEY_FRACTION_H

#include "access/attnum.h"

#include "rls/keys.h"

extern double kroles_key_fraction(Oid relid, AttrNumber column, const KrolesKeyIds *keys);

#endif
