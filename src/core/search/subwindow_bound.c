/*
 * subwindow_bound.c
 *		Upper bounds of the scores of a set of windows, for max and gem.
 *
 * pool_table.c bounds the pooled vector m of each window of a set, channel by
 * channel: m lies in the box from l to u.  With the query q, |q| = 1, the
 * score is q . m / |m|.  (All vectors are in units of values here: codes times
 * scales.)
 *
 * For any length k > 0, let v be the vector of the box nearest to k q: v_c = k
 * q_c, not below l_c and not above u_c.  With f = q - v / k,
 *
 *		q . m = (v . m) / k + f . m.
 *
 * Where k q_c lies between l_c and u_c, f_c is 0.  Where it lies below, v_c =
 * l_c and f_c is negative, so that f_c m_c <= f_c l_c; where it lies above,
 * v_c = u_c, f_c is positive, and f_c m_c <= f_c u_c.  So f_c m_c <= f_c v_c
 * in every channel, and
 *
 *		f . m <= f . v = q . v - |v|^2 / k =: h.
 *
 * With v . m <= |v| |m|,
 *
 *		q . m / |m| <= |v| / k + h / |m|,
 *
 * where |m| is at least the norm of the least magnitudes between l and u,
 * which counts if h is positive, and at most that of the greatest.
 *
 * That takes one pass over the channels.  At k = |v|^2 / (q . v), h vanishes
 * and the bound is that of the best vector in the whole box, q . v / |v|; so
 * each set starts with the k that its parent's pass would have been best with.
 * (The bound by the box is that of Lampert, Blaschko, Hofmann 2008, but for
 * numerator and norm together: bounded one by one, they leave several times as
 * many sets.)
 *
 * Everything is divided by the map's greatest scale.  Float arithmetic moves a
 * sum over the channels by at most `slack` relative to the sum of magnitudes,
 * which for the product is at most |v|; channels so weak that their squares
 * vanish do not count as long as the squared norms themselves are above
 * LEAST_SQUARE.
 */
#include "core/search/subwindow_bound.h"

#include <math.h>

#define LEAST_SQUARE 1e-28f
/* No pass starts at a length outside this range. */
#define LEAST_LENGTH    1e-15f
#define GREATEST_LENGTH 1e+15f
/* More passes find little more. */
#define MOST_PASSES 2

void
subwindow_bound_open(const Host *host, SubwindowBound *bound,
					 const Codes *codes, const Pooler *pooler,
					 const Span *row_spans, const Span *column_spans)
{
	int stride = codes->stride;
	/* more than there are in one of a kernel's lanes */
	int additions = stride / 8 + 32;

	pool_table_prepare(host, &bound->table, codes, pooler, row_spans,
					   column_spans);
	bound->kernels = codes->kernels;
	bound->is_signed = codes->map->is_signed;
	bound->values =
		scratch_reserve(host, &bound->query_space, sizeof(float) * 3 * stride);
	bound->query = (BoxQuery){
		.stride = stride,
		.query = bound->values,
		.low_scales = bound->values + stride,
		.high_scales = bound->values + 2 * stride,
	};
	bound->slack = additions * 0x1p-23f;
}

VECTOR_CLONES void
subwindow_bound_set_query(SubwindowBound *bound, const Scorer *scorer)
{
	int stride = bound->query.stride;
	double error = pool_entries_error(&bound->table.entries);
	float *query = bound->values;
	float *low_scales = query + stride;
	float *high_scales = low_scales + stride;

	for (int c = 0; c < stride; c++)
	{
		double scale = scorer->scales[c];

		/* a map of zeros has no scales at all */
		if (scale != 0)
			scale = scale / scorer->greatest_scale * bound->table.entries.unit;
		low_scales[c] = (float) (scale * (1 - error));
		high_scales[c] = (float) (scale * (1 + error));
		query[c] = scale > 0 ? (float) scorer->unit[c] : 0;
	}
}

static void
box_parts(const SubwindowBound *bound, const PooledBox *box, float length,
		  BoxParts *parts)
{
	if (box->low_codes != NULL)
		bound->kernels->box_of_codes(&bound->query, box->low_codes,
									 box->high_codes, bound->is_signed, length,
									 parts);
	else
		bound->kernels->box_of_values(&bound->query, box->low_values,
									  box->high_values, length, parts);
}

/* The bound of a box by one pass. */
static float
box_bound(const SubwindowBound *bound, const BoxParts *parts, float length)
{
	float slack = bound->slack;
	float norm = sqrtf(parts->square);
	float inverse = 1 / length;
	float rest = parts->product - parts->square * inverse;
	float divisor;

	rest += slack * (norm + parts->square * inverse);
	if (parts->square < LEAST_SQUARE || parts->greatest_square < LEAST_SQUARE)
		return 1;
	if (rest <= 0)
		divisor = sqrtf(parts->greatest_square) * (1 + slack);
	else if (parts->least_square >= LEAST_SQUARE)
		divisor = sqrtf(parts->least_square) * (1 - slack);
	else
		return 1;
	return norm * inverse * (1 + slack) + rest / divisor + slack;
}

/* The length at which the rest of a pass would have vanished. */
static float
better_length(const BoxParts *parts, float length)
{
	float better =
		parts->product > 0 ? parts->square / parts->product : 4 * length;

	if (better < LEAST_LENGTH)
		return LEAST_LENGTH;
	return better > GREATEST_LENGTH ? GREATEST_LENGTH : better;
}

/*
 * One pass, and another one where that may bring the bound below the
 * threshold: where the vector found does not score that high itself.
 */
static void
bound_box(const SubwindowBound *bound, const PooledBox *box, float threshold,
		  WindowSet *set)
{
	for (int pass = 0; pass < MOST_PASSES; pass++)
	{
		BoxParts parts;
		float tried;

		box_parts(bound, box, set->length, &parts);
		tried = box_bound(bound, &parts, set->length);
		set->bound = tried < set->bound ? tried : set->bound;
		set->length = better_length(&parts, set->length);
		if (set->bound < threshold ||
			parts.product >= threshold * sqrtf(parts.square))
			break;
	}
}

void
subwindow_bound_block(SubwindowBound *bound, const Span *rows,
					  const Span *columns, float threshold, WindowSet *set)
{
	PooledBox box = pool_table_whole(&bound->table, rows, columns);

	set->bound = 1;
	bound_box(bound, &box, threshold, set);
}

void
subwindow_bound_set(SubwindowBound *bound, float threshold, WindowSet *set)
{
	Window smallest = window_set_smallest(set);
	Window largest = window_set_largest(set);
	PooledBox box = pool_table_between(&bound->table, &smallest, &largest);

	bound_box(bound, &box, threshold, set);
}
