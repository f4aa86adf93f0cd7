/*
 * kernels_greatest.h
 *		greatest, on 64 channels at a time.
 *
 * A file of kernels includes this once, after it has defined what differs:
 *
 *	TARGET			the attribute of its functions
 *	Cell			64 codes; load_cell and store_cell
 *	greater_codes	of two Cells, code by code
 */

TARGET static inline __attribute__((always_inline)) void
greatest_inline(const uint8_t *const *rows, int count, int stride,
				bool is_signed, uint8_t *out)
{
	/* storing may change rows, for all that the compiler knows */
	const uint8_t *own[4] = {rows[0]};

	for (int i = 1; i < count && i < 4; i++)
		own[i] = rows[i];
	for (int c = 0; c < stride; c += 64)
	{
		Cell greatest = load_cell(own[0] + c);

		for (int i = 1; i < count; i++)
			greatest = greater_codes(greatest,
									 load_cell((i < 4 ? own[i] : rows[i]) + c),
									 is_signed);
		store_cell(out + c, greatest);
	}
}

/*
 * Nearly all calls are of two to four rows: loops whose end the compiler
 * knows.
 */
TARGET static inline __attribute__((always_inline)) void
greatest_of_few(const uint8_t *const *rows, int count, int stride,
				bool is_signed, uint8_t *out)
{
	if (count <= 2)
		greatest_inline((const uint8_t *[2]){rows[0], rows[count > 1]}, 2,
						stride, is_signed, out);
	else if (count == 3)
		greatest_inline(rows, 3, stride, is_signed, out);
	else if (count == 4)
		greatest_inline(rows, 4, stride, is_signed, out);
	else
		greatest_inline(rows, count, stride, is_signed, out);
}

TARGET static void
greatest(const uint8_t *const *rows, int count, int stride, bool is_signed,
		 uint8_t *out)
{
	if (is_signed)
		greatest_of_few(rows, count, stride, true, out);
	else
		greatest_of_few(rows, count, stride, false, out);
}
