/*
 * query_io.c
 *		The type featquery: text and binary input and output, casts from
 *		arrays, and the constructor.
 *
 * Every way in ends in query_make(), with a query that query_check() has let
 * through, so that no search checks it again.
 */
#include "type/query_io.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "libpq/pqformat.h"
#include "nodes/subscripting.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "bridge/arrays.h"
#include "bridge/featmap.h"
#include "core/map/feature_map.h"
#include "core/query_text.h"
#include "functions/pooling_arguments.h"

PG_FUNCTION_INFO_V1(featquery_in);
PG_FUNCTION_INFO_V1(featquery_out);
PG_FUNCTION_INFO_V1(featquery_recv);
PG_FUNCTION_INFO_V1(featquery_send);
PG_FUNCTION_INFO_V1(featquery_subscript);
PG_FUNCTION_INFO_V1(featquery_from_array);
PG_FUNCTION_INFO_V1(featqueries_from_array);
PG_FUNCTION_INFO_V1(featquery_construct);

#define QUERY_VERSION 1

/* The stored value -------------------------------------------------------- */

StoredQuery *
query_make(const SearchQuery *query)
{
	size_t size =
		offsetof(StoredQuery, vector) + sizeof(float) * query->length;
	StoredQuery *stored = palloc0(size);

	SET_VARSIZE(stored, size);
	stored->version = QUERY_VERSION;
	stored->pooling = (uint8) query->pooling.kind;
	stored->any_aspect = query->constraints.any_aspect;
	stored->length = query->length;
	stored->min_height = query->constraints.min_height;
	stored->max_height = query->constraints.max_height;
	stored->min_width = query->constraints.min_width;
	stored->max_width = query->constraints.max_width;
	stored->aspect = query->constraints.aspect;
	stored->tolerance = query->constraints.tolerance;
	stored->exponent = query->pooling.exponent;
	stored->min_score = query->min_score;
	memcpy(stored->vector, query->vector, sizeof(float) * query->length);
	return stored;
}

static SearchQuery
view_stored(const StoredQuery *stored)
{
	return (SearchQuery){
		.vector = stored->vector,
		.length = stored->length,
		.pooling = {.kind = (PoolingKind) stored->pooling,
					.exponent = stored->exponent},
		.constraints =
			{
				.any_aspect = stored->any_aspect != 0,
				.aspect = stored->aspect,
				.tolerance = stored->tolerance,
				.min_height = stored->min_height,
				.max_height = stored->max_height,
				.min_width = stored->min_width,
				.max_width = stored->max_width,
			},
		.min_score = stored->min_score,
	};
}

/* Refuses a value whose sizes do not fit: one that was damaged. */
static void
check_stored(const StoredQuery *stored, size_t size)
{
	if (size < offsetof(StoredQuery, vector) ||
		stored->version != QUERY_VERSION || stored->pooling > POOL_GEM ||
		stored->length < 1 || stored->length > FEATMAP_MAX_CHANNELS ||
		size != offsetof(StoredQuery, vector) + sizeof(float) * stored->length)
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("featquery of %zu bytes is damaged", size)));
}

void
query_open(OpenQuery *open, Datum datum)
{
	const StoredQuery *stored;

	open->datum = datum;
	open->value = PG_DETOAST_DATUM(datum);
	stored = (const StoredQuery *) open->value;
	check_stored(stored, VARSIZE(stored));
	open->query = view_stored(stored);
	open->nearest = stored->nearest;
}

void
query_close(OpenQuery *open)
{
	if ((Pointer) open->value != DatumGetPointer(open->datum))
		pfree(open->value);
}

StoredQuery *
query_with_nearest(Datum datum, int nearest)
{
	StoredQuery *told = (StoredQuery *) PG_DETOAST_DATUM_COPY(datum);

	check_stored(told, VARSIZE(told));
	if (told->nearest > 0)
		return NULL;
	told->nearest = nearest;
	return told;
}

/* Checks a query and makes a value of it. */
static StoredQuery *
make_checked(const SearchQuery *query)
{
	CoreError error;

	if (!query_check(query, &error))
		featmap_raise(&error);
	return query_make(query);
}

/* A query of a vector alone. */
static StoredQuery *
query_of_vector(const float *vector, int length)
{
	SearchQuery query = query_default();

	query.vector = vector;
	query.length = length;
	return make_checked(&query);
}

/* The same of an array of any type of numbers, of one dimension. */
static StoredQuery *
query_of_array(ArrayType *array)
{
	int length;
	const float *vector = number_vector(array, "query", &length);

	return query_of_vector(vector, length);
}

/* Text and binary --------------------------------------------------------- */

/*
 * True for a number alone: what the input of a featquery[] makes of the
 * elements of an array of two dimensions.
 */
static bool
is_number(const char *text)
{
	char *end;

	(void) strtod(text, &end);
	return end != text && *end == '\0';
}

