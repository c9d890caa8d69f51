/*
 * old_audience.h
 *		The audience that a media had before the running statement changed its owner.
 */
#ifndef KROLES_OLD_AUDIENCE_H
#define KROLES_OLD_AUDIENCE_H

extern bool kroles_old_audience_kept;	/* there may be one */

extern void kroles_remember_old_audience(int64 media_id, struct varlena *audience);
extern struct varlena *kroles_old_audience(int64 media_id);

#endif
