-- intsearch 0.1.0: the type featmap and the exact region search.
-- complain if the script is sourced in psql rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION intsearch" to load this file. \quit

-- The type ------------------------------------------------------------------

CREATE TYPE featmap;

CREATE FUNCTION featmap_in(cstring, oid, integer) RETURNS featmap
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION featmap_out(featmap) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION featmap_recv(internal, oid, integer) RETURNS featmap
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION featmap_send(featmap) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION featmap_typmod_in(cstring[]) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE TYPE featmap (
	INPUT = featmap_in,
	OUTPUT = featmap_out,
	RECEIVE = featmap_recv,
	SEND = featmap_send,
	TYPMOD_IN = featmap_typmod_in,
	INTERNALLENGTH = VARIABLE,
	STORAGE = EXTERNAL
);

COMMENT ON TYPE featmap IS 'integral image of a feature map: channels x height x width';

CREATE FUNCTION featmap(featmap, integer, boolean) RETURNS featmap
	AS 'MODULE_PATHNAME', 'featmap_apply_typmod' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE CAST (featmap AS featmap)
	WITH FUNCTION featmap(featmap, integer, boolean) AS IMPLICIT;

-- Ways in -------------------------------------------------------------------

CREATE FUNCTION featmap_from_array(real[], bits integer DEFAULT 8) RETURNS featmap
	AS 'MODULE_PATHNAME', 'featmap_from_real_array'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 40000;

CREATE FUNCTION featmap_from_array(double precision[], bits integer DEFAULT 8) RETURNS featmap
	AS 'MODULE_PATHNAME', 'featmap_from_double_array'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 40000;

CREATE FUNCTION featmap_from_npy(bytea, bits integer DEFAULT 8, layout text DEFAULT 'chw') RETURNS featmap
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 40000;

-- The casts quantise to 8 bits, or to nothing else: a cast has no place for a choice.
CREATE FUNCTION featmap(real[], integer, boolean) RETURNS featmap
	AS 'MODULE_PATHNAME', 'featmap_cast_real_array'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 40000;

CREATE FUNCTION featmap(double precision[], integer, boolean) RETURNS featmap
	AS 'MODULE_PATHNAME', 'featmap_cast_double_array'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 40000;

CREATE CAST (real[] AS featmap)
	WITH FUNCTION featmap(real[], integer, boolean) AS ASSIGNMENT;

CREATE CAST (double precision[] AS featmap)
	WITH FUNCTION featmap(double precision[], integer, boolean) AS ASSIGNMENT;

-- What is in a map ----------------------------------------------------------

CREATE FUNCTION channels(featmap) RETURNS integer
	AS 'MODULE_PATHNAME', 'featmap_channels' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;

CREATE FUNCTION height(featmap) RETURNS integer
	AS 'MODULE_PATHNAME', 'featmap_height' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;

CREATE FUNCTION width(featmap) RETURNS integer
	AS 'MODULE_PATHNAME', 'featmap_width' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;

CREATE FUNCTION bits(featmap) RETURNS integer
	AS 'MODULE_PATHNAME', 'featmap_bits' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;

CREATE FUNCTION featmap_to_array(featmap) RETURNS real[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 40000;

CREATE CAST (featmap AS real[])
	WITH FUNCTION featmap_to_array(featmap);

CREATE FUNCTION integral_image(featmap) RETURNS double precision[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 40000;

CREATE FUNCTION region_vector(map featmap, y1 integer, x1 integer, y2 integer, x2 integer,
		pooling text DEFAULT 'sum', exponent double precision DEFAULT 3) RETURNS real[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;

-- Pixels and cells ----------------------------------------------------------

CREATE FUNCTION window_box(map featmap, y1 integer, x1 integer, y2 integer, x2 integer,
		image_width double precision, image_height double precision) RETURNS box
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;

CREATE FUNCTION box_window(map featmap, region box,
		image_width double precision, image_height double precision,
		OUT y1 integer, OUT x1 integer, OUT y2 integer, OUT x2 integer)
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;

CREATE FUNCTION region_vector(map featmap, region box,
		image_width double precision, image_height double precision,
		pooling text DEFAULT 'sum', exponent double precision DEFAULT 3) RETURNS real[]
	AS 'MODULE_PATHNAME', 'region_vector_box'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;

-- The search ----------------------------------------------------------------

CREATE FUNCTION intsearch(map featmap, query real[],
		aspect double precision DEFAULT NULL, tolerance double precision DEFAULT 0.2,
		pooling text DEFAULT 'sum', exponent double precision DEFAULT 3,
		max_results integer DEFAULT 1, max_overlap double precision DEFAULT 0.5,
		min_height integer DEFAULT 1, max_height integer DEFAULT NULL,
		min_width integer DEFAULT 1, max_width integer DEFAULT NULL,
		min_score double precision DEFAULT NULL)
	RETURNS TABLE (score double precision, distance double precision,
		y1 integer, x1 integer, y2 integer, x2 integer)
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000 ROWS 10;

CREATE FUNCTION best_score(map featmap, query real[],
		aspect double precision DEFAULT NULL, tolerance double precision DEFAULT 0.2,
		pooling text DEFAULT 'sum', exponent double precision DEFAULT 3,
		min_height integer DEFAULT 1, max_height integer DEFAULT NULL,
		min_width integer DEFAULT 1, max_width integer DEFAULT NULL,
		min_score double precision DEFAULT NULL)
	RETURNS double precision
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;

-- ORDER BY a distance LIMIT k: the planner puts the functions with a number of rows in the
-- place of those without. They give NULL for a row that is not among so many nearest rows that
-- they have seen; they are not for other use.
CREATE FUNCTION featmap_distance_support(internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION featmap_cosine_distance(featmap, real[]) RETURNS double precision
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2000
	SUPPORT featmap_distance_support;

CREATE FUNCTION featmap_l2_distance(featmap, real[]) RETURNS double precision
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2000
	SUPPORT featmap_distance_support;

CREATE FUNCTION featmap_cosine_distance(featmap, real[], bigint) RETURNS double precision
	AS 'MODULE_PATHNAME', 'featmap_cosine_distance_of_nearest'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2000;

CREATE FUNCTION featmap_l2_distance(featmap, real[], bigint) RETURNS double precision
	AS 'MODULE_PATHNAME', 'featmap_l2_distance_of_nearest'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2000;

CREATE OPERATOR <=> (
	LEFTARG = featmap, RIGHTARG = real[], PROCEDURE = featmap_cosine_distance
);

CREATE OPERATOR <-> (
	LEFTARG = featmap, RIGHTARG = real[], PROCEDURE = featmap_l2_distance
);

-- Equality and hashing, for DISTINCT, GROUP BY and joins ----------------------

CREATE FUNCTION featmap_eq(featmap, featmap) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;

CREATE FUNCTION featmap_ne(featmap, featmap) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;

CREATE FUNCTION featmap_hash(featmap) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;

CREATE FUNCTION featmap_hash_extended(featmap, bigint) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;

CREATE OPERATOR = (
	LEFTARG = featmap, RIGHTARG = featmap, PROCEDURE = featmap_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);

CREATE OPERATOR <> (
	LEFTARG = featmap, RIGHTARG = featmap, PROCEDURE = featmap_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);

CREATE OPERATOR CLASS featmap_hash_ops
	DEFAULT FOR TYPE featmap USING hash AS
		OPERATOR 1 = ,
		FUNCTION 1 featmap_hash(featmap),
		FUNCTION 2 featmap_hash_extended(featmap, bigint);

-- What is running -----------------------------------------------------------

CREATE FUNCTION intsearch_version() RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE;
