/*
 * featmap_compare.c
 *		Equality and hashing.  Two maps are equal where they have the same
 *		size, bits, scales and codes; the sketch follows from these and is not
 *		compared.
 */
#include "bridge/featmap.h"

#include "common/hashfn.h"
#include "miscadmin.h"

PG_FUNCTION_INFO_V1(featmap_eq);
PG_FUNCTION_INFO_V1(featmap_ne);
PG_FUNCTION_INFO_V1(featmap_hash);
PG_FUNCTION_INFO_V1(featmap_hash_extended);

/*
 * Where sketch_dims lies in the header: the bytes from there to channels
 * differ with the sketch.
 */
#define SKETCH_DIMS_OFFSET 3

/* Bytes that are compared between two checks for interrupts. */
#define BYTES_AT_ONCE ((size_t) 16 << 20)

/* The bytes that are compared, behind the header's first ones. */
static const uint8 *
compared_bytes(const struct varlena *value, const FeatureMap *map,
			   size_t *size)
{
	*size = feature_map_size_without_sketch(map) - SKETCH_DIMS_OFFSET - 1;
	return (const uint8 *) VARDATA(value) + SKETCH_DIMS_OFFSET + 1;
}

static bool
bytes_equal(const uint8 *left, const uint8 *right, size_t size)
{
	bool equal = true;

	for (size_t done = 0; equal && done < size; done += BYTES_AT_ONCE)
	{
		CHECK_FOR_INTERRUPTS();
		equal = memcmp(left + done, right + done,
					   Min(size - done, BYTES_AT_ONCE)) == 0;
	}
	return equal;
}

static bool
maps_equal(Datum left_datum, Datum right_datum)
{
	OpenMap left, right;
	size_t left_size, right_size;
	const uint8 *left_bytes, *right_bytes;
	bool equal;

	featmap_open(&left, left_datum);
	featmap_open(&right, right_datum);
	left_bytes = compared_bytes(left.value, &left.map, &left_size);
	right_bytes = compared_bytes(right.value, &right.map, &right_size);
	equal = left.map.bits == right.map.bits &&
			left.map.is_signed == right.map.is_signed &&
			left_size == right_size &&
			bytes_equal(left_bytes, right_bytes, left_size);
	featmap_close(&left);
	featmap_close(&right);
	return equal;
}

static uint64
hash_map(Datum datum, uint64 seed)
{
	OpenMap open;
	size_t size;
	const uint8 *bytes;
	uint64 hash;

	featmap_open(&open, datum);
	bytes = compared_bytes(open.value, &open.map, &size);
	hash = hash_bytes_extended(bytes, (int) size, seed);
	featmap_close(&open);
	return hash;
}

Datum
featmap_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(maps_equal(PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)));
}

Datum
featmap_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!maps_equal(PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)));
}

/*
 * The low half of the extended hash with seed 0, as an operator class for
 * hashing must have it.
 */
Datum
featmap_hash(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32((int32) hash_map(PG_GETARG_DATUM(0), 0));
}

Datum
featmap_hash_extended(PG_FUNCTION_ARGS)
{
	PG_RETURN_UINT64(hash_map(PG_GETARG_DATUM(0), PG_GETARG_INT64(1)));
}
