/*
 * jws.h
 *		The signed form of a token: JWS (RFC 7515), compact serialization.
 */
#ifndef KROLES_JWS_H
#define KROLES_JWS_H

#include "utils/jsonb.h"

/* A parsed token, in the memory of kroles_jws_parse()'s caller.  Nothing in it is verified. */
typedef struct KrolesJws
{
	const char *signed_text;	/* encoded header and payload, part of the token's text */
	size_t		signed_length;
	unsigned char *signature;
	int			signature_length;
	Jsonb	   *header;
	Jsonb	   *payload;
} KrolesJws;

extern Jsonb *kroles_json_object(const char *text, int encoding);
extern bool kroles_jws_parse(const char *token, KrolesJws *jws);
extern bool kroles_jws_verify(const KrolesJws *jws, const char *algorithm, const char *key);

extern bool kroles_jws_has(Jsonb *object, const char *name);
extern char *kroles_jws_string(Jsonb *object, const char *name);
extern bool kroles_jws_number(Jsonb *object, const char *name, double *number);
extern bool kroles_jws_names(Jsonb *object, const char *name, const char *wanted);

#endif
