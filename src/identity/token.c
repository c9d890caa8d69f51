/*
 * token.c
 *		Signed tokens: JWT (RFC 7519) in the compact form.
 *
 * A token is verified with a key of kroles.signing_keys (identity/jws.c).  What was
 * verified is remembered by the token's SHA-256 for as long as keys and settings
 * stand; the times in it are compared with the statement's at every use.
 * Whatever is wrong with a token is an error, SQLSTATE 28000.
 */
#include "postgres.h"

#include "access/xact.h"
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "core/clock.h"
#include "identity/jws.h"
#include "identity/token.h"
#include "store/catalog.h"
#include "store/scan.h"

#define MAX_TOKEN 8192
#define MAX_REMEMBERED 256
#define UNIX_SECONDS_OF_POSTGRES_EPOCH \
	((POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * (double) SECS_PER_DAY)

/* A token that was verified: an entry of the hash table. */
typedef struct Remembered
{
	uint8		digest[PG_SHA256_DIGEST_LENGTH];	/* hash key, must be first */
	uint64		site;			/* number of the site's load that it was verified under */
	KrolesClaims claims;
} Remembered;

static HTAB *remembered;

static void pg_attribute_noreturn()
refuse(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
			 errmsg("the token is not valid"),
			 errdetail_internal("%s", detail)));
}

/* For what a new token mends. */
static void pg_attribute_noreturn()
refuse_outlived(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
			 errmsg("the token is not valid"),
			 errdetail_internal("%s", detail),
			 errhint("Log in again to get a new token.")));
}

/* ---- The signature ---- */

/*
 * Verifies with the key of the scan's row, if it is the token's; *known tells
 * that it is, *valid_until how long that key is good for.
 */
static bool
verify_with_row(KrolesScan *scan, const KrolesJws *jws, const char *kid, bool *known,
				TimestampTz *valid_until)
{
	char	   *row_kid = TextDatumGetCString(kroles_scan_value(scan, SIGNING_KEYS_KID));
	char	   *algorithm = TextDatumGetCString(kroles_scan_value(scan, SIGNING_KEYS_ALGORITHM));
	char	   *key = TextDatumGetCString(kroles_scan_value(scan, SIGNING_KEYS_KEY));
	bool		forever;
	Datum		expires = kroles_scan_column(scan, SIGNING_KEYS_EXPIRES, &forever);
	bool		verified = false;

	*valid_until = forever ? DT_NOEND : DatumGetTimestampTz(expires);
	if ((kid == NULL || strcmp(row_kid, kid) == 0) &&
		kroles_time() < *valid_until)
	{
		*known = true;
		verified = kroles_jws_verify(jws, algorithm, key);
	}
	explicit_bzero(key, strlen(key));
	return verified;
}

/*
 * Verifies with the key that the token names; one that names none is tried
 * against every key of its algorithm.
 */
static void
verify(const KrolesJws *jws, Snapshot snapshot, TimestampTz *valid_until)
{
	const char *kid;
	bool		known = false;
	bool		verified = false;
	KrolesScan	scan;

	if (kroles_jws_has(jws->header, "crit"))
		refuse("It has critical extensions.");
	kid = kroles_jws_string(jws->header, "kid");
	if (kid == NULL && kroles_jws_has(jws->header, "kid"))
		refuse("It is signed with an unknown key.");
	kroles_scan_all(&scan, KROLES_T_SIGNING_KEYS, snapshot);
	while (!verified && kroles_scan_next(&scan))
		verified = verify_with_row(&scan, jws, kid, &known, valid_until);
	kroles_scan_end(&scan);
	if (!verified)
		refuse(known ? "Its signature or algorithm is not that of the signing key." :
			   "It is signed with an unknown key.");
}

/* ---- The claims ---- */

/* What the site's settings want of a token. */
typedef struct Wanted
{
	char	   *issuer;			/* NULL: any */
	char	   *audience;		/* NULL: any */
	int64		leeway;			/* microseconds that clocks may differ */
} Wanted;

