/*
 * rounding_error.c
 *		How much the rounding of values to codes moves scores.
 *
 * In single precision, which is enough for an estimate, because nothing
 * cancels: of a value x that rounding changes by e, a cell's squared norm n^2
 * becomes n^2 + sum of e (2 x + e), its unit vector
 *		(x + e) / n' = x / n + e / n' + x (1 / n' - 1 / n),
 * and with the means p of u^2 and m of u over all cells,
 *		mean over other of (u_other - u)^2 = p - 2 m u + u^2.
 */
#include "core/map/rounding_error.h"

#include <math.h>

#include "core/map/format.h"

/* Cells that are measured together: two cache lines of floats. */
#define CELL_BLOCK 32
/* Of more blocks than this, every second, third ... is measured. */
#define MOST_BLOCKS 8
/* Partial sums, in an order that no compiler changes. */
#define LANES 8
/* Scales smaller than this, relative to the greatest, count as zero. */
#define LEAST_RELATIVE_SCALE 0x1p-100f

/* Cells beside each other, and what their values are multiplied with. */
typedef struct CellBlock
{
	size_t first;
	int count;
	float inverse[CELL_BLOCK];         /* 1 / n, 0 where n is 0 */
	float rounded_inverse[CELL_BLOCK]; /* 1 / n' */
	float change[CELL_BLOCK];          /* 1 / n' - 1 / n */
} CellBlock;

/* The scale of one channel and its inverse, where values have a unit. */
typedef struct ChannelScale
{
	float scale;
	float inverse;
} ChannelScale;

typedef struct Measurement
{
	const float *values; /* [channels][cells] */
	int channels;
	size_t cells;
	float factor;         /* brings values to a unit near the scales */
	ChannelScale *scales; /* [channels] */
	float *means;         /* [channels], of u */
	float *squares;       /* [channels], of u^2 */
	CellBlock *blocks;    /* [block_count] */
	size_t block_count;
	int alive; /* cells of them that are not zero */
} Measurement;

/*
 * What rounding adds to a value: to the nearest integer by the digits that the
 * constant leaves no room for.
 */
static inline float
rounding_of(float value, ChannelScale scale)
{
	float code = (value * scale.inverse + 0x1.8p23f) - 0x1.8p23f;

	return code * scale.scale - value;
}

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
	measurement->factor = ldexpf(1, -exponent);
	for (int c = 0; c < measurement->channels; c++)
	{
		float scale = load_scale(scales, c) * measurement->factor;
		bool counts = scale > LEAST_RELATIVE_SCALE;

		measurement->scales[c] =
			(ChannelScale){counts ? scale : 0, counts ? 1 / scale : 0};
	}
}

/* Squared norms of a block's cells, and what rounding adds to them. */
VECTOR_CLONES static void
measure_norms(const Measurement *measurement, size_t first, int count,
			  float *squares, float *changes)
{
	float factor = measurement->factor;

	for (int c = 0; c < measurement->channels; c++)
	{
		const float *values =
			measurement->values + measurement->cells * c + first;
		ChannelScale scale = measurement->scales[c];

		for (int i = 0; i < count; i++)
		{
			float value = values[i] * factor;
			float error = rounding_of(value, scale);

			squares[i] += value * value;
			changes[i] += error * (2 * value + error);
		}
	}
}

/* Fills a block from its norms; returns how many cells are not zero. */
static int
set_norms(CellBlock *block, const float *squares, const float *changes)
{
	int alive = 0;

	for (int i = 0; i < block->count; i++)
	{
		double square = squares[i], change = changes[i];
		double norm = sqrt(square), rounded = sqrt(fmax(square + change, 0));

		if (norm == 0)
			continue;
		alive++;
		block->inverse[i] = (float) (1 / norm);
		/* less than that is nothing but rounding of these sums */
		if (rounded > norm * 1e-3)
		{
			block->rounded_inverse[i] = (float) (1 / rounded);
			block->change[i] =
				(float) (-change / (norm * rounded * (norm + rounded)));
		}
		else
			block->change[i] = -block->inverse[i];
	}
	return alive;
}

/* Adds the units of up to LANES cells of one channel and their squares. */
static inline void
add_units(const float *values, float factor, const float *inverse, int count,
		  float *sum, float *square)
{
	for (int i = 0; i < count; i++)
	{
		float unit = values[i] * factor * inverse[i];

		sum[i] += unit;
		square[i] += unit * unit;
	}
}

