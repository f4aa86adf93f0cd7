-- pca_whitening(), which learns a whitening, and mean_direction(), the mean of directions.
\ir setup.psql

SELECT plan(71);

-- Vectors that vary by 3 and by 1 in two directions about a mean, and not at all in the third.
CREATE TABLE cross_shaped (v real[]);
INSERT INTO cross_shaped SELECT ARRAY[10 + 3 * 0.6 * a - 0.8 * b, 20 + 3 * 0.8 * a + 0.6 * b, 5]::real[]
	FROM (VALUES (1, 0), (-1, 0), (0, 1), (0, -1)) AS s (a, b);

-- What each element is expected to be: variances are 18 / 3 and 2 / 3.
SELECT is_empty($$
	SELECT got, wanted FROM (SELECT pca_whitening(v, 2) AS w FROM cross_shaped) AS t,
		unnest(w, ARRAY[[0.6, 0.8, 0, -22] , [0.8, -0.6, 0, 4]]::double precision[]) WITH ORDINALITY AS u (got, wanted, i)
	WHERE NOT abs(got - wanted / sqrt(CASE WHEN i <= 4 THEN 6 ELSE 2.0 / 3 END)) < 1e-5 * (1 + abs(wanted))
$$, 'directions of greatest variance first, divided by its root; the last column takes the mean off');
SELECT is((SELECT array_dims(pca_whitening(v, 2)) FROM cross_shaped), '[1:2][1:4]', 'dims x (channels + 1)');
SELECT is((SELECT pca_whitening(v, 1) FROM cross_shaped), (SELECT (pca_whitening(v, 2))[1:1] FROM cross_shaped), 'fewer dimensions are the first ones');

-- Random vectors: after whitening they have the mean 0 and the covariance 1.
SELECT setseed(0.75) \g /dev/null
CREATE TABLE cloud AS
	SELECT id, array_agg((random() * c + c + 3 * sin(id))::real ORDER BY c) AS v
	FROM generate_series(1, 400) AS id, generate_series(1, 37) AS c GROUP BY id;
-- W x + w, before it is normalised.
CREATE FUNCTION pg_temp.projected(v real[], w real[]) RETURNS TABLE (k integer, y double precision) LANGUAGE sql AS $$
	SELECT k, sum(w[k][c]::double precision * coalesce(v[c], 1))
	FROM generate_series(1, array_length(w, 1)) AS k, generate_series(1, array_length(w, 2)) AS c GROUP BY k
$$;
CREATE TABLE learned AS SELECT dims, w FROM (VALUES (37), (12)) AS d (dims), LATERAL (SELECT pca_whitening(v, dims) AS w FROM cloud) AS l;
CREATE TABLE projected AS SELECT dims, id, p.* FROM learned, cloud, pg_temp.projected(v, w) AS p;
SELECT is_empty($$ SELECT dims, k, avg(y) FROM projected GROUP BY 1, 2 HAVING NOT abs(avg(y)) < 1e-4 $$, 'mean 0');
SELECT is_empty($$
	SELECT a.dims, a.k, b.k, covar_samp(a.y, b.y) FROM projected AS a JOIN projected AS b USING (dims, id) GROUP BY 1, 2, 3
	HAVING NOT abs(covar_samp(a.y, b.y) - CASE WHEN a.k = b.k THEN 1 ELSE 0 END) < 1e-4
$$, 'covariance 1');
SELECT is((SELECT w[1:12] FROM learned WHERE dims = 37), (SELECT w[1:12] FROM learned WHERE dims = 12), 'the first 12 of 37 dimensions');
SELECT ok((SELECT bool_and(norm < after) FROM (
		SELECT norm, lead(norm, 1, 'infinity') OVER (ORDER BY k) AS after FROM (
			SELECT k, sum(w[k][c]::double precision ^ 2) AS norm FROM learned, generate_series(1, 37) AS k, generate_series(1, 37) AS c
			WHERE dims = 37 GROUP BY k) AS n) AS t),
	'variances fall');
