-- Many rows of a search go to disk beyond work_mem, within temp_file_limit; and what the search keeps is bounded.
\ir setup.psql

SELECT plan(17);

-- 245,350 windows, all of score 1, in one row of cells.
CREATE TABLE image AS SELECT featmap_from_array(array_fill(1::real, ARRAY[1, 1, 700])) AS features;
-- 10 queries give 10 times 10,000 rows
\set many 'intsearch_many(features, array_fill(1::real, ARRAY[10, 1]), max_results => 10000, max_overlap => 1)'

CREATE FUNCTION pg_temp.temporary_blocks(statement text) RETURNS bigint LANGUAGE sql AS $$
	SELECT coalesce(max(m[1]::bigint), 0)
	FROM regexp_matches(pg_temp.plan_of(statement, 'ANALYZE, BUFFERS'), 'temp .*written=(\d+)', 'g') AS m
$$;
\set hundred_thousand 'SELECT * FROM image, intsearch(features, \'{1}\', max_results => 100000, max_overlap => 1)'

SET LOCAL work_mem = '64kB';
SELECT is((SELECT count(*) FROM (:hundred_thousand) AS r), 100000::bigint, '100,000 windows of a map');
SELECT cmp_ok(pg_temp.temporary_blocks(:'hundred_thousand'), '>', 500::bigint, 'lie on disk where work_mem is small');
SELECT cmp_ok(pg_temp.temporary_blocks(format('SELECT * FROM image, %s', :'many')), '>', 500::bigint,
	'so do those of many queries');
SET LOCAL work_mem = '256MB';
SELECT is(pg_temp.temporary_blocks(:'hundred_thousand'), 0::bigint, 'but not where it is large');
SET LOCAL work_mem = '64kB';
SET LOCAL temp_file_limit = '1MB';
SELECT pg_temp.refuses(:'hundred_thousand', '53400', 'temp_file_limit', 'temp_file_limit holds for a search');
SELECT pg_temp.refuses(format('SELECT * FROM image, %s', :'many'), '53400', 'temp_file_limit', 'and for many queries');
RESET temp_file_limit;

-- All memory of the backend, when the search has run and its scratch space is still there.
CREATE FUNCTION pg_temp.kilobytes(statement text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	bytes bigint;
BEGIN
	EXECUTE format('SELECT (SELECT sum(total_bytes) FROM pg_backend_memory_contexts WHERE s.rows >= 0) FROM (SELECT count(*) AS rows FROM (%s) AS r) AS s', statement)
	INTO bytes;
	RETURN bytes / 1024;
END $$;
SELECT pg_temp.kilobytes('SELECT * FROM image, intsearch(features, ''{1}'')') AS single \gset
SELECT pg_temp.kilobytes(:'hundred_thousand') - :single AS more \gset
SELECT cmp_ok(:more::bigint, '<', 12 * 1024::bigint, '100,000 windows take no more than 12 MB while they are searched');
SELECT cmp_ok(:more::bigint, '>', 2 * 1024::bigint, 'which this would see');
SELECT cmp_ok(pg_temp.kilobytes(format('SELECT * FROM image, %s', :'many')) - :single, '<', 4 * 1024::bigint,
	'what several queries find is not kept together');

SELECT is((SELECT count(*) FROM image, intsearch(features, '{1}', max_results => 200000, max_overlap => 1)), 200000::bigint,
	'the greatest number of windows');
SELECT pg_temp.refuses('SELECT * FROM image, intsearch(features, ''{1}'', max_results => 2147483647, max_overlap => 1)',
	'54000', '200000.*2147483647', 'more are refused where there are more');
SELECT is((SELECT count(*) FROM image, intsearch(features, featquery('{1}', max_width => 200), max_results => 2147483647, max_overlap => 1)),
	(SELECT sum(701 - w) FROM generate_series(1, 200) AS w), 'and only there');

-- The backend keeps scratch space of searches for the next query, also where one fails; a few calls at a time share it.
CREATE TABLE map AS SELECT n, featmap_from_array(pg_temp.random_values(128, 30 + n, 40)) AS features FROM generate_series(1, 3) AS n;
SELECT array_agg(cos(c)::real) AS query FROM generate_series(1, 128) AS c \gset
\set search 'SELECT r FROM map, intsearch(features, ' :'query' ') AS r'
\set fails 'SELECT 1 / (count(r) - count(r)) FROM (' :search ') AS s'
SELECT pg_temp.kilobytes(:'search') AS first, pg_temp.kilobytes(:'search') AS second \gset
SELECT pg_temp.refuses(:'fails', '22012', 'a search that fails') FROM generate_series(1, 3);
SELECT cmp_ok(pg_temp.kilobytes(:'search') - pg_temp.kilobytes('SELECT n FROM map'), '<', 200::bigint,
	'gives its scratch space back, and the next search takes that');

-- 4 calls at a time, one in a function, and as many that run alone
CREATE FUNCTION pg_temp.best(features featmap, query featquery) RETURNS double precision LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT score FROM intsearch(features, query));
END $$;
SELECT results_eq(format($$
	SELECT n, r.score, m.score, best_score(features, %1$L), pg_temp.best(features, %1$L)
	FROM map, intsearch(features, %1$L) AS r, intsearch(features, featquery(%1$L, pooling => 'max')) AS m ORDER BY n$$, :'query'),
	format($$
	SELECT n, (SELECT score FROM intsearch(features, %1$L)), (SELECT score FROM intsearch(features, featquery(%1$L, pooling => 'max'))),
		r.score, r.score
	FROM map, LATERAL (SELECT pg_temp.best(features, %1$L) AS score) AS r ORDER BY n$$, :'query'),
	'calls at a time do not share it');

SELECT * FROM finish();
ROLLBACK;
