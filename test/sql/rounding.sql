-- How much rounding to codes moves scores: rounding_error(), and the choice of bits by it.
\ir setup.psql
-- Maps that 24 bits do not keep are warned of.
SET LOCAL client_min_messages = error;

SELECT plan(37);

-- Kinds of values. In each map of 24 channels x 5 x 6 one cell is a thousand times the others in some channels, two
-- channels are fifty times the others, three cells have twenty times the norm of the others, all are from Cauchy's
-- distribution, or one cell is a million times the others in some channels.
CREATE FUNCTION pg_temp.hard_values(kind text, sign real) RETURNS real[] LANGUAGE sql AS $$
	SELECT array_agg(plane ORDER BY c) FROM (
		SELECT c, array_agg(line ORDER BY y) AS plane FROM (
			SELECT c, y, array_agg(((random() + sign) * CASE
				WHEN kind = 'spike' AND y = 2 AND x = 4 AND c % 4 = 0 THEN 1000
				WHEN kind = 'great spike' AND y = 2 AND x = 4 AND c % 4 = 0 THEN 1000000
				WHEN kind = 'channels' AND c < 3 THEN 50
				WHEN kind = 'tokens' AND (y, x) IN ((1, 1), (3, 5), (5, 2)) THEN 20
				WHEN kind = 'cauchy' THEN tan(pi() * (random() - 0.5)) ELSE 1 END)::real ORDER BY x) AS line
			FROM generate_series(1, 24) AS c, generate_series(1, 5) AS y, generate_series(1, 6) AS x
			GROUP BY c, y) AS lines
		GROUP BY c) AS planes
$$;
SELECT setseed(0.25) \g /dev/null
CREATE TABLE hard AS
	SELECT kind, sign, "values", featmap_from_array("values") AS map, featmap_from_array("values", 8) AS coarse
	FROM unnest(ARRAY['plain', 'spike', 'channels', 'tokens', 'cauchy', 'great spike']) AS k (kind), (VALUES (0::real), (-0.5)) AS s (sign),
		LATERAL (SELECT pg_temp.hard_values(kind, sign) AS "values") AS v;

SELECT set_eq($$ SELECT kind, sign, bits(map) FROM hard WHERE bits(map) = 8 $$, $$ VALUES ('plain', 0::real, 8) $$,
	'8 bits where they do, else more');
SELECT set_eq($$ SELECT kind, sign FROM hard WHERE bits(map) = 24 $$,
	$$ VALUES ('spike', -0.5::real), ('great spike', 0), ('great spike', -0.5) $$,
	'24 for great spikes, and for others of both signs in few channels');
SELECT set_eq($$ SELECT kind, sign FROM hard WHERE NOT rounding_error(map) <= 0.001 $$, $$ VALUES ('great spike', 0::real), ('great spike', -0.5) $$,
	'which hold 0.001 but for the great ones');
SELECT is_empty($$ SELECT kind, sign FROM hard WHERE kind <> 'plain' AND NOT rounding_error(coarse) > 0.001 $$,
	'8 bits do not where values are far apart, and it shows');
SELECT is_empty($$ SELECT kind, sign FROM hard WHERE bits(map) > 8 AND NOT rounding_error(map) < rounding_error(coarse) / 20 $$,
	'16 and 24 bits are far better');
SELECT is_empty($$ SELECT kind FROM hard WHERE bits(map) = 8 AND map <> coarse $$, 'where 8 bits are chosen, they are what they were');

-- The best cell by the values themselves, in double precision.
CREATE FUNCTION pg_temp.best_cell("values" real[], query real[]) RETURNS double precision LANGUAGE sql AS $$
	SELECT max(dot / sqrt(square * (SELECT sum(q::double precision ^ 2) FROM unnest(query) AS q))) FROM (
		SELECT sum("values"[c][y][x]::double precision * query[c]) AS dot, sum("values"[c][y][x]::double precision ^ 2) AS square
		FROM generate_series(1, 24) AS c, generate_series(1, 5) AS y, generate_series(1, 6) AS x GROUP BY y, x) AS cell
$$;
-- Queries are cells of other maps of the kind.
CREATE FUNCTION pg_temp.cell("values" real[], y int, x int) RETURNS real[] LANGUAGE sql AS $$
	SELECT array_agg("values"[c][y][x] ORDER BY c) FROM generate_series(1, 24) AS c
$$;
CREATE TABLE moved AS
	SELECT kind, sign, n, bits(m), rounding_error(m) AS error,
		abs(best_score(m, featquery(query, max_height => 1, max_width => 1)) - pg_temp.best_cell("values", query)) AS movement
	FROM hard, LATERAL (SELECT pg_temp.hard_values(kind, sign) AS others) AS o, generate_series(1, 25) AS n,
		LATERAL (SELECT pg_temp.cell(others, 1 + n % 5, 1 + n % 6) AS query) AS q,
		LATERAL (VALUES (map), (coarse)) AS f (m);
SELECT is_empty($$ SELECT kind, sign, n, movement FROM moved WHERE error <= 0.001 AND NOT movement <= 0.001 $$, 'best scores move by 0.001 at most where it says so');
SELECT cmp_ok((SELECT avg((movement > error)::int) FROM moved), '<=', 0.05, '19 of 20 best scores move by less than the rounding error');
SELECT is_empty($$ SELECT kind, sign, n, error, movement FROM moved WHERE kind <> 'cauchy' AND NOT movement <= 3 * error $$, 'and all by a few times that at most, but for heavy noise');

