/*
 * subwindow_bound.c
 *		Upper bounds of the scores of a set of windows, for max and gem.
 *
 * pool_sides.c bounds the pooled vector m of each window of a set, channel by
 * channel: m lies in the box from l to u, whole numbers.  With the query q,
 * |q| = 1, the score is q . m / |m|.
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
 * Rounding
 *
 * The pass is made in whole numbers.  The query is rounded to 16 bits, which
 * stand for a direction r; |q - r| is added to the bound.  And v is made from
 * the target t, k r rounded, and what is above 16 bits cut off.  So in each
 * channel f_c = r_c - v_c / k is the f_c of above but for a rest g_c, which
 * moves the product by g_c (m_c - v_c): where v_c is t_c, g_c may be all of
 * f_c; where t_c is above u_c = v_c, or cut off, f_c is negative by no more
 * than the rounding of t_c, if at all; and below l_c likewise.  So |g_c| <=
 * TARGET_ROUNDING / k, and g_c is 0 where r_c is 0, as rounding moves no
 * target then.  With n other channels,
 *
 *		f . m <= h + |g| |m - v|,		|g| <= TARGET_ROUNDING sqrt(n) / k,
 *
 * and where nothing is negative, as m . v >= |l|^2,
 *
 *		|m - v|^2 <= |u|^2 + |v|^2 - 2 |l|^2,
 *
 * which is next to nothing for a small box.  Else it is (|u| + |v|)^2 <= 2
 * (|u|^2 + |v|^2), with the greatest magnitudes for u.
 *
 * More than two passes find little more.  The first passes of several sets are
 * made before anything is decided by one, so that the processor can work on
 * all of them at a time.
 *
 * Targets are kept, for lengths of few bits: a length near to the best one
 * does, since the bound changes little there.
 */
#include "core/search/subwindow_bound.h"

#include <math.h>

#include "core/bits.h"

/* No pass starts at a length outside this range. */
#define LEAST_LENGTH    1.0f
#define GREATEST_LENGTH 0x1p24f
/* Bits of a length's mantissa that are kept. */
#define LENGTH_BITS 5
/* Targets are rounded from whole parts, as compilers vectorise that. */
#define TARGET_PARTS_LOG 6
#define TARGET_PARTS     (1 << TARGET_PARTS_LOG)
/* A half and a part, and the rounding of a float that fits 16 bits. */
#define TARGET_ROUNDING (0.5 + 1.0 / TARGET_PARTS + 0.01)
/* Rounding of some operations in single precision, in each of these places. */
#define FLOAT_ROUNDING 0x1p-20f

void
subwindow_bound_open(const Host *host, SubwindowBound *bound,
					 const Codes *codes, const Pooler *pooler,
					 const Span *row_spans, const Span *column_spans)
{
	size_t stride = codes->stride;

	pool_table_prepare(host, &bound->table, codes, pooler, row_spans,
					   column_spans);
	bound->kernels = codes->kernels;
	bound->direction =
		scratch_reserve(host, &bound->query_space,
						stride * (sizeof(float) +
								  sizeof(int16_t) * (1 + KEPT_TARGETS)));
	bound->rounded = (int16_t *) (bound->direction + stride);
	bound->targets = bound->rounded + stride;
	bound->query = (BoxQuery){
		.stride = codes->stride,
		.is_signed = codes->map->is_signed,
		.query = bound->rounded,
	};
}

/* The query --------------------------------------------------------------- */

/*
 * What the query is multiplied with, so that it fits 16 bits, and its product
 * with any vector of a box 32.
 */
static double
query_factor(const Scorer *scorer)
{
	double greatest = 0;
	double most = MOST_SIDE_NORM - sqrt(scorer->stride);

	for (int c = 0; c < scorer->stride; c++)
		greatest = fmax(greatest, fabs(scorer->unit[c]));
	return fmin(most, INT16_MAX / greatest);
}

void
subwindow_bound_set_query(SubwindowBound *bound, const Scorer *scorer)
{
	double factor = query_factor(scorer);
	double square = 0;
	int channels = 0;

	for (int c = 0; c < bound->query.stride; c++)
	{
		/* a channel without a scale is zero everywhere */
		double unit = scorer->scales[c] > 0 ? scorer->unit[c] : 0;
		int rounded = (int) (unit * factor + (0x8000 + 0.5)) - 0x8000;
		double error = unit - rounded / factor;

		bound->rounded[c] = (int16_t) rounded;
		bound->direction[c] = (float) (rounded / factor);
		square += error * error;
		channels += rounded != 0;
	}
	bound->inverse_factor = 1 / factor;
	bound->query_error = (float) sqrt(square) * (1 + FLOAT_ROUNDING);
	bound->target_rest =
		TARGET_ROUNDING * (1 + FLOAT_ROUNDING) * sqrt(channels);
	memset(bound->target_lengths, 0, sizeof(bound->target_lengths));
}

/* The bits of a length that are kept, as a number. */
static inline uint32_t
length_number(float length)
{
	return (float_bits(length) + (1u << (22 - LENGTH_BITS))) >>
		   (23 - LENGTH_BITS);
}

static inline float
length_of_number(uint32_t number)
{
	return float_from_bits(number << (23 - LENGTH_BITS));
}

VECTOR_CLONES static void
fill_target(const float *direction, int stride, float length, int16_t *target)
{
	float fine = length * TARGET_PARTS;

	for (int c = 0; c < stride; c++)
	{
		int goal = ((int) (fine * direction[c]) + TARGET_PARTS / 2) >>
				   TARGET_PARTS_LOG;

		goal = goal < INT16_MAX ? goal : INT16_MAX;
		target[c] = (int16_t) (goal > -INT16_MAX ? goal : -INT16_MAX);
	}
}

