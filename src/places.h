/*
 * places.h
 *		The product's own words for places.
 */
#ifndef KROLES_PLACES_H
#define KROLES_PLACES_H

#include "rules.h"

extern const char *kroles_place_word(KrolesKind kind, KrolesPlace place);
extern KrolesPlace kroles_place_of_word(KrolesKind kind, const char *word);

#endif
