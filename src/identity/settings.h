/*
 * settings.h
 *		The settings that state an identity.
 */
#ifndef KROLES_IDENTITY_SETTINGS_H
#define KROLES_IDENTITY_SETTINGS_H

typedef struct KrolesIdentitySetting
{
	char	   *value;			/* empty counts as unset */
	bool		set_local;		/* set by the command SET LOCAL: see set_local.c */
} KrolesIdentitySetting;

extern KrolesIdentitySetting kroles_token;
extern KrolesIdentitySetting kroles_stated_user;
/* the login role whose session set kroles.user to its value */
extern Oid	kroles_user_stated_by;

extern void kroles_identity_settings_init(void (*assigned) (void));

#endif
