/*
 * siphash.h
 *		SipHash-2-4, the keyed pseudo-random function of Aumasson and Bernstein.
 *
 * Implemented here because it runs at least once for every row of a scan: it
 * takes a few nanoseconds, a call of a cryptographic library hundreds.  test/unit
 * compares it with the authors' vectors.  Allocates nothing, raises no errors.
 */
#ifndef KROLES_SIPHASH_H
#define KROLES_SIPHASH_H

#include <stdint.h>

typedef struct KrolesSipKey
{
	uint64_t	k0;
	uint64_t	k1;
} KrolesSipKey;

typedef struct KrolesSipState
{
	uint64_t	v0;
	uint64_t	v1;
	uint64_t	v2;
	uint64_t	v3;
} KrolesSipState;

#define KROLES_SIP_ROTATE(x, b) (((x) << (b)) | ((x) >> (64 - (b))))

static inline void
kroles_sip_round(KrolesSipState *s)
{
	s->v0 += s->v1;
	s->v1 = KROLES_SIP_ROTATE(s->v1, 13) ^ s->v0;
	s->v0 = KROLES_SIP_ROTATE(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = KROLES_SIP_ROTATE(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = KROLES_SIP_ROTATE(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = KROLES_SIP_ROTATE(s->v1, 17) ^ s->v2;
	s->v2 = KROLES_SIP_ROTATE(s->v2, 32);
}

static inline KrolesSipState
kroles_sip_begin(KrolesSipKey key)
{
	return (KrolesSipState) {
		key.k0 ^ UINT64_C(0x736f6d6570736575), key.k1 ^ UINT64_C(0x646f72616e646f6d),
			key.k0 ^ UINT64_C(0x6c7967656e657261), key.k1 ^ UINT64_C(0x7465646279746573)
	};
}

/* Hashes eight bytes of the message. */
static inline void
kroles_sip_word(KrolesSipState *s, uint64_t word)
{
	s->v3 ^= word;
	kroles_sip_round(s);
	kroles_sip_round(s);
	s->v0 ^= word;
}

/* Hashes the last 0 to 7 bytes of a message of that length, and returns the result. */
static inline uint64_t
kroles_sip_end(KrolesSipState s, uint64_t tail, uint64_t length)
{
	kroles_sip_word(&s, (length << 56) | tail);
	s.v2 ^= 0xff;
	kroles_sip_round(&s);
	kroles_sip_round(&s);
	kroles_sip_round(&s);
	kroles_sip_round(&s);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

#endif
