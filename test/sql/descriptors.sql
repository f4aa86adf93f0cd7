-- Descriptors of whole maps: region_vector(map), rmac_regions(), rmac(), whiten().
\ir setup.psql

SELECT plan(50);

SELECT setseed(0.5) \g /dev/null
CREATE TABLE sample AS
	SELECT name, h, w, lowest < 0 AS is_signed, featmap_from_array(pg_temp.random_values(c, h, w, lowest), bits) AS features
	FROM (VALUES
		('square', 4, 7, 7, 0.0::real, 8), ('a little wider', 5, 7, 8, 0.0, 8), ('2 : 3', 5, 8, 12, -0.5, 8),
		('3 : 2, 16 bits', 3, 12, 8, -0.5, 16), ('long', 3, 4, 30, 0.0, 8), ('tall', 2, 40, 3, 0.0, 8),
		('overlaps of 35 and 45 %', 2, 20, 31, 0.0, 8), ('one row', 3, 1, 9, 0.0, 8), ('one cell', 3, 1, 1, 0.0, 16)
	) AS s (name, c, h, w, lowest, bits);

CREATE FUNCTION pg_temp.unit(v double precision[]) RETURNS double precision[] LANGUAGE sql AS $$
	SELECT array_agg(x / norm ORDER BY i)
	FROM unnest(v) WITH ORDINALITY AS u (x, i), (SELECT sqrt(sum(x * x)) AS norm FROM unnest(v) AS u (x)) AS n
$$;

-- The greatest difference of two vectors; infinite where they are not of one length.
CREATE FUNCTION pg_temp.difference(a double precision[], b double precision[]) RETURNS double precision LANGUAGE sql AS $$
	SELECT max(coalesce(abs(x - y), 'infinity')) FROM unnest(a, b) AS u (x, y)
$$;

-- The whole map -----------------------------------------------------------------

SELECT is_empty(
	format('SELECT name FROM sample WHERE region_vector(features, %1$s) IS DISTINCT FROM region_vector(features, 0, 0, h, w, %1$s)', arguments),
	'the vector of the whole map: ' || arguments)
FROM (VALUES ('''sum'''), ('''max'''), ('pooling => ''max'', exponent => 5')) AS a (arguments);
SELECT is_empty(
	$$SELECT name FROM sample WHERE NOT is_signed AND region_vector(features, 'gem', 4) IS DISTINCT FROM region_vector(features, 0, 0, h, w, 'gem', 4)$$,
	'the vector of the whole map: gem');
SELECT is(region_vector('{{{1,2},{0,1}},{{1,0},{1,1}}}'), '{0.8,0.6}'::real[], 'sums are pooled by default');
SELECT is(region_vector('{{{0,0}}}'::real[]::featmap), NULL, 'a map of zeros has none');
SELECT is(region_vector(NULL::featmap), NULL, 'NULL has none');

-- R-MAC's windows, by the definition: m is sought among all numbers, from the overlap in per cent.
CREATE FUNCTION pg_temp.windows(h integer, w integer, levels integer)
RETURNS TABLE (level integer, y1 integer, x1 integer, y2 integer, x2 integer) LANGUAGE sql AS $$
	WITH side (shorter, longer) AS (VALUES (least(h, w), greatest(h, w))),
	grid AS (
		SELECT CASE WHEN h = w THEN 1 ELSE (
			SELECT m FROM generate_series(2, 200) AS m
			ORDER BY abs(40 - 100 * (1 - (longer - shorter)::numeric / ((m - 1) * shorter))), m LIMIT 1) END AS m
		FROM side
	),
	scale AS (
		SELECT l, 2 * shorter / (l + 1) AS s, l + CASE WHEN h > w THEN m - 1 ELSE 0 END AS rows, l + CASE WHEN w > h THEN m - 1 ELSE 0 END AS columns
		FROM side, grid, generate_series(1, levels) AS l
	)
	SELECT l, y, x, y + s, x + s
	FROM scale, generate_series(0, rows - 1) AS i, generate_series(0, columns - 1) AS j,
		LATERAL (SELECT coalesce(floor(i * (h - s)::numeric / nullif(rows - 1, 0)), 0)::integer AS y,
			coalesce(floor(j * (w - s)::numeric / nullif(columns - 1, 0)), 0)::integer AS x) AS corner
	WHERE s > 0
	ORDER BY l, i, j
$$;

