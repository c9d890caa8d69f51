/*
 * availability.h
 *		Whether media are available now, for policies that do not read the media.
 */
#ifndef KROLES_AVAILABILITY_H
#define KROLES_AVAILABILITY_H

extern bool kroles_is_available(int64 media_id);

#endif
