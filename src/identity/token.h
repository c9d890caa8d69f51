/*
 * token.h
 *		Signed tokens.
 */
#ifndef KROLES_TOKEN_H
#define KROLES_TOKEN_H

#include "datatype/timestamp.h"
#include "utils/jsonb.h"
#include "utils/snapshot.h"

#include "cache/question.h"

/* In bytes: a login has at most 256 characters of up to 4 bytes. */
#define KROLES_MAX_LOGIN 1024

/* What a verified token claims. */
typedef struct KrolesClaims
{
	char		login[KROLES_MAX_LOGIN + 1];
	TimestampTz expires_at;
	TimestampTz not_before;
	TimestampTz issued_at;
	TimestampTz key_expires_at; /* of the key that verified it */
	int64		leeway;			/* microseconds by which clocks may differ */
} KrolesClaims;

extern int64 kroles_token_user(const char *token, KrolesBasis basis, uint64 site, Snapshot snapshot,
							   KrolesClaims *claims);
extern void kroles_check_claims_issued(Jsonb *claims, TimestampTz valid_after);
extern void kroles_check_token_times(const KrolesClaims *claims);

#endif
