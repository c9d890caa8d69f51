/*
 * own_functions.h
 *		Which functions are the extension's own: for the planner's files.
 */
#ifndef KROLES_OWN_FUNCTIONS_H
#define KROLES_OWN_FUNCTIONS_H

/* What a function is. */
typedef enum KrolesOwnFunction
{
	KROLES_FOREIGN_FUNCTION,	/* not one that policies of kroles call */
	KROLES_OWN_FUNCTION,		/* a C function of the extension, in its schema */
	KROLES_OWN_AUDIENCE_CAN,	/* ... kroles.audience_can() */
	KROLES_OWN_CAN,				/* ... kroles.can() */
	KROLES_OWN_SPACE_CAN,		/* ... kroles.space_can() */
	KROLES_OWN_HOLDS,			/* ... kroles.holds() */
	KROLES_OWN_IS_AUDITOR,		/* ... kroles.is_auditor() */
	KROLES_OWN_MAY_SEE_PUBLICATION, /* ... kroles.may_see_publication() */
	KROLES_OWN_KEYS,			/* ... kroles.keys(), which stands for keys in plans */
	KROLES_OWN_SHOWS_PEOPLE,	/* ... kroles.shows_people() */
	KROLES_OWN_OVERLAPS			/* ... kroles.audience_overlaps(), the operator && */
} KrolesOwnFunction;

extern void kroles_own_functions_init(void);
extern KrolesOwnFunction kroles_own_function(Oid function);
extern Oid	kroles_index_keys_function(void);
extern Oid	kroles_keys_function(void);
extern Oid	kroles_draft_keys_function(void);

#endif
