-- Max and gem pooling: descriptors, and the best windows that a brute force finds.
\if :{?fixtures}
\else
	\echo 1..0 # SKIP no fixtures
	\quit
\endif
\ir setup.psql
\ir fixtures.psql

SELECT plan(70);

SELECT pg_temp.find('pooling', 16) \g /dev/null

-- Gem is as near as max: it moves by no more than the values do.
SELECT pg_temp.agrees('pooling', 'photographs: a detail of one in all', 15, 2e-5);
SELECT pg_temp.agrees('pooling', 'photographs: a random query', 5, 2e-5);
SELECT pg_temp.agrees('pooling', 'photographs: signed features', 3, 2e-5);
SELECT pg_temp.agrees('pooling', 'random maps', 90, 2e-5);
SELECT pg_temp.agrees('pooling', 'constraints', 30, 2e-5);
SELECT pg_temp.agrees('pooling', 'several results', 42, 2e-5);
SELECT pg_temp.agrees('pooling', 'all zero', 5, 2e-5);
SELECT pg_temp.agrees('pooling', 'ties', 42, 2e-5);

SELECT is(
	(SELECT array_agg(DISTINCT pooling || ' ' || exponent ORDER BY pooling || ' ' || exponent) FROM search WHERE subject = 'pooling'),
	'{gem 1,gem 10,gem 3,gem 30,max 3}', 'the poolings of these searches');

SELECT is_empty($$
	SELECT s.id, s.map, f.score FROM search AS s JOIN stored_map AS m ON m.name = s.map AND m.bits = 16
	LEFT JOIN found AS f ON f.search = s.id AND f.rank = 1
	WHERE s.subject = 'pooling' AND f.score IS DISTINCT FROM best_score(m.features, featquery(s.query,
		aspect => s.aspect, tolerance => s.tolerance, pooling => s.pooling, exponent => s.exponent,
		min_height => s.min_height, max_height => s.max_height, min_width => s.min_width, max_width => s.max_width))
$$, 'best_score() is the score of the best window, and NULL if there is none');

-- The kernels: whichever runs, the answers are the same to the last bit.
CREATE TEMPORARY TABLE by_processor AS SELECT * FROM found;
SET LOCAL intsearch.kernel = 'plain';
SELECT pg_temp.find('pooling', 16) \g /dev/null
RESET intsearch.kernel;
SELECT cmp_ok((SELECT count(*) FROM found), '>', 500::bigint, 'searches to compare between kernels');
SELECT is_empty('TABLE by_processor EXCEPT ALL TABLE found', 'the same answers by all kernels');
SELECT is_empty('TABLE found EXCEPT ALL TABLE by_processor', 'and no others');

-- Descriptors ----------------------------------------------------------------

CREATE TEMPORARY TABLE pooling (pooling text, exponent double precision);
INSERT INTO pooling VALUES ('sum', 3), ('max', 3), ('gem', 1), ('gem', 1.5), ('gem', 3), ('gem', 10), ('gem', 100);

SELECT setseed(0.25) \g /dev/null
CREATE TEMPORARY TABLE sample AS
	SELECT name, lowest < 0 AS is_signed, featmap_from_array(pg_temp.random_values(c, h, w, lowest), bits) AS features
	FROM (VALUES
		('8 bits', 5, 4, 5, 0.0::real, 8), ('16 bits', 5, 4, 5, 0.0, 16), ('signed', 5, 4, 5, -0.5, 8),
		('signed, 16 bits', 5, 4, 5, -0.5, 16), ('24 bits', 5, 4, 5, 0.0, 24), ('signed, 24 bits', 5, 4, 5, -0.5, 24),
		('one row', 3, 1, 9, 0.0, 8), ('one cell', 3, 1, 1, 0.0, 16)
	) AS s (name, c, h, w, lowest, bits);

-- Every window of every map, and its descriptor by region_vector().
CREATE TEMPORARY TABLE region AS
	SELECT name, features, pooling, exponent, y1, x1, y2, x2,
		region_vector(features, y1, x1, y2, x2, pooling, exponent) AS descriptor
	FROM sample, pooling, generate_series(0, height(features) - 1) AS y1, generate_series(y1 + 1, height(features)) AS y2,
		generate_series(0, width(features) - 1) AS x1, generate_series(x1 + 1, width(features)) AS x2
	WHERE NOT (is_signed AND pooling = 'gem');

CREATE FUNCTION pg_temp.defined(x real[], y1 integer, x1 integer, y2 integer, x2 integer, pooling text, exponent double precision)
RETURNS double precision[] LANGUAGE sql AS $$
	WITH channel AS (
		SELECT c, CASE pooling
			WHEN 'sum' THEN sum(value) WHEN 'max' THEN max(value) ELSE sum(abs(value) ^ exponent) ^ (1 / exponent) END AS pooled
		FROM generate_series(1, array_length(x, 1)) AS c, generate_series(y1 + 1, y2) AS y, generate_series(x1 + 1, x2) AS col,
			LATERAL (SELECT x[c][y][col]::double precision AS value) AS cell
		GROUP BY c
	)
	SELECT array_agg(pooled / norm ORDER BY c) FROM channel, (SELECT sqrt(sum(pooled * pooled)) AS norm FROM channel) AS n
