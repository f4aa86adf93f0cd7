-- <=>, <->, best_score() and intsearch(): how they belong together, NULLs, and the ranking queries.
\ir setup.psql

SELECT plan(42);

SELECT setseed(0.5) \g /dev/null
CREATE TABLE image (id integer PRIMARY KEY, features featmap);
INSERT INTO image
	SELECT id, featmap_from_array(pg_temp.random_values(6, 5 + id % 3, 9 - id % 4)) FROM generate_series(1, 30) AS id;
INSERT INTO image VALUES (31, NULL), (32, featmap_from_array(array_fill(0::real, ARRAY[6, 3, 3])));
SELECT region_vector(features, 1, 2, 4, 5) AS query FROM image WHERE id = 17 \gset

-- Operators ------------------------------------------------------------------

SELECT is_empty(
	format($$ SELECT id FROM image WHERE (features <=> %L) IS DISTINCT FROM 1 - best_score(features, %1$L) $$, :'query'),
	'<=> is 1 - best_score()');
SELECT is_empty(
	format($$ SELECT id FROM image, intsearch(features, %L)
		WHERE (features <-> %1$L) IS DISTINCT FROM distance OR best_score(features, %1$L) IS DISTINCT FROM score $$, :'query'),
	'<-> is the distance of the best window');
SELECT is_empty(
	format($$ SELECT id FROM image
		WHERE abs((features <-> %L) - sqrt(2 - 2 * best_score(features, %1$L))) > 1e-7 $$, :'query'),
	'the distance is sqrt(2 - 2 score)');
SELECT is_empty(
	format($$ SELECT id FROM image, intsearch(features, %L) AS f,
			LATERAL (SELECT sqrt(sum((d - q / norm) ^ 2)) AS between
				FROM unnest(region_vector(features, f.y1, f.x1, f.y2, f.x2), %1$L::real[]) AS u (d, q),
					(SELECT sqrt(sum(v ^ 2)) AS norm FROM unnest(%1$L::real[]) AS v) AS n) AS measured
		WHERE abs(between - distance) > 1e-5 $$, :'query'),
	'the distance is that between the descriptor and the normalised query');
SELECT is_empty(
	format($$ SELECT id FROM image WHERE best_score(features, (SELECT array_agg((v * 1000)::real) FROM unnest(%L::real[]) AS v))
		- best_score(features, %1$L) NOT BETWEEN -1e-6 AND 1e-6 $$, :'query'),
	'the length of the query plays no part');
SELECT is_empty($$ SELECT id FROM image WHERE best_score(features, '{1e38,1e38,-3e38,1e38,0,3e38}') IS NULL AND id <= 30 $$,
	'a query of the greatest reals');
SELECT is_empty($$ SELECT id FROM image
	WHERE abs(best_score(features, '{1e-30,1e-30,-3e-30,1e-30,0,3e-30}') - best_score(features, '{1,1,-3,1,0,3}')) > 1e-6 $$,
	'a query of very small reals');
SELECT is((SELECT count(*) FROM image, intsearch(features, :'query') WHERE score > 1 OR score < -1), 0::bigint,
	'no score outside -1 and 1');
SELECT ok((SELECT features <-> :'query' < 1e-3 FROM image WHERE id = 17), 'the distance of an exact match is nearly 0');
SELECT is('{{{1,2}}}'::featmap <-> '{5}', 0::double precision, 'a distance of exactly 0');
SELECT is('{{{1,2}}}'::featmap <=> '{-5}', 2::double precision, 'the greatest cosine distance is 2');
SELECT is('{{{1,2}}}'::featmap <-> '{-5}', 2::double precision, 'the greatest distance is 2');
SELECT is('{{{3}},{{3}}}'::featmap <=> '{-1,1}', 1::double precision, 'an orthogonal query has cosine distance 1');

-- Ranking --------------------------------------------------------------------

SELECT is(
	(SELECT id FROM image ORDER BY features <=> :'query' LIMIT 1), 17, 'ORDER BY <=> finds the image of the query');
SELECT is(
	(SELECT id FROM image ORDER BY features <-> :'query' LIMIT 1), 17, 'ORDER BY <-> finds it');
SELECT results_eq(
	format('SELECT id, y1, x1, y2, x2 FROM image, intsearch(features, %L) ORDER BY score DESC LIMIT 1', :'query'),
	'VALUES (17, 1, 2, 4, 5)', 'the ranking query finds it and the window');
SELECT results_eq(
	format('SELECT id FROM image ORDER BY features <=> %L, id LIMIT 10', :'query'),
	format('SELECT id FROM image, intsearch(features, %L) ORDER BY score DESC, id LIMIT 10', :'query'),
	'<=> and the ranking query give the same order');
SELECT results_eq(
	format('SELECT id FROM image ORDER BY features <=> %L, id LIMIT 10', :'query'),
	format('SELECT id FROM image ORDER BY features <-> %L, id LIMIT 10', :'query'),
	'<=> and <-> give the same order');
