/*
 * siphash_test.c
 *		SipHash-2-4 compared with its authors' vectors; prints TAP.
 */
#include <inttypes.h>
#include <stdio.h>

#include "core/siphash.h"

/* The hash of the bytes 0, 1, 2, ... under the key of bytes 0 to 15. */
static uint64_t
hash_of_length(unsigned length)
{
	KrolesSipKey key = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};
	KrolesSipState state = kroles_sip_begin(key);
	uint64_t	word = 0;

	for (unsigned i = 0; i < length; i++)
	{
		word |= (uint64_t) i << (8 * (i % 8));
		if (i % 8 < 7)
			continue;
		kroles_sip_word(&state, word);
		word = 0;
	}
	return kroles_sip_end(state, word, length);
}

int
main(void)
{
	/* from the appendix and the reference implementation of "SipHash: a fast short-input PRF" */
	static const struct
	{
		unsigned	length;
		uint64_t	hash;
	}			vectors[] = {
		{0, UINT64_C(0x726fdb47dd0e0e31)},
		{1, UINT64_C(0x74f839c593dc67fd)},
		{7, UINT64_C(0xab0200f58b01d137)},
		{8, UINT64_C(0x93f5f5799a932462)},
		{15, UINT64_C(0xa129ca6149be45e5)},
	};
	int			failures = 0;

	printf("1..5\n");
	for (int i = 0; i < 5; i++)
	{
		int			right = hash_of_length(vectors[i].length) == vectors[i].hash;

		failures += !right;
		printf("%sok %d - %u bytes\n", right ? "" : "not ", i + 1, vectors[i].length);
	}
	return failures > 0;
}
