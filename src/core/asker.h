/*
 * asker.h
 *		The asker, or another subject that is asked about.
 */
#ifndef KROLES_ASKER_H
#define KROLES_ASKER_H

typedef enum KrolesAskerType
{
	KROLES_NOBODY,				/* anonymous */
	KROLES_PERSON,
	KROLES_OPERATOR,			/* a session that bypasses row security and has no user */
	KROLES_AUDITOR				/* a session of a role in kroles.auditors that has no user */
} KrolesAskerType;

typedef struct KrolesAsker
{
	KrolesAskerType type;
	int64		user_id;		/* of a person; else 0 */
} KrolesAsker;

static inline bool
kroles_same_asker(KrolesAsker a, KrolesAsker b)
{
	return a.type == b.type && a.user_id == b.user_id;
}

#endif