-- Every door is the same.
SELECT is_empty($$ SELECT kind FROM hard WHERE "values"::featmap <> map $$, 'a cast chooses alike');
SELECT is_empty($$ SELECT kind FROM hard WHERE "values"::double precision[]::featmap <> map $$, 'a cast of double precision[]');
SELECT is_empty($$ SELECT kind FROM hard WHERE "values"::text::featmap <> map $$, 'text input');
SELECT is_empty($$ SELECT kind FROM hard WHERE featmap_from_array("values", NULL) <> map $$, 'bits => NULL');
SELECT is_empty($$ SELECT kind FROM hard WHERE featmap_from_array("values"::double precision[]) <> map $$, 'double precision[]');
SELECT is_empty($$ SELECT kind FROM hard WHERE rounding_error("values"::featmap) <> rounding_error(map) $$, 'with the same rounding error');
SELECT is_empty($$ SELECT kind FROM hard WHERE rounding_error(map::text::featmap) <> rounding_error(map) $$, 'which text keeps');
SELECT is(bits(featmap_from_npy(file)), 16, 'a .npy file of two far channels')
FROM (SELECT '\x934e554d5059010076007b276465736372273a20273c6634272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028322c20312c2032292c207d'::bytea
	|| decode(repeat('20', 55), 'hex') || '\x0a' || '\x0000803f0000404000007a44cdcc4c3d'::bytea AS file) AS f;
SELECT is(featmap_from_array(NULL::real[]), NULL, 'of NULL, NULL');
SELECT is(featmap_from_array(NULL::double precision[], 8), NULL, 'of NULL, NULL, with bits');
SELECT is(featmap_from_npy(NULL), NULL, 'of no file, NULL');
SELECT is(featmap_from_npy('\x00', 8, NULL), NULL, 'of no layout, NULL');

-- What is exact, and what is nothing.
SELECT is(rounding_error('{{{0,0}},{{0,0}}}'), 0::double precision, 'zeros');
SELECT ok(rounding_error('{{{0,255,17}},{{255,3,128}}}') < 1e-7, 'whole codes');
SELECT ok(rounding_error('{{{1,2.5,0.3}}}') < 1e-7, 'one channel has one direction');
SELECT is(rounding_error(NULL), NULL, 'NULL');
SELECT ok(rounding_error(featmap_from_array('{{{1,1}},{{1,0.00000001}},{{0,0.00000001}}}'::real[] || '{{{0,0}}}')) < 1e-3, 'small values beside great ones');
SELECT ok(rounding_error('{{{1,1e-9}},{{1,1e-9}},{{1,0}}}') > 0.01, 'a cell that is lost shows');

-- What 24 bits do not keep is warned of, once for each statement, where the bits were to be chosen.
\getenv pg_bin pg_bin
\if :{?pg_bin}
	\set warned `"$pg_bin/psql" -X -d :'DBNAME' -c "SELECT '{{{1,1e-9}},{{1,1e-9}},{{1,0}}}'::real[]::featmap FROM generate_series(1, 3)" 2>&1 | grep -c 'WARNING:  rounding to 24 bits moves scores of a featmap by about 0.3$'`
	\set silent `"$pg_bin/psql" -X -d :'DBNAME' -c "SELECT featmap_from_array('{{{1,1e-9}},{{1,1e-9}},{{1,0}}}'::real[], 16), '{{{1,2}}}'::featmap" 2>&1 | grep -c WARNING`
	SELECT is(ARRAY[:'warned', :'silent'], ARRAY['1', '0'], 'one warning');
\else
	SELECT skip('no psql to run');
\endif

-- Version 1, in which the error is not known.
SELECT is(rounding_error('featmap:1:8s:1x1x2:01080100010001000200000002000000023c037e82'), NULL, 'version 1: not measured');
SELECT is('featmap:1:8s:1x1x2:01080100010001000200000002000000023c037e82'::featmap::text,
	'featmap:1:8s:1x1x2:01080100010001000200000002000000023c037e82', 'version 1 stays version 1');
SELECT ok('featmap:1:8s:1x1x2:01080100010001000200000002000000023c037e82'::featmap = '{{{1,-1}}}', 'and is equal to the same map of version 2');
SELECT is(featmap_hash('featmap:1:8s:1x1x2:01080100010001000200000002000000023c037e82'), featmap_hash('{{{1,-1}}}'), 'with the same hash');
SELECT pg_temp.refuses($$ SELECT 'featmap:1:8s:1x1x2:01080300010001000200000002000000023c037e82'::featmap $$, '22P02', 'unknown flags',
	'version 1 has no level of the error');

-- Values that no float keeps.
SELECT pg_temp.refuses($$ SELECT '{{{1e-40,3e-45}},{{0,1e-38}}}'::featmap $$, '22003', 'too small', 'tiny values');
SELECT pg_temp.refuses($$ SELECT featmap_from_array('{{{1e-300,0}}}'::double precision[]) $$, '22003', 'too small', 'tiny values of double precision');
SELECT pg_temp.refuses($$ SELECT featmap_from_array('{{{2e-36,0}}}'::real[], 16) $$, '22003', 'too small', 'tiny values, 16 bits');
SELECT is((featmap_from_array('{{{1,1e-300}}}'::double precision[])::real[])[1][1][2], 0::real, 'beside others, they are zero');

SELECT * FROM finish();
ROLLBACK;
