/*
 * rounding_error.c
 *		How much the rounding of values to codes moves scores.
 *
 * In single precision, which is enough for an estimate, because nothing
 * cancels (what it adds to the error of 24 bits is about 1e-7): of a value x
 * that rounding changes by e, a cell's squared norm n^2 becomes n^2 + sum of e
 * (2 x + e), its unit vector
 *		(x + e) / n' = x / n + e / n' + x (1 / n' - 1 / n),
 * and with the means p of u^2 and m of u over all cells,
 *		mean over other of (u_other - u)^2 = p - 2 m u + u^2.
 *
 * Eight cells beside each other are measured together, one in each lane of a
 * vector.
 */
#include "core/map/rounding_error.h"

#include <math.h>

#include "core/map/format.h"

/*
 * Cells that are measured together; a row of lanes in memory is float[LANES].
 */
#define LANES 8
/* Of more blocks than this, as many are measured, spread evenly. */
#define MOST_BLOCKS 128
/* Scales smaller than this, relative to the greatest, count as zero. */
#define LEAST_RELATIVE_SCALE 0x1p-100f
/* No power of two beyond 2^-LEAST_EXPONENT is a float. */
#define LEAST_EXPONENT (-127)
/* Root mean squares of a normal variable that 19 of 20 of its values keep. */
#define DEVIATIONS 2

typedef float Lanes __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t IntegerLanes __attribute__((vector_size(LANES * 4)));

/* Macros, since functions of vectors would have no fixed ABI. */
#define load_lanes(from, lanes) memcpy(&(lanes), (from), sizeof(Lanes))
#define store_lanes(to, lanes)  memcpy((to), &(lanes), sizeof(Lanes))
#define magnitude_of(lanes)     ((Lanes) ((IntegerLanes) (lanes) &0x7fffffff))
/*
 * What rounding adds to values: to the nearest integer by the digits that the
 * constant leaves no room for.
 */
#define rounding_of(value, with)                                         \
	(((value) * (with).inverse + 0x1.8p23f - 0x1.8p23f) * (with).scale - \
	 (value))

/* Cells beside each other, and what their values are multiplied with. */
typedef struct CellBlock
{
	size_t first;
	float inverse[LANES];         /* 1 / n; 0 where n is 0 */
	float rounded_inverse[LANES]; /* 1 / n' */
	float change[LANES];          /* 1 / n' - 1 / n */
	float flatness[LANES];        /* sum of |u| */
} CellBlock;

/* Sums over all channels, for each cell of a block. */
typedef struct BlockSums
{
	float square[LANES]; /* n^2 */
	float change[LANES]; /* n'^2 - n^2 */
	float size[LANES];   /* sum of |x| */
} BlockSums;

/* The scale of one channel and its inverse, where values have a unit. */
typedef struct ChannelScale
{
	float scale;
	float inverse;
} ChannelScale;

/* Sums over the cells of each lane, of one channel. */
typedef struct ChannelSums
{
	float unit[LANES];   /* of u */
	float square[LANES]; /* of u^2 */
} ChannelSums;

typedef struct Measurement
{
	const float *values; /* [channels][cells] */
	int channels;
	size_t cells;         /* at least LANES */
	float factor;         /* brings values to a unit near the scales */
	ChannelScale *scales; /* [channels] */
	ChannelSums *sums;    /* [channels] */
	float *means;         /* [channels], of u */
	float *squares;       /* [channels], of u^2 */
	CellBlock *blocks;    /* [block_count] */
	size_t block_count;
	int alive;           /* cells of them that are not zero */
	double error_sum;    /* over these cells */
	float flattest;      /* greatest flatness so far, */
	double flattest_any; /* and the error of its cell in any direction */
} Measurement;

static void
set_scales(Measurement *measurement, const uint8_t *scales)
{
	float greatest = 0;
	int exponent;

	for (int c = 0; c < measurement->channels; c++)
	{
		float scale = load_scale(scales, c);

		/* not by fmaxf(), whose reduction gcc 12 cannot compile for aarch64 */
		greatest = scale > greatest ? scale : greatest;
	}
	frexpf(greatest, &exponent);
	/* the factor of the least scales would be infinite */
	exponent = exponent > LEAST_EXPONENT ? exponent : LEAST_EXPONENT;
	measurement->factor = ldexpf(1, -exponent);
	for (int c = 0; c < measurement->channels; c++)
	{
		float scale = load_scale(scales, c) * measurement->factor;
		bool counts = scale > LEAST_RELATIVE_SCALE;

		measurement->scales[c] =
			(ChannelScale){counts ? scale : 0, counts ? 1 / scale : 0};
	}
}

