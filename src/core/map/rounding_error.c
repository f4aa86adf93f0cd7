/*
 * rounding_error.c
 *		How much the rounding of values to codes moves scores.
 *
 * One pass over the values: the means over all pairs of cells come apart to
 * sums over cells, channel by channel.  With p and m the means of u^2 and u,
 *		mean over other of (u_other - u)^2 = p - 2 m u + u^2.
 */
#include "core/map/rounding_error.h"

#include <math.h>

#include "core/rounding.h"
#include "core/map/format.h"

/* Cells that are measured together: two cache lines of floats. */
#define CELL_BLOCK 32
/* Partial sums, in an order that no compiler changes. */
#define LANES 8

/* Sums of one channel over cells, by the cells' numbers modulo LANES. */
typedef struct ChannelSums
{
	double square[LANES];         /* u^2 */
	double value[LANES];          /* u */
	double turn[LANES];           /* d^2 */
	double turn_by_value[LANES];  /* d^2 u */
	double turn_by_square[LANES]; /* d^2 u^2 */
} ChannelSums;

/* What brings values to units, and the sum of d^2, of each cell of a block. */
typedef struct CellBlock
{
	double inverse[CELL_BLOCK]; /* of the norm; 0 where that is 0 */
	double rounded_inverse[CELL_BLOCK];
	double turn[CELL_BLOCK];
} CellBlock;

/* Sums over all cells. */
typedef struct ErrorSums
{
	ChannelSums *channels; /* [channels] */
	double shrinking;      /* (|d|^2 / 2)^2 */
	size_t cells;          /* those that are not zero */
} ErrorSums;

static inline double
rounded_value(double value, double scale, double inverse_scale)
{
	return (int32_t) nearest_integer(value * inverse_scale) * scale;
}

static void
invert_norms(double *squares)
{
	for (int i = 0; i < CELL_BLOCK; i++)
		squares[i] = squares[i] > 0 ? 1 / sqrt(squares[i]) : 0;
}

static inline double
inverse_of(double scale)
{
	return scale > 0 ? 1 / scale : 0;
}

/* Fills the inverse norms of cells first to first + count - 1. */
VECTOR_CLONES static void
measure_norms(const float *values, int channels, size_t cells, size_t first,
			  int count, const uint8_t *scales, CellBlock *block)
{
	memset(block, 0, sizeof(*block));
	for (int c = 0; c < channels; c++)
	{
		const float *value = values + cells * c + first;
		double scale = load_scale(scales, c), inverse = inverse_of(scale);

		for (int i = 0; i < count; i++)
		{
			double rounded = rounded_value(value[i], scale, inverse);

			block->inverse[i] += (double) value[i] * value[i];
			block->rounded_inverse[i] += rounded * rounded;
		}
	}
	invert_norms(block->inverse);
	invert_norms(block->rounded_inverse);
}

/* Adds up to LANES cells of one channel. */
static inline void
add_lanes(const float *value, int count, double scale, double inverse_scale,
		  const double *inverse, const double *rounded_inverse,
		  ChannelSums *sums, double *turn)
{
	for (int i = 0; i < count; i++)
	{
		double unit = value[i] * inverse[i];
		double change = rounded_value(value[i], scale, inverse_scale) *
							rounded_inverse[i] -
						unit;
		double square = change * change;

		sums->square[i] += unit * unit;
		sums->value[i] += unit;
		sums->turn[i] += square;
		sums->turn_by_value[i] += square * unit;
		sums->turn_by_square[i] += square * unit * unit;
		turn[i] += square;
	}
}

/* Adds cells first to first + count - 1 to the sums of each channel. */
VECTOR_CLONES static void
add_block(const float *values, int channels, size_t cells, size_t first,
		  int count, const uint8_t *scales, CellBlock *block,
		  ChannelSums *channel_sums)
{
	for (int c = 0; c < channels; c++)
	{
		const float *value = values + cells * c + first;
		double scale = load_scale(scales, c), inverse = inverse_of(scale);
		ChannelSums sums = channel_sums[c];
		int i = 0;

		for (; i + LANES <= count; i += LANES)
			add_lanes(value + i, LANES, scale, inverse, block->inverse + i,
					  block->rounded_inverse + i, &sums, block->turn + i);
		add_lanes(value + i, count - i, scale, inverse, block->inverse + i,
				  block->rounded_inverse + i, &sums, block->turn + i);
		channel_sums[c] = sums;
	}
}

static void
add_shrinking(const CellBlock *block, ErrorSums *sums)
{
	for (int i = 0; i < CELL_BLOCK; i++)
	{
		sums->shrinking += block->turn[i] * block->turn[i] / 4;
		sums->cells += block->inverse[i] > 0;
	}
}

static double
lanes_sum(const double *lanes)
{
	return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) +
		   ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

static double
error_of_sums(const ErrorSums *sums, int channels)
{
	double cells = sums->cells, own = sums->shrinking, any = 0;

	if (sums->cells == 0)
		return 0;
	for (int c = 0; c < channels; c++)
	{
		const ChannelSums *channel = &sums->channels[c];
		double turn = lanes_sum(channel->turn);

		own += lanes_sum(channel->square) / cells * turn -
			   2 * (lanes_sum(channel->value) / cells) *
				   lanes_sum(channel->turn_by_value) +
			   lanes_sum(channel->turn_by_square);
		any += turn / channels;
	}
	return sqrt(fmax(own, any) / cells);
}

double
measure_rounding_error(const Host *host, const float *values, int channels,
					   size_t cells, const uint8_t *scales)
{
	ErrorSums sums = {.channels = host_new(host, ChannelSums, channels)};
	CellBlock block;
	double error;

	memset(sums.channels, 0, sizeof(ChannelSums) * channels);
	for (size_t first = 0; first < cells; first += CELL_BLOCK)
	{
		int count =
			cells - first < CELL_BLOCK ? (int) (cells - first) : CELL_BLOCK;

		host_check(host);
		measure_norms(values, channels, cells, first, count, scales, &block);
		add_block(values, channels, cells, first, count, scales, &block,
				  sums.channels);
		add_shrinking(&block, &sums);
	}
	error = error_of_sums(&sums, channels);
	host_free(host, sums.channels);
	return error;
}

double
rounding_error_of_level(int level)
{
	static const double quarters[] = {1, 0x1.306fe0a31b715p0,
									  0x1.6a09e667f3bcdp0,
									  0x1.ae89f995ad3adp0};
	/* (level - 123) / 4 = (level + 1) / 4 - 31 */
	int quarter = level + 1;

	return level == 0 ? 0 : ldexp(quarters[quarter % 4], quarter / 4 - 31);
}

int
rounding_error_level(double error)
{
	int level = 0;

	while (level < ROUNDING_ERROR_LEVELS - 1 &&
		   rounding_error_of_level(level) < error)
		level++;
	return level;
}