SELECT is_empty($$
	SELECT k FROM learned, generate_series(1, 37) AS k WHERE dims = 37 AND (
		SELECT w[k][c] FROM generate_series(1, 37) AS c ORDER BY abs(w[k][c]) DESC LIMIT 1) <= 0
$$, 'of the two signs of a direction, the one with its largest element positive');
SELECT is_empty($$
	SELECT id FROM cloud, learned WHERE dims = 12 AND NOT (
		SELECT max(abs(y / norm - (whiten(v, w))[k])) FROM pg_temp.projected(v, w),
			(SELECT sqrt(sum(y * y)) AS norm FROM pg_temp.projected(v, w)) AS n) < 1e-5
$$, 'whiten() applies it, and normalises');

-- So many channels that their eigenvectors are found in groups.  The vectors are the columns of a reflection, each
-- times its length, and their opposites: once all lengths differ, once many are the same. All are exact in a real.
CREATE TABLE long AS
	SELECT alike, i, array_agg((length * (CASE WHEN i = j THEN 1 ELSE 0 END - 2 / 512.0))::real ORDER BY j) AS v
	FROM generate_series(1, 512) AS i, generate_series(1, 512) AS j,
		LATERAL (VALUES (false, 3 - i / 256.0), (true, CASE WHEN i <= 200 THEN 3 WHEN i <= 310 THEN 2 ELSE 1 END)) AS l (alike, length)
	GROUP BY alike, i;
CREATE TABLE learned_of_long AS
	SELECT alike, dims, pca_whitening(u, dims) AS w
	FROM long, LATERAL (VALUES (v), (ARRAY(SELECT -x FROM unnest(v) AS x))) AS t (u), (VALUES (512), (300)) AS d (dims) GROUP BY alike, dims;
SELECT is_empty($$
	SELECT i FROM long JOIN learned_of_long USING (alike) WHERE NOT alike AND dims = 512 AND NOT abs((whiten(v, w))[i]) > 0.9999
$$, 'each of 512 directions is found');
SELECT is_empty($$
	SELECT k, sum(x ^ 2) FROM long JOIN learned_of_long USING (alike), unnest(whiten(v, w)) WITH ORDINALITY AS t (x, k) WHERE alike AND dims = 512
	GROUP BY k HAVING NOT abs(sum(x ^ 2) - 1) < 1e-3
$$, 'directions of the same variance are orthogonal');
SELECT is_empty($$
	SELECT i FROM long JOIN learned_of_long USING (alike) WHERE NOT alike AND dims = 300 AND i <= 300 AND NOT abs((whiten(v, w))[i]) > 0.9999
$$, 'so are the first 300 of them');
DROP TABLE learned_of_long, long;

-- Rows that do not count, no rows, groups, windows.
SELECT is(
	(SELECT pca_whitening(v, 2) FROM (SELECT v FROM cross_shaped UNION ALL SELECT NULL) AS t),
	(SELECT pca_whitening(v, 2) FROM cross_shaped), 'NULL does not count');
SELECT is((SELECT pca_whitening(v, 2) FROM cross_shaped WHERE false), NULL, 'no rows, no whitening');
SELECT is((SELECT pca_whitening(v, NULL) FROM (VALUES (NULL::real[])) AS t (v)), NULL, 'nor of NULL alone');
SELECT is(
	(SELECT array_agg(w ORDER BY odd) FROM (SELECT id % 2 AS odd, pca_whitening(v, 3) AS w FROM cloud GROUP BY 1) AS t),
	(SELECT array_agg(w ORDER BY odd) FROM generate_series(0, 1) AS odd, LATERAL (SELECT pca_whitening(v, 3) AS w FROM cloud WHERE id % 2 = odd) AS t),
	'groups');
SELECT is(
	(SELECT w FROM (SELECT id, mean_direction(v) OVER (ORDER BY id) AS w FROM cloud WHERE id < 9) AS t WHERE id = 8),
	(SELECT mean_direction(v) FROM cloud WHERE id < 9), 'over a window, where the state goes on after each row');

-- Parallel workers ------------------------------------------------------------------