/* Sets the target for a length, of which it returns the bits that it keeps. */
static float
set_target(SubwindowBound *bound, float length)
{
	uint32_t number = length_number(length);
	int stride = bound->query.stride;
	int16_t *target =
		bound->targets + (size_t) (number % KEPT_TARGETS) * stride;
	float *kept = &bound->target_lengths[number % KEPT_TARGETS];

	length = length_of_number(number);
	if (*kept != length)
		fill_target(bound->direction, stride, length, target);
	*kept = length;
	bound->query.target = target;
	return length;
}

/* Passes ------------------------------------------------------------------ */

/* A pass over a box at a length. */
typedef struct BoxPass
{
	float length;
	BoxParts parts;
} BoxPass;

static BoxPass
make_pass(SubwindowBound *bound, const PooledBox *box, const WindowSet *set)
{
	BoxPass pass = {.length = set_target(bound, set->length)};

	bound->kernels->box_parts(&bound->query, box->low, box->high, &pass.parts);
	return pass;
}

/* More than |m - v| for any m of a box. */
static float
greatest_distance(const BoxParts *parts, bool is_signed)
{
	double squares = (double) parts->greatest_square + parts->square;

	if (is_signed)
		return sqrtf((float) (2 * squares));
	return sqrtf((float) (squares - 2.0 * parts->least_square));
}

/*
 * The bound of a box by one pass.  Roots and quotients are in single
 * precision, and none waits for another, which takes a third of the time.
 * Their rounding counts in proportion to |v| / k, and to |h| / |m|, which is
 * at most 1 more than that where h is negative, as no score is below -1; where
 * it is positive, only bounds below 1 matter.
 */
static float
box_bound(const SubwindowBound *bound, const BoxPass *pass)
{
	const BoxParts *parts = &pass->parts;
	double inverse = 1 / (double) pass->length;
	float norm = sqrtf((float) parts->square);
	float least = sqrtf((float) parts->least_square);
	float greatest = sqrtf((float) parts->greatest_square);
	float distance = greatest_distance(parts, bound->query.is_signed);
	double rest = parts->product * bound->inverse_factor -
				  parts->square * inverse +
				  bound->target_rest * inverse * distance;
	float by_least = (float) rest / least;
	float by_greatest = (float) rest / greatest;
	float nearest = (float) (norm * inverse);

	if (greatest == 0)
		return 1;
	return nearest + (rest > 0 ? by_least : by_greatest) +
		   (1 + nearest) * FLOAT_ROUNDING + bound->query_error;
}

/* The length at which the rest of a pass would have vanished. */
static float
better_length(const SubwindowBound *bound, const BoxPass *pass)
{
	const BoxParts *parts = &pass->parts;
	float better = 4 * pass->length;

	if (parts->product > 0)
		better = (float) parts->square /
				 ((float) parts->product * (float) bound->inverse_factor);
	if (better < LEAST_LENGTH)
		return LEAST_LENGTH;
	return better > GREATEST_LENGTH ? GREATEST_LENGTH : better;
}

/* True where the vector that a pass found scores the threshold itself. */
static bool
reaches(const SubwindowBound *bound, const BoxParts *parts, float threshold)
{
	return (float) parts->product * (float) bound->inverse_factor >=
		   threshold * sqrtf((float) parts->square);
}

/*
 * Takes what a pass gave.  True where another one may bring the bound below
 * the threshold.
 */
static bool
take_pass(const SubwindowBound *bound, const BoxPass *pass, float threshold,
		  WindowSet *set)
{
	float tried = box_bound(bound, pass);

	set->bound = tried < set->bound ? tried : set->bound;
	set->length = better_length(bound, pass);
	return set->bound >= threshold && !reaches(bound, &pass->parts, threshold);
}

/* Blocks and sets --------------------------------------------------------- */

static BoxPass
make_pass_of_block(SubwindowBound *bound, const BlockSet *block)
{
	Window area = window_set_largest(&block->set);
	PooledBox box =
		pool_table_block(&bound->table, block->rows, block->columns, &area);

	return make_pass(bound, &box, &block->set);
}

void
subwindow_bound_blocks(SubwindowBound *bound, float threshold,
					   BlockSet *blocks, int count)
{
	BoxPass passes[MOST_BLOCKS_AT_ONCE];

	for (int i = 0; i < count; i++)
	{
		blocks[i].set.bound = 1;
		passes[i] = make_pass_of_block(bound, &blocks[i]);
	}
	for (int i = 0; i < count; i++)
		if (take_pass(bound, &passes[i], threshold, &blocks[i].set))
		{
			passes[i] = make_pass_of_block(bound, &blocks[i]);
			take_pass(bound, &passes[i], threshold, &blocks[i].set);
		}
}

static BoxPass
make_pass_of_set(SubwindowBound *bound, const WindowSet *set)
{
	Window smallest = window_set_smallest(set);
	Window largest = window_set_largest(set);
	PooledBox box = pool_table_between(&bound->table, &smallest, &largest);

	return make_pass(bound, &box, set);
}

void
subwindow_bound_sets(SubwindowBound *bound, float threshold, WindowSet *sets,
					 int count)
{
	BoxPass passes[MOST_SETS_AT_ONCE];

	for (int i = 0; i < count; i++)
		passes[i] = make_pass_of_set(bound, &sets[i]);
	for (int i = 0; i < count; i++)
		if (take_pass(bound, &passes[i], threshold, &sets[i]))
		{
			passes[i] = make_pass_of_set(bound, &sets[i]);
			take_pass(bound, &passes[i], threshold, &sets[i]);
		}
}