static void
refuse_text(Node *context, const char *text, const CoreError *error)
{
	if (is_number(text))
		errsave(
			context,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("%s", error->message),
			 errhint(
				 "Several queries of vectors alone are an array of numbers: '{{1,2},{3,4}}'::real[].")));
	else
		featmap_save_error(context, error,
						   ERRCODE_INVALID_TEXT_REPRESENTATION);
}

Datum
featquery_in(PG_FUNCTION_ARGS)
{
	Host host = featmap_host(CurrentMemoryContext);
	SearchQuery query;
	CoreError error;
	float *vector =
		query_text_read(&host, PG_GETARG_CSTRING(0), &query, &error);
	StoredQuery *stored;

	if (vector == NULL)
	{
		refuse_text(fcinfo->context, PG_GETARG_CSTRING(0), &error);
		PG_RETURN_NULL();
	}
	stored = query_make(&query);
	pfree(vector);
	PG_RETURN_POINTER(stored);
}

Datum
featquery_out(PG_FUNCTION_ARGS)
{
	OpenQuery open;
	char *text, *end;

	query_open(&open, PG_GETARG_DATUM(0));
	text = palloc(query_text_room(&open.query) + 32);
	end = text + query_text_write(&open.query, text);
	/* for EXPLAIN; input drops it */
	if (open.nearest > 0)
		sprintf(end, " nearest=%d", open.nearest);
	query_close(&open);
	PG_RETURN_CSTRING(text);
}

/* True where nothing but the vector was asked for. */
static bool
is_vector_alone(const SearchQuery *query)
{
	SearchQuery usual = query_default();

	return query->pooling.kind == usual.pooling.kind &&
		   query->pooling.exponent == usual.pooling.exponent &&
		   query->min_score == usual.min_score &&
		   query->constraints.any_aspect &&
		   query->constraints.tolerance == usual.constraints.tolerance &&
		   query->constraints.min_height == usual.constraints.min_height &&
		   query->constraints.max_height == usual.constraints.max_height &&
		   query->constraints.min_width == usual.constraints.min_width &&
		   query->constraints.max_width == usual.constraints.max_width;
}

/* The vector as a real[]. */
static Datum
vector_array(const SearchQuery *query)
{
	float *values;
	ArrayType *array =
		new_array(FLOAT4OID, 1, &query->length, (void **) &values);

	memcpy(values, query->vector, sizeof(float) * query->length);
	return PointerGetDatum(array);
}

static void
send_settings(StringInfo buffer, const SearchQuery *query)
{
	const WindowConstraints *constraints = &query->constraints;

	pq_sendint8(buffer, QUERY_VERSION);
	pq_sendint8(buffer, (uint8) query->pooling.kind);
	pq_sendint8(buffer, constraints->any_aspect);
	pq_sendfloat8(buffer, constraints->aspect);
	pq_sendfloat8(buffer, constraints->tolerance);
	pq_sendfloat8(buffer, query->pooling.exponent);
	pq_sendfloat8(buffer, query->min_score);
	pq_sendint32(buffer, (uint32) constraints->min_height);
	pq_sendint32(buffer, (uint32) constraints->max_height);
	pq_sendint32(buffer, (uint32) constraints->min_width);
	pq_sendint32(buffer, (uint32) constraints->max_width);
}

/*
 * A vector alone travels as a real[] does, which drivers know by the type's
 * element; any other query as its version, which is not 0 as an array's first
 * byte is, its settings, the length and the vector.
 */
Datum
featquery_send(PG_FUNCTION_ARGS)
{
	OpenQuery open;
	StringInfoData buffer;

	query_open(&open, PG_GETARG_DATUM(0));
	if (is_vector_alone(&open.query))
		return OidFunctionCall1(F_ARRAY_SEND, vector_array(&open.query));
	pq_begintypsend(&buffer);
	send_settings(&buffer, &open.query);
	pq_sendint32(&buffer, (uint32) open.query.length);
	for (int c = 0; c < open.query.length; c++)
		pq_sendfloat4(&buffer, open.query.vector[c]);
	query_close(&open);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

static void
receive_settings(StringInfo buffer, SearchQuery *query)
{
	WindowConstraints *constraints = &query->constraints;
	int version = pq_getmsgbyte(buffer);
	int kind = pq_getmsgbyte(buffer);
	int any_aspect = pq_getmsgbyte(buffer);

	if (version != QUERY_VERSION || kind > POOL_GEM || any_aspect > 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("invalid binary representation of a featquery: "
							   "version %d, pooling %d, any aspect %d",
							   version, kind, any_aspect)));
	query->pooling.kind = (PoolingKind) kind;
	constraints->any_aspect = any_aspect == 1;
	constraints->aspect = pq_getmsgfloat8(buffer);
	constraints->tolerance = pq_getmsgfloat8(buffer);
	query->pooling.exponent = pq_getmsgfloat8(buffer);
	query->min_score = pq_getmsgfloat8(buffer);
	constraints->min_height = (int) pq_getmsgint(buffer, 4);
	constraints->max_height = (int) pq_getmsgint(buffer, 4);
	constraints->min_width = (int) pq_getmsgint(buffer, 4);
	constraints->max_width = (int) pq_getmsgint(buffer, 4);
	query->length = (int) pq_getmsgint(buffer, 4);
}

