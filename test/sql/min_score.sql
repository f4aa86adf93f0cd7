-- min_score: only windows of at least that score.
\ir setup.psql

SELECT plan(12);

SELECT setseed(0.25) \g /dev/null
CREATE TABLE image AS
	SELECT id, featmap_from_array(pg_temp.random_values(12, 7, 9, (CASE WHEN id % 2 = 0 THEN 0 ELSE -0.5 END)::real)) AS features
	FROM generate_series(1, 12) AS id;
SELECT region_vector(features, 1, 2, 4, 6) AS query FROM image WHERE id = 3 \gset

-- every window of every map, and its score
CREATE TABLE scored AS
	SELECT id, r.* FROM image, intsearch(features, :'query', max_results => 100000, max_overlap => 1) AS r;
SELECT is((SELECT count(*) FROM scored), (12 * 28 * 45)::bigint, 'every window is a result');

SELECT set_eq(
	format('SELECT id, r.* FROM image, intsearch(features, featquery(%L, min_score => %s), max_results => 100000, max_overlap => 1) AS r',
		:'query', least),
	format('SELECT * FROM scored WHERE score >= %s', least), 'at least ' || least)
FROM unnest(ARRAY[0.95, 0.5, 0.05, 0, -0.2]) AS least;

SELECT is(
	(SELECT count(*) FROM image WHERE best_score(features, featquery(:'query', min_score => best_score(features, :'query'))) IS NOT NULL),
	12::bigint, 'a score of just that is enough');
SELECT is(
	(SELECT count(*) FROM image
		WHERE best_score(features, featquery(:'query', min_score => best_score(features, :'query') + 1e-9)) IS NOT NULL),
	0::bigint, 'one of a little more is not there');
SELECT results_eq(
	format('SELECT id, best_score(features, %L) FROM image ORDER BY id', :'query'),
	format('SELECT id, best_score(features, featquery(%L, min_score => NULL)) FROM image ORDER BY id', :'query'), 'NULL is for any');
SELECT is((SELECT array_agg(id) FROM image, intsearch(features, featquery(:'query', min_score => 0.999))), '{3}', 'only the map of the query');
SELECT is((SELECT count(*) FROM image, intsearch(features, featquery(:'query', min_score => 2))), 0::bigint, 'no score is that high');
SELECT pg_temp.refuses(format('SELECT * FROM image, intsearch(features, featquery(%L, min_score => ''NaN''))', :'query'), '22023', 'NaN');

SELECT * FROM finish();
ROLLBACK;
