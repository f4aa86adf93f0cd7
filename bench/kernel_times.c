/*
 * kernel_times.c
 *		How long each kernel takes, with each table that this processor can
 *		run: a table in Markdown, nanoseconds of processor time a call.  See
 *		bench/kernels.
 *
 * Tables take turns, so that what else the machine does strikes all alike; the
 * fastest of ROUNDS turns counts.  Inputs are those of a map of 18 x 29 cells
 * and 512 channels, 14 % of them not zero, unless the row says otherwise.
 */
#include "core/kernels/kernels_isa.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

#include "core/bits.h"
#include "lib/random.h"

#define lengthof(array) ((int) (sizeof(array) / sizeof((array)[0])))

#define ROUNDS      400
#define TURN_NS     100000.0
#define MOST_TABLES 8
#define SLOWER      1.15 /* by more than what measuring adds */

#define CHANNELS    512
#define MAP_COLUMNS 29
#define MAP_ROWS    18
#define STRIP       272 /* columns, with their padding */
#define SKETCH_DIMS 32
#define CODES       64 /* of regions */

/*
 * Where a server's memory has them: 16 bytes after a multiple of 64; not
 * multiples of a page apart.
 */
static struct
{
	uint8_t before[16];
	uint8_t codes[MAP_ROWS * MAP_COLUMNS * CHANNELS];
	uint8_t unpacked[MAP_COLUMNS * CHANNELS];
	uint8_t packed[MAP_COLUMNS * (CHANNELS / 8 + CHANNELS)];
	size_t packed_size;
	int32_t occupied[MAP_COLUMNS];
	int16_t weights[4 * CHANNELS];
	int16_t sides[CHANNELS];
	uint32_t cell_sums[CHANNELS];
	double doubles[3][CHANNELS];
	float floats[4][CHANNELS];
	uint16_t powers[8][CHANNELS];
	float strip[LEADING_DIMS * STRIP];
	float other_strip[LEADING_DIMS * STRIP];
	float strip_difference[LEADING_DIMS * STRIP];
	int32_t steps[MAP_COLUMNS * SKETCH_DIMS];
	float corners[MAP_COLUMNS * SKETCH_DIMS];
	int32_t numerators[STRIP];
	float slack[STRIP];
	SelectedWindow windows[SELECT_LANES * STRIP];
	int32_t sums[CODES];
} memory __attribute__((aligned(64)));

/* What calls return goes here, so that no compiler leaves them out. */
static volatile double sink;

static void
fill_strip(Random *random)
{
	for (int x = 0; x + 1 < STRIP; x++)
	{
		memory.numerators[x + 1] =
			memory.numerators[x] + random_int(random, -1000, 3000);
		for (int k = 0; k < LEADING_DIMS; k++)
			memory.strip[k * STRIP + x + 1] = memory.strip[k * STRIP + x] +
											  (float) random_normal(random) +
											  (k == 0 ? 1.0f : 0.0f);
	}
}

/* Appends a cell to the packed ones. */
static void
pack_cell(const uint8_t *codes)
{
	uint8_t *bitmap = memory.packed + memory.packed_size;

	memory.packed_size += CHANNELS / 8;
	for (int c = 0; c < CHANNELS; c++)
		if (codes[c] != 0)
		{
			bitmap[c / 8] |= (uint8_t) (1 << c % 8);
			memory.packed[memory.packed_size++] = codes[c];
		}
}

static void
fill_inputs(void)
{
	Random random = {1};

	for (int i = 0; i < lengthof(memory.codes); i++)
		memory.codes[i] = random_int(&random, 0, 6) == 0
							  ? (uint8_t) random_bits(&random)
							  : 0;
	for (int c = 0; c < CHANNELS; c++)
	{
		for (int i = 0; i < 4; i++)
		{
			memory.weights[i * CHANNELS + c] =
				(int16_t) random_int(&random, -99, 99);
			memory.floats[i][c] =
				(float) fabs(random_normal(&random)) * (float) i;
		}
		for (int i = 0; i < 4; i++)
			memory.powers[i][c] =
				(uint16_t) (float_bits(memory.floats[i][c]) >> MOST_DROPPED);
		for (int i = 0; i < 3; i++)
			memory.doubles[i][c] = random_normal(&random);
	}
	for (int i = 0; i < MAP_COLUMNS; i++)
		pack_cell(memory.codes + i * CHANNELS);
	fill_strip(&random);
}

