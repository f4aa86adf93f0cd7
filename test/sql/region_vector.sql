-- region_vector(): the descriptor of a window, and a query by example with it.
\ir setup.psql

SELECT plan(27);

SELECT setseed(0.5) \g /dev/null
CREATE TABLE sample AS
	SELECT name, featmap_from_array(pg_temp.random_values(c, h, w, lowest), bits) AS features
	FROM (VALUES
		('non-negative', 5, 4, 6, 0.0::real, 8), ('signed', 5, 4, 6, -0.5, 8), ('signed, 16 bits', 7, 5, 3, -0.5, 16),
		('one row', 3, 1, 9, 0.0, 8), ('one channel', 1, 3, 3, -1.0, 8), ('one cell', 3, 1, 1, -0.5, 16)
	) AS s (name, c, h, w, lowest, bits);

-- Every window of every map, and its descriptor by region_vector() and by the definition.
CREATE TABLE region AS
	SELECT name, features, y1, x1, y2, x2, region_vector(features, y1, x1, y2, x2) AS descriptor
	FROM sample, generate_series(0, height(features) - 1) AS y1, generate_series(y1 + 1, height(features)) AS y2,
		generate_series(0, width(features) - 1) AS x1, generate_series(x1 + 1, width(features)) AS x2;

CREATE FUNCTION pg_temp.defined(x real[], y1 integer, x1 integer, y2 integer, x2 integer) RETURNS double precision[]
LANGUAGE plpgsql AS $$
BEGIN
	RETURN (WITH channel AS (
		SELECT c, sum(x[c][y][col]::double precision) AS total
		FROM generate_series(1, array_length(x, 1)) AS c, generate_series(y1 + 1, y2) AS y, generate_series(x1 + 1, x2) AS col
		GROUP BY c
	)
	SELECT array_agg(total / norm ORDER BY c) FROM channel, (SELECT sqrt(sum(total * total)) AS norm FROM channel) AS n);
END $$;

SELECT is((SELECT count(*) FROM region), 210 + 210 + 90 + 45 + 36 + 1::bigint, 'number of windows');
SELECT is_empty(
	'SELECT name, y1, x1, y2, x2 FROM region WHERE array_length(descriptor, 1) IS DISTINCT FROM channels(features)',
	'one element for each channel');
SELECT is_empty(
	'SELECT name, y1, x1, y2, x2 FROM region
		WHERE (abs((SELECT sum(v::double precision * v) FROM unnest(descriptor) AS v) - 1) < 1e-6) IS NOT TRUE',
	'unit length');
SELECT is_empty(
	'SELECT name, y1, x1, y2, x2, descriptor FROM region WHERE EXISTS (
		SELECT FROM unnest(descriptor, pg_temp.defined(featmap_to_array(features), y1, x1, y2, x2)) AS u (got, wanted)
		WHERE (abs(got - wanted) < 1e-6) IS NOT TRUE)',
	'the normalised sum of the cells');
SELECT is_empty(
	'SELECT name, y1, x1, y2, x2 FROM region WHERE (abs(best_score(features, descriptor) - 1) < 1e-6) IS NOT TRUE',
	'the region of a map is found in that map, with score 1');
SELECT is_empty(
	'SELECT name, r.y1, r.x1, r.y2, r.x2, f.* FROM region AS r, intsearch(features, descriptor) AS f
		WHERE name IN (''non-negative'', ''signed'', ''signed, 16 bits'')
			AND (r.y1, r.x1, r.y2, r.x2) <> (f.y1, f.x1, f.y2, f.x2)',
	'and at its place');

SELECT is(
	(SELECT array_agg(round(v::numeric, 2)) FROM unnest(region_vector('{{{3,1}},{{4,1}}}'::featmap, 0, 0, 1, 1)) AS v),
	'{0.60,0.80}', 'in numbers');
SELECT is(region_vector('{{{3}},{{4}}}'::featmap, 0, 0, 1, 1, 'sum'), region_vector('{{{3}},{{4}}}'::featmap, 0, 0, 1, 1),
	'pooling sum is the default');
SELECT is(
	region_vector('{{{3}},{{4}}}'::featmap, 0, 0, 1, 1, pooling => 'sum', exponent => 5),
	region_vector('{{{3}},{{4}}}'::featmap, 0, 0, 1, 1), 'the exponent plays no part in pooling sum');
SELECT is(region_vector(NULL::featmap, 0, 0, 1, 1), NULL, 'of NULL');
SELECT is(region_vector('{{{3}}}'::featmap, NULL, 0, 1, 1), NULL, 'of a window with NULL');

-- Query by example in one statement: the same region in all other maps.
SELECT is(
	(SELECT name FROM sample, region_vector((SELECT features FROM sample WHERE name = 'signed'), 1, 1, 3, 4) AS query
		WHERE channels(features) = 5 ORDER BY features <=> query LIMIT 1),
	'signed', 'query by example');

-- Windows outside of a 2 x 3 map.
SELECT pg_temp.refuses(format('SELECT region_vector(%L::featmap, %s)', :one_channel, w), '22023', 'window ' || w)
FROM unnest(ARRAY['-1, 0, 1, 1', '0, -1, 1, 1', '0, 0, 3, 1', '0, 0, 1, 4', '1, 0, 1, 1', '0, 2, 1, 2', '2, 0, 1, 1',
	'0, 3, 1, 2', '0, 0, 2147483647, 1', '-2147483648, 0, 1, 1', '0, -2147483648, 1, 2147483647']) WITH ORDINALITY AS u (w, n)
ORDER BY n;
SELECT pg_temp.refuses(format('SELECT region_vector(%L::featmap, 0, 0, 2, 7)', :one_channel), '22023', '7',
	'the message names the window');
SELECT pg_temp.refuses(format('SELECT region_vector(%L::featmap, 0, 0, 1, 1, %L)', :one_channel, 'mean'), '22023', 'mean',
	'unknown pooling');
SELECT pg_temp.refuses(format('SELECT region_vector(%L::featmap, 0, 0, 1, 1, %L)', :one_channel, ''), '22023',
	'pooling of no letters');

-- A window without a descriptor.
SELECT pg_temp.refuses($$ SELECT region_vector('{{{0,1}}}'::featmap, 0, 0, 1, 1) $$, '22023', 'an all-zero window');

SELECT * FROM finish();
ROLLBACK;
