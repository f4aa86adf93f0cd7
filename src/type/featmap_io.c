/*
 * featmap_io.c
 *		Text and binary input and output of featmap, and the input of its type
 *		modifier.
 *
 * Text output is the form of core/map/text_form.h.  Text input also takes a
 * nested array, '{{{1,2},{3,4}}}', [channels][height][width].  Binary output
 * is the bytes of the text form; binary input also takes a .npy file.
 */
#include "bridge/featmap.h"

#include "catalog/pg_type.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "parser/scansup.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"

#include "core/map/build.h"
#include "core/map/npy.h"
#include "core/map/text_form.h"
#include "type/featmap_make.h"
#include "type/featmap_npy.h"

PG_FUNCTION_INFO_V1(featmap_in);
PG_FUNCTION_INFO_V1(featmap_out);
PG_FUNCTION_INFO_V1(featmap_recv);
PG_FUNCTION_INFO_V1(featmap_cast_bytea);
PG_FUNCTION_INFO_V1(featmap_send);
PG_FUNCTION_INFO_V1(featmap_typmod_in);
PG_FUNCTION_INFO_V1(featmap_apply_typmod);

/*
 * A featmap of bytes from outside: the whole is validated, and the sketch is
 * made anew.
 */
static Datum
admit(const uint8 *bytes, size_t size, int32 typmod, int format_sqlstate,
	  Node *context)
{
	Host host = featmap_host(CurrentMemoryContext);
	CoreError error;
	size_t stored_size;
	uint8 *block =
		feature_map_admit(&host, bytes, size, VARHDRSZ, &stored_size, &error);

	if (block == NULL)
	{
		featmap_save_error(context, &error, format_sqlstate);
		return 0;
	}
	SET_VARSIZE(block, VARHDRSZ + stored_size);
	return featmap_of_typmod(PointerGetDatum(block), typmod, context);
}

/* Bytes that are turned into digits between two checks for interrupts. */
#define BYTES_AT_ONCE ((size_t) 1 << 20)

static void
encode_digits(const uint8 *bytes, size_t size, char *digits)
{
	for (size_t done = 0; done < size; done += BYTES_AT_ONCE)
	{
		CHECK_FOR_INTERRUPTS();
		hex_encode((const char *) bytes + done,
				   Min(size - done, BYTES_AT_ONCE), digits + 2 * done);
	}
}

/* The form that output has. */
static Datum
parse_output_form(const char *text, int32 typmod, Node *context)
{
	Host host = featmap_host(CurrentMemoryContext);
	CoreError error;
	size_t size;
	uint8 *bytes = text_form_read(&host, text, strlen(text), &size, &error);

	if (bytes == NULL)
	{
		featmap_save_error(context, &error,
						   ERRCODE_INVALID_TEXT_REPRESENTATION);
		return 0;
	}
	return admit(bytes, size, typmod, ERRCODE_INVALID_TEXT_REPRESENTATION,
				 context);
}

/* A nested array, by PostgreSQL's own parser of arrays. */
static Datum
parse_array(char *text, int32 typmod, Node *context)
{
	Datum array;

	if (!parse_real_array(text, context, &array))
		return 0;
	return featmap_cast_array(DatumGetArrayTypeP(array), typmod, context);
}

Datum
featmap_in(PG_FUNCTION_ARGS)
{
	char *text = PG_GETARG_CSTRING(0);
	int32 typmod = PG_GETARG_INT32(2);

	while (scanner_isspace(*text))
		text++;
	if (strncmp(text, TEXT_FORM_PREFIX, strlen(TEXT_FORM_PREFIX)) == 0)
		PG_RETURN_DATUM(parse_output_form(text, typmod, fcinfo->context));
	if (*text == '{' || *text == '[')
		PG_RETURN_DATUM(parse_array(text, typmod, fcinfo->context));
	errsave(
		fcinfo->context,
		(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
		 errmsg("invalid input syntax for type featmap"),
		 errdetail("It starts neither with \"" TEXT_FORM_PREFIX
				   "\" nor with \"{\"."),
		 errhint(
			 "Write a nested array [channels][height][width], or what featmap output gives.")));
	PG_RETURN_NULL();
}