$$;

SELECT is((SELECT count(*) FROM region), (3 * 7 + 3 * 2) * 150 + 7 * (45 + 1)::bigint, 'number of windows');
SELECT is_empty(
	'SELECT name, pooling, exponent, y1, x1, y2, x2 FROM region
		WHERE (abs((SELECT sum(v::double precision * v) FROM unnest(descriptor) AS v) - 1) < 1e-6) IS NOT TRUE',
	'unit length');
SELECT is_empty(
	'SELECT name, pooling, exponent, y1, x1, y2, x2, descriptor FROM region WHERE EXISTS (
		SELECT FROM unnest(descriptor, pg_temp.defined(featmap_to_array(features), y1, x1, y2, x2, pooling, exponent)) AS u (got, wanted)
		WHERE (abs(got - wanted) < 1e-6) IS NOT TRUE)',
	'the normalised pooled values of the cells');
SELECT is_empty(
	'SELECT name, pooling, exponent, y1, x1, y2, x2 FROM region
		WHERE (abs(best_score(features, featquery(descriptor, pooling => pooling, exponent => exponent)) - 1) < 1e-6) IS NOT TRUE',
	'the region of a map is found in that map, with score 1');

-- The search is exact on what is stored, at 8 bits as at 16 and 24.
SELECT is_empty($$
	SELECT name, pooling, exponent, best, best_score(features, featquery(query::real[], pooling => pooling, exponent => exponent))
	FROM (
		SELECT name, features, pooling, exponent, query, max(
			(SELECT sum(d * q) / sqrt(sum(q * q)) FROM unnest(descriptor, query) AS u (d, q))) AS best
		FROM region, (VALUES ('{1,-2,3,-4,5}'::double precision[]), ('{-1,-1,-2,-3,-1}'), ('{0,0,1,0,0}')) AS v (query)
		WHERE channels(features) = 5
		GROUP BY name, features, pooling, exponent, query) AS s
	WHERE (abs(best - best_score(features, featquery(query::real[], pooling => pooling, exponent => exponent))) < 1e-6) IS NOT TRUE
$$, 'no window has a higher score');

SELECT is(
	(SELECT array_agg(round(v::numeric, 2)) FROM unnest(region_vector('{{{3,1}},{{0,4}}}'::featmap, 0, 0, 1, 2, 'max')) AS v),
	'{0.60,0.80}', 'max in numbers');
-- The pooled values are 5 and 5, of 3 and 4, and of 5 and 0.
SELECT is(
	(SELECT array_agg(round(v::numeric, 2))
		FROM unnest(region_vector('{{{3,4}},{{5,0}}}'::featmap, 0, 0, 1, 2, 'gem', exponent => 2)) AS v),
	'{0.71,0.71}', 'gem in numbers');
SELECT is(
	region_vector('{{{3,4}},{{5,1}}}'::featmap, '(0,0),(20,10)'::box, 20, 10, 'max'),
	region_vector('{{{3,4}},{{5,1}}}'::featmap, 0, 0, 1, 2, 'max'), 'of a box in pixels');
SELECT is(region_vector('{{{3}}}'::featmap, 0, 0, 1, 1, NULL), NULL, 'of a window by pooling NULL');

-- Arguments ------------------------------------------------------------------

-- Searches of the examples, all windows of each, by two lists of arguments.
CREATE FUNCTION pg_temp.same(arguments text, others text, description text) RETURNS SETOF text
LANGUAGE sql AS $$
	SELECT set_eq(format(way, arguments), format(way, others), description || ': intsearch()')
	FROM (VALUES ($q$ SELECT name, r.* FROM sample,
		intsearch(features, featquery(array_fill(-1::real, ARRAY[channels(features) - 1]) || 2::real, %s),
			max_results => 1000, max_overlap => 1) AS r WHERE NOT is_signed $q$)) AS w (way)
	UNION ALL
	SELECT set_eq(format(way, arguments), format(way, others), description || ': best_score()')
	FROM (VALUES ($q$ SELECT name, best_score(features, featquery(array_fill(-1::real, ARRAY[channels(features) - 1]) || 2::real, %s))
		FROM sample WHERE NOT is_signed $q$)) AS w (way)
$$;
SELECT pg_temp.same('pooling => NULL', 'pooling => ''sum''', 'pooling NULL is sum');
SELECT pg_temp.same('pooling => ''gem'', exponent => NULL', 'pooling => ''gem'', exponent => 3', 'exponent NULL is 3');
SELECT pg_temp.same('pooling => ''gem''', 'pooling => ''gem'', exponent => 3', 'the exponent is 3');
SELECT pg_temp.same('pooling => ''max'', exponent => 7', 'pooling => ''max''', 'max has no exponent');

