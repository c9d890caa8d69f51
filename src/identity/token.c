/*
 * token.c
 *		Signed tokens: JWT (RFC 7519) in the compact form.
 *
 * A token is verified with a key of kroles.signing_keys (identity/jws.c).  The claims
 * of a verified token are cached by a hash of the token until keys or settings change,
 * with its user until the user's row changes.  The times among the claims are compared
 * with the statement's time at every use.
 * Every defect of a token is an error with SQLSTATE 28000.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "cache/load.h"
#include "core/clock.h"
#include "core/compat.h"
#include "core/siphash.h"
#include "identity/jws.h"
#include "identity/token.h"
#include "store/scan.h"

#define MAX_TOKEN 8192			/* bytes */
#define MAX_CACHED 256			/* tokens */
#define UNIX_SECONDS_OF_POSTGRES_EPOCH \
	((POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * (double) SECS_PER_DAY)

/*
 * A hash of a token: two values of SipHash under random keys of this backend.  Without the keys
 * nobody can make a token that has the hash of another one, and 128 bits do not collide by chance.
 */
typedef struct TokenHash
{
	uint64		values[2];
} TokenHash;

/* A verified token: an entry of the hash table. */
typedef struct CachedToken
{
	TokenHash	hash;			/* hash key, must be first */
	uint64		site;			/* number of the load of keys and settings that it was verified with */
	KrolesClaims claims;
	bool		has_user;		/* the user was looked up, at "stamp" */
	KrolesStamp stamp;
	int64		user_id;
	TimestampTz valid_after;	/* of the user's tokens */
} CachedToken;

static HTAB *cached_tokens;

pg_noreturn static void
refuse_token(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
			 errmsg("the token is not valid"),
			 errdetail_internal("%s", detail)));
}

/* Like refuse_token(), for a defect that a new token does not have. */
pg_noreturn static void
refuse_outdated_token(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
			 errmsg("the token is not valid"),
			 errdetail_internal("%s", detail),
			 errhint("Log in again to get a new token.")));
}

/* ---- The signature ---- */

/*
 * Verifies a token with the key of the scan's row, if the key has not expired and its
 * id is "kid", or "kid" is NULL; in this case sets *known.  Returns whether the key
 * verified the token.  Sets *valid_until to the time when the key expires.
 */
