-- What the planner knows of the functions, and the parallel plans that come of it.
\ir setup.psql

SELECT plan(27);

CREATE TEMPORARY TABLE own AS
	SELECT p.* FROM pg_proc AS p
	JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
	JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND e.extname = 'intsearch'
	-- those of the index look at tables and sessions, not at maps
	WHERE proname NOT IN ('intsearch_handler', 'intsearch_index_check', 'intsearch_last_scan', 'intsearch_recall');

SELECT cmp_ok((SELECT count(*) FROM own), '>', 25::bigint, 'the extension has its functions');
SELECT set_eq($$ SELECT format('%s(%s)', proname, pg_get_function_identity_arguments(oid)) FROM own WHERE provolatile <> 'i' $$,
	ARRAY['intsearch_version()', 'featquery_nearest(query featquery, rows bigint)'],
	'all functions of maps are immutable, but the one that asks for the nearest so far');
SELECT is_empty('SELECT proname FROM own WHERE proparallel <> ''s''', 'all functions are parallel safe');
SELECT is_empty(
	'SELECT proname FROM own WHERE proname IN (''intsearch'', ''best_score'', ''featmap_cosine_distance'', ''featmap_l2_distance'')
		AND procost < 1000',
	'a search has a high cost');

-- The planner asks the support functions how many rows a search gives.
CREATE FUNCTION pg_temp.rows_of(call text) RETURNS integer LANGUAGE sql AS $$
	SELECT substring(pg_temp.plan_of('SELECT * FROM ' || call, 'COSTS ON') FROM 'rows=(\d+)')::integer
$$;
SELECT is(pg_temp.rows_of(format(call, '''{{{1}}}''::featmap')), expected, call)
FROM (VALUES
	(1, 'intsearch(%s, ''{1}'')', 1),
	(2, 'intsearch(%s, ''{1}'', max_results => 7)', 7),
	(3, 'intsearch(%s, ''{1}'', max_results => NULL)', 1),
	(4, 'intsearch(%s, ''{1}'', max_results => -5)', 1),
	(5, 'intsearch(%s, ''{1}'', max_results => 3 + 4)', 7),
	(6, 'intsearch(%s, ''{1}'', max_results => (random() * 5)::integer)', 10),
	(7, 'intsearch_many(%s, ''{{1},{2},{3}}''::real[])', 3),
	(8, 'intsearch_many(%s, ''{{1},{2},{3}}''::real[], max_results => 5)', 15),
	(9, 'intsearch_many(%s, ARRAY[featquery(''{1}''), featquery(''{2}'', aspect => 1)], max_results => 5)', 10),
	(10, 'intsearch_many(%s, ARRAY[featquery(''{1}'', aspect => random()), featquery(''{2}'')], max_results => 5)', 10),
	(11, 'intsearch_many(%s, NULL)', 4),
	(12, 'intsearch_many(%s, (SELECT array_agg(featquery(''{1}'')) FROM generate_series(1, 9)))', 4)
) AS c (n, call, expected) ORDER BY n;


SELECT setseed(0.5) \g /dev/null
CREATE TABLE image (id integer, place text, features featmap);
INSERT INTO image
	SELECT id, (ARRAY['Ghent', 'Delft', 'Siena'])[id % 3 + 1], featmap_from_array(pg_temp.random_values(4, 4, 5 + id % 2))
	FROM generate_series(1, 1000) AS id;
ALTER TABLE image SET (parallel_workers = 2);
ANALYZE image;

\set by_operator 'SELECT id FROM image ORDER BY features <=> \'{1,-2,0.5,1}\', id LIMIT 10'
\set by_function 'SELECT id, f.* FROM image, intsearch(features, \'{1,-2,0.5,1}\') AS f ORDER BY score DESC, id LIMIT 10'
\set filtered 'SELECT id FROM image WHERE place = \'Delft\' AND best_score(features, featquery(\'{1,-2,0.5,1}\', aspect => 1)) > 0.9'

SET LOCAL max_parallel_workers_per_gather = 2;
SELECT matches(pg_temp.plan_of(:'by_operator'), 'Gather.*Parallel Seq Scan', 'ORDER BY <=> runs in parallel');
SELECT matches(pg_temp.plan_of(replace(:'by_operator', '<=>', '<->')), 'Gather.*Parallel Seq Scan', 'ORDER BY <-> runs in parallel');
SELECT matches(pg_temp.plan_of(:'filtered'), 'Gather.*Parallel Seq Scan', 'a filter by best_score() runs in parallel');
SELECT matches(
	pg_temp.plan_of($$ SELECT id, f.* FROM (SELECT * FROM image ORDER BY features <=> '{1,-2,0.5,1}' LIMIT 10) AS best,
		intsearch(features, '{1,-2,0.5,1}') AS f $$),
	'Gather.*Parallel Seq Scan', 'the ranking by <=> runs in parallel under a search for the windows');
SELECT matches(pg_temp.plan_of(:'filtered'), 'place = .*best_score', 'the cheap condition is tried before the search');

-- The plan makes no difference to the answer.
-- The planner charges a function in FROM once, not for each image, so that it takes a small table for cheap.
SET LOCAL parallel_setup_cost = 0;
SELECT matches(pg_temp.plan_of(:'by_function'), 'Gather.*Function Scan on intsearch', 'the ranking query can run in parallel');
CREATE TEMPORARY TABLE parallel_answer AS :by_function;
SELECT array_agg(id) AS parallel_ids FROM (:by_operator) AS ranked \gset
SELECT array_agg(id) AS parallel_filtered FROM (:filtered) AS f \gset
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT unalike(pg_temp.plan_of(:'by_function'), '%Gather%', 'without workers the plan is serial');
SELECT results_eq(:'by_function', 'SELECT * FROM parallel_answer ORDER BY score DESC, id',
	'the ranking query gives the same in parallel');
SELECT is((SELECT array_agg(id) FROM (:by_operator) AS ranked), :'parallel_ids', '<=> gives the same in parallel');
SELECT is(
	(SELECT array_agg(id ORDER BY id) FROM (:filtered) AS f),
	(SELECT array_agg(id ORDER BY id) FROM unnest(:'parallel_filtered'::integer[]) AS id),
	'a filter gives the same in parallel');

-- Immutable functions can make an expression index and a generated column.
SELECT lives_ok(
	'CREATE TABLE measured (features featmap, size integer GENERATED ALWAYS AS (height(features) * width(features)) STORED)',
	'a generated column');

SELECT * FROM finish();
ROLLBACK;
