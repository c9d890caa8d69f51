/*
 * ids.h
 *		Ids are given by the database.
 */
#ifndef KROLES_IDS_H
#define KROLES_IDS_H

#include "utils/relcache.h"

extern bool kroles_is_upsert(Relation rel, int64 id);

#endif