VECTOR_CLONES static void
sum_block(const Measurement *measurement, size_t first, BlockSums *sums)
{
	const float *values = measurement->values + first;
	Lanes square = {0}, change = {0}, size = {0};

	for (int c = 0; c < measurement->channels; c++)
	{
		ChannelScale scale = measurement->scales[c];
		Lanes value, error;

		load_lanes(values + measurement->cells * c, value);
		value *= measurement->factor;
		error = rounding_of(value, scale);
		square += value * value;
		change += error * (2 * value + error);
		size += magnitude_of(value);
	}
	store_lanes(sums->square, square);
	store_lanes(sums->change, change);
	store_lanes(sums->size, size);
}

/* Fills lane i of a block from its sums; false where the cell is zero. */
static bool
set_cell(CellBlock *block, const BlockSums *sums, int i)
{
	double square = sums->square[i], change = sums->change[i];
	double norm = sqrt(square), rounded = sqrt(fmax(square + change, 0));

	if (norm == 0)
		return false;
	block->inverse[i] = (float) (1 / norm);
	block->flatness[i] = (float) (sums->size[i] / norm);
	/* less than that is nothing but rounding of these sums */
	if (rounded > norm * 1e-3)
	{
		block->rounded_inverse[i] = (float) (1 / rounded);
		block->change[i] =
			(float) (-change / (norm * rounded * (norm + rounded)));
	}
	else
		block->change[i] = -block->inverse[i];
	return true;
}

/* Adds the units of a block's cells and their squares to each channel's. */
VECTOR_CLONES static void
add_to_sums(const Measurement *measurement, const CellBlock *block)
{
	const float *values = measurement->values + block->first;
	Lanes inverse;

	load_lanes(block->inverse, inverse);
	inverse *= measurement->factor;
	for (int c = 0; c < measurement->channels; c++)
	{
		ChannelSums *sums = &measurement->sums[c];
		Lanes unit, unit_sum, square_sum;

		load_lanes(values + measurement->cells * c, unit);
		load_lanes(sums->unit, unit_sum);
		load_lanes(sums->square, square_sum);
		unit *= inverse;
		unit_sum += unit;
		square_sum += unit * unit;
		store_lanes(sums->unit, unit_sum);
		store_lanes(sums->square, square_sum);
	}
}

/*
 * Measures the block of cells from number x LANES on. The last one starts
 * earlier, so that it is full, and leaves out the cells of the one before.
 */
static void
measure_block(Measurement *measurement, CellBlock *block, size_t number)
{
	size_t start = number * LANES, last = measurement->cells - LANES;
	BlockSums sums;

	memset(block, 0, sizeof(*block));
	block->first = start < last ? start : last;
	sum_block(measurement, block->first, &sums);
	for (int i = (int) (start - block->first); i < LANES; i++)
		measurement->alive += set_cell(block, &sums, i);
	add_to_sums(measurement, block);
}

static float
lanes_sum(const float *lanes)
{
	return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) +
		   ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

/* Makes the means over all cells of the sums of lanes. */
static void
set_means(Measurement *measurement)
{
	for (int c = 0; c < measurement->channels; c++)
	{
		const ChannelSums *sums = &measurement->sums[c];

		measurement->means[c] =
			lanes_sum(sums->unit) / (float) measurement->alive;
		measurement->squares[c] =
			lanes_sum(sums->square) / (float) measurement->alive;
	}
}

static size_t
blocks_of(size_t cells)
{
	return (cells + LANES - 1) / LANES;
}

/* Measures blocks that are spread evenly, and the means over their cells. */
static void
measure_blocks(const Host *host, Measurement *measurement)
{
	size_t blocks = blocks_of(measurement->cells);

	for (size_t i = 0; i < measurement->block_count; i++)
	{
		host_check(host);
		measure_block(measurement, measurement->blocks + i,
					  i * blocks / measurement->block_count);
	}
	if (measurement->alive > 0)
		set_means(measurement);
}

