/*
 * jws.c
 *		The signed form of a token: JWS (RFC 7515), compact serialization.
 *
 * OpenSSL verifies the signatures, and PostgreSQL parses the JSON.  A JOSE library
 * such as libjwt cannot be loaded into a backend: it calls json_object() of
 * libjansson, but the dynamic linker resolves that name to PostgreSQL's function,
 * which crashes.
 *
 * The key determines the algorithm, never the token.  A token that names another
 * algorithm than that of the key is refused before anything is verified, so the
 * contents of a token cannot influence how it is verified.
 */
#include "postgres.h"

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include "common/base64.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "core/compat.h"
#include "identity/jws.h"

/* ---- Parsing ---- */

/* Decodes base64url without padding, in the caller's memory; NULL if the part is invalid or empty. */
static char *
decode_base64url(const char *part, int length, int *decoded_length)
{
	int			padded = (length + 3) / 4 * 4;
	char	   *standard = palloc(padded + 1);
	char	   *decoded = palloc(pg_b64_dec_len(padded) + 1);

	for (int i = 0; i < padded; i++)
	{
		char		c = i < length ? part[i] : '=';

		/* pg_b64_decode() accepts these characters, but base64url does not contain them */
		if (i < length && (c == '+' || c == '/' || c == '=' || isspace((unsigned char) c)))
			return NULL;
		standard[i] = c == '-' ? '+' : c == '_' ? '/' : c;
	}
	*decoded_length = pg_b64_decode(standard, padded, (KrolesBase64Bytes *) decoded, pg_b64_dec_len(padded));
	if (*decoded_length <= 0)
		return NULL;
	decoded[*decoded_length] = '\0';
	return decoded;
}

/* Parses untrusted text in that encoding, in the caller's memory; NULL if it is not a JSON object. */
Jsonb *
kroles_json_object(const char *text, int encoding)
{
	MemoryContext context = CurrentMemoryContext;
	Jsonb	   *volatile json = NULL;

	PG_TRY();
	{
		text = pg_any_to_server(text, strlen(text), encoding);
		json = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
	}
	PG_CATCH();
	{
		/* catch only errors of the text itself; parsing holds no resource but memory */
		if (ERRCODE_TO_CATEGORY(geterrcode()) != ERRCODE_DATA_EXCEPTION)
			PG_RE_THROW();
		MemoryContextSwitchTo(context);
		FlushErrorState();
		json = NULL;
	}
	PG_END_TRY();
	return json != NULL && JB_ROOT_IS_OBJECT(json) ? json : NULL;
}

/* Parses a decoded part of a token as a JSON object in UTF-8, in the caller's memory; NULL if it is not one. */
static Jsonb *
parse_json_part(char *text, int length)
{
	if (strlen(text) != length || !pg_verify_mbstr(PG_UTF8, text, length, true))
		return NULL;
	return kroles_json_object(text, PG_UTF8);
}

/*
 * Parses a token, in the caller's memory; the result refers to the token's text.
 * Returns false if the token is not a JWS with JSON objects as header and payload.
 */
bool
kroles_jws_parse(const char *token, KrolesJws *jws)
{
	const char *dot1 = strchr(token, '.');
	const char *dot2 = dot1 ? strchr(dot1 + 1, '.') : NULL;
	char	   *header;
	char	   *payload;
	int			header_length;
	int			payload_length;

	if (dot2 == NULL)
		return false;
	jws->signed_text = token;
	jws->signed_length = dot2 - token;
	header = decode_base64url(token, dot1 - token, &header_length);
	payload = decode_base64url(dot1 + 1, dot2 - dot1 - 1, &payload_length);
	jws->signature = (unsigned char *) decode_base64url(dot2 + 1, strlen(dot2 + 1), &jws->signature_length);
	if (header == NULL || payload == NULL || jws->signature == NULL)
		return false;
	jws->header = parse_json_part(header, header_length);
	jws->payload = parse_json_part(payload, payload_length);
	return jws->header != NULL && jws->payload != NULL;
}

/* ---- Members of an object ---- */

static JsonbValue *
get_member(Jsonb *object, const char *name, JsonbValue *value)
{
	return getKeyJsonValueFromContainer(&object->root, name, strlen(name), value);
}

/* Whether the object has a member of that name. */
bool
kroles_jws_has(Jsonb *object, const char *name)
{
	JsonbValue	value;

	return get_member(object, name, &value) != NULL;
}

/* Returns a member that is a string, copied into the caller's memory; NULL if it is absent or not a string. */
char *
kroles_jws_string(Jsonb *object, const char *name)
{
	JsonbValue	value;

	if (get_member(object, name, &value) == NULL || value.type != jbvString)
		return NULL;
	return pnstrdup(value.val.string.val, value.val.string.len);
}

/* Reads a member that is a number.  Returns false if it is absent or not a number. */
bool
kroles_jws_number(Jsonb *object, const char *name, double *number)
{
	JsonbValue	value;

	if (get_member(object, name, &value) == NULL || value.type != jbvNumeric)
		return false;
	/* unlike a cast, this converts a number outside the range of double to infinity */
	*number = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
												 NumericGetDatum(value.val.numeric)));
	return true;
}

/* Whether a member is that string, or an array that contains it. */
bool
kroles_jws_names(Jsonb *object, const char *name, const char *wanted)
{
	JsonbValue	value;
	Jsonb	   *names;

	if (get_member(object, name, &value) == NULL)
		return false;
	names = JsonbValueToJsonb(&value);
	if (JB_ROOT_IS_OBJECT(names))
		return false;
	return DatumGetBool(DirectFunctionCall2(jsonb_exists, JsonbPGetDatum(names),
											CStringGetTextDatum(wanted)));
}

