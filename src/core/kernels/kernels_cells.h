/*
 * kernels_cells.h
 *		add_cells, for kernels that add two cells at a time in sums of 16 bits.
 *
 * A file of kernels includes this once, after it has defined what differs:
 *
 *	TARGET			the attribute of its functions
 *	Cell			64 channels of a cell; load_cell reads them
 *	PairSums		sums of 16 bits over 64 channels
 *	add_pair		adds two cells to them
 *	flush_pairs		adds them to sums of 32 bits, or subtracts them
 */

/* Pairs of cells whose bytes can be added before 16 bits overflow. */
#define MOST_PAIRS 128

TARGET static inline __attribute__((always_inline)) void
add_cells_inline(const uint8_t *codes, size_t row_step, int rows, int columns,
				 int stride, bool is_signed, bool negate, uint32_t *sums)
{
	for (int c = 0; c < stride; c += 64)
	{
		PairSums pair_sums = {0};
		int pairs = 0;

		for (int y = 0; y < rows; y++)
		{
			const uint8_t *cell = codes + y * row_step + c;

			for (int x = 0; x < columns; x += 2, cell += 2 * stride)
			{
				Cell first = load_cell(cell);
				Cell second = {0};

				if (x + 1 < columns)
					second = load_cell(cell + stride);
				add_pair(first, second, is_signed, &pair_sums);
				if (++pairs == MOST_PAIRS)
				{
					flush_pairs(&pair_sums, is_signed, negate, sums + c);
					pair_sums = (PairSums){0};
					pairs = 0;
				}
			}
		}
		flush_pairs(&pair_sums, is_signed, negate, sums + c);
	}
}

TARGET static void
add_cells(const uint8_t *codes, size_t row_step, int rows, int columns,
		  int stride, bool is_signed, bool negate, uint32_t *sums)
{
	if (is_signed)
		add_cells_inline(codes, row_step, rows, columns, stride, true, negate,
						 sums);
	else
		add_cells_inline(codes, row_step, rows, columns, stride, false, negate,
						 sums);
}