static StoredQuery *
receive_query(StringInfo buffer)
{
	SearchQuery query;
	float *vector;

	receive_settings(buffer, &query);
	if (query.length < 1 || query.length > FEATMAP_MAX_CHANNELS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("featquery must have between 1 and %d elements, "
						"not %d",
						FEATMAP_MAX_CHANNELS, query.length)));
	vector = palloc(sizeof(float) * query.length);
	for (int c = 0; c < query.length; c++)
		vector[c] = pq_getmsgfloat4(buffer);
	query.vector = vector;
	return make_checked(&query);
}

static StoredQuery *
receive_array(StringInfo buffer)
{
	Datum array = OidReceiveFunctionCall(F_ARRAY_RECV, buffer, FLOAT4OID, -1);

	return query_of_array(DatumGetArrayTypeP(array));
}

Datum
featquery_recv(PG_FUNCTION_ARGS)
{
	StringInfo buffer = (StringInfo) PG_GETARG_POINTER(0);
	bool is_array =
		buffer->cursor < buffer->len && buffer->data[buffer->cursor] == 0;

	PG_RETURN_POINTER(is_array ? receive_array(buffer)
							   : receive_query(buffer));
}

/* The element is there for drivers alone, which then send lists of numbers. */
pg_noreturn static void
refuse_subscript(SubscriptingRef *reference pg_attribute_unused(),
				 List *indirection pg_attribute_unused(),
				 ParseState *state pg_attribute_unused(),
				 bool is_slice pg_attribute_unused(),
				 bool is_assignment pg_attribute_unused())
{
	ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
					errmsg("cannot subscript type featquery")));
}

static void
no_subscript_steps(const SubscriptingRef *reference pg_attribute_unused(),
				   struct SubscriptingRefState *state pg_attribute_unused(),
				   struct SubscriptExecSteps *steps pg_attribute_unused())
{
}

Datum
featquery_subscript(PG_FUNCTION_ARGS)
{
	static const SubscriptRoutines routines = {
		.transform = refuse_subscript,
		.exec_setup = no_subscript_steps,
		.fetch_strict = true,
		.fetch_leakproof = true,
		.store_leakproof = false,
	};

	(void) fcinfo;
	PG_RETURN_POINTER(&routines);
}

/* From arrays ------------------------------------------------------------- */

/* The casts from arrays of all types of numbers. */
Datum
featquery_from_array(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(query_of_array(PG_GETARG_ARRAYTYPE_P(0)));
}

/* The same of two dimensions: a query for each row. */
Datum
featqueries_from_array(PG_FUNCTION_ARGS)
{
	int rows, columns;
	const float *numbers =
		number_matrix(PG_GETARG_ARRAYTYPE_P(0), "queries", &rows, &columns);
	Datum *queries = palloc(sizeof(Datum) * rows);
	Oid array_type = get_fn_expr_rettype(fcinfo->flinfo);
	Oid type = get_element_type(array_type);

	if (!OidIsValid(type))
		elog(ERROR, "type of the queries is not known");
	for (int row = 0; row < rows; row++)
		queries[row] = PointerGetDatum(
			query_of_vector(numbers + (size_t) row * columns, columns));
	PG_RETURN_ARRAYTYPE_P(
		construct_array(queries, rows, type, -1, false, TYPALIGN_DOUBLE));
}

/* The constructor --------------------------------------------------------- */

static void
set_number(FunctionCallInfo fcinfo, int argument, double *number)
{
	if (!PG_ARGISNULL(argument))
		*number = PG_GETARG_FLOAT8(argument);
}

static void
set_cells(FunctionCallInfo fcinfo, int argument, int *cells)
{
	if (!PG_ARGISNULL(argument))
		*cells = PG_GETARG_INT32(argument);
}

/*
 * (vector, aspect, tolerance, pooling, exponent, min_height, max_height,
 * min_width, max_width, min_score): NULL stands for the default of a setting.
 * The vector is a query itself, so that arrays of all types of numbers come by
 * their casts; the settings are those given here.
 */
Datum
featquery_construct(PG_FUNCTION_ARGS)
{
	SearchQuery query = query_default();
	WindowConstraints *constraints = &query.constraints;
	OpenQuery open;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	query_open(&open, PG_GETARG_DATUM(0));
	query.vector = open.query.vector;
	query.length = open.query.length;
	constraints->any_aspect = PG_ARGISNULL(1);
	set_number(fcinfo, 1, &constraints->aspect);
	set_number(fcinfo, 2, &constraints->tolerance);
	query.pooling = pooling_arguments(fcinfo, 3, POOL_SUM);
	set_cells(fcinfo, 5, &constraints->min_height);
	set_cells(fcinfo, 6, &constraints->max_height);
	set_cells(fcinfo, 7, &constraints->min_width);
	set_cells(fcinfo, 8, &constraints->max_width);
	set_number(fcinfo, 9, &query.min_score);
	PG_RETURN_POINTER(make_checked(&query));
}
