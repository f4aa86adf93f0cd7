/*
 * bits.h
 *		Little-endian numbers in bytes, and sets of bits.
 */
#ifndef INTSEARCH_BITS_H
#define INTSEARCH_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t
load_le16(const uint8_t *bytes)
{
	return (uint16_t) (bytes[0] | bytes[1] << 8);
}

static inline uint32_t
load_le32(const uint8_t *bytes)
{
	return (uint32_t) bytes[0] | (uint32_t) bytes[1] << 8 |
		   (uint32_t) bytes[2] << 16 | (uint32_t) bytes[3] << 24;
}

static inline uint64_t
load_le64(const uint8_t *bytes)
{
	return load_le32(bytes) | (uint64_t) load_le32(bytes + 4) << 32;
}

static inline void
store_le16(uint8_t *bytes, uint16_t value)
{
	bytes[0] = (uint8_t) value;
	bytes[1] = (uint8_t) (value >> 8);
}

static inline void
store_le32(uint8_t *bytes, uint32_t value)
{
	store_le16(bytes, (uint16_t) value);
	store_le16(bytes + 2, (uint16_t) (value >> 16));
}

/* The 32 bits of a float, as an integer. */
static inline uint32_t
float_bits(float value)
{
	uint32_t word;

	memcpy(&word, &value, sizeof(word));
	return word;
}

static inline float
float_from_bits(uint32_t word)
{
	float value;

	memcpy(&value, &word, sizeof(value));
	return value;
}

static inline float
load_le_float(const uint8_t *bytes)
{
	return float_from_bits(load_le32(bytes));
}

static inline void
store_le_float(uint8_t *bytes, float value)
{
	store_le32(bytes, float_bits(value));
}

/* Bytes of a set of `bits` bits: bit i is bit i % 8 of byte i / 8. */
static inline size_t
bitmap_size(size_t bits)
{
	return (bits + 7) / 8;
}

static inline bool
bitmap_has(const uint8_t *bitmap, size_t i)
{
	return bitmap[i / 8] >> (i % 8) & 1;
}

static inline void
bitmap_add(uint8_t *bitmap, size_t i)
{
	bitmap[i / 8] |= (uint8_t) (1 << (i % 8));
}

/* True where bits are set beyond the first `bits` ones, in the last byte. */
static inline bool
bitmap_has_more(const uint8_t *bitmap, size_t bits)
{
	return bits % 8 != 0 && bitmap[bits / 8] >> (bits % 8) != 0;
}

/*
 * Bits 64 * i to 64 * i + 63 of a bitmap of `bits` bits, the first one lowest;
 * zeros beyond the last one.
 */
extern uint64_t bitmap_word(const uint8_t *bitmap, int bits, int i);

/* Number of bits set in `size` bytes, in plain C. */
extern int count_bits(const uint8_t *bytes, int size);

#endif
