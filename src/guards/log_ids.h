/*
 * log_ids.h
 *		The ids of rows of the audit log.
 */
#ifndef KROLES_LOG_IDS_H
#define KROLES_LOG_IDS_H

extern int64 kroles_next_log_value(void);
extern void kroles_note_log_id(int64 id);
extern bool kroles_first_log_id(int64 *id);
extern const char *kroles_next_log_call(void);

#endif
