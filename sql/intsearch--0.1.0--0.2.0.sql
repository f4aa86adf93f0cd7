-- intsearch 0.2.0: descriptors of whole maps, whitening, query expansion, several queries at once.
-- complain if the script is sourced in psql rather than via ALTER EXTENSION
\echo Use "ALTER EXTENSION intsearch UPDATE TO '0.2.0'" to load this file. \quit

-- What is stored are the values; integral_image() makes the integral image of them.
COMMENT ON TYPE featmap IS 'feature map: channels x height x width';

-- Descriptors ----------------------------------------------------------------

CREATE FUNCTION region_vector(map featmap,
		pooling text DEFAULT 'sum', exponent double precision DEFAULT 3) RETURNS real[]
	AS 'MODULE_PATHNAME', 'region_vector_whole'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;

CREATE FUNCTION rmac_regions(map featmap, levels integer DEFAULT 3,
		pooling text DEFAULT 'max', exponent double precision DEFAULT 3)
	RETURNS TABLE (level integer, y1 integer, x1 integer, y2 integer, x2 integer, vector real[])
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2000 ROWS 20;

CREATE FUNCTION rmac(map featmap, levels integer DEFAULT 3, whitening real[] DEFAULT NULL,
		pooling text DEFAULT 'max', exponent double precision DEFAULT 3) RETURNS real[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;

CREATE FUNCTION whiten(vector real[], whitening real[]) RETURNS real[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;

-- Aggregates over vectors ------------------------------------------------------

CREATE FUNCTION pca_whitening_transition(double precision[], real[], integer) RETURNS double precision[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;

CREATE FUNCTION pca_whitening_combine(double precision[], double precision[]) RETURNS double precision[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION pca_whitening_final(double precision[]) RETURNS real[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

-- SSPACE is of some hundreds of channels: half a number a pair of channels.
CREATE AGGREGATE pca_whitening(vector real[], dims integer) (
	SFUNC = pca_whitening_transition, STYPE = double precision[], SSPACE = 1000000,
	COMBINEFUNC = pca_whitening_combine, FINALFUNC = pca_whitening_final, PARALLEL = SAFE
);

CREATE FUNCTION mean_direction_transition(double precision[], real[]) RETURNS double precision[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;

CREATE FUNCTION mean_direction_transition(double precision[], real[], double precision) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'mean_direction_weighted_transition'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;

CREATE FUNCTION mean_direction_combine(double precision[], double precision[]) RETURNS double precision[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;

CREATE FUNCTION mean_direction_final(double precision[]) RETURNS real[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;

CREATE AGGREGATE mean_direction(vector real[]) (
	SFUNC = mean_direction_transition, STYPE = double precision[], SSPACE = 5000,
	COMBINEFUNC = mean_direction_combine, FINALFUNC = mean_direction_final, PARALLEL = SAFE
);

CREATE AGGREGATE mean_direction(vector real[], weight double precision) (
	SFUNC = mean_direction_transition, STYPE = double precision[], SSPACE = 5000,
	COMBINEFUNC = mean_direction_combine, FINALFUNC = mean_direction_final, PARALLEL = SAFE
);

-- The search ----------------------------------------------------------------

-- queries is [number of queries][channels]; the column query counts them from 1 on.
CREATE FUNCTION intsearch_many(map featmap, queries real[],
		aspect double precision DEFAULT NULL, tolerance double precision DEFAULT 0.2,
		pooling text DEFAULT 'sum', exponent double precision DEFAULT 3,
		max_results integer DEFAULT 1, max_overlap double precision DEFAULT 0.5,
		min_height integer DEFAULT 1, max_height integer DEFAULT NULL,
		min_width integer DEFAULT 1, max_width integer DEFAULT NULL,
		min_score double precision DEFAULT NULL)
	RETURNS TABLE (query integer, score double precision, distance double precision,
		y1 integer, x1 integer, y2 integer, x2 integer)
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000 ROWS 10;

-- Late interaction: query vectors against single cells, by inner product.
CREATE FUNCTION max_sim(map featmap, queries real[]) RETURNS double precision
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5000;

CREATE FUNCTION max_sim_cells(map featmap, queries real[])
	RETURNS TABLE (query integer, similarity double precision, y integer, x integer)
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5000 ROWS 30;

-- Their values depend on the rows that they have seen: as immutable ones the planner put them below joins,
-- and sent them to other servers.
ALTER FUNCTION featmap_cosine_distance(featmap, real[], bigint) VOLATILE;
ALTER FUNCTION featmap_l2_distance(featmap, real[], bigint) VOLATILE;
