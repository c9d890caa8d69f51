/*
 * load.h
 *		How rows become entries.
 */
#ifndef KROLES_LOAD_H
#define KROLES_LOAD_H

#include "utils/snapshot.h"

#include "datatype/timestamp.h"

#include "cache/cache.h"

extern void kroles_load_site(KrolesCacheEntry *entry, Snapshot snapshot);
extern void kroles_load_user(KrolesCacheEntry *entry, Snapshot snapshot);
extern void kroles_load_group(KrolesCacheEntry *entry, Snapshot snapshot);
extern void kroles_load_space(KrolesCacheEntry *entry, Snapshot snapshot);
extern void kroles_load_media(KrolesCacheEntry *entry, Snapshot snapshot);
extern void kroles_load_event(KrolesCacheEntry *entry, Snapshot snapshot);
extern void kroles_load_stays(KrolesCacheEntry *entry, Snapshot snapshot);
extern void kroles_load_windows(KrolesCacheEntry *entry, Snapshot snapshot);
extern int64 kroles_interval_length(Datum value);
extern bool kroles_is_gateway(const char *role, Snapshot snapshot);
extern bool kroles_is_auditors_role(const char *role, Snapshot snapshot);
extern const char *kroles_folded_login(const char *login, Snapshot snapshot);
extern bool kroles_find_user_by_login(const char *login, Snapshot snapshot, int64 *user_id,
									  TimestampTz *tokens_valid_after);
extern bool kroles_find_user_by_db_role(const char *role, Snapshot snapshot, int64 *user_id);

#endif
