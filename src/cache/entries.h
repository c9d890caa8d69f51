/*
 * entries.h
 *		The classes of entries in memory, and the buckets that messages name.
 */
#ifndef KROLES_ENTRIES_H
#define KROLES_ENTRIES_H

/*
 * The classes: X(constant, buckets).  The first bucket of a class stands for
 * the whole class; an entry falls into one of the others.  The site is one
 * entry, with id 0.
 */
#define KROLES_CLASSES(X) \
	X(KROLES_C_SITE, 1) \
	X(KROLES_C_USER, 64) \
	X(KROLES_C_GROUP, 32) \
	X(KROLES_C_SPACE, 73) \
	X(KROLES_C_MEDIA, 85) \
	X(KROLES_C_EVENT, 16) \
	X(KROLES_C_STAYS, 48) \
	X(KROLES_C_WINDOWS, 17)

#define KROLES_ENUMERATE_CLASS(constant, buckets) constant,

typedef enum KrolesClass
{
	KROLES_CLASSES(KROLES_ENUMERATE_CLASS)
	KROLES_NCLASSES
} KrolesClass;

#define KROLES_ENUMERATE_BUCKETS(constant, buckets) \
	constant##_BUCKET, constant##_LAST_BUCKET = constant##_BUCKET + (buckets) - 1,

enum
{
	KROLES_EVERY_BUCKET,		/* stands for all classes */
	KROLES_CLASSES(KROLES_ENUMERATE_BUCKETS)
	KROLES_NBUCKETS
};

#endif