static void
run_unpack_cells(const Kernels *kernels)
{
	const uint8_t *limit = memory.packed + sizeof(memory.packed);
	PackedCells packed = {memory.packed, memory.packed + memory.packed_size,
						  limit, CHANNELS, 1};
	UnpackedCells out = {memory.unpacked, sizeof(memory.unpacked), CHANNELS,
						 memory.occupied};

	sink = kernels->unpack_cells(&packed, MAP_COLUMNS, &out);
}

static void
run_dot_cells(const Kernels *kernels)
{
	kernels->dot_cells(memory.codes, MAP_COLUMNS, memory.weights, CHANNELS,
					   false, memory.sums);
}

static void
run_dot_four(const Kernels *kernels)
{
	kernels->dot_four(memory.codes, memory.weights, CHANNELS, false,
					  memory.sums);
}

static void
run_add_cells(const Kernels *kernels)
{
	kernels->add_cells(memory.codes, MAP_COLUMNS * CHANNELS, 10, 10, CHANNELS,
					   false, false, memory.cell_sums);
}

static void
run_cosine_parts(const Kernels *kernels)
{
	double numerator, square;

	kernels->cosine_parts(memory.doubles[0], memory.doubles[1],
						  memory.doubles[2], CHANNELS, &numerator, &square);
	sink = numerator;
}

static void
run_subtract(const Kernels *kernels)
{
	kernels->subtract(memory.strip, memory.other_strip, LEADING_DIMS * 40,
					  memory.strip_difference);
}

/*
 * The slope lets hardly a window of these pass, as after the first few rows of
 * a search.
 */
static BoundTest
bound_test(int columns)
{
	/* the sums of a strip from the top of the map on */
	return (BoundTest){
		.strip = memory.strip,
		.below = memory.strip,
		.above = memory.other_strip,
		.numerators = memory.numerators,
		.stride = STRIP,
		.columns = columns,
		.least_numerator = 1,
		.slope = 8e-4f,
	};
}

static void
run_block_slack(const Kernels *kernels)
{
	BoundTest test = bound_test(64);

	kernels->block_slack(&test, 1.125f, 0.0625f, memory.slack);
}

static void
select_all(const Kernels *kernels, const BoundTest *test, int most)
{
	int found = 0;

	for (int x = 0; x + 1 <= test->columns;)
		found += kernels->select_windows(test, &x, 1, 1, most, memory.windows);
	sink = found;
}

static void
run_select_few_widths(const Kernels *kernels)
{
	BoundTest test = bound_test(MAP_COLUMNS);

	select_all(kernels, &test, 4);
}

static void
run_select_narrow(const Kernels *kernels)
{
	BoundTest test = bound_test(MAP_COLUMNS);

	select_all(kernels, &test, MAP_COLUMNS);
}

static void
run_select_blocks(const Kernels *kernels)
{
	BoundTest test = bound_test(MAP_COLUMNS);

	test.slack = memory.slack;
	select_all(kernels, &test, MAP_COLUMNS);
}

static void
run_select_wide_blocks(const Kernels *kernels)
{
	BoundTest test = bound_test(128);

	test.slack = memory.slack;
	select_all(kernels, &test, 128);
}

static void
run_decode_row(const Kernels *kernels)
{
	SketchDecoder decoder = {
		.width = MAP_COLUMNS,
		.dims = SKETCH_DIMS - 4,
		.padded = SKETCH_DIMS,
		.entry_size = SKETCH_DIMS,
		.limit = memory.codes + sizeof(memory.codes),
		.step = memory.floats[1],
		.greatest = memory.floats[0],
	};

	kernels->decode_row(&decoder, memory.codes, memory.steps, memory.corners);
}

static void
run_sketch_square(const Kernels *kernels)
{
	sink = kernels->sketch_square(memory.strip, memory.strip + SKETCH_DIMS,
								  memory.strip + 2 * SKETCH_DIMS,
								  memory.strip + 3 * SKETCH_DIMS, SKETCH_DIMS);
}