CREATE TABLE region AS
	SELECT name, features, r.* FROM sample, rmac_regions(features, 5) WITH ORDINALITY AS r (level, y1, x1, y2, x2, vector, number);

SELECT is(
	(SELECT array_agg((level, y1, x1, y2, x2)::text ORDER BY number) FROM region WHERE region.name = sample.name),
	(SELECT array_agg((level, y1, x1, y2, x2)::text ORDER BY number)
		FROM pg_temp.windows(h, w, 5) WITH ORDINALITY AS t (level, y1, x1, y2, x2, number)),
	'the windows of R-MAC: ' || name)
FROM sample;
SELECT is_empty(
	$$SELECT name, y1, x1, y2, x2 FROM region WHERE vector IS DISTINCT FROM region_vector(features, y1, x1, y2, x2, 'max')$$,
	'their vectors, by default of maxima');
SELECT is_empty(
	$$SELECT name FROM sample, rmac_regions(features, 2, 'sum') WHERE vector IS DISTINCT FROM region_vector(features, y1, x1, y2, x2)$$,
	'and of sums');
SELECT is_empty(
	$$SELECT name FROM sample, rmac_regions(features, pooling => 'gem', exponent => 2)
		WHERE NOT is_signed AND vector IS DISTINCT FROM region_vector(features, y1, x1, y2, x2, 'gem', 2)$$,
	'and of generalised means');
SELECT is(
	(SELECT array_agg(n ORDER BY name) FROM (
		SELECT name, count(*) AS n FROM sample, rmac_regions(features) WHERE name IN ('square', '2 : 3') GROUP BY name) AS t),
	ARRAY[2 + 6 + 12, 1 + 4 + 9]::bigint[], 'three levels by default: 14 windows on a square map, 20 on a photograph''s');
SELECT is((SELECT count(*) FROM rmac_regions('{{{1,2},{3,4}}}'::real[]::featmap, 1000)), (1 + 4 + 9)::bigint,
	'no windows of less than a cell');
SELECT is(
	(SELECT array_agg((level, y1, x1)::text) FROM rmac_regions('{{{0,0,0},{0,0,0},{0,0,7}}}'::real[]::featmap, 4)),
	'{"(1,0,0)","(2,1,1)","(3,2,2)","(4,2,2)"}', 'windows of zeros are left out');
SELECT is((SELECT count(*) FROM rmac_regions('{{{0,0}}}'::real[]::featmap)), 0::bigint, 'a map of zeros has no regions');
SELECT is((SELECT count(*) FROM rmac_regions(NULL)), 0::bigint, 'nor has NULL');

-- The sum of the regions ----------------------------------------------------------

CREATE FUNCTION pg_temp.sum_of(vectors real[]) RETURNS double precision[] LANGUAGE sql AS $$
	SELECT array_agg(total ORDER BY c) FROM (
		SELECT c, sum(vectors[i][c]::double precision) AS total
		FROM generate_series(1, array_length(vectors, 1)) AS i, generate_series(1, array_length(vectors, 2)) AS c GROUP BY c) AS t
$$;

SELECT is_empty($$
	SELECT name FROM sample WHERE NOT pg_temp.difference(rmac(features, 5),
		pg_temp.unit(pg_temp.sum_of((SELECT array_agg(vector) FROM region WHERE region.name = sample.name)))) < 1e-6
$$, 'R-MAC is the sum of its regions'' vectors, normalised');
SELECT is_empty($$SELECT name FROM sample WHERE rmac(features) IS DISTINCT FROM rmac(features, 3, NULL, 'max')$$, 'defaults of rmac()');
SELECT is_empty($$SELECT name FROM sample WHERE rmac(features, NULL, NULL, NULL, NULL) IS DISTINCT FROM rmac(features)$$, 'NULL stands for them');
SELECT is_empty($$SELECT name FROM sample WHERE rmac(features, 1, pooling => 'sum') IS DISTINCT FROM region_vector(features) AND h = w$$,
	'one level of a square map is the whole map');
SELECT is(rmac('{{{0,0}}}'::real[]::featmap), NULL, 'a map of zeros has no R-MAC');
SELECT is(rmac(NULL), NULL, 'nor has NULL');

-- Whitening -----------------------------------------------------------------------

-- For 2, 3, 4 or 5 channels: some matrix.
CREATE FUNCTION pg_temp.whitening(dims integer, channels integer) RETURNS real[] LANGUAGE sql AS $$
	SELECT array_agg(line ORDER BY k) FROM (
		SELECT k, array_agg((sin(7 * k + 3 * c) * k)::real ORDER BY c) AS line
		FROM generate_series(1, dims) AS k, generate_series(1, channels + 1) AS c GROUP BY k) AS lines