static char *
text_or_null(KrolesScan *scan, int column)
{
	bool		isnull;
	Datum		value = kroles_scan_column(scan, column, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

static Wanted
read_wanted(Snapshot snapshot)
{
	Wanted		wanted = {0};
	Interval   *leeway;
	KrolesScan	scan;

	kroles_scan_all(&scan, KROLES_T_SETTINGS, snapshot);
	if (!kroles_scan_next(&scan))
		elog(ERROR, "the row of kroles.settings is missing");
	wanted.issuer = text_or_null(&scan, SETTINGS_TOKEN_ISSUER);
	wanted.audience = text_or_null(&scan, SETTINGS_TOKEN_AUDIENCE);
	leeway = DatumGetIntervalP(kroles_scan_value(&scan, SETTINGS_TOKEN_LEEWAY));
	wanted.leeway = leeway->time + (leeway->day + leeway->month * DAYS_PER_MONTH) * USECS_PER_DAY;
	kroles_scan_end(&scan);
	return wanted;
}

/* A claim that is a number of seconds since 1970; false where it is absent. */
static bool
claim_time(const KrolesJws *jws, const char *name, TimestampTz *at)
{
	double		seconds;

	if (!kroles_jws_has(jws->payload, name))
		return false;
	if (!kroles_jws_number(jws->payload, name, &seconds))
		refuse("A time in it is not a number.");
	/* what a timestamp can't hold was long ago, or is never reached */
	if (seconds >= 9.0e12)
		*at = DT_NOEND;
	else if (seconds <= -2.0e11)
		*at = DT_NOBEGIN;
	else
		*at = (TimestampTz) ((seconds - UNIX_SECONDS_OF_POSTGRES_EPOCH) * USECS_PER_SEC);
	return true;
}

/* Reads and checks what a verified token claims. */
static void
read_claims(const KrolesJws *jws, const Wanted *wanted, KrolesClaims *claims)
{
	const char *sub = kroles_jws_string(jws->payload, "sub");
	const char *issuer = kroles_jws_string(jws->payload, "iss");

	if (sub == NULL || sub[0] == '\0')
		refuse("It names nobody (\"sub\").");
	if (strlcpy(claims->login, sub, sizeof(claims->login)) >= sizeof(claims->login))
		refuse("Its \"sub\" is longer than any login.");
	if (!claim_time(jws, "exp", &claims->expires_at))
		refuse("It does not say when it expires (\"exp\").");
	if (!claim_time(jws, "nbf", &claims->not_before))
		claims->not_before = DT_NOBEGIN;
	if (!claim_time(jws, "iat", &claims->issued_at))
		claims->issued_at = DT_NOBEGIN;
	claims->leeway = wanted->leeway;
	if (wanted->issuer != NULL && (issuer == NULL || strcmp(issuer, wanted->issuer) != 0))
		refuse("It is from another issuer (\"iss\").");
	if (wanted->audience != NULL && !kroles_jws_names(jws->payload, "aud", wanted->audience))
		refuse("It is for another audience (\"aud\").");
}

/* ---- Remembering ---- */

static void
digest_of(const char *token, uint8 *digest)
{
	pg_cryptohash_ctx *context = pg_cryptohash_create(PG_SHA256);

	if (pg_cryptohash_init(context) < 0 ||
		pg_cryptohash_update(context, (const uint8 *) token, strlen(token)) < 0 ||
		pg_cryptohash_final(context, digest, PG_SHA256_DIGEST_LENGTH) < 0)
		elog(ERROR, "could not compute a digest: %s", pg_cryptohash_error(context));
	pg_cryptohash_free(context);
}

/* The table of verified tokens, emptied when it is full. */
static HTAB *
open_remembered(void)
{
	HASHCTL		control = {
		.keysize = PG_SHA256_DIGEST_LENGTH,
		.entrysize = sizeof(Remembered),
		.hcxt = CacheMemoryContext
	};

	if (remembered != NULL && hash_get_num_entries(remembered) >= MAX_REMEMBERED)
	{
		hash_destroy(remembered);
		remembered = NULL;
	}
	if (remembered == NULL)
		remembered = hash_create("kroles tokens", 16, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	return remembered;
}

/*
 * Verifies a token as of the snapshot, and fills in what it claims.  "site" is
 * the number of the load of keys and settings that stand.  The times are not
 * checked here.
 */
void
kroles_verify_token(const char *token, uint64 site, Snapshot snapshot, KrolesClaims *claims)
{
	uint8		digest[PG_SHA256_DIGEST_LENGTH];
	Remembered *known;
	bool		found;

	if (strnlen(token, MAX_TOKEN + 1) > MAX_TOKEN)
		refuse("It is longer than 8192 bytes.");
	digest_of(token, digest);
	known = hash_search(open_remembered(), digest, HASH_FIND, NULL);
	if (known == NULL || known->site != site)
	{
		KrolesJws	jws;
		Wanted		wanted = read_wanted(snapshot);

		if (!kroles_jws_parse(token, &jws))
			refuse("It is not a signed JWT.");
		verify(&jws, snapshot, &claims->key_expires_at);
		read_claims(&jws, &wanted, claims);
		known = hash_search(remembered, digest, HASH_ENTER, &found);
		known->site = site;
		known->claims = *claims;
	}
	*claims = known->claims;
}

/* Refuses a token at a time that it is not for. */
void
kroles_check_token_times(const KrolesClaims *claims)
{
	TimestampTz now = kroles_time();

	if (!TIMESTAMP_IS_NOEND(claims->expires_at) &&
		(TIMESTAMP_IS_NOBEGIN(claims->expires_at) || now >= claims->expires_at + claims->leeway))
		refuse_outlived("It has expired.");
	if (!TIMESTAMP_IS_NOBEGIN(claims->not_before) &&
		(TIMESTAMP_IS_NOEND(claims->not_before) || now < claims->not_before - claims->leeway))
		refuse("It is not valid yet.");
	if (now >= claims->key_expires_at && !TIMESTAMP_IS_NOEND(claims->key_expires_at))
		refuse("It is signed with an unknown key.");
}

/* Refuses a token that was issued before all of its user's sessions were ended. */
void
kroles_check_token_issued(const KrolesClaims *claims, TimestampTz valid_after)
{
	if (claims->issued_at < valid_after)
		refuse_outlived("The user's sessions have been ended since it was issued.");
}