Datum
featmap_out(PG_FUNCTION_ARGS)
{
	OpenMap open;
	size_t size;
	const uint8 *bytes;
	uint8 header[FEATMAP_HEADER_SIZE];
	char *text, *digits;

	featmap_open(&open, PG_GETARG_DATUM(0));
	size = feature_map_size_without_sketch(&open.map);
	if (2 * size + TEXT_FORM_HEAD_ROOM > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("featmap of %zu bytes is too large for text output",
						size),
				 errhint("Use COPY ... WITH (FORMAT binary).")));
	text = palloc(TEXT_FORM_HEAD_ROOM + 2 * size + 1);
	digits = text + text_form_head(text, &open.map);
	/* the bytes are those of a value without a sketch */
	bytes = (const uint8 *) VARDATA(open.value);
	memcpy(header, bytes, FEATMAP_HEADER_SIZE);
	store_sketch_dims(header, 0);
	encode_digits(header, FEATMAP_HEADER_SIZE, digits);
	encode_digits(bytes + FEATMAP_HEADER_SIZE, size - FEATMAP_HEADER_SIZE,
				  digits + 2 * FEATMAP_HEADER_SIZE);
	digits[2 * size] = '\0';
	featmap_close(&open);
	PG_RETURN_CSTRING(text);
}

/* What binary input takes: the form that output has, and a .npy file. */
static Datum
read_binary(const uint8 *bytes, size_t size, int32 typmod)
{
	if (npy_is_file(bytes, size))
		return featmap_of_typmod(featmap_of_npy(bytes, size), typmod, NULL);
	return admit(bytes, size, typmod, ERRCODE_INVALID_BINARY_REPRESENTATION,
				 NULL);
}

Datum
featmap_recv(PG_FUNCTION_ARGS)
{
	StringInfo buffer = (StringInfo) PG_GETARG_POINTER(0);
	int size = buffer->len - buffer->cursor;

	PG_RETURN_DATUM(read_binary((const uint8 *) pq_getmsgbytes(buffer, size),
								size, PG_GETARG_INT32(2)));
}

/*
 * The cast from bytea, for drivers whose parameters of bytes have that type.
 */
Datum
featmap_cast_bytea(PG_FUNCTION_ARGS)
{
	bytea *bytes = PG_GETARG_BYTEA_PP(0);

	PG_RETURN_DATUM(read_binary((const uint8 *) VARDATA_ANY(bytes),
								VARSIZE_ANY_EXHDR(bytes), PG_GETARG_INT32(1)));
}

Datum
featmap_send(PG_FUNCTION_ARGS)
{
	OpenMap open;
	Host host = featmap_host(CurrentMemoryContext);
	size_t size;
	bytea *sent;

	featmap_open(&open, PG_GETARG_DATUM(0));
	size = feature_map_size_without_sketch(&open.map);
	sent = palloc(VARHDRSZ + size);
	SET_VARSIZE(sent, VARHDRSZ + size);
	host_copy(&host, VARDATA(sent), VARDATA(open.value), size);
	store_sketch_dims((uint8 *) VARDATA(sent), 0);
	featmap_close(&open);
	PG_RETURN_BYTEA_P(sent);
}

Datum
featmap_typmod_in(PG_FUNCTION_ARGS)
{
	int count;
	int32 *modifiers =
		ArrayGetIntegerTypmods(PG_GETARG_ARRAYTYPE_P(0), &count);

	if (count != 1)
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg(
				 "featmap takes one modifier, the number of channels, not %d",
				 count)));
	if (modifiers[0] < 1 || modifiers[0] > FEATMAP_MAX_CHANNELS)
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg(
				 "number of channels of a featmap must be between 1 and %d, not %d",
				 FEATMAP_MAX_CHANNELS, modifiers[0])));
	PG_RETURN_INT32(modifiers[0]);
}

/* The cast to the type of a column that has a modifier, as featmap(512). */
Datum
featmap_apply_typmod(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(
		featmap_of_typmod(PG_GETARG_DATUM(0), PG_GETARG_INT32(1), NULL));
}
