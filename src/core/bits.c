/*
 * bits.c
 *		Sets of bits, a word and many bytes at a time.
 */
#include "core/bits.h"

uint64_t
bitmap_word(const uint8_t *bitmap, int bits, int i)
{
	int first = 64 * i;
	uint64_t word = 0;

	if (bits - first >= 64)
		return load_le64(bitmap + 8 * i);
	for (int byte = first / 8; byte < (bits + 7) / 8; byte++)
		word |= (uint64_t) bitmap[byte] << (8 * byte - first);
	return word & ((UINT64_C(1) << (bits - first)) - 1);
}

int
count_bits(const uint8_t *bytes, int size)
{
	int count = 0;

	for (int i = 0; i < size; i++)
	{
		/*
		 * pairs, nibbles, byte: vectorised, this beats the library's
		 * __builtin_popcount
		 */
		uint8_t bits = (uint8_t) (bytes[i] - ((bytes[i] >> 1) & 0x55));

		bits = (uint8_t) ((bits & 0x33) + ((bits >> 2) & 0x33));
		count += (bits + (bits >> 4)) & 0x0f;
	}
	return count;
}
