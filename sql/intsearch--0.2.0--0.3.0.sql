-- intsearch 0.3.0: queries as values of a type, and a comment on every object.
-- complain if the script is sourced in psql rather than via ALTER EXTENSION
\echo Use "ALTER EXTENSION intsearch UPDATE TO '0.3.0'" to load this file. \quit

-- The forms with a vector and many arguments give way to those with a query. Where a view uses one, DROP says which.
DROP OPERATOR <=> (featmap, real[]);
DROP OPERATOR <-> (featmap, real[]);
DROP FUNCTION featmap_cosine_distance(featmap, real[]);
DROP FUNCTION featmap_l2_distance(featmap, real[]);
DROP FUNCTION featmap_cosine_distance(featmap, real[], bigint);
DROP FUNCTION featmap_l2_distance(featmap, real[], bigint);
DROP FUNCTION featmap_distance_support(internal);
DROP FUNCTION intsearch(featmap, real[], double precision, double precision, text, double precision,
	integer, double precision, integer, integer, integer, integer, double precision);
DROP FUNCTION best_score(featmap, real[], double precision, double precision, text, double precision,
	integer, integer, integer, integer, double precision);
DROP FUNCTION intsearch_many(featmap, real[], double precision, double precision, text, double precision,
	integer, double precision, integer, integer, integer, integer, double precision);

-- Storing maps ----------------------------------------------------------------

-- bits => NULL takes the fewest of 8, 16 and 24 bits a value that move scores by at most 0.001, or 24. So do the casts
-- and text input.
CREATE OR REPLACE FUNCTION featmap_from_npy(bytea, bits integer DEFAULT NULL, layout text DEFAULT 'chw') RETURNS featmap
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 40000;
CREATE OR REPLACE FUNCTION featmap_from_array(real[], bits integer DEFAULT NULL) RETURNS featmap
	AS 'MODULE_PATHNAME', 'featmap_from_real_array'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 40000;
CREATE OR REPLACE FUNCTION featmap_from_array(double precision[], bits integer DEFAULT NULL) RETURNS featmap
	AS 'MODULE_PATHNAME', 'featmap_from_double_array'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 40000;

CREATE FUNCTION rounding_error(featmap) RETURNS double precision
	AS 'MODULE_PATHNAME', 'featmap_rounding_error' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION rounding_error(featmap) IS
	'how much rounding to codes moves scores: 19 of 20 best scores move by less';

-- Queries ---------------------------------------------------------------------

CREATE TYPE featquery;

CREATE FUNCTION featquery_in(cstring) RETURNS featquery
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION featquery_in(cstring) IS 'I/O';

CREATE FUNCTION featquery_out(featquery) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION featquery_out(featquery) IS 'I/O';

CREATE FUNCTION featquery_recv(internal) RETURNS featquery
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION featquery_recv(internal) IS 'I/O';

CREATE FUNCTION featquery_send(featquery) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION featquery_send(featquery) IS 'I/O';

