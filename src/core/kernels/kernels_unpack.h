/*
 * kernels_unpack.h
 *		unpack_cells, by shuffles of eight bytes, on processors whose words
 *		have their lowest byte first.
 *
 * A file of kernels includes this once, after it has defined what differs:
 *
 *	TARGET			the attribute of its functions
 *	shuffle_eight(out, codes, shuffle)
 *					out[i] = codes[shuffle[i]] for i from 0 to 7, and 0 where
 *					shuffle[i] is 0x80; may read 16 bytes of shuffle
 *	count_set_bits		see kernels_unpack_cells.h
 */

#include <string.h>

#include "core/kernels/kernels_unpack_plain.h"

/*
 * For each byte of a bitmap the shuffle that puts consecutive codes in the
 * places of its set bits.  One entry more, for vectors of 16 bytes.
 */
static const uint64_t *
expand_shuffles(void)
{
	static uint64_t shuffles[256 + 1];

	if (shuffles[0] == 0)
		for (int bits = 255; bits >= 0; bits--)
		{
			uint64_t shuffle = 0;
			int next = 0;

			for (int i = 0; i < 8; i++)
				shuffle |= (uint64_t) (bits >> i & 1 ? next++ : 0x80)
						   << (8 * i);
			shuffles[bits] = shuffle;
		}
	return shuffles;
}

/* In byte i, the number of bits set in the bytes 0 to i. */
static inline uint64_t
running_counts(uint64_t word)
{
	word -= (word >> 1) & UINT64_C(0x5555555555555555);
	word = (word & UINT64_C(0x3333333333333333)) +
		   ((word >> 2) & UINT64_C(0x3333333333333333));
	word = (word + (word >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	return word * UINT64_C(0x0101010101010101);
}

/*
 * Eight channels at a time; the places of their codes are known for 64
 * channels at once, so that nothing waits for a count.
 */
TARGET static inline void
unpack(const uint8_t *bitmap, const uint8_t *codes, const uint8_t *limit,
	   int channels, int stride, uint8_t *out)
{
	const uint64_t *shuffles = expand_shuffles();
	int c = 0;

	for (; c + 64 <= channels && limit - codes >= 64 + 8; c += 64)
	{
		uint64_t word;
		uint64_t counts; /* of codes up to each byte */

		memcpy(&word, bitmap + c / 8, sizeof(word));
		counts = running_counts(word);
		for (int i = 0; i < 8; i++)
		{
			size_t before = i == 0 ? 0 : counts >> (8 * (i - 1)) & 0xff;

			shuffle_eight(out + c + 8 * i, codes + before,
						  shuffles + (word >> (8 * i) & 0xff));
		}
		codes += counts >> 56;
	}
	if (c < stride)
		unpack_plainly(bitmap + c / 8, codes, limit, channels - c, stride - c,
					   out + c);
}

#include "core/kernels/kernels_unpack_cells.h"