static bool
verify_with_key_row(KrolesScan *scan, const KrolesJws *jws, const char *kid, bool *known,
				TimestampTz *valid_until)
{
	char	   *row_kid = TextDatumGetCString(kroles_scan_value(scan, SIGNING_KEYS_KID));
	char	   *algorithm = TextDatumGetCString(kroles_scan_value(scan, SIGNING_KEYS_ALGORITHM));
	char	   *key = TextDatumGetCString(kroles_scan_value(scan, SIGNING_KEYS_KEY));
	bool		never_expires;
	Datum		expires = kroles_scan_column(scan, SIGNING_KEYS_EXPIRES, &never_expires);
	bool		verified = false;

	*valid_until = never_expires ? DT_NOEND : DatumGetTimestampTz(expires);
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
 * Verifies a token with the key that it names.  A token that names no key is tried
 * against every key of its algorithm.  Raises an error if no key verifies it; else sets
 * *valid_until to the time when the key expires.
 */
static void
verify_with_signing_keys(const KrolesJws *jws, Snapshot snapshot, TimestampTz *valid_until)
{
	const char *kid;
	bool		known = false;
	bool		verified = false;
	KrolesScan	scan;

	if (kroles_jws_has(jws->header, "crit"))
		refuse_token("It requires critical extensions (\"crit\").");
	kid = kroles_jws_string(jws->header, "kid");
	if (kid == NULL && kroles_jws_has(jws->header, "kid"))
		refuse_token("It is signed with an unknown key.");
	kroles_scan_all(&scan, KROLES_T_SIGNING_KEYS, snapshot);
	while (!verified && kroles_scan_next(&scan))
		verified = verify_with_key_row(&scan, jws, kid, &known, valid_until);
	kroles_scan_end(&scan);
	if (!verified)
		refuse_token(known ? "Its signature or algorithm is not that of the signing key." :
			   "It is signed with an unknown key.");
}

/* ---- The claims ---- */

/* What the site's settings require of a token; strings in the reader's memory. */
typedef struct Requirements
{
	char	   *issuer;			/* NULL: any */
	char	   *audience;		/* NULL: any */
	int64		leeway;			/* microseconds by which clocks may differ */
} Requirements;

/* A text column of the scan's row, copied into the caller's memory; NULL if it is null. */
static char *
text_or_null(KrolesScan *scan, int column)
{
	bool		isnull;
	Datum		value = kroles_scan_column(scan, column, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

static Requirements
read_requirements(Snapshot snapshot)
{
	Requirements required = {0};
	KrolesScan	scan;

	kroles_scan_all(&scan, KROLES_T_SETTINGS, snapshot);
	if (!kroles_scan_next(&scan))
		kroles_refuse_missing("row of relation", "settings");
	required.issuer = text_or_null(&scan, SETTINGS_TOKEN_ISSUER);
	required.audience = text_or_null(&scan, SETTINGS_TOKEN_AUDIENCE);
	required.leeway = kroles_interval_length(kroles_scan_value(&scan, SETTINGS_TOKEN_LEEWAY));
	kroles_scan_end(&scan);
	return required;
}

/* Reads a claim that is a number of seconds since 1970.  Returns false if it is absent, and refuses any other value. */
static bool
read_time_claim(Jsonb *payload, const char *name, TimestampTz *at)
{
	double		seconds;

	if (!kroles_jws_has(payload, name))
		return false;
	if (!kroles_jws_number(payload, name, &seconds))
		refuse_token(psprintf("Its \"%s\" is not a number.", name));
	/* a time outside the range of timestamps counts as infinitely early or late */
	if (seconds >= 9.0e12)
		*at = DT_NOEND;
	else if (seconds <= -2.0e11)
		*at = DT_NOBEGIN;
	else
		*at = (TimestampTz) ((seconds - UNIX_SECONDS_OF_POSTGRES_EPOCH) * USECS_PER_SEC);
	return true;
}

/* Reads the claims of a verified token, and refuses it if they are incomplete or do not meet the requirements. */
static void
read_claims(const KrolesJws *jws, const Requirements *required, KrolesClaims *claims)
{
	const char *sub = kroles_jws_string(jws->payload, "sub");
	const char *issuer = kroles_jws_string(jws->payload, "iss");

	if (sub == NULL || sub[0] == '\0')
		refuse_token("It does not name a user (\"sub\").");
	if (strlcpy(claims->login, sub, sizeof(claims->login)) >= sizeof(claims->login))
		refuse_token("Its \"sub\" is longer than any login.");
	if (!read_time_claim(jws->payload, "exp", &claims->expires_at))
		refuse_token("It has no expiration time (\"exp\").");
	if (!read_time_claim(jws->payload, "nbf", &claims->not_before))
		claims->not_before = DT_NOBEGIN;
	if (!read_time_claim(jws->payload, "iat", &claims->issued_at))
		claims->issued_at = DT_NOBEGIN;
	claims->leeway = required->leeway;
	if (required->issuer != NULL && (issuer == NULL || strcmp(issuer, required->issuer) != 0))
		refuse_token("It is from another issuer (\"iss\").");
	if (required->audience != NULL && !kroles_jws_names(jws->payload, "aud", required->audience))
		refuse_token("It is for another audience (\"aud\").");
}

/* ---- Cache of verified tokens ---- */

/* The value of SipHash of a text under that key. */
static uint64
hash_text(const char *text, Size length, KrolesSipKey key)
{
	KrolesSipState state = kroles_sip_begin(key);
	uint64		word = 0;
	Size		done;

	for (done = 0; done + sizeof(word) <= length; done += sizeof(word))
	{
		memcpy(&word, text + done, sizeof(word));
		kroles_sip_word(&state, word);
	}
	word = 0;
	for (Size i = done; i < length; i++)
		word |= (uint64) (unsigned char) text[i] << (8 * (i - done));
	return kroles_sip_end(state, word, length);
}

static TokenHash
hash_token(const char *token)
{
	static KrolesSipKey keys[2];
	static bool have_keys;
	TokenHash	hash;

	if (!have_keys && !pg_strong_random(keys, sizeof(keys)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random keys")));
	have_keys = true;
	for (int i = 0; i < lengthof(keys); i++)
		hash.values[i] = hash_text(token, strlen(token), keys[i]);
	return hash;
}

/* The table of verified tokens, below CacheMemoryContext; created if necessary, emptied when it is full. */
static HTAB *
open_cached_tokens(void)
{
	HASHCTL		control = {
		.keysize = sizeof(TokenHash),
		.entrysize = sizeof(CachedToken),
		.hcxt = CacheMemoryContext
	};

	if (cached_tokens != NULL && hash_get_num_entries(cached_tokens) >= MAX_CACHED)
	{
		hash_destroy(cached_tokens);
		cached_tokens = NULL;
	}
	if (cached_tokens == NULL)
		cached_tokens = hash_create("kroles tokens", 16, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	return cached_tokens;
}

/* Verifies a token by the keys and settings in the snapshot, and fills in its claims. */
static void
verify(const char *token, Snapshot snapshot, KrolesClaims *claims)
{
	KrolesJws	jws;
	Requirements required = read_requirements(snapshot);

	if (!kroles_jws_parse(token, &jws))
		refuse_token("It is not a signed JWT.");
	verify_with_signing_keys(&jws, snapshot, &claims->key_expires_at);
	read_claims(&jws, &required, claims);
}

/*
 * Verifies a token by the keys and settings in the snapshot, and fills in its claims.
 * "site" is the number of the current load of keys and settings.  Raises an error if
 * the token is not valid; does not check its times.  The result, in the cache, is valid
 * until the next call.
 */
static CachedToken *
verify_token(const char *token, uint64 site, Snapshot snapshot, KrolesClaims *claims)
{
	CachedToken *known;
	TokenHash	hash;
	bool		found;

	if (strnlen(token, MAX_TOKEN + 1) > MAX_TOKEN)
		refuse_token("It is longer than 8192 bytes.");
	hash = hash_token(token);
	known = hash_search(open_cached_tokens(), &hash, HASH_FIND, NULL);
	if (known == NULL || known->site != site)
	{
		verify(token, snapshot, claims);
		known = hash_search(cached_tokens, &hash, HASH_ENTER, &found);
		known->site = site;
		known->claims = *claims;
		known->has_user = false;
	}
	*claims = known->claims;
	return known;
}

/*
 * Whether the token's user, if looked up, is still the one with that login: whatever
 * changes that changes the user's own row, as a login belongs to one user at a time.
 */
static bool
is_user_known(const CachedToken *token)
{
	return token->has_user && kroles_still_true(&token->stamp, KROLES_C_USER, token->user_id);
}

/* Finds the user with the login; false if there is none.  Sets the time from which tokens are valid. */
static bool
find_user(CachedToken *token, KrolesBasis basis, Snapshot snapshot, const char *login, int64 *user_id,
		  TimestampTz *valid_after)
{
	bool		found;

	if (basis == KROLES_CURRENT && is_user_known(token))
	{
		*user_id = token->user_id;
		*valid_after = token->valid_after;
		return true;
	}
	found = kroles_find_user_by_login(login, snapshot, user_id, valid_after);
	if (basis == KROLES_CURRENT)
	{
		token->has_user = found;
		token->user_id = *user_id;
		token->valid_after = *valid_after;
		token->stamp = kroles_question_stamp();
	}
	return found;
}

/* Refuses a token that was issued before that time, or at an unknown time. */
static void
check_issued(TimestampTz issued_at, TimestampTz valid_after)
{
	if (issued_at < valid_after)
		refuse_outdated_token("The user's sessions have been ended since it was issued.");
}

/*
 * The user that a token names.  Verifies it, checks its times, and fills in its claims.
 * "site" is the number of the load of keys and settings on that basis, "snapshot" the
 * question's.  Raises an error if the token is not valid or names no user.
 */
int64
kroles_token_user(const char *token, KrolesBasis basis, uint64 site, Snapshot snapshot, KrolesClaims *claims)
{
	CachedToken *known = verify_token(token, site, snapshot, claims);
	int64		user_id = 0;
	TimestampTz valid_after = DT_NOBEGIN;

	kroles_check_token_times(claims);
	if (!find_user(known, basis, snapshot, claims->login, &user_id, &valid_after))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("no user has the login in the token")));
	check_issued(claims->issued_at, valid_after);
	return user_id;
}

/*
 * The same for the claims of a token that a gateway has checked, of a user whose tokens are
 * valid from that time on.  Claims that do not say when the token was issued are refused.
 * (With nothing but "sub" they are no token's: PostgREST adds "role".  The gateway names the
 * user itself, as with kroles.user.)
 */
void
kroles_check_claims_issued(Jsonb *claims, TimestampTz valid_after)
{
	TimestampTz issued_at;

	if (TIMESTAMP_IS_NOBEGIN(valid_after) || JB_ROOT_COUNT(claims) <= 1)
		return;
	if (!read_time_claim(claims, "iat", &issued_at))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("the claims do not say when the token was issued"),
				 errdetail("Of this user, only tokens are valid that were issued from a certain time on (users.tokens_valid_after)."),
				 errhint("Let tokens have the claim \"iat\". A gateway that names users itself does so in kroles.user.")));
	check_issued(issued_at, valid_after);
}

/* Refuses a token that has expired or is not valid yet at the statement's time, or whose key has expired. */
void
kroles_check_token_times(const KrolesClaims *claims)
{
	TimestampTz now = kroles_time();

	if (!TIMESTAMP_IS_NOEND(claims->expires_at) &&
		(TIMESTAMP_IS_NOBEGIN(claims->expires_at) || now >= claims->expires_at + claims->leeway))
		refuse_outdated_token("It has expired.");
	if (!TIMESTAMP_IS_NOBEGIN(claims->not_before) &&
		(TIMESTAMP_IS_NOEND(claims->not_before) || now < claims->not_before - claims->leeway))
		refuse_token("It is not valid yet.");
	if (now >= claims->key_expires_at && !TIMESTAMP_IS_NOEND(claims->key_expires_at))
		refuse_token("It is signed with an unknown key.");
}