/* ---- Verification ---- */

/* The digest of an algorithm whose name is two letters and the number of bits. */
static const EVP_MD *
digest_of_algorithm(const char *algorithm)
{
	if (strcmp(algorithm + 2, "256") == 0)
		return EVP_sha256();
	if (strcmp(algorithm + 2, "384") == 0)
		return EVP_sha384();
	return EVP_sha512();
}

static bool
verify_hmac(const KrolesJws *jws, const EVP_MD *digest, const char *secret)
{
	unsigned char expected[EVP_MAX_MD_SIZE];
	unsigned int length;

	if (HMAC(digest, secret, strlen(secret), (const unsigned char *) jws->signed_text,
			 jws->signed_length, expected, &length) == NULL)
		return false;
	return length == jws->signature_length && CRYPTO_memcmp(expected, jws->signature, length) == 0;
}

/* Reads a public key; NULL if the text is not one.  The caller must call EVP_PKEY_free(). */
static EVP_PKEY *
read_public_key(const char *pem)
{
	BIO		   *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY   *key = bio ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;

	BIO_free(bio);
	return key;
}

/* Whether an elliptic curve key is on the curve that the algorithm prescribes. */
static bool
has_right_curve(EVP_PKEY *key, const char *algorithm)
{
	const char *curve = strcmp(algorithm, "ES256") == 0 ? "P-256" :
		strcmp(algorithm, "ES384") == 0 ? "P-384" : "P-521";
	char		name[80];
	size_t		length;

	return EVP_PKEY_get_group_name(key, name, sizeof(name), &length) == 1 &&
		(strcmp(name, curve) == 0 || OBJ_sn2nid(name) == EC_curve_nist2nid(curve));
}

/* Whether a key has the type that the algorithm requires, and is strong enough. */
static bool
is_key_for_algorithm(EVP_PKEY *key, const char *algorithm)
{
	int			type = EVP_PKEY_base_id(key);
	int			bits = EVP_PKEY_bits(key);

	if (strcmp(algorithm, "EdDSA") == 0)
		return type == EVP_PKEY_ED25519;
	if (algorithm[0] == 'R')
		return type == EVP_PKEY_RSA && bits >= 2048;
	return type == EVP_PKEY_EC && has_right_curve(key, algorithm);
}

/*
 * Converts an ECDSA signature, the concatenation of r and s, to the DER that OpenSSL
 * expects.  Returns its length, or 0 for an invalid one.  The caller must call
 * OPENSSL_free(*der).
 */
static int
ecdsa_to_der(const KrolesJws *jws, int half, unsigned char **der)
{
	ECDSA_SIG  *signature;
	BIGNUM	   *r;
	BIGNUM	   *s;
	int			length = 0;

	*der = NULL;
	if (jws->signature_length != 2 * half)
		return 0;
	signature = ECDSA_SIG_new();
	r = BN_bin2bn(jws->signature, half, NULL);
	s = BN_bin2bn(jws->signature + half, half, NULL);
	if (signature != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(signature, r, s))
		length = i2d_ECDSA_SIG(signature, der);
	else
	{
		BN_free(r);
		BN_free(s);
	}
	ECDSA_SIG_free(signature);
	return Max(length, 0);
}

static bool
verify_signature(const KrolesJws *jws, const EVP_MD *digest, EVP_PKEY *key,
				 const unsigned char *signature, int length)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool		verified = context != NULL &&
		EVP_DigestVerifyInit(context, NULL, digest, NULL, key) == 1 &&
		EVP_DigestVerify(context, signature, length, (const unsigned char *) jws->signed_text,
						 jws->signed_length) == 1;

	EVP_MD_CTX_free(context);
	return verified;
}

/*
 * Whether the public key verifies the signature.  Calls no function that may raise a
 * PostgreSQL error while it holds memory of OpenSSL's.
 */
static bool
verify_with_public_key(const KrolesJws *jws, const char *algorithm, const char *pem)
{
	EVP_PKEY   *key = read_public_key(pem);
	const EVP_MD *digest = strcmp(algorithm, "EdDSA") == 0 ? NULL : digest_of_algorithm(algorithm);
	unsigned char *der = NULL;
	bool		verified = false;

	if (key != NULL && is_key_for_algorithm(key, algorithm))
	{
		if (strncmp(algorithm, "ES", 2) == 0)
		{
			int			length = ecdsa_to_der(jws, (EVP_PKEY_bits(key) + 7) / 8, &der);

			verified = length > 0 && verify_signature(jws, digest, key, der, length);
		}
		else
			verified = verify_signature(jws, digest, key, jws->signature, jws->signature_length);
	}
	OPENSSL_free(der);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return verified;
}

/*
 * Whether the token was signed with that key by that algorithm.  False also if the
 * token names another algorithm, or if the key is not suitable for the algorithm.
 */
bool
kroles_jws_verify(const KrolesJws *jws, const char *algorithm, const char *key)
{
	char	   *named = kroles_jws_string(jws->header, "alg");

	if (named == NULL || strcmp(named, algorithm) != 0)
		return false;
	if (strncmp(algorithm, "HS", 2) == 0)
		return verify_hmac(jws, digest_of_algorithm(algorithm), key);
	return verify_with_public_key(jws, algorithm, key);
}