CREATE TABLE many AS SELECT n, id, v FROM cloud, generate_series(1, 5) AS n;
ANALYZE many;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
CREATE TABLE by_workers AS SELECT pca_whitening(v, 9) AS w, mean_direction(v) AS m, mean_direction(v, n) AS weighted FROM many;
SELECT matches(pg_temp.plan_of('SELECT pca_whitening(v, 9), mean_direction(v), mean_direction(v, n) FROM many'),
	'Finalize Aggregate.*Gather.*Partial Aggregate', 'the aggregates run in parallel');
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT is_empty($$
	SELECT a, b FROM by_workers, (SELECT pca_whitening(v, 9) AS w FROM many) AS alone, unnest(by_workers.w, alone.w) AS u (a, b)
	WHERE NOT abs(a - b) < 1e-4 * (1 + abs(b))
$$, 'pca_whitening() by workers');
SELECT is_empty($$
	SELECT a, b FROM by_workers, (SELECT mean_direction(v) AS m, mean_direction(v, n) AS weighted FROM many) AS alone,
		unnest(by_workers.m || by_workers.weighted, alone.m || alone.weighted) AS u (a, b) WHERE NOT abs(a - b) < 1e-6
$$, 'mean_direction() by workers');

-- A leader that was faster than its workers combined nothing. So, with certainty: the states of seven groups.
CREATE AGGREGATE pg_temp.whitening_state(real[], integer) (SFUNC = pca_whitening_transition, STYPE = double precision[]);
CREATE AGGREGATE pg_temp.combined_whitening(double precision[])
	(SFUNC = pca_whitening_combine, STYPE = double precision[], FINALFUNC = pca_whitening_final);
CREATE AGGREGATE pg_temp.direction_state(real[]) (SFUNC = mean_direction_transition, STYPE = double precision[]);
CREATE AGGREGATE pg_temp.combined_direction(double precision[])
	(SFUNC = mean_direction_combine, STYPE = double precision[], FINALFUNC = mean_direction_final);
CREATE TABLE states AS
	SELECT id % 7 AS part, pg_temp.whitening_state(v, 9) AS w, pg_temp.direction_state(v) AS m FROM cloud GROUP BY 1;
SELECT is_empty($$
	SELECT a, b FROM (SELECT pg_temp.combined_whitening(w) AS w FROM states) AS parts, (SELECT pca_whitening(v, 9) AS w FROM cloud) AS alone,
		unnest(parts.w, alone.w) AS u (a, b)
	WHERE NOT abs(a - b) < 1e-4 * (1 + abs(b))
$$, 'pca_whitening() of combined states');
SELECT is_empty($$
	SELECT a, b FROM (SELECT pg_temp.combined_direction(m) AS m FROM states) AS parts, (SELECT mean_direction(v) AS m FROM cloud) AS alone,
		unnest(parts.m, alone.m) AS u (a, b)
	WHERE NOT abs(a - b) < 1e-6
$$, 'mean_direction() of combined states');
SELECT pg_temp.refuses('SELECT pg_temp.combined_whitening(s) FROM (SELECT w AS s FROM states UNION ALL SELECT m FROM states) AS t',
	'XX000', 'not the state of pca_whitening', 'what is not a state of pca_whitening()');
SELECT pg_temp.refuses(
	$$SELECT pg_temp.combined_direction(s) FROM (VALUES ('{1,2}'::double precision[]), ('{{1,2}}')) AS t (s)$$,
	'XX000', 'not the state of an aggregate', 'what is not a state of an aggregate over vectors');
SELECT pg_temp.refuses(
	$$SELECT pg_temp.combined_direction(s) FROM (VALUES ('{1,2}'::double precision[]), ('{1,2,3}')) AS t (s)$$,
	'22000', 'vector has 3, those before have 2', 'states of different numbers of channels');
SELECT is(mean_direction(v), '{0.6,0.8}'::real[], 'NULL does not count, not as the first vector either')
	FROM (VALUES (NULL::real[]), ('{3,4}')) AS t (v);

-- Kept, dumped, read again.
CREATE TABLE whitenings (name text PRIMARY KEY, w real[]);
INSERT INTO whitenings SELECT 'cloud', pca_whitening(v, 8) FROM cloud;
SELECT is((SELECT w::text::real[] FROM whitenings), (SELECT w FROM whitenings), 'a whitening is kept in a column, and is text as any array');
SELECT is((SELECT array_length(rmac(featmap_from_array(pg_temp.random_values(37, 5, 6, 0)), 3, w), 1) FROM whitenings), 8, 'R-MAC with it');

-- The mean of directions --------------------------------------------------------------