/* own[i] = sum of d^2 (p - 2 m u + u^2), turn[i] = |d|^2 */
VECTOR_CLONES static void
measure_turns(const Measurement *measurement, const CellBlock *block,
			  float *own, float *turn)
{
	const float *values = measurement->values + block->first;
	Lanes inverse, rounded_inverse, norm_change;
	Lanes own_sum = {0}, turn_sum = {0};

	load_lanes(block->inverse, inverse);
	load_lanes(block->rounded_inverse, rounded_inverse);
	load_lanes(block->change, norm_change);
	for (int c = 0; c < measurement->channels; c++)
	{
		ChannelScale scale = measurement->scales[c];
		Lanes value, unit, part;

		load_lanes(values + measurement->cells * c, value);
		value *= measurement->factor;
		unit = value * inverse;
		part =
			rounding_of(value, scale) * rounded_inverse + value * norm_change;
		part *= part;
		turn_sum += part;
		own_sum += part * (measurement->squares[c] +
						   unit * (unit - 2 * measurement->means[c]));
	}
	store_lanes(own, own_sum);
	store_lanes(turn, turn_sum);
}

/* Adds the errors of a block's cells, and looks for the flattest cell. */
static void
add_errors(Measurement *measurement, const CellBlock *block)
{
	float own[LANES], turn[LANES];

	measure_turns(measurement, block, own, turn);
	for (int i = 0; i < LANES; i++)
	{
		double any = turn[i] / (double) measurement->channels;
		double shrinking = (double) turn[i] * turn[i] / 4;

		if (block->inverse[i] == 0)
			continue;
		measurement->error_sum += sqrt(fmax(own[i] + shrinking, any));
		if (block->flatness[i] > measurement->flattest)
		{
			measurement->flattest = block->flatness[i];
			measurement->flattest_any = sqrt(any);
		}
	}
}

/* The sum of a vector's elements, divided by its norm; 0 of no vector. */
static float
flatness_of(const float *vector, int length)
{
	double sum = 0, square = 0;

	for (int c = 0; c < length; c++)
	{
		sum += vector[c];
		square += (double) vector[c] * vector[c];
	}
	return square > 0 ? (float) (sum / sqrt(square)) : 0;
}

static double
measure_error(const Host *host, Measurement *measurement)
{
	measure_blocks(host, measurement);
	if (measurement->alive == 0)
		return 0;
	measurement->flattest =
		flatness_of(measurement->means, measurement->channels);
	for (size_t i = 0; i < measurement->block_count; i++)
	{
		host_check(host);
		add_errors(measurement, measurement->blocks + i);
	}
	return fmax(measurement->error_sum / measurement->alive,
				DEVIATIONS * measurement->flattest_any);
}

/*
 * A copy of values with cells of zeros up to a full block, [channels][LANES].
 */
static float *
pad_cells(const Host *host, const float *values, int channels, size_t cells)
{
	float *padded = host_new(host, float, (size_t) channels *LANES);

	memset(padded, 0, sizeof(float) * channels * LANES);
	for (int c = 0; c < channels; c++)
		memcpy(padded + (size_t) LANES * c, values + cells * c,
			   sizeof(float) * cells);
	return padded;
}

double
measure_rounding_error(const Host *host, const float *values, int channels,
					   size_t cells, const uint8_t *scales)
{
	float *padded =
		cells < LANES ? pad_cells(host, values, channels, cells) : NULL;
	Measurement measurement = {
		.values = padded != NULL ? padded : values,
		.channels = channels,
		.cells = padded != NULL ? LANES : cells,
		.scales = host_new(host, ChannelScale, channels),
		.sums = host_new(host, ChannelSums, channels),
		.means = host_new(host, float, 2 * (size_t) channels),
	};
	size_t blocks = blocks_of(measurement.cells);
	double error;

	measurement.block_count = blocks < MOST_BLOCKS ? blocks : MOST_BLOCKS;
	measurement.blocks = host_new(host, CellBlock, measurement.block_count);
	measurement.squares = measurement.means + channels;
	memset(measurement.sums, 0, sizeof(ChannelSums) * channels);
	set_scales(&measurement, scales);
	error = measure_error(host, &measurement);
	host_free(host, measurement.blocks);
	host_free(host, measurement.means);
	host_free(host, measurement.sums);
	host_free(host, measurement.scales);
	if (padded != NULL)
		host_free(host, padded);
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
