-- Several query vectors for one map: intsearch_many(), max_sim(), max_sim_cells().
\ir setup.psql

SELECT plan(41);

SELECT setseed(0.125) \g /dev/null
CREATE TABLE sample AS
	SELECT name, lowest < 0 AS is_signed, featmap_from_array(pg_temp.random_values(c, h, w, lowest), bits) AS features
	FROM (VALUES
		('8 bits', 5, 6, 7, 0.0::real, 8), ('16 bits', 5, 6, 7, 0.0, 16), ('signed', 70, 5, 4, -0.5, 8),
		('signed, 16 bits', 3, 4, 5, -0.5, 16), ('24 bits', 3, 4, 5, 0.0, 24), ('signed, 24 bits', 3, 4, 5, -0.5, 24),
		('one row', 3, 1, 9, 0.0, 8), ('one cell', 3, 1, 1, 0.0, 8)
	) AS s (name, c, h, w, lowest, bits);
-- Seven queries a map, the fourth the same as the second.
CREATE TABLE query AS
	SELECT name, (SELECT array_agg(CASE WHEN i = 4 THEN second ELSE v END ORDER BY i) FROM (
			SELECT i, v, nth_value(v, 2) OVER (ORDER BY i ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS second FROM (
				SELECT i, array_agg((random() - 0.3)::real) AS v FROM generate_series(1, 7) AS i, generate_series(1, channels(features))
				WHERE name <> '' GROUP BY i) AS a) AS b) AS queries
	FROM sample;
SELECT is((SELECT count(DISTINCT queries) FROM query), (SELECT count(*) FROM sample), 'other queries for each map');

-- Row i of a matrix.
CREATE FUNCTION pg_temp.row_of(m real[], i integer) RETURNS real[] LANGUAGE sql AS $$
	SELECT array_agg(v) FROM unnest(m[i:i]) AS v
$$;

-- intsearch_many --------------------------------------------------------------------

-- The rows of single searches, one after the other, for queries of these settings.
CREATE FUNCTION pg_temp.compare(settings text, limits text, description text, condition text DEFAULT 'true') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	set_queries text := format('ARRAY(SELECT featquery(pg_temp.row_of(queries, i)%s) FROM generate_series(1, 7) AS i ORDER BY i)', settings);
	many text := format('SELECT name, r.* FROM sample JOIN query USING (name), intsearch_many(features, %s%s) AS r WHERE %s',
		CASE settings WHEN '' THEN 'queries' ELSE set_queries END, limits, condition);
	single text := format('SELECT name, i, r.* FROM sample JOIN query USING (name), generate_series(1, 7) AS i,
		intsearch(features, featquery(pg_temp.row_of(queries, i)%s)%s) AS r WHERE %s', settings, limits, condition);
BEGIN
	RETURN is_empty(format('(%1$s EXCEPT ALL %2$s) UNION ALL (%2$s EXCEPT ALL %1$s)', many, single), description);
END $$;

SELECT pg_temp.compare('', '', 'as single searches give');
SELECT pg_temp.compare('', ', max_results => 3, max_overlap => 0.3', 'three results each');
SELECT pg_temp.compare(', aspect => 1, tolerance => 0.5, min_height => 2, max_width => 3', '', 'with constraints');
SELECT pg_temp.compare(', min_score => 0.9', '', 'some without a result');
SELECT pg_temp.compare(', pooling => ''max''', ', max_results => 2', 'by maximum');
SELECT pg_temp.compare(', pooling => ''gem'', exponent => 2', '', 'by generalised mean', 'NOT is_signed');
SELECT is(
	(SELECT array_agg(query ORDER BY number) FROM sample JOIN query USING (name),
		intsearch_many(features, queries, max_results => 2) WITH ORDINALITY AS r (query, score, distance, y1, x1, y2, x2, number) WHERE name = '8 bits'),
	'{1,1,2,2,3,3,4,4,5,5,6,6,7,7}', 'rows come in the order of the queries');
SELECT is(
	(SELECT array_agg((query, round(score::numeric, 8), round(distance::numeric, 8), y1, x1, y2, x2)::text)
		FROM intsearch_many('{{{0,3},{0,0}},{{3,0},{0,0}}}', '{{1,0},{0,2},{3,4}}'::real[])),
	'{"(1,1.00000000,0.00000000,0,1,1,2)","(2,1.00000000,0.00000000,0,0,1,1)","(3,0.98994949,0.14177804,0,0,1,2)"}', 'three queries');
SELECT is((SELECT count(*) FROM intsearch_many('{{{0}}}'::real[]::featmap, '{{1},{2}}'::real[])), 0::bigint, 'a map of zeros');
SELECT is((SELECT count(*) FROM intsearch_many(NULL, '{{1},{2}}'::real[])), 0::bigint, 'no map');
SELECT is((SELECT count(*) FROM intsearch_many('{{{1}}}'::real[]::featmap, NULL)), 0::bigint, 'no queries');
SELECT is(
	(SELECT array_agg(r::text) FROM sample JOIN query USING (name), intsearch_many(features, queries[2:4]) AS r WHERE name = '8 bits' AND query <> 2),
	(SELECT array_agg((query - 1, score, distance, y1, x1, y2, x2)::text) FROM sample JOIN query USING (name), intsearch_many(features, queries)
		WHERE name = '8 bits' AND query IN (2, 4)), 'a slice of queries counts from 1');

-- max_sim -----------------------------------------------------------------------------

CREATE TABLE cell AS
	SELECT name, i AS query, y - 1 AS y, x - 1 AS x,
		(SELECT sum(m[c][y][x]::double precision * queries[i][c]) FROM generate_series(1, channels(features)) AS c) AS product
	FROM sample JOIN query USING (name), LATERAL (SELECT featmap_to_array(features) AS m) AS values,
		generate_series(1, height(features)) AS y, generate_series(1, width(features)) AS x, generate_series(1, 7) AS i;
-- A value of 24 bits has more digits than real, in which these are.
CREATE TABLE precision AS SELECT name, CASE bits(features) WHEN 24 THEN 1e-6 ELSE 1e-9 END AS precision FROM sample;
CREATE TABLE best AS SELECT name, r.* FROM sample JOIN query USING (name), max_sim_cells(features, queries) AS r;

SELECT is((SELECT count(*) FROM best), 7 * (SELECT count(*) FROM sample), 'a cell for each query and map');
SELECT is_empty($$
	SELECT * FROM best JOIN precision USING (name) WHERE NOT abs(similarity - (SELECT max(product) FROM cell WHERE cell.name = best.name AND cell.query = best.query)) < precision
$$, 'the greatest inner product of a cell');
SELECT is_empty($$
	SELECT * FROM best JOIN cell USING (name, query, y, x) JOIN precision USING (name) WHERE NOT abs(similarity - product) < precision
$$, 'is that of the cell named');
SELECT is((SELECT count(*) FROM best JOIN cell USING (name, query, y, x)), (SELECT count(*) FROM best), 'which is one of the map');
SELECT is_empty($$
	SELECT name FROM sample JOIN query USING (name)
	WHERE NOT abs(max_sim(features, queries) - (SELECT sum(similarity) FROM best WHERE best.name = sample.name)) < 1e-9
$$, 'max_sim() is their sum');
SELECT is(
	(SELECT array_agg(r::text) FROM max_sim_cells('{{{1,2},{255,255}},{{255,0},{0,1}}}'::real[]::featmap, '{{1,0},{0,2},{-1,-0.5},{0,0}}') AS r),
	'{"(1,255,1,0)","(2,510,0,0)","(3,-2,0,1)","(4,0,0,0)"}', 'inner products as they are; the first cell of those that tie');
SELECT is(max_sim('{{{1,2},{255,255}},{{255,0},{0,1}}}'::real[]::featmap, '{{1,0},{0,2},{-1,-0.5},{0,0}}'), 763::double precision, 'their sum');
SELECT is(max_sim(NULL, '{{1}}'), NULL, 'no map, no sum');
SELECT is(max_sim('{{{1}}}'::real[]::featmap, NULL), NULL, 'no queries, no sum');
SELECT is((SELECT count(*) FROM max_sim_cells(NULL, '{{1}}')), 0::bigint, 'no map, no cells');

-- The kernels give the same, to the last bit.
SET LOCAL intsearch.kernel = 'plain';
SELECT is_empty('(SELECT name, r.* FROM sample JOIN query USING (name), max_sim_cells(features, queries) AS r) EXCEPT ALL TABLE best', 'by the plain kernels');
RESET intsearch.kernel;

-- One call site, maps of several sizes in turn.
SELECT is(
	(SELECT array_agg(max_sim(features, queries) ORDER BY name) FROM sample JOIN query USING (name)),
	(SELECT array_agg(s ORDER BY name) FROM (SELECT name, sum(similarity ORDER BY query) AS s FROM best GROUP BY 1) AS t), 'maps of all sizes in one statement');

-- Errors --------------------------------------------------------------------------------

SELECT pg_temp.refuses(format('SELECT * FROM %s(%L::real[]::featmap, %s::real[])', f, '{{{1,2}},{{3,4}},{{5,6}}}', argument), state, message, f || ': ' || message)
FROM (VALUES ('intsearch_many'), ('max_sim'), ('max_sim_cells')) AS f (f), (VALUES
	($$'{1,2,3}'$$, '2202E', 'queries has 1 dimensions, expected 2'),
	($$'{}'$$, '2202E', 'queries has 0 dimensions, expected 2'),
	($$'{{1,2},{3,4}}'$$, '22000', 'map has 3, quer(y has|ies have) 2'),
	($$'{{1,2,3},{3,NULL,4}}'$$, '22004', 'queries must not contain nulls'),
	($$'{{1,2,3},{3,4,NaN}}'$$, '22003', 'query( 2)? has NaN at position 3')
) AS e (argument, state, message);
SELECT pg_temp.refuses($$ SELECT * FROM intsearch_many('{{{1,2}},{{3,4}}}', '{{1,2},{0,0}}'::real[]) $$, '22023', 'query vector of 2 zeros', 'a query of zeros has no direction');

SELECT * FROM finish();
ROLLBACK;
