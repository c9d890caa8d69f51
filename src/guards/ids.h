/*
 * ids.h
 *		Ids are given by the database.
 */
#ifndef KROLES_IDS_H
#define KROLES_IDS_H

extern bool kroles_is_upsert(Oid relid, int64 id);

#endif
