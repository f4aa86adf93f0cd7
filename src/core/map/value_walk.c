/*
 * value_walk.c
 *		The non-zero values of a map, one cell after the other, as many times
 *		as wanted.
 */
#include "core/map/value_walk.h"

#include <math.h>

/*
 * A value of 16 bits has these and the 8 of a scale, which fit a float if its
 * exponent does, too.  Scales smaller than this, relative to the greatest,
 * count as zero.
 */
#define LEAST_RELATIVE_SCALE 0x1p-100

static void
set_unit(ValueWalk *walk)
{
	const FeatureMap *map = walk->map;
	double greatest = 0;
	int exponent;

	/* not by fmax(), whose reduction gcc 12 cannot compile for aarch64 */
	for (int c = 0; c < map->channels; c++)
		if (channel_scale(map, c) > greatest)
			greatest = channel_scale(map, c);
	frexp(greatest, &exponent);
	walk->unit = ldexp(1, exponent + map->bits);
	for (int c = 0; c < map->channels; c++)
	{
		double scale = channel_scale(map, c);

		walk->scales[c] = scale >= greatest * LEAST_RELATIVE_SCALE
							  ? (float) (scale / walk->unit)
							  : 0;
	}
}

/* True where a value may need a second float. */
static inline bool
has_rests(const FeatureMap *map)
{
	return map->bits > 16;
}

void
value_walk_start(ValueWalk *walk, const Host *host, const FeatureMap *map)
{
	size_t codes = map->coded_size / code_size(map->bits);
	size_t entries = has_rests(map) ? 2 * codes : codes;
	size_t channels = has_rests(map) ? 2 * map->channels : map->channels;
	size_t room =
		(entries < VALUE_WALK_KEPT ? entries : VALUE_WALK_KEPT) + channels;

	walk->map = map;
	code_walk_start(&walk->codes, host, map);
	walk->after_kept = walk->codes.reader;
	walk->scales = host_new(host, float, map->channels);
	walk->kept_channels = host_new(host, uint16_t, room);
	walk->kept_values = host_new(host, float, room);
	walk->kept_counts = host_new(host, int, cell_count(map));
	walk->kept_cells = 0;
	set_unit(walk);
	value_walk_rewind(walk);
}

/*
 * Appends what the floats of a cell's values leave of them; returns how many
 * entries there are then.
 */
static int
append_rests(const ValueWalk *walk, uint16_t *channel, float *value)
{
	const CodeWalk *codes = &walk->codes;
	int count = codes->count;

	for (int n = 0; n < codes->count; n++)
	{
		double exact = codes->code[n] * (double) walk->scales[channel[n]];

		channel[count] = channel[n];
		value[count] = (float) (exact - value[n]);
		count += value[count] != 0;
	}
	return count;
}

/*
 * Decodes the next cell after the kept ones, and keeps it if there is room.
 */
static bool
decode_cell(ValueWalk *walk, CoreError *error)
{
	const CodeWalk *codes = &walk->codes;
	const int *from_channel = codes->channel;
	const int *code = codes->code;
	const float *scales = walk->scales;
	uint16_t *channel = walk->kept_channels + walk->position;
	float *value = walk->kept_values + walk->position;
	int count;

	if (!code_walk_next(&walk->codes, error))
		return false;
	count = codes->count;
	for (int n = 0; n < count; n++)
	{
		channel[n] = (uint16_t) from_channel[n];
		value[n] = code[n] * scales[from_channel[n]];
	}
	if (has_rests(walk->map))
		count = append_rests(walk, channel, value);
	walk->count = count;
	if (walk->cell == walk->kept_cells &&
		walk->position + count <= VALUE_WALK_KEPT)
	{
		walk->kept_counts[walk->kept_cells++] = count;
		walk->after_kept = codes->reader;
	}
	return true;
}

bool
value_walk_next(ValueWalk *walk, CoreError *error)
{
	walk->channel = walk->kept_channels + walk->position;
	walk->value = walk->kept_values + walk->position;
	if (walk->cell < walk->kept_cells)
	{
		host_check(walk->codes.host);
		walk->count = walk->kept_counts[walk->cell];
	}
	else if (!decode_cell(walk, error))
		return false;
	if (walk->cell < walk->kept_cells)
		walk->position += walk->count;
	walk->cell++;
	return true;
}

void
value_walk_rewind(ValueWalk *walk)
{
	walk->codes.reader = walk->after_kept;
	walk->cell = 0;
	walk->position = 0;
	walk->count = 0;
}

void
value_walk_end(ValueWalk *walk)
{
	const Host *host = walk->codes.host;

	host_free(host, walk->kept_counts);
	host_free(host, walk->kept_values);
	host_free(host, walk->kept_channels);
	host_free(host, walk->scales);
	code_walk_end(&walk->codes);
}