CREATE FUNCTION featquery_subscript(internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION featquery_subscript(internal) IS 'refuses subscripts';

-- The element is for drivers that send parameters in binary form: they send a list of numbers.
CREATE TYPE featquery (
	INPUT = featquery_in,
	OUTPUT = featquery_out,
	RECEIVE = featquery_recv,
	SEND = featquery_send,
	SUBSCRIPT = featquery_subscript,
	ELEMENT = real,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE featquery IS 'what a search asks for: a vector, pooling, and constraints on windows';

-- Arrays of all types of numbers are queries; drivers send what they like. There are no operators between two
-- queries: with these casts, they would be found for two arrays.
CREATE FUNCTION featquery_from_array(smallint[]) RETURNS featquery
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION featquery_from_array(smallint[]) IS 'query of a vector alone';
CREATE CAST (smallint[] AS featquery) WITH FUNCTION featquery_from_array(smallint[]) AS IMPLICIT;
COMMENT ON CAST (smallint[] AS featquery) IS 'query of a vector alone';

CREATE FUNCTION featquery_from_array(integer[]) RETURNS featquery
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION featquery_from_array(integer[]) IS 'query of a vector alone';
CREATE CAST (integer[] AS featquery) WITH FUNCTION featquery_from_array(integer[]) AS IMPLICIT;
COMMENT ON CAST (integer[] AS featquery) IS 'query of a vector alone';

CREATE FUNCTION featquery_from_array(bigint[]) RETURNS featquery
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION featquery_from_array(bigint[]) IS 'query of a vector alone';
CREATE CAST (bigint[] AS featquery) WITH FUNCTION featquery_from_array(bigint[]) AS IMPLICIT;
COMMENT ON CAST (bigint[] AS featquery) IS 'query of a vector alone';

CREATE FUNCTION featquery_from_array(real[]) RETURNS featquery
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION featquery_from_array(real[]) IS 'query of a vector alone';
CREATE CAST (real[] AS featquery) WITH FUNCTION featquery_from_array(real[]) AS IMPLICIT;
COMMENT ON CAST (real[] AS featquery) IS 'query of a vector alone';

CREATE FUNCTION featquery_from_array(double precision[]) RETURNS featquery
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION featquery_from_array(double precision[]) IS 'query of a vector alone';
CREATE CAST (double precision[] AS featquery) WITH FUNCTION featquery_from_array(double precision[]) AS IMPLICIT;
COMMENT ON CAST (double precision[] AS featquery) IS 'query of a vector alone';

CREATE FUNCTION featquery_from_array(numeric[]) RETURNS featquery
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION featquery_from_array(numeric[]) IS 'query of a vector alone';
CREATE CAST (numeric[] AS featquery) WITH FUNCTION featquery_from_array(numeric[]) AS IMPLICIT;
COMMENT ON CAST (numeric[] AS featquery) IS 'query of a vector alone';

CREATE FUNCTION featqueries_from_array(real[]) RETURNS featquery[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION featqueries_from_array(real[]) IS 'query for each row of an array of queries x channels';
CREATE CAST (real[] AS featquery[]) WITH FUNCTION featqueries_from_array(real[]) AS IMPLICIT;
COMMENT ON CAST (real[] AS featquery[]) IS 'query for each row of an array of queries x channels';

CREATE FUNCTION featqueries_from_array(double precision[]) RETURNS featquery[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION featqueries_from_array(double precision[]) IS 'query for each row of an array of queries x channels';
CREATE CAST (double precision[] AS featquery[]) WITH FUNCTION featqueries_from_array(double precision[]) AS IMPLICIT;
COMMENT ON CAST (double precision[] AS featquery[]) IS 'query for each row of an array of queries x channels';

-- NULL stands for the default of a setting. The vector may be an array of any type of numbers; of a query, its vector
-- alone is taken.
CREATE FUNCTION featquery(vector featquery,
		aspect double precision DEFAULT NULL, tolerance double precision DEFAULT 0.2,
		pooling text DEFAULT 'sum', exponent double precision DEFAULT 3,
		min_height integer DEFAULT 1, max_height integer DEFAULT NULL,
		min_width integer DEFAULT 1, max_width integer DEFAULT NULL,
		min_score double precision DEFAULT NULL) RETURNS featquery
	AS 'MODULE_PATHNAME', 'featquery_construct'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION featquery(featquery, double precision, double precision, text, double precision,
	integer, integer, integer, integer, double precision) IS
	'query of a vector, with what its windows must be';

-- Searching -------------------------------------------------------------------

CREATE FUNCTION intsearch_support(internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'featquery_search_support'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION intsearch_support(internal) IS 'planner support of intsearch';

CREATE FUNCTION intsearch(map featmap, query featquery,
		max_results integer DEFAULT 1, max_overlap double precision DEFAULT 0.5)
	RETURNS TABLE (score double precision, distance double precision,
		y1 integer, x1 integer, y2 integer, x2 integer)
	AS 'MODULE_PATHNAME', 'featquery_search'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000 ROWS 1 SUPPORT intsearch_support;
COMMENT ON FUNCTION intsearch(featmap, featquery, integer, double precision) IS
	'best windows of a map for a query';

CREATE FUNCTION best_score(map featmap, query featquery) RETURNS double precision
	AS 'MODULE_PATHNAME', 'featquery_best_score'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION best_score(featmap, featquery) IS
	'score of the best window of a map for a query';

-- ORDER BY a distance LIMIT k: the planner's support function tells the query k, and the distance then is NULL for
-- a row that is not among the k nearest rows that it has seen.
CREATE FUNCTION featmap_distance_support(internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'featquery_distance_support'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION featmap_distance_support(internal) IS
	'planner support of featmap_cosine_distance and featmap_l2_distance';

CREATE FUNCTION featmap_cosine_distance(map featmap, query featquery) RETURNS double precision
	AS 'MODULE_PATHNAME', 'featquery_cosine_distance'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2000 SUPPORT featmap_distance_support;
COMMENT ON FUNCTION featmap_cosine_distance(featmap, featquery) IS 'implementation of <=> operator';

CREATE FUNCTION featmap_l2_distance(map featmap, query featquery) RETURNS double precision
	AS 'MODULE_PATHNAME', 'featquery_l2_distance'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2000 SUPPORT featmap_distance_support;
COMMENT ON FUNCTION featmap_l2_distance(featmap, featquery) IS 'implementation of <-> operator';

-- Volatile, since the distance then depends on the rows before: the planner would put it below joins, and send
-- it to other servers.
CREATE FUNCTION featquery_nearest(query featquery, rows bigint) RETURNS featquery
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION featquery_nearest(featquery, bigint) IS
	'query of ORDER BY ... LIMIT, for the planner alone';

CREATE OPERATOR <=> (
	LEFTARG = featmap, RIGHTARG = featquery, PROCEDURE = featmap_cosine_distance
);
COMMENT ON OPERATOR <=> (featmap, featquery) IS '1 - score of the best window';

CREATE OPERATOR <-> (
	LEFTARG = featmap, RIGHTARG = featquery, PROCEDURE = featmap_l2_distance
);
COMMENT ON OPERATOR <-> (featmap, featquery) IS 'Euclidean distance of the best window';

-- Several queries at once -----------------------------------------------------

CREATE FUNCTION intsearch_many_support(internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'featquery_search_many_support'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION intsearch_many_support(internal) IS 'planner support of intsearch_many';

-- The column query counts the queries from 1.
CREATE FUNCTION intsearch_many(map featmap, queries featquery[],
		max_results integer DEFAULT 1, max_overlap double precision DEFAULT 0.5)
	RETURNS TABLE (query integer, score double precision, distance double precision,
		y1 integer, x1 integer, y2 integer, x2 integer)
	AS 'MODULE_PATHNAME', 'featquery_search_many'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000 ROWS 4 SUPPORT intsearch_many_support;
COMMENT ON FUNCTION intsearch_many(featmap, featquery[], integer, double precision) IS
	'best windows of a map for each of several queries';

-- Maps in and out, parts of maps, and where they are like a query --------------

CREATE FUNCTION featmap_from_tokens(npy bytea, height integer, width integer DEFAULT NULL, bits integer DEFAULT NULL)
	RETURNS featmap
	AS 'MODULE_PATHNAME', 'featmap_from_tokens_npy'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 40000;
COMMENT ON FUNCTION featmap_from_tokens(bytea, integer, integer, integer) IS
	'map of the last height x width tokens of a .npy file of tokens x channels';

CREATE FUNCTION featmap_from_tokens(tokens real[], height integer, width integer DEFAULT NULL, bits integer DEFAULT NULL)
	RETURNS featmap
	AS 'MODULE_PATHNAME', 'featmap_from_tokens_real_array'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 40000;
COMMENT ON FUNCTION featmap_from_tokens(real[], integer, integer, integer) IS
	'map of the last height x width tokens of an array of tokens x channels';

CREATE FUNCTION featmap_from_tokens(tokens double precision[], height integer, width integer DEFAULT NULL, bits integer DEFAULT NULL)
	RETURNS featmap
	AS 'MODULE_PATHNAME', 'featmap_from_tokens_double_array'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 40000;
COMMENT ON FUNCTION featmap_from_tokens(double precision[], integer, integer, integer) IS
	'map of the last height x width tokens of an array of tokens x channels';

CREATE FUNCTION featmap_to_npy(map featmap) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION featmap_to_npy(featmap) IS 'values of a map as the bytes of a .npy file, float32';

CREATE FUNCTION featmap_crop(map featmap, y1 integer, x1 integer, y2 integer, x2 integer) RETURNS featmap
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION featmap_crop(featmap, integer, integer, integer, integer) IS 'map of the cells of a window';

CREATE FUNCTION featmap_mirror(map featmap) RETURNS featmap
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION featmap_mirror(featmap) IS 'map with left and right exchanged';

CREATE FUNCTION window_rectangle(map featmap, y1 integer, x1 integer, y2 integer, x2 integer,
		image_width double precision, image_height double precision,
		OUT x double precision, OUT y double precision, OUT width double precision, OUT height double precision)
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION window_rectangle(featmap, integer, integer, integer, integer,
	double precision, double precision) IS
	'left, top, width and height in pixels of the image for a window in cells';

CREATE FUNCTION similarity_map(map featmap, query featquery) RETURNS real[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5000;
COMMENT ON FUNCTION similarity_map(featmap, featquery) IS
	'cosine of each cell of a map with the vector of a query, height x width';

CREATE FUNCTION featmap(bytea, integer, boolean) RETURNS featmap
	AS 'MODULE_PATHNAME', 'featmap_cast_bytea'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 40000;
COMMENT ON FUNCTION featmap(bytea, integer, boolean) IS
	'map of the bytes of a .npy file, in the bits a value that it needs, or of binary output';

CREATE CAST (bytea AS featmap)
	WITH FUNCTION featmap(bytea, integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (bytea AS featmap) IS
	'map of the bytes of a .npy file, in the bits a value that it needs, or of binary output';

CREATE FUNCTION pca_whitening_transition(double precision[], real[], integer, double precision) RETURNS double precision[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION pca_whitening_transition(double precision[], real[], integer, double precision) IS
	'aggregate transition function';

CREATE AGGREGATE pca_whitening(vector real[], dims integer, power double precision) (
	SFUNC = pca_whitening_transition, STYPE = double precision[], SSPACE = 1000000,
	COMBINEFUNC = pca_whitening_combine, FINALFUNC = pca_whitening_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE pca_whitening(real[], integer, double precision) IS
	'whitening by principal components, of which the deviation''s power is divided out';

CREATE FUNCTION whiten(map featmap, whitening real[]) RETURNS featmap
	AS 'MODULE_PATHNAME', 'whiten_featmap'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION whiten(featmap, real[]) IS 'map whose cells are whitened';

-- The index ---------------------------------------------------------------------

CREATE FUNCTION intsearch_handler(internal) RETURNS index_am_handler
	AS 'MODULE_PATHNAME' LANGUAGE C;
COMMENT ON FUNCTION intsearch_handler(internal) IS 'handler of access method intsearch';

CREATE ACCESS METHOD intsearch TYPE INDEX HANDLER intsearch_handler;
COMMENT ON ACCESS METHOD intsearch IS 'maps nearest to a query, by codes of their regions and exact distances';

CREATE OPERATOR CLASS featmap_intsearch_ops
	DEFAULT FOR TYPE featmap USING intsearch AS
		OPERATOR 1 <=> (featmap, featquery) FOR ORDER BY float_ops,
		OPERATOR 2 <-> (featmap, featquery) FOR ORDER BY float_ops;
COMMENT ON OPERATOR CLASS featmap_intsearch_ops USING intsearch IS 'maps nearest to a query';

-- Verifies an index against its table, for the table's owner: an error names the first fault. Else what there is:
-- maps that are seen, entries, and those of rows that are not seen.
CREATE FUNCTION intsearch_index_check(index regclass,
		OUT maps bigint, OUT entries bigint, OUT unseen_entries bigint)
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION intsearch_index_check(regclass) IS 'verifies an intsearch index against its table';

-- What the last index scan of this session did: lists read and all lists, codes scored, maps scored exactly, and
-- rows that its snapshot did not see.
CREATE FUNCTION intsearch_last_scan(
		OUT lists integer, OUT all_lists integer, OUT codes bigint, OUT maps bigint, OUT unseen bigint)
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE;
COMMENT ON FUNCTION intsearch_last_scan() IS 'what the last scan of an intsearch index did';

-- How well an index finds what the exact scan finds: windows of some of its maps, chosen at random, are the queries.
-- recall is the share of the index's rows that are as near as the exact ones; both times are the mean of a query, in
-- milliseconds, of the index's and the exact one; scored is the share of maps that the index scan searched.
CREATE FUNCTION intsearch_recall(index regclass, queries integer DEFAULT 50, nearest integer DEFAULT 10,
		seed double precision DEFAULT 0.5,
		OUT recall double precision, OUT index_ms double precision, OUT exact_ms double precision,
		OUT scored double precision)
	LANGUAGE plpgsql VOLATILE STRICT
	SET search_path = pg_catalog, pg_temp SET enable_seqscan = on SET enable_indexscan = on SET enable_sort = on
AS $$
DECLARE
	source text;
	expression text;
	row_count bigint;
	chosen tid[];
	chosen_row tid;
	pooling text;
	exponent double precision;
	query text; -- a featquery, whose type is not in the path yet
	ranking text;
	found double precision[];
	exact double precision[];
	asked integer := 0;
	scored_maps bigint := 0;
	start timestamptz;
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', n.nspname), true)
		FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'intsearch';
	SELECT format('(SELECT ctid, %s AS map FROM %s %s) AS indexed', pg_get_indexdef(i.indexrelid, 1, false),
			i.indrelid::regclass, 'WHERE ' || pg_get_expr(i.indpred, i.indrelid))
		INTO source
		FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_am AS m ON m.oid = c.relam
		WHERE i.indexrelid = index AND m.amname = 'intsearch' AND c.relkind = 'i';
	SELECT coalesce(max(option_value) FILTER (WHERE option_name = 'pooling'), 'sum'),
			coalesce(max(option_value) FILTER (WHERE option_name = 'exponent'), '3')::double precision
		INTO pooling, exponent
		FROM pg_class, pg_options_to_table(reloptions) WHERE oid = index;
	IF source IS NULL THEN
		RAISE EXCEPTION '"%" is not an intsearch index with pages', index USING ERRCODE = 'wrong_object_type';
	END IF;
	PERFORM setseed(seed);
	EXECUTE format('SELECT count(*) FROM %s WHERE map IS NOT NULL', source) INTO row_count;
	EXECUTE format('SELECT array_agg(ctid) FROM (
		SELECT ctid FROM %s WHERE map IS NOT NULL ORDER BY random() LIMIT $1) AS rows', source)
		INTO chosen USING queries;
	ranking := format('SELECT array_agg(distance) FROM (
		SELECT map <=> $1::featquery AS distance FROM %s WHERE ctid <> $2 ORDER BY map <=> $1::featquery LIMIT $3) AS ranked', source);
	recall := 0; index_ms := 0; exact_ms := 0;
	FOREACH chosen_row IN ARRAY coalesce(chosen, '{}') LOOP
		query := NULL;
		BEGIN
			EXECUTE format('SELECT featquery(region_vector(map, box(point(x, y), point(x + w, y + h)), width(map), height(map),
				$2, $3), pooling => $2, exponent => $3)::text
			FROM (SELECT map, w, h, floor(random() * (width(map) - w + 1)) AS x, floor(random() * (height(map) - h + 1)) AS y
				FROM (SELECT map, ceil(random() * width(map) / 2) AS w, ceil(random() * height(map) / 2) AS h
					FROM %s WHERE ctid = $1 OFFSET 0) AS sizes OFFSET 0) AS places', source)
			INTO query USING chosen_row, pooling, exponent;
		EXCEPTION WHEN invalid_parameter_value THEN
			-- a window of zeros has no vector
		END;
		CONTINUE WHEN query IS NULL;
		SET LOCAL enable_seqscan = off;
		SET LOCAL enable_sort = off;
		start := clock_timestamp();
		EXECUTE ranking INTO found USING query, chosen_row, nearest;
		index_ms := index_ms + extract(epoch FROM clock_timestamp() - start) * 1000;
		scored_maps := scored_maps + (SELECT maps FROM intsearch_last_scan());
		SET LOCAL enable_seqscan = on;
		SET LOCAL enable_sort = on;
		SET LOCAL enable_indexscan = off;
		start := clock_timestamp();
		EXECUTE ranking INTO exact USING query, chosen_row, nearest;
		exact_ms := exact_ms + extract(epoch FROM clock_timestamp() - start) * 1000;
		SET LOCAL enable_indexscan = on;
		CONTINUE WHEN exact IS NULL;
		asked := asked + 1;
		recall := recall + (SELECT count(*) FROM unnest(found) AS d WHERE d <= exact[cardinality(exact)] + 1e-9)
			/ cardinality(exact)::double precision;
	END LOOP;
	recall := recall / nullif(asked, 0);
	index_ms := index_ms / nullif(asked, 0);
	exact_ms := exact_ms / nullif(asked, 0);
	scored := scored_maps / nullif(asked * row_count, 0)::double precision;
END $$;
COMMENT ON FUNCTION intsearch_recall(regclass, integer, integer, double precision) IS
	'how well an intsearch index finds what the exact scan finds';

-- Comments --------------------------------------------------------------------

COMMENT ON FUNCTION featmap_in(cstring, oid, integer) IS 'I/O';
COMMENT ON FUNCTION featmap_out(featmap) IS 'I/O';
COMMENT ON FUNCTION featmap_recv(internal, oid, integer) IS 'I/O';
COMMENT ON FUNCTION featmap_send(featmap) IS 'I/O';
COMMENT ON FUNCTION featmap_typmod_in(cstring[]) IS 'I/O typmod';
COMMENT ON FUNCTION featmap(featmap, integer, boolean) IS 'checks the number of channels';
COMMENT ON CAST (featmap AS featmap) IS 'checks the number of channels';
COMMENT ON FUNCTION featmap_from_npy(bytea, integer, text) IS
	'map of the bytes of a .npy file, in 8, 16 or 24 bits a value; NULL chooses; layout is chw or hwc';
COMMENT ON FUNCTION featmap_from_array(real[], integer) IS
	'map of an array of channels x height x width, in 8, 16 or 24 bits a value; NULL chooses';
COMMENT ON FUNCTION featmap_from_array(double precision[], integer) IS
	'map of an array of channels x height x width, in 8, 16 or 24 bits a value; NULL chooses';
COMMENT ON FUNCTION featmap(real[], integer, boolean) IS 'map of an array, in the bits a value that it needs';
COMMENT ON FUNCTION featmap(double precision[], integer, boolean) IS
	'map of an array, in the bits a value that it needs';
COMMENT ON CAST (real[] AS featmap) IS 'map of an array, in the bits a value that it needs';
COMMENT ON CAST (double precision[] AS featmap) IS 'map of an array, in the bits a value that it needs';
COMMENT ON FUNCTION channels(featmap) IS 'number of channels';
COMMENT ON FUNCTION height(featmap) IS 'number of rows of cells';
COMMENT ON FUNCTION width(featmap) IS 'number of columns of cells';
COMMENT ON FUNCTION bits(featmap) IS 'bits that a value is stored in, 8, 16 or 24';
COMMENT ON FUNCTION featmap_to_array(featmap) IS 'values of a map, channels x height x width';
COMMENT ON CAST (featmap AS real[]) IS 'values of a map, channels x height x width';
COMMENT ON FUNCTION integral_image(featmap) IS
	'integral image of a map, channels x (height + 1) x (width + 1)';
COMMENT ON FUNCTION featmap_eq(featmap, featmap) IS 'implementation of = operator';
COMMENT ON FUNCTION featmap_ne(featmap, featmap) IS 'implementation of <> operator';
COMMENT ON FUNCTION featmap_hash(featmap) IS 'hash';
COMMENT ON FUNCTION featmap_hash_extended(featmap, bigint) IS 'hash';
COMMENT ON OPERATOR = (featmap, featmap) IS 'equal';
COMMENT ON OPERATOR <> (featmap, featmap) IS 'not equal';
COMMENT ON OPERATOR CLASS featmap_hash_ops USING hash IS 'equality of feature maps';
COMMENT ON FUNCTION region_vector(featmap, integer, integer, integer, integer,
	text, double precision) IS
	'unit vector of a window, in cells';
COMMENT ON FUNCTION region_vector(featmap, box, double precision, double precision, text,
	double precision) IS
	'unit vector of a box, in pixels of the image';
COMMENT ON FUNCTION window_box(featmap, integer, integer, integer, integer,
	double precision, double precision) IS
	'box in pixels of the image for a window in cells';
COMMENT ON FUNCTION box_window(featmap, box, double precision, double precision) IS
	'window in cells for a box in pixels of the image';
COMMENT ON FUNCTION max_sim(featmap, real[]) IS
	'late-interaction score: greatest inner product with a cell, summed over query vectors';
COMMENT ON FUNCTION max_sim_cells(featmap, real[]) IS
	'cells of the greatest inner products, one for each query vector';
COMMENT ON FUNCTION region_vector(featmap, text, double precision) IS 'unit vector of a whole map';
COMMENT ON FUNCTION rmac(featmap, integer, real[], text, double precision) IS
	'R-MAC descriptor of a map';
COMMENT ON FUNCTION rmac_regions(featmap, integer, text, double precision) IS
	'windows of R-MAC and their unit vectors';
COMMENT ON FUNCTION pca_whitening_transition(double precision[], real[], integer) IS
	'aggregate transition function';
COMMENT ON FUNCTION pca_whitening_combine(double precision[], double precision[]) IS
	'aggregate combine function';
COMMENT ON FUNCTION pca_whitening_final(double precision[]) IS 'aggregate final function';
COMMENT ON AGGREGATE pca_whitening(real[], integer) IS
	'whitening by principal components, dims x (channels + 1)';
COMMENT ON FUNCTION whiten(real[], real[]) IS 'vector after whitening, as a unit vector';
COMMENT ON FUNCTION mean_direction_transition(double precision[], real[]) IS
	'aggregate transition function';
COMMENT ON FUNCTION mean_direction_transition(double precision[], real[], double precision) IS
	'aggregate transition function';
COMMENT ON FUNCTION mean_direction_combine(double precision[], double precision[]) IS
	'aggregate combine function';
COMMENT ON FUNCTION mean_direction_final(double precision[]) IS 'aggregate final function';
COMMENT ON AGGREGATE mean_direction(real[]) IS
	'mean of the directions of vectors, as a unit vector';
COMMENT ON AGGREGATE mean_direction(real[], double precision) IS
	'weighted mean of the directions of vectors, as a unit vector';
COMMENT ON FUNCTION intsearch_version() IS 'version of the library, and the kernels in use';
