/*
 * clock.c
 *		The time that decisions are made for.
 */
#include "postgres.h"

#include "core/clock.h"

TimestampTz kroles_past_time;