SELECT is_empty($$
	SELECT name, s.*, g.* FROM sample,
		intsearch(features, array_fill(1::real, ARRAY[channels(features) - 1]) || 2::real) AS s,
		intsearch(features, featquery(array_fill(1::real, ARRAY[channels(features) - 1]) || 2::real, pooling => 'gem', exponent => 1)) AS g
	WHERE NOT is_signed AND ((s.y1, s.x1, s.y2, s.x2) <> (g.y1, g.x1, g.y2, g.x2) OR abs(s.score - g.score) > 1e-9)
$$, 'gem of exponent 1 is sum');
SELECT is_empty($$
	SELECT name, m.score, g.score FROM sample,
		intsearch(features, featquery(array_fill(-1::real, ARRAY[channels(features) - 1]) || 2::real, pooling => 'max')) AS m,
		intsearch(features, featquery(array_fill(-1::real, ARRAY[channels(features) - 1]) || 2::real, pooling => 'gem', exponent => 10000)) AS g
	WHERE NOT is_signed AND abs(m.score - g.score) > 1e-3
$$, 'gem of a large exponent is nearly max');

-- The search for a least score gives what of the whole list has it.
SELECT set_eq(
	format($$ SELECT name, pooling, exponent, r.* FROM sample, pooling, intsearch(features, featquery('{1,-2,3,-4,5}',
		pooling => pooling, exponent => exponent, min_score => %s), max_results => 1000, max_overlap => 1) AS r
		WHERE NOT is_signed AND channels(features) = 5 $$, least),
	format($$ SELECT name, pooling, exponent, r.* FROM sample, pooling, intsearch(features, featquery('{1,-2,3,-4,5}',
		pooling => pooling, exponent => exponent), max_results => 1000, max_overlap => 1) AS r
		WHERE NOT is_signed AND channels(features) = 5 AND score >= %s $$, least), 'at least ' || least)
FROM unnest(ARRAY[0.5, 0.2, 0, -0.3]) AS least;
SELECT is(
	(SELECT count(*) FROM sample, pooling, LATERAL (
		SELECT best_score(features, featquery('{1,-2,3,-4,5}', pooling => pooling, exponent => exponent)) AS best) AS b
		WHERE NOT is_signed AND channels(features) = 5
			AND best = best_score(features, featquery('{1,-2,3,-4,5}', pooling => pooling, exponent => exponent, min_score => best))
			AND best_score(features, featquery('{1,-2,3,-4,5}', pooling => pooling, exponent => exponent, min_score => best + 1e-9)) IS NULL),
	21::bigint, 'a score of just that is enough, and of a little more is not there');

-- Errors ---------------------------------------------------------------------

-- One test for each function that pools.
CREATE FUNCTION pg_temp.pooling_refused(map text, pooling text, message text, description text) RETURNS SETOF text
LANGUAGE sql AS $$
	SELECT pg_temp.refuses(format(way, map, pooling), '22023', message, description || ': ' || name)
	FROM (VALUES
		(1, 'intsearch()', 'SELECT * FROM intsearch(%L, featquery(''{1,2}'', %s))'),
		(2, 'best_score()', 'SELECT best_score(%L, featquery(''{1,2}'', %s))'),
		(3, 'region_vector()', 'SELECT region_vector(%L::featmap, 0, 0, 1, 1, %s)'),
		(4, 'region_vector() of a box', 'SELECT region_vector(%L::featmap, ''(0,0),(10,10)''::box, 20, 20, %s)')
	) AS ways (n, name, way) ORDER BY n
$$;
SELECT pg_temp.pooling_refused(:two_channels, 'pooling => ''mean''', '"sum", "max" or "gem", not "mean"', 'an unknown pooling');
SELECT pg_temp.pooling_refused(:two_channels, 'pooling => ''MAX''', 'not "MAX"', 'a pooling in capitals');
SELECT pg_temp.pooling_refused(:two_channels, 'pooling => ''gem'', exponent => 0.5', 'at least 1.*0\.5', 'an exponent below 1');
SELECT pg_temp.pooling_refused(:two_channels, 'pooling => ''gem'', exponent => ''NaN''', 'nan', 'an exponent that is no number');
SELECT pg_temp.pooling_refused(:two_channels, 'pooling => ''gem'', exponent => ''Infinity''', 'inf', 'an infinite exponent');
-- -64 is stored nearly as it is, with 16 bits, in channel 1 at (0, 2).
SELECT pg_temp.pooling_refused('{{{1,2,3},{4,5,6}},{{127,5,-64},{3,2,0}}}'::featmap::text, 'pooling => ''gem''',
	'gem.*negative.* -6[34].* in channel 1 at \(0, 2\)', 'a map with negative values by gem');
SELECT pg_temp.refuses($$ SELECT region_vector('{{{-1,0}}}'::featmap, 0, 0, 1, 2, 'max') $$, '22023', 'a window whose greatest values are all zero');

SELECT * FROM finish();
ROLLBACK;