static float
lanes_sum(const float *lanes)
{
	return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) +
		   ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

/* Adds the units of a block's cells and their squares to each channel's. */
VECTOR_CLONES static void
add_to_means(Measurement *measurement, const CellBlock *block)
{
	for (int c = 0; c < measurement->channels; c++)
	{
		const float *values =
			measurement->values + measurement->cells * c + block->first;
		float sum[LANES] = {0}, square[LANES] = {0};
		int i = 0;

		for (; i + LANES <= block->count; i += LANES)
			add_units(values + i, measurement->factor, block->inverse + i,
					  LANES, sum, square);
		add_units(values + i, measurement->factor, block->inverse + i,
				  block->count - i, sum, square);
		measurement->means[c] += lanes_sum(sum);
		measurement->squares[c] += lanes_sum(square);
	}
}

static void
measure_block(Measurement *measurement, CellBlock *block, size_t first)
{
	size_t left = measurement->cells - first;
	float squares[CELL_BLOCK] = {0}, changes[CELL_BLOCK] = {0};

	memset(block, 0, sizeof(*block));
	block->first = first;
	block->count = left < CELL_BLOCK ? (int) left : CELL_BLOCK;
	measure_norms(measurement, first, block->count, squares, changes);
	measurement->alive += set_norms(block, squares, changes);
	add_to_means(measurement, block);
}

/* Measures blocks that are spread evenly, and the means over their cells. */
static void
measure_blocks(const Host *host, Measurement *measurement)
{
	size_t blocks = (measurement->cells + CELL_BLOCK - 1) / CELL_BLOCK;
	size_t step = (blocks + MOST_BLOCKS - 1) / MOST_BLOCKS;

	for (size_t i = 0; i < blocks; i += step)
	{
		host_check(host);
		measure_block(measurement,
					  measurement->blocks + measurement->block_count++,
					  i * CELL_BLOCK);
	}
	for (int c = 0; c < measurement->channels && measurement->alive > 0; c++)
	{
		measurement->means[c] /= (float) measurement->alive;
		measurement->squares[c] /= (float) measurement->alive;
	}
}

/* own[i] = sum of d^2 (p - 2 m u + u^2), turn[i] = |d|^2 */
VECTOR_CLONES static void
measure_turns(const Measurement *measurement, const CellBlock *block,
			  float *own, float *turn)
{
	for (int c = 0; c < measurement->channels; c++)
	{
		const float *values =
			measurement->values + measurement->cells * c + block->first;
		ChannelScale scale = measurement->scales[c];
		float mean = measurement->means[c], square = measurement->squares[c];

		for (int i = 0; i < block->count; i++)
		{
			float value = values[i] * measurement->factor;
			float unit = value * block->inverse[i];
			float part =
				rounding_of(value, scale) * block->rounded_inverse[i] +
				value * block->change[i];

			turn[i] += part * part;
			own[i] += part * part * (square - 2 * mean * unit + unit * unit);
		}
	}
}

/* The sum of the errors of a block's cells. */
static double
block_error(const Measurement *measurement, const CellBlock *block)
{
	float own[CELL_BLOCK] = {0}, turn[CELL_BLOCK] = {0};
	double sum = 0;

	measure_turns(measurement, block, own, turn);
	for (int i = 0; i < block->count; i++)
	{
		double any = turn[i] / (double) measurement->channels;
		double shrinking = (double) turn[i] * turn[i] / 4;

		sum += sqrt(fmax(own[i] + shrinking, any));
	}
	return sum;
}

double
measure_rounding_error(const Host *host, const float *values, int channels,
					   size_t cells, const uint8_t *scales)
{
	Measurement measurement = {
		.values = values,
		.channels = channels,
		.cells = cells,
		.scales = host_new(host, ChannelScale, channels),
		.means = host_new(host, float, 2 * (size_t) channels),
		.blocks = host_new(host, CellBlock, MOST_BLOCKS),
	};
	double sum = 0;

	measurement.squares = measurement.means + channels;
	memset(measurement.means, 0, sizeof(float) * 2 * channels);
	set_scales(&measurement, scales);
	measure_blocks(host, &measurement);
	for (size_t i = 0; i < measurement.block_count; i++)
	{
		host_check(host);
		sum += block_error(&measurement, measurement.blocks + i);
	}
	host_free(host, measurement.blocks);
	host_free(host, measurement.means);
	host_free(host, measurement.scales);
	return measurement.alive > 0 ? sum / measurement.alive : 0;
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
