/*
 * sums_square_avx2.h
 *		The squared norm of integer sums by AVX2; part of kernels_avx2.c.
 */
#ifndef INTSEARCH_SUMS_SQUARE_AVX2_H
#define INTSEARCH_SUMS_SQUARE_AVX2_H

TARGET_AVX2 static inline __m256
square_eight(const uint32_t *sums, const float *scales)
{
	__m256 sum =
		_mm256_cvtepi32_ps(_mm256_loadu_si256((const __m256i *) sums));
	__m256 value = _mm256_mul_ps(sum, _mm256_loadu_ps(scales));

	return _mm256_mul_ps(value, value);
}

TARGET_AVX2 float
avx2_sums_square(const uint32_t *sums, const float *scales, int stride)
{
	__m256 squares[4] = {_mm256_setzero_ps(), _mm256_setzero_ps(),
						 _mm256_setzero_ps(), _mm256_setzero_ps()};

	for (int c = 0; c < stride; c += SQUARE_LANES)
		for (int i = 0; i < 4; i++)
			squares[i] =
				_mm256_add_ps(squares[i], square_eight(sums + c + 8 * i,
													   scales + c + 8 * i));
	return add_eight_floats(
		_mm256_add_ps(_mm256_add_ps(squares[0], squares[2]),
					  _mm256_add_ps(squares[1], squares[3])));
}

#endif
