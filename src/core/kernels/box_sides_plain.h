/*
 * box_sides_plain.h
 *		Sides of boxes and sums over them, in plain C.
 */
static void
sides_of_codes(const uint8_t *codes, const int16_t *factors, int offset,
			   int stride, bool is_signed, int16_t *out)
{
	for (int c = 0; c < stride; c++)
	{
		int code = is_signed ? (int8_t) codes[c] : codes[c];
		int shifted = code * (1 << CODE_SHIFT);

		out[c] =
			code == 0 ? 0 : (int16_t) ((shifted * factors[c] >> 16) + offset);
	}
}

/*
 * The high half of a product of 16 bits; so written, compilers vectorise it.
 */
static inline int16_t
low_side(int code, int16_t factor)
{
	int16_t shifted = (int16_t) (code * (1 << CODE_SHIFT));

	return (int16_t) (shifted * factor >> 16);
}

/* A loop for each sign, for the same reason. */
static int32_t
square_of_cell(const uint8_t *codes, const int16_t *factors, int stride,
			   bool is_signed)
{
	int32_t square = 0;

	if (is_signed)
		for (int c = 0; c < stride; c++)
		{
			int16_t side = low_side((int8_t) codes[c], factors[c]);

			square += side * side;
		}
	else
		for (int c = 0; c < stride; c++)
		{
			int16_t side = low_side(codes[c], factors[c]);

			square += side * side;
		}
	return square;
}

static void
squares_of_codes(const uint8_t *codes, int count, const int16_t *factors,
				 int stride, bool is_signed, int32_t *squares)
{
	for (int i = 0; i < count; i++, codes += stride)
		squares[i] = square_of_cell(codes, factors, stride, is_signed);
}

static void
box_parts(const BoxQuery *query, const int16_t *low, const int16_t *high,
		  BoxParts *parts)
{
	*parts = (BoxParts){0};
	for (int c = 0; c < query->stride; c++)
	{
		int target = query->target[c];
		int nearest = target > low[c] ? target : low[c];
		int least = low[c], greatest = high[c];

		nearest = nearest < high[c] ? nearest : high[c];
		if (query->is_signed)
		{
			least = low[c] > 0 ? low[c] : high[c] < 0 ? -high[c] : 0;
			greatest = high[c] > -low[c] ? high[c] : -low[c];
		}
		parts->product += nearest * query->query[c];
		parts->square += nearest * nearest;
		parts->least_square += least * least;
		parts->greatest_square += greatest * greatest;
	}
}
