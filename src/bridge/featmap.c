/*
 * featmap.c
 *		The bridge between PostgreSQL's values, memory and errors and the
 *		core's.
 */
#include "bridge/featmap.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "bridge/toast.h"

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
featmap_raise(const CoreError *error)
{
	featmap_raise_input(error, ERRCODE_DATA_CORRUPTED);
}

void
featmap_raise_input(const CoreError *error, int format_sqlstate)
{
	featmap_save_error(NULL, error, format_sqlstate);
	pg_unreachable();
}

void
featmap_save_error(Node *context, const CoreError *error, int format_sqlstate)
{
	static const int sqlstates[] = {
		[ERROR_INVALID_PARAMETER] = ERRCODE_INVALID_PARAMETER_VALUE,
		[ERROR_CHANNELS] = ERRCODE_DATA_EXCEPTION,
		[ERROR_NULL] = ERRCODE_NULL_VALUE_NOT_ALLOWED,
		[ERROR_SHAPE] = ERRCODE_ARRAY_SUBSCRIPT_ERROR,
		[ERROR_NOT_FINITE] = ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
		[ERROR_LIMIT] = ERRCODE_PROGRAM_LIMIT_EXCEEDED,
		[ERROR_UNSUPPORTED] = ERRCODE_FEATURE_NOT_SUPPORTED,
	};

	errsave(context,
			(errcode(error->class == ERROR_FORMAT ? format_sqlstate
												  : sqlstates[error->class]),
			 errmsg("%s", error->message)));
}

static void
free_copy(struct varlena *value, Datum datum)
{
	if ((Pointer) value != DatumGetPointer(datum))
		pfree(value);
}

void
featmap_open(OpenMap *open, Datum datum)
{
	CoreError error;

	open->datum = datum;
	open->value = toast_read(datum);
	if (!feature_map_open(&open->map, (uint8 *) VARDATA(open->value),
						  VARSIZE(open->value) - VARHDRSZ, &error))
		featmap_raise(&error);
}

void
featmap_close(OpenMap *open)
{
	free_copy(open->value, open->datum);
}

void
featmap_open_header(FeatureMap *map, Datum datum)
{
	struct varlena *header =
		PG_DETOAST_DATUM_SLICE(datum, 0, FEATMAP_HEADER_SIZE);
	CoreError error;

	if (!feature_map_read_header(map, (uint8 *) VARDATA_ANY(header),
								 VARSIZE_ANY_EXHDR(header), &error))
		featmap_raise(&error);
	free_copy(header, datum);
}
