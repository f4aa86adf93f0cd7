/*
 * featmap.c
 *		The module, and the bridge between PostgreSQL's values, memory and
 *		errors and the core's.
 */
#include "bridge/featmap.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/map/build.h"
#include "bridge/kernel_setting.h"
#include "index/am_options.h"

PG_MODULE_MAGIC;

extern PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	define_index_options();
	define_kernel_setting();
}

static void *
resize_in_context(void *context, void *block, size_t size)
{
	if (size == 0)
	{
		pfree(block);
		return NULL;
	}
	if (block == NULL)
		return MemoryContextAllocHuge(context, size);
	return repalloc_huge(block, size);
}

static void
check_for_interrupts(void *context pg_attribute_unused())
{
	CHECK_FOR_INTERRUPTS();
}

Host
featmap_host(MemoryContext context)
{
	return (Host){resize_in_context, check_for_interrupts, context};
}

void
featmap_raise(const CoreError *error, int format_sqlstate)
{
	static const int sqlstates[] = {
		[ERROR_INVALID_PARAMETER] = ERRCODE_INVALID_PARAMETER_VALUE,
		[ERROR_CHANNELS] = ERRCODE_DATA_EXCEPTION,
		[ERROR_SHAPE] = ERRCODE_ARRAY_SUBSCRIPT_ERROR,
		[ERROR_NOT_FINITE] = ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
		[ERROR_LIMIT] = ERRCODE_PROGRAM_LIMIT_EXCEEDED,
		[ERROR_UNSUPPORTED] = ERRCODE_FEATURE_NOT_SUPPORTED,
	};

	ereport(ERROR,
			(errcode(error->class == ERROR_FORMAT ? format_sqlstate
												  : sqlstates[error->class]),
			 errmsg("%s", error->message)));
	pg_unreachable();
}

struct varlena *
featmap_open(FeatureMap *map, Datum datum)
{
	struct varlena *value = PG_DETOAST_DATUM(datum);
	CoreError error;

	if (!feature_map_open(map, (uint8 *) VARDATA(value),
						  VARSIZE(value) - VARHDRSZ, &error))
		featmap_raise(&error, ERRCODE_DATA_CORRUPTED);
	return value;
}

void
featmap_close(struct varlena *value, Datum datum)
{
	if ((Pointer) value != DatumGetPointer(datum))
		pfree(value);
}

void
featmap_open_header(FeatureMap *map, Datum datum)
{
	struct varlena *header =
		PG_DETOAST_DATUM_SLICE(datum, 0, FEATMAP_HEADER_SIZE);
	CoreError error;

	if (!feature_map_read_header(map, (uint8 *) VARDATA_ANY(header),
								 VARSIZE_ANY_EXHDR(header), &error))
		featmap_raise(&error, ERRCODE_DATA_CORRUPTED);
	featmap_close(header, datum);
}

float *
alloc_values(int64 channels, int64 height, int64 width, int bits)
{
	CoreError error;

	if (!feature_map_check_dimensions(channels, height, width, bits, &error))
		featmap_raise(&error, ERRCODE_INTERNAL_ERROR);
	return MemoryContextAllocHuge(CurrentMemoryContext,
								  sizeof(float) * channels * height * width);
}

struct varlena *
featmap_construct(float *values, int64 channels, int64 height, int64 width,
				  int bits)
{
	Host host = featmap_host(CurrentMemoryContext);
	CoreError error;
	size_t size;
	uint8 *block =
		feature_map_build(&host, values, (int) channels, (int) height,
						  (int) width, bits, VARHDRSZ, &size, &error);

	if (block == NULL)
		featmap_raise(&error, ERRCODE_INTERNAL_ERROR);
	pfree(values);
	SET_VARSIZE(block, VARHDRSZ + size);
	return (struct varlena *) block;
}
