-- Equal scores: the smallest (y1, x1, y2, x2), however the sums were rounded.
\if :{?fixtures}
\else
	\echo 1..0 # SKIP no fixtures
	\quit
\endif
\ir setup.psql
\ir fixtures.psql

SELECT plan(39);

-- At 8 bits the scores themselves are less exact, but the ties are the same.
SELECT pg_temp.find('ties', 16) \g /dev/null

SELECT pg_temp.agrees('ties', 'constant map', 5, 2e-5);
SELECT pg_temp.agrees('ties', 'constant map, constrained', 8, 2e-5);
SELECT pg_temp.agrees('ties', 'constant map, several results', 17, 2e-5);
SELECT pg_temp.agrees('ties', 'one channel', 6, 2e-5);
SELECT pg_temp.agrees('ties', 'chequered map', 16, 2e-5);
SELECT pg_temp.agrees('ties', 'tiled map', 6, 2e-5);
SELECT pg_temp.agrees('ties', 'orthogonal query', 5, 2e-5);
SELECT pg_temp.agrees('ties', 'channels change places', 2, 2e-5);
SELECT pg_temp.agrees('ties', 'cancelling sums', 8, 2e-5);

SELECT pg_temp.find('ties', 8) \g /dev/null

SELECT pg_temp.agrees('ties', 'constant map', 5, 5e-3);
SELECT pg_temp.agrees('ties', 'constant map, constrained', 8, 5e-3);
SELECT pg_temp.agrees('ties', 'constant map, several results', 17, 5e-3);
SELECT pg_temp.agrees('ties', 'one channel', 6, 5e-3);
SELECT pg_temp.agrees('ties', 'chequered map', 16, 5e-3);
SELECT pg_temp.agrees('ties', 'tiled map', 6, 5e-3);
SELECT pg_temp.agrees('ties', 'orthogonal query', 5, 5e-3);
SELECT pg_temp.agrees('ties', 'channels change places', 2, 5e-3);
SELECT pg_temp.agrees('ties', 'cancelling sums', 8, 5e-3);

-- The same in words, for a reader who has no fixtures at hand.
SELECT results_eq(
	$$ SELECT score, y1, x1, y2, x2
		FROM intsearch('{{{1,1,1},{1,1,1}}}', '{0.3}', max_results => 3, max_overlap => 0) $$,
	$$ VALUES (1::double precision, 0, 0, 1, 1), (1, 0, 1, 1, 2), (1, 0, 2, 1, 3) $$,
	'three of the equal cells, from the top left');
SELECT results_eq(
	$$ SELECT y1, x1, y2, x2
		FROM intsearch('{{{1,1,1},{1,1,1}}}', '{0.3}', max_results => 4, max_overlap => 0.5) $$,
	$$ VALUES (0, 0, 1, 1), (0, 0, 1, 2), (0, 0, 2, 1), (0, 0, 2, 2) $$,
	'an overlap of exactly max_overlap is allowed');

SELECT results_eq(
	$$ SELECT score, y1, x1, y2, x2 FROM intsearch('{{{3,2,1},{1,2,7}}}', '{-1}') $$,
	$$ VALUES (-1::double precision, 0, 0, 1, 1) $$,
	'ties of the least possible score');

SELECT * FROM finish();
ROLLBACK;
