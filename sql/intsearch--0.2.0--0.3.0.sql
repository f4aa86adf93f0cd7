-- intsearch 0.3.0: a comment on every object.
-- complain if the script is sourced in psql rather than via ALTER EXTENSION
\echo Use "ALTER EXTENSION intsearch UPDATE TO '0.3.0'" to load this file. \quit

COMMENT ON FUNCTION featmap_in(cstring, oid, integer) IS 'I/O';
COMMENT ON FUNCTION featmap_out(featmap) IS 'I/O';
COMMENT ON FUNCTION featmap_recv(internal, oid, integer) IS 'I/O';
COMMENT ON FUNCTION featmap_send(featmap) IS 'I/O';
COMMENT ON FUNCTION featmap_typmod_in(cstring[]) IS 'I/O typmod';
COMMENT ON FUNCTION featmap(featmap, integer, boolean) IS 'checks the number of channels';
COMMENT ON CAST (featmap AS featmap) IS 'checks the number of channels';
COMMENT ON FUNCTION featmap_from_npy(bytea, integer, text) IS
	'map of the bytes of a .npy file; layout is chw or hwc';
COMMENT ON FUNCTION featmap_from_array(real[], integer) IS
	'map of an array of channels x height x width, in 8 or 16 bits a value';
COMMENT ON FUNCTION featmap_from_array(double precision[], integer) IS
	'map of an array of channels x height x width, in 8 or 16 bits a value';
COMMENT ON FUNCTION featmap(real[], integer, boolean) IS 'map of an array, in 8 bits a value';
COMMENT ON FUNCTION featmap(double precision[], integer, boolean) IS
	'map of an array, in 8 bits a value';
COMMENT ON CAST (real[] AS featmap) IS 'map of an array, in 8 bits a value';
COMMENT ON CAST (double precision[] AS featmap) IS 'map of an array, in 8 bits a value';
COMMENT ON FUNCTION channels(featmap) IS 'number of channels';
COMMENT ON FUNCTION height(featmap) IS 'number of rows of cells';
COMMENT ON FUNCTION width(featmap) IS 'number of columns of cells';
COMMENT ON FUNCTION bits(featmap) IS 'bits that a value is stored in, 8 or 16';
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
COMMENT ON FUNCTION intsearch(
	featmap, real[], double precision, double precision, text, double precision,
	integer, double precision, integer, integer, integer, integer, double precision) IS
	'best windows of a map for a query vector';
COMMENT ON FUNCTION best_score(
	featmap, real[], double precision, double precision, text, double precision,
	integer, integer, integer, integer, double precision) IS
	'score of the best window of a map for a query vector';
COMMENT ON FUNCTION featmap_distance_support(internal) IS
	'planner support of featmap_cosine_distance and featmap_l2_distance';
COMMENT ON FUNCTION featmap_cosine_distance(featmap, real[]) IS 'implementation of <=> operator';
COMMENT ON FUNCTION featmap_l2_distance(featmap, real[]) IS 'implementation of <-> operator';
COMMENT ON FUNCTION featmap_cosine_distance(featmap, real[], bigint) IS
	'implementation of <=> operator in ORDER BY ... LIMIT, for the planner alone';
COMMENT ON FUNCTION featmap_l2_distance(featmap, real[], bigint) IS
	'implementation of <-> operator in ORDER BY ... LIMIT, for the planner alone';
COMMENT ON OPERATOR <=> (featmap, real[]) IS '1 - score of the best window';
COMMENT ON OPERATOR <-> (featmap, real[]) IS 'Euclidean distance of the best window';
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
COMMENT ON FUNCTION intsearch_many(
	featmap, real[], double precision, double precision, text, double precision,
	integer, double precision, integer, integer, integer, integer, double precision) IS
	'best windows of a map for each of several query vectors';
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