SELECT is(mean_direction(v), '{0.6,0.8}'::real[], 'the direction of one vector') FROM (VALUES ('{3,4}'::real[])) AS t (v);
SELECT is(mean_direction(v), '{0.8,0.6}'::real[], 'each vector counts by its direction, not by its length')
FROM (VALUES ('{100,0}'::real[]), ('{0.28,0.96}')) AS t (v);
SELECT is(mean_direction(v, w), '{0.6,0.8}'::real[], 'and by its weight') FROM (VALUES ('{100,0}'::real[], 3.0), ('{0,0.1}', 4)) AS t (v, w);
SELECT is(mean_direction(v, w), '{0.6,0.8}'::real[], 'NULL does not count, nor a weight of 0')
FROM (VALUES ('{3,4}'::real[], 2), (NULL, 1), ('{5,6}', NULL), ('{7,1}', 0)) AS t (v, w);
SELECT is(mean_direction(v), NULL, 'directions that cancel have none') FROM (VALUES ('{3,4}'::real[]), ('{-3,-4}')) AS t (v);
SELECT is(mean_direction(v), NULL, 'no rows') FROM cloud WHERE false;
SELECT is(mean_direction(v, 0), NULL, 'no weight') FROM cloud;
SELECT is_empty($$
	WITH unit AS (SELECT array_agg(x / norm ORDER BY i) AS u FROM cloud, unnest(v) WITH ORDINALITY AS e (x, i),
		LATERAL (SELECT sqrt(sum(x::double precision * x)) AS norm FROM unnest(v) AS e (x)) AS n GROUP BY id),
	total AS (SELECT c, sum(u[c]) AS s FROM unit, generate_series(1, 37) AS c GROUP BY c)
	SELECT c FROM total, (SELECT mean_direction(v) AS m FROM cloud) AS t, (SELECT sqrt(sum(s * s)) AS norm FROM total) AS n
	WHERE NOT abs(m[c] - s / norm) < 1e-6
$$, 'the mean of unit vectors, normalised');

-- Errors --------------------------------------------------------------------------------

SELECT pg_temp.refuses(statement, state, message, message) FROM (VALUES
	($$SELECT pca_whitening(v, 0) FROM cross_shaped$$, '22023', 'dims must be between 1 and the number of channels, 3, not 0'),
	($$SELECT pca_whitening(v, 4) FROM cross_shaped$$, '22023', 'between 1 and the number of channels, 3, not 4'),
	($$SELECT pca_whitening(v, NULL) FROM cross_shaped$$, '22004', 'dims must not be null'),
	($$SELECT pca_whitening(v, id) FROM cloud WHERE id < 3$$, '22023', 'dims must be the same for all vectors, not \d and \d'),
	($$SELECT pca_whitening(v, 3) FROM cross_shaped$$, '22023', 'vectors vary in 2 directions, fewer than the 3 dimensions wanted'),
	($$SELECT pca_whitening(v, 20) FROM cloud WHERE id <= 15$$, '22023', 'vary in 14 directions, fewer than the 20'),
	($$SELECT pca_whitening(v, 1) FROM (VALUES ('{1,2}'::real[])) AS t (v)$$, '22023', 'vary in 0 directions'),
	($$SELECT pca_whitening(v, 1) FROM (VALUES ('{1,2}'::real[]), ('{1,2,3}')) AS t (v)$$, '22000', 'vector has 3, those before have 2'),
	($$SELECT pca_whitening(v, 1) FROM (VALUES ('{1,NaN}'::real[])) AS t (v)$$, '22003', 'vector has NaN at position 2'),
	($$SELECT pca_whitening(v, 1) FROM (VALUES ('{1,NULL}'::real[])) AS t (v)$$, '22004', 'vector must not contain nulls'),
	($$SELECT pca_whitening(array_fill(1::real, ARRAY[4097]), 1)$$, '54000', 'at most 4096 channels, not 4097'),
	($$SELECT pca_whitening_final('{1,2,3}')$$, '0A000', 'by an aggregate only'),
	($$SELECT mean_direction(v) FROM (VALUES ('{1,2}'::real[]), ('{1,2,3}')) AS t (v)$$, '22000', 'vector has 3, those before have 2'),
	($$SELECT mean_direction(v) FROM (VALUES ('{0,0}'::real[])) AS t (v)$$, '22023', 'vector of 2 zeros has no direction'),
	($$SELECT mean_direction(v) FROM (VALUES ('{0,Infinity}'::real[])) AS t (v)$$, '22003', 'NaN or an infinite value'),
	($$SELECT mean_direction(v) FROM (VALUES ('{{1,2}}'::real[])) AS t (v)$$, '2202E', 'vector has 2 dimensions, expected 1'),
	($$SELECT mean_direction(v, -1) FROM cloud$$, '22023', 'weight must be at least 0 and finite, not -1'),
	($$SELECT mean_direction(v, 'NaN') FROM cloud$$, '22023', 'weight must be at least 0 and finite, not nan')
) AS e (statement, state, message);

