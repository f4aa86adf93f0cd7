/*
 * emulated_avx512.h
 *		The intrinsics of kernels_avx512.c in portable C, for machines without
 *		AVX-512.
 *
 * Included before that file (see the Makefile).  Most are SIMDe's, under the
 * names of the real ones; those that SIMDe 0.7.4 lacks, or gets wrong, are
 * below, written from what Intel's Intrinsics Guide says they do.  A masked
 * load or store touches no byte whose bit is not set.
 */
#ifndef INTSEARCH_EMULATED_AVX512_H
#define INTSEARCH_EMULATED_AVX512_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx512.h>

/*
 * That file is compiled without instructions of AVX-512, and its table has
 * another name than the real one, which is there, too.
 */
#define TARGET
#define kernels_avx512 kernels_emulated

typedef int8_t Bytes64 __attribute__((vector_size(64)));
typedef int16_t Shorts32 __attribute__((vector_size(64)));
typedef float Floats16 __attribute__((vector_size(64)));
typedef int32_t Ints16 __attribute__((vector_size(64)));

#undef _mm512_maskz_loadu_epi8
#define _mm512_maskz_loadu_epi8 emulated_maskz_loadu_epi8
static inline __m512i
emulated_maskz_loadu_epi8(uint64_t mask, const void *from)
{
	Bytes64 bytes = {0};

	for (int i = 0; i < 64; i++)
		if (mask >> i & 1)
			bytes[i] = ((const int8_t *) from)[i];
	return (__m512i) bytes;
}

#undef _mm512_maskz_expand_epi8
#define _mm512_maskz_expand_epi8 emulated_maskz_expand_epi8
static inline __m512i
emulated_maskz_expand_epi8(uint64_t mask, __m512i packed)
{
	Bytes64 bytes = {0};
	int next = 0;

	for (int i = 0; i < 64; i++)
		if (mask >> i & 1)
			bytes[i] = ((Bytes64) packed)[next++];
	return (__m512i) bytes;
}

#undef _mm512_cvtepu8_epi16
#define _mm512_cvtepu8_epi16 emulated_cvtepu8_epi16
static inline __m512i
emulated_cvtepu8_epi16(__m256i bytes)
{
	Shorts32 wide;
	uint8_t from[32];

	memcpy(from, &bytes, sizeof(from));
	for (int i = 0; i < 32; i++)
		wide[i] = from[i];
	return (__m512i) wide;
}

#undef _mm512_cvtepu16_epi32
#define _mm512_cvtepu16_epi32 emulated_cvtepu16_epi32
static inline __m512i
emulated_cvtepu16_epi32(__m256i shorts)
{
	Ints16 wide;
	uint16_t from[16];

	memcpy(from, &shorts, sizeof(from));
	for (int i = 0; i < 16; i++)
		wide[i] = from[i];
	return (__m512i) wide;
}

#undef _mm512_mulhi_epu16
#define _mm512_mulhi_epu16 emulated_mulhi_epu16
static inline __m512i
emulated_mulhi_epu16(__m512i first, __m512i second)
{
	Shorts32 high;

	for (int i = 0; i < 32; i++)
		high[i] = (int16_t) ((uint32_t) (uint16_t) ((Shorts32) first)[i] *
								 (uint16_t) ((Shorts32) second)[i] >>
							 16);
	return (__m512i) high;
}

#undef _mm512_cvtepi16_epi32
#define _mm512_cvtepi16_epi32 emulated_cvtepi16_epi32
static inline __m512i
emulated_cvtepi16_epi32(__m256i shorts)
{
	Ints16 wide;
	int16_t from[16];

	memcpy(from, &shorts, sizeof(from));
	for (int i = 0; i < 16; i++)
		wide[i] = from[i];
	return (__m512i) wide;
}

#undef _mm512_cvtepi32_ps
#define _mm512_cvtepi32_ps emulated_cvtepi32_ps
static inline __m512
emulated_cvtepi32_ps(__m512i ints)
{
	Floats16 floats;

	for (int i = 0; i < 16; i++)
		floats[i] = (float) ((Ints16) ints)[i];
	return (__m512) floats;
}

#undef _mm512_cvttps_epi32
#define _mm512_cvttps_epi32 emulated_cvttps_epi32
static inline __m512i
emulated_cvttps_epi32(__m512 floats)
{
	Ints16 ints;

	for (int i = 0; i < 16; i++)
		ints[i] = _mm_cvttss_si32(_mm_set_ss(((Floats16) floats)[i]));
	return (__m512i) ints;
}

#undef _mm512_cvtepi32_epi16
#define _mm512_cvtepi32_epi16 emulated_cvtepi32_epi16
static inline __m256i
emulated_cvtepi32_epi16(__m512i ints)
{
	int16_t shorts[16];
	__m256i narrow;

	for (int i = 0; i < 16; i++)
		shorts[i] = (int16_t) ((Ints16) ints)[i];
	memcpy(&narrow, shorts, sizeof(narrow));
	return narrow;
}

#undef _mm512_test_epi16_mask
#define _mm512_test_epi16_mask emulated_test_epi16_mask
static inline uint32_t
emulated_test_epi16_mask(__m512i first, __m512i second)
{
	uint32_t mask = 0;

	for (int i = 0; i < 32; i++)
		if (((Shorts32) first)[i] & ((Shorts32) second)[i])
			mask |= UINT32_C(1) << i;
	return mask;
}

#endif