static void
run_sums_square(const Kernels *kernels)
{
	sink = kernels->sums_square(memory.cell_sums, memory.floats[1], CHANNELS);
}

static void
run_cosine_parts_float(const Kernels *kernels)
{
	float numerator, square;

	kernels->cosine_parts_float(memory.floats[1], memory.floats[2],
								memory.floats[3], CHANNELS, &numerator,
								&square);
	sink = numerator;
}

static void
run_greatest(const Kernels *kernels)
{
	const uint8_t *rows[] = {memory.codes, memory.codes + CHANNELS,
							 memory.codes + 2 * CHANNELS,
							 memory.codes + 3 * CHANNELS};

	kernels->greatest(rows, 4, CHANNELS, false, memory.unpacked);
}

static void
run_box_parts(const Kernels *kernels)
{
	BoxQuery query = {CHANNELS, false, memory.weights,
					  memory.weights + CHANNELS};
	BoxParts parts;

	kernels->box_parts(&query, memory.weights + 2 * CHANNELS,
					   memory.weights + 3 * CHANNELS, &parts);
	sink = parts.product;
}

static void
run_sides_of_codes(const Kernels *kernels)
{
	kernels->sides_of_codes(memory.codes, memory.weights, 1, CHANNELS, false,
							memory.sides);
}

static void
run_squares_of_codes(const Kernels *kernels)
{
	kernels->squares_of_codes(memory.codes, MAP_COLUMNS, memory.weights,
							  CHANNELS, false, memory.numerators);
}

static void
run_sides_of_powers(const Kernels *kernels, RootKind kind)
{
	const uint16_t *parts[] = {memory.powers[0], memory.powers[1]};
	PowerSides sides = {.kind = kind,
						.dropped = MOST_DROPPED,
						.offset = 1,
						.inverse = 0.1f,
						.factors = memory.floats[3],
						.below = (1 << MOST_DROPPED) - 1,
						.slope = 0x8000,
						.corrections = memory.codes,
						.starts = memory.powers[4]};

	kernels->sides_of_powers(parts, 2, &sides, CHANNELS, memory.sides);
}

static void
run_look_up_powers(const Kernels *kernels)
{
	kernels->look_up_powers(memory.codes, memory.powers[0], CHANNELS,
							memory.powers[4]);
}

static void
run_add_powers(const Kernels *kernels)
{
	const uint16_t *parts[] = {memory.powers[0], memory.powers[1],
							   memory.powers[2]};

	kernels->add_powers(parts, 3, MOST_DROPPED, CHANNELS,
						(uint16_t *) memory.sides);
}

static void
run_run_powers(const Kernels *kernels)
{
	kernels->run_powers(memory.powers[0], CHANNELS, 4, MOST_DROPPED, CHANNELS,
						memory.powers[4], CHANNELS);
}

static void
run_cube_roots(const Kernels *kernels)
{
	run_sides_of_powers(kernels, ROOT_CUBE);
}

static void
run_roots(const Kernels *kernels)
{
	run_sides_of_powers(kernels, ROOT_ANY);
}

static void
run_short_roots(const Kernels *kernels)
{
	run_sides_of_powers(kernels, ROOT_SHORT);
}

static void
run_dot_halves(const Kernels *kernels)
{
	kernels->dot_halves(memory.codes, REGION_CODE_BYTES, CODES,
						(const int8_t *) memory.weights, memory.sums);
}

static void
run_dot_bits(const Kernels *kernels)
{
	kernels->dot_bits(memory.codes, REGION_CODE_BYTES, CODES,
					  memory.codes + CODES * REGION_CODE_BYTES, memory.sums);
}