-- An aggregate that somebody makes with our functions and another state.
CREATE AGGREGATE pg_temp.odd_whitening(real[], integer) (SFUNC = pca_whitening_transition, STYPE = double precision[],
	FINALFUNC = pca_whitening_final, INITCOND = '{3,1000000,1,2}');
SELECT pg_temp.refuses('SELECT pg_temp.odd_whitening(v, 3) FROM cloud', 'XX000', 'not the state of', 'a state of another kind');
SELECT pg_temp.refuses(format('SELECT pg_temp.combined_whitening(%L)', format('{%s,2,3,0,0,1,0,2}', dims)), 'XX000',
	'not the state of', dims || ' dimensions wanted of 2 channels, in a state')
FROM unnest(ARRAY['3', '5', '0', '-5', 'NaN']) AS d (dims);

-- Covariances that no vectors are needed for: the lower triangle, row by row.
CREATE FUNCTION pg_temp.whitening_of(covariance double precision[], channels integer, dims integer) RETURNS real[] LANGUAGE sql AS $$
	SELECT pg_temp.combined_whitening(ARRAY[dims, channels, 1000]::double precision[] || array_fill(0::double precision, ARRAY[channels]) || covariance)
$$;
SELECT setseed(0.5) \g /dev/null
SELECT is(
	(SELECT array_dims(pg_temp.whitening_of(ARRAY(SELECT (random() - 0.5) * 1e60 + CASE WHEN i = j THEN 1e62 ELSE 0 END
		FROM generate_series(1, 128) AS i, generate_series(1, i) AS j ORDER BY i, j), 128, 128))),
	'[1:128][1:129]', 'variances far from 1');
SELECT pg_temp.refuses(format('SELECT pg_temp.whitening_of(%L, 2, 1)', covariance), '22003', 'NaN or an infinite value', covariance || ' in a state')
FROM unnest(ARRAY['{NaN,0,1}', '{1,0,Infinity}']) AS c (covariance);
SELECT pg_temp.refuses($$SELECT pca_whitening(v, 1) FROM (VALUES ('{1e-40,0}'::real[]), ('{-1e-40,0}')) AS t (v)$$,
	'22003', 'vary too little', 'a deviation whose inverse is no real');

-- What does not vary but for rounding is no direction.
SELECT pg_temp.refuses($$SELECT pca_whitening(v, 2) FROM (VALUES ('{0.1,0.7}'::real[]), ('{0.3,-0.2}')) AS t (v)$$,
	'22023', 'vary in 1 directions', 'two vectors have one direction');
SELECT pg_temp.refuses($$SELECT pca_whitening(ARRAY[0.1 * n, 0.7 * n, 0.3 * n]::real[], 2) FROM generate_series(1, 50) AS n$$,
	'22023', 'vary in 1 directions', 'multiples of one vector, but for rounding');
-- The bias to more digits than a real has: a mean of 10^6 deviations.
SELECT ok(abs(w[1][1]::double precision * 1000003 + w[1][2]::double precision * 3000001 + w[1][3]) < 1e-3, 'a mean far from zero')
FROM (SELECT pca_whitening(ARRAY[1000003 + a, 3000001 + b]::real[], 1) AS w FROM (VALUES (1, 1), (-1, -1), (1, 0), (-1, 0)) AS t (a, b)) AS l;

-- Weights whose squares are no numbers.
SELECT is(mean_direction(v, w * unit), '{0.6,0.8}'::real[], 'weights about ' || unit)
FROM (VALUES ('{100,0}'::real[], 3), ('{0,0.1}', 4)) AS t (v, w), (VALUES (1e300::double precision), (1e-300), (1e-200)) AS s (unit)
GROUP BY unit;
SELECT pg_temp.refuses($$SELECT mean_direction(v, 1e308) FROM (VALUES ('{1,0}'::real[]), ('{1,0}')) AS t (v)$$,
	'22003', 'out of range', 'weights without a sum');

SELECT * FROM finish();
ROLLBACK;