SELECT results_eq(
	format('SELECT id FROM image ORDER BY features <=> %L, id OFFSET 30', :'query'),
	'VALUES (31), (32)', 'NULL and all-zero maps come last');
SELECT is((SELECT count(*) FROM image, intsearch(features, :'query')), 30::bigint, 'the ranking query leaves them out');

-- Nothing qualifies ------------------------------------------------------------

SELECT is((SELECT best_score(features, :'query') FROM image WHERE id = 32), NULL, 'best_score of an all-zero map');
SELECT is((SELECT features <=> :'query' FROM image WHERE id = 32), NULL, '<=> of an all-zero map');
SELECT is((SELECT features <-> :'query' FROM image WHERE id = 32), NULL, '<-> of an all-zero map');
SELECT is((SELECT best_score(features, featquery(:'query', min_height => 100)) FROM image WHERE id = 1), NULL,
	'best_score where the constraints leave nothing');

-- NULL arguments ---------------------------------------------------------------

SELECT is(best_score(NULL, '{1}'), NULL, 'best_score of a NULL map');
SELECT is(best_score('{{{1}}}', NULL), NULL, 'best_score with a NULL query');
SELECT is(NULL::featmap <=> '{1}', NULL, 'NULL <=> query');
SELECT is('{{{1}}}'::featmap <=> NULL, NULL, 'map <=> NULL');
SELECT is(NULL::featmap <-> '{1}', NULL, 'NULL <-> query');
SELECT is('{{{1}}}'::featmap <-> NULL, NULL, 'map <-> NULL');
SELECT is_empty($$ SELECT * FROM intsearch(NULL, '{1}') $$, 'intsearch in a NULL map gives no row');
SELECT is_empty($$ SELECT * FROM intsearch('{{{1}}}', NULL) $$, 'intsearch for a NULL query gives no row');
SELECT results_eq(
	format('SELECT * FROM intsearch(%L, featquery(%L, aspect => NULL))', :two_channels, '{1,2}'),
	format('SELECT * FROM intsearch(%L, %L)', :two_channels, '{1,2}'), 'NULL aspect means any');
SELECT results_eq(
	format('SELECT * FROM intsearch(%L, featquery(%L, max_height => NULL, max_width => NULL))', :two_channels, '{1,2}'),
	format('SELECT * FROM intsearch(%L, %L)', :two_channels, '{1,2}'), 'NULL greatest sizes mean any');

-- Signatures -------------------------------------------------------------------

SELECT is(
	pg_get_function_arguments('intsearch'::regproc),
	'map featmap, query featquery, max_results integer DEFAULT 1, max_overlap double precision DEFAULT 0.5',
	'arguments of intsearch()');
SELECT is(
	pg_get_function_result('intsearch'::regproc),
	'TABLE(score double precision, distance double precision, y1 integer, x1 integer, y2 integer, x2 integer)',
	'result of intsearch()');
SELECT is(
	pg_get_function_arguments('best_score'::regproc), 'map featmap, query featquery', 'arguments of best_score()');
SELECT is(
	pg_get_function_arguments('featquery(featquery, float8, float8, text, float8, int, int, int, int, float8)'::regprocedure),
	'vector featquery, aspect double precision DEFAULT NULL::double precision, '
	'tolerance double precision DEFAULT 0.2, pooling text DEFAULT ''sum''::text, exponent double precision DEFAULT 3, '
	'min_height integer DEFAULT 1, max_height integer DEFAULT NULL::integer, '
	'min_width integer DEFAULT 1, max_width integer DEFAULT NULL::integer, min_score double precision DEFAULT NULL::double precision',
	'arguments of featquery()');
SELECT results_eq(
	format('SELECT * FROM intsearch(%L, %L)', :two_channels, '{1,2}'),
	format('SELECT * FROM intsearch(%L, featquery(%L, NULL, 0.2, %L, 3, 1, NULL, 1, NULL, NULL), 1, 0.5)', :two_channels, '{1,2}', 'sum'),
	'the defaults, written out');

-- A search in the select list, a prepared query, and a LIMIT that stops early.
SELECT is((intsearch(:two_channels, '{1,0}')).score, best_score(:two_channels, '{1,0}'), 'intsearch in the select list');
PREPARE ranking (real[]) AS SELECT id FROM image ORDER BY features <=> $1, id LIMIT 3;
SELECT results_eq(
	format('EXECUTE ranking (%L)', :'query'),
	format('SELECT id FROM image ORDER BY features <=> %L, id LIMIT 3', :'query'), 'a prepared ranking query');
SELECT is(
	(SELECT count(*) FROM (SELECT * FROM intsearch(:two_channels, '{1,0}', max_results => 18, max_overlap => 1) LIMIT 2) AS f),
	2::bigint, 'LIMIT on the results of one map');

SELECT * FROM finish();
ROLLBACK;
