/*
 * kernels_boxes.h
 *		box_of_codes and box_of_values, on eight channels at a time.
 *
 * A file of kernels includes this once, after it has defined what differs:
 *
 *	KERNEL, TARGET, Floats, load_floats, all_lanes, greater_of, arithmetic
 *					see kernels_select.h
 *	lesser_of		the first if it is less, else the second
 *	floats_of_codes	eight codes as Floats
 *	sum_of_floats	in the order of cosine_parts
 */

/* Partial sums of BoxParts. */
typedef struct BoxLanes
{
	Floats product;
	Floats square;
	Floats least_square;
	Floats greatest_square;
} BoxLanes;

TARGET static inline BoxLanes
empty_box(void)
{
	Floats zero = all_lanes(0);

	return (BoxLanes){zero, zero, zero, zero};
}

TARGET static inline __attribute__((always_inline)) void
add_to_box(BoxLanes *lanes, const BoxQuery *query, int c, Floats low,
		   Floats high, bool is_signed, Floats length)
{
	Floats direction = load_floats(query->query + c);
	Floats nearest = multiply_floats(length, direction);

	low = multiply_floats(low, load_floats(query->low_scales + c));
	high = multiply_floats(high, load_floats(query->high_scales + c));
	nearest = lesser_of(greater_of(nearest, low), high);
	if (is_signed)
	{
		Floats zero = all_lanes(0);
		Floats least =
			greater_of(greater_of(low, subtract_floats(zero, high)), zero);

		high = greater_of(high, subtract_floats(zero, low));
		low = least;
	}
	lanes->product =
		add_floats(lanes->product, multiply_floats(direction, nearest));
	lanes->square =
		add_floats(lanes->square, multiply_floats(nearest, nearest));
	lanes->least_square =
		add_floats(lanes->least_square, multiply_floats(low, low));
	lanes->greatest_square =
		add_floats(lanes->greatest_square, multiply_floats(high, high));
}

TARGET static inline void
sum_box(const BoxLanes *lanes, BoxParts *parts)
{
	parts->product = sum_of_floats(lanes->product);
	parts->square = sum_of_floats(lanes->square);
	parts->least_square = sum_of_floats(lanes->least_square);
	parts->greatest_square = sum_of_floats(lanes->greatest_square);
}

TARGET static inline __attribute__((always_inline)) void
box_of_codes_inline(const BoxQuery *query, const uint8_t *low,
					const uint8_t *high, bool is_signed, float length,
					BoxParts *parts)
{
	BoxLanes lanes = empty_box();

	for (int c = 0; c < query->stride; c += 8)
		add_to_box(&lanes, query, c, floats_of_codes(low + c, is_signed),
				   floats_of_codes(high + c, is_signed), is_signed,
				   all_lanes(length));
	sum_box(&lanes, parts);
}

KERNEL(void, box_of_codes)
(const BoxQuery *query, const uint8_t *low, const uint8_t *high,
 bool is_signed, float length, BoxParts *parts)
{
	if (is_signed)
		box_of_codes_inline(query, low, high, true, length, parts);
	else
		box_of_codes_inline(query, low, high, false, length, parts);
}

KERNEL(void, box_of_values)
(const BoxQuery *query, const float *low, const float *high, float length,
 BoxParts *parts)
{
	BoxLanes lanes = empty_box();

	for (int c = 0; c < query->stride; c += 8)
		add_to_box(&lanes, query, c, load_floats(low + c),
				   load_floats(high + c), false, all_lanes(length));
	sum_box(&lanes, parts);
}