static const struct
{
	const char *name;
	const char *input;
	void (*run)(const Kernels *kernels);
} rows[] = {
	{"unpack_cells", "29 cells of 512 channels", run_unpack_cells},
	{"dot_cells", "29 cells of 512 channels", run_dot_cells},
	{"dot_four", "512 channels", run_dot_four},
	{"add_cells", "10 x 10 cells", run_add_cells},
	{"cosine_parts", "512 channels", run_cosine_parts},
	{"cosine_parts_float", "512 channels", run_cosine_parts_float},
	{"subtract", "320 numbers", run_subtract},
	{"block_slack", "64 columns", run_block_slack},
	{"select_windows", "29 columns, 4 widths", run_select_few_widths},
	{"select_windows", "29 columns, 29 widths", run_select_narrow},
	{"select_windows", "29 columns, in blocks", run_select_blocks},
	{"select_windows", "128 columns, in blocks", run_select_wide_blocks},
	{"decode_row", "29 cells of 28 dimensions", run_decode_row},
	{"sketch_square", "32 dimensions", run_sketch_square},
	{"sums_square", "512 channels", run_sums_square},
	{"greatest", "4 rows of 512", run_greatest},
	{"box_parts", "512 channels", run_box_parts},
	{"sides_of_codes", "512 channels", run_sides_of_codes},
	{"squares_of_codes", "29 cells of 512 channels", run_squares_of_codes},
	{"look_up_powers", "512 channels", run_look_up_powers},
	{"add_powers", "3 parts of 512", run_add_powers},
	{"run_powers", "4 pieces of 512", run_run_powers},
	{"sides_of_powers", "512 channels, exponent 3", run_cube_roots},
	{"sides_of_powers", "512 channels, any exponent", run_roots},
	{"sides_of_powers", "512 channels, short", run_short_roots},
	{"dot_halves", "64 codes", run_dot_halves},
	{"dot_bits", "64 codes", run_dot_bits},
};

static double
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return 1e9 * (double) now.tv_sec + (double) now.tv_nsec;
}

static double
time_calls(int row, const Kernels *kernels, int calls)
{
	double start = now_ns();

	for (int i = 0; i < calls; i++)
		rows[row].run(kernels);
	return now_ns() - start;
}

static double
least_time(int row, const Kernels *kernels, int calls, int turns)
{
	double least = INFINITY;

	for (int i = 0; i < turns; i++)
		least = fmin(least, time_calls(row, kernels, calls));
	return least;
}

/* Calls that take about TURN_NS, also if something comes between. */
static int
calls_of(int row, const Kernels *kernels)
{
	int calls = 1;

	while (least_time(row, kernels, calls, 5) < TURN_NS)
		calls *= 2;
	return calls;
}

/* Fills times, of each table. */
static void
time_row(int row, const Kernels *const *tables, int count, double *times)
{
	int calls[MOST_TABLES];

	for (int i = 0; i < count; i++)
	{
		times[i] = INFINITY;
		calls[i] = calls_of(row, tables[i]);
	}
	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < count; i++)
			times[i] = fmin(times[i],
							time_calls(row, tables[i], calls[i]) / calls[i]);
}

static void
print_head(const Kernels *const *tables, int count)
{
	printf("| kernel | input |");
	for (int i = 0; i < count; i++)
		printf(" %s |", tables[i]->name);
	printf("\n| --- | --- |");
	for (int i = 0; i < count; i++)
		printf(" --- |");
	printf("\n");
}

static void
print_row(int row, const double *times, int count)
{
	printf("| `%s` | %s |", rows[row].name, rows[row].input);
	for (int i = 0; i < count; i++)
		printf(times[i] < 99.5 ? " %.2g |" : " %.0f |", times[i]);
	printf("\n");
	fflush(stdout);
}

/* The kernels that one of the tables has faster than the last. */
static void
print_slower(double times[][MOST_TABLES], const Kernels *const *tables,
			 int count)
{
	for (int row = 0; row < lengthof(rows); row++)
		for (int i = 0; i < count - 1; i++)
			if (times[row][count - 1] > SLOWER * times[row][i])
				printf("\n%s is slower than %s in `%s`, %s.\n",
					   tables[count - 1]->name, tables[i]->name,
					   rows[row].name, rows[row].input);
}

int
main(void)
{
	static double times[lengthof(rows)][MOST_TABLES];
	const Kernels *tables[MOST_TABLES];
	int count = 0;

	for (int i = 0; kernels_name(i) != NULL; i++)
		if (kernels_named(kernels_name(i)) != NULL)
			tables[count++] = kernels_named(kernels_name(i));
	fill_inputs();
	print_head(tables, count);
	for (int row = 0; row < lengthof(rows); row++)
	{
		time_row(row, tables, count, times[row]);
		print_row(row, times[row], count);
	}
	print_slower(times, tables, count);
	return 0;
}