$$;
CREATE FUNCTION pg_temp.whitened(v real[], m real[]) RETURNS double precision[] LANGUAGE sql AS $$
	SELECT pg_temp.unit(array_agg(y ORDER BY k)) FROM (
		SELECT k, sum(m[k][c]::double precision * coalesce(v[c], 1)) AS y
		FROM generate_series(1, array_length(m, 1)) AS k, generate_series(1, array_length(m, 2)) AS c GROUP BY k) AS t
$$;

SELECT is_empty(format($$
	SELECT name, y1, x1 FROM region, pg_temp.whitening(%s, channels(features)) AS m
	WHERE NOT pg_temp.difference(whiten(vector, m), pg_temp.whitened(vector, m)) < 1e-6
$$, dims), format('a vector whitened to %s dimensions', dims)) FROM (VALUES (1), (2), (6)) AS d (dims);
SELECT is(whiten('{0.6,0.8}'::real[], '{{5,0,0},{0,5,0}}'), '{0.6,0.8}'::real[], 'the unit matrix keeps a unit vector');
SELECT is(whiten('{0.5,2}'::real[], '{{1,0,2.5},{0,2,0}}'), '{0.6,0.8}'::real[], 'the last column is added');
SELECT is(whiten('{0.5,2}'::real[], '{{1,0,-0.5},{0,2,-4}}'), NULL, 'the mean has no direction');
SELECT is(whiten('{1}'::real[], NULL), NULL, 'NULL');
SELECT is(
	(SELECT round(pg_temp.difference(whiten(array_agg(i::real), (SELECT array_agg(line) FROM (
		SELECT array_agg(CASE WHEN c = k * 33 THEN 1 ELSE 0 END::real ORDER BY c) AS line
		FROM generate_series(1, 3) AS k, generate_series(1, 101) AS c GROUP BY k ORDER BY k) AS m)), pg_temp.unit('{33,66,99}'))::numeric, 6)
		FROM generate_series(1, 100) AS i), 0::numeric, 'a vector of many channels');
SELECT is_empty($$
	SELECT name FROM sample, pg_temp.whitening(2, channels(features)) AS m
	WHERE NOT pg_temp.difference(rmac(features, 5, m),
		pg_temp.unit(pg_temp.sum_of((SELECT array_agg(whiten(vector, m)) FROM region WHERE region.name = sample.name)))) < 1e-6
$$, 'R-MAC with whitening is the sum of the whitened vectors, normalised');

-- Errors --------------------------------------------------------------------------

SELECT pg_temp.refuses(statement, state, message, message) FROM (VALUES
	($$SELECT rmac(features, 0) FROM sample$$, '22023', 'levels must be at least 1, not 0'),
	($$SELECT rmac_regions(features, -3) FROM sample$$, '22023', 'levels must be at least 1, not -3'),
	($$SELECT rmac(features, pooling => 'mean') FROM sample$$, '22023', 'pooling must be "sum", "max" or "gem", not "mean"'),
	($$SELECT rmac(features, pooling => 'gem') FROM sample WHERE is_signed$$, '22023', 'gem'),
	($$SELECT rmac(features, 3, '{{1,2,3}}') FROM sample WHERE name = 'one row'$$, '22000', 'vector has 3, whitening is for 2'),
	($$SELECT whiten('{1,2}'::real[], '{{1,2}}')$$, '22000', 'vector has 2, whitening is for 1'),
	($$SELECT whiten('{1,2}'::real[], '{1,2,3}')$$, '2202E', 'whitening has 1 dimensions, expected 2'),
	($$SELECT whiten('{{1,2}}'::real[], '{{1,2,3}}')$$, '2202E', 'vector has 2 dimensions, expected 1'),
	($$SELECT whiten('{1,NULL}'::real[], '{{1,2,3}}')$$, '22004', 'vector must not contain nulls'),
	($$SELECT whiten('{1,2}'::real[], '{{1,2,NULL}}')$$, '22004', 'whitening must not contain nulls'),
	($$SELECT whiten('{1,NaN}'::real[], '{{1,2,3}}')$$, '22003', 'vector or whitening has NaN or an infinite value')
) AS e (statement, state, message);

SELECT * FROM finish();
ROLLBACK;
