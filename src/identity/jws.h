/*
 * jws.h
 *		The signed form of a token.
 */
#ifndef KROLES_JWS_H
#define KROLES_JWS_H

#include "utils/jsonb.h"

/* A token taken apart, in the caller's memory; nothing in it is verified yet. */
typedef struct KrolesJws
{
	const char *signed_text;	/* header and payload as they were signed */
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
