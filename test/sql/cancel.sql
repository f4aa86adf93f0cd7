-- A search, and all that takes long, can be cancelled in its middle.
\ir setup.psql

SELECT plan(21);

-- A map of a thousand million windows, and a query that none of them matches well.
SELECT setseed(0.5) \g /dev/null
CREATE TABLE image AS SELECT featmap_from_array(pg_temp.random_values(4, 256, 256)) AS features;
SELECT array_agg((-1) ^ c * c) AS query FROM generate_series(1, 4) AS c \gset
SELECT pg_backend_pid() AS backend \gset

-- Two tests: the statement is cancelled by a timeout of a tenth of a second, and soon: within half a second more, since
-- other programs may keep the processors busy; test/cancel measures. The caller sets the timeout, because it counts from
-- the start of the statement that the client sends.
CREATE FUNCTION pg_temp.is_cancelled(statement text, description text) RETURNS SETOF text
LANGUAGE plpgsql AS $$
BEGIN
	RETURN NEXT is(pg_temp.sqlstate_of(statement), '57014', description || ' is cancelled');
	RETURN NEXT cmp_ok(clock_timestamp() - statement_timestamp(), '<', '600 ms'::interval, description || ' is cancelled soon');
END $$;

SET LOCAL statement_timeout = '100ms';
SELECT pg_temp.is_cancelled(format('SELECT * FROM image, intsearch(features, %L)', :'query'), 'intsearch()');
SELECT pg_temp.is_cancelled(format('SELECT best_score(features, %L) FROM image', :'query'), 'best_score()');
SELECT pg_temp.is_cancelled(format('SELECT features <=> %L FROM image', :'query'), '<=>');
SELECT pg_temp.is_cancelled(
	format('SELECT * FROM image, intsearch(features, featquery(%L, aspect => 1, tolerance => 0.5), max_results => 100)', :'query'), 'intsearch() with an aspect');
SELECT pg_temp.is_cancelled(
	format('SELECT * FROM image, intsearch(features, featquery(%L, max_height => 20, max_width => 20), max_results => 10000, max_overlap => 0.9)', :'query'),
	'intsearch() for many results');

SELECT pg_temp.is_cancelled(
	'SELECT * FROM image, intsearch(features, featquery(''{1,1,1,1}'', pooling => ''max'', min_height => 3, min_width => 3))', 'intsearch() by max');
SELECT pg_temp.is_cancelled(
	format('SELECT * FROM image, intsearch(features, featquery(%L, pooling => ''max''), max_results => 1000)', :'query'),
	'intsearch() by max for many results');

RESET statement_timeout;
-- All values of this map are positive, and all of this query negative: no bound helps.
CREATE TABLE positive AS SELECT featmap_from_array(pg_temp.random_values(4, 256, 256, 0)) AS features;
SET LOCAL statement_timeout = '100ms';
SELECT pg_temp.is_cancelled(
	'SELECT * FROM positive, intsearch(features, array_fill((-1)::real, ARRAY[4]))', 'intsearch() for a negated query');
SELECT pg_temp.is_cancelled(
	'SELECT * FROM positive, intsearch(features, featquery(array_fill((-1)::real, ARRAY[4]), pooling => ''gem''))', 'intsearch() by gem');
RESET statement_timeout;

SELECT is(pg_backend_pid(), :backend, 'the session goes on');
SELECT is((SELECT ARRAY[channels(features), height(features), width(features)] FROM image), ARRAY[4, 256, 256], 'and the map is there');
SELECT ok(
	(SELECT score > 0 FROM image, intsearch(features, featquery(:'query', max_height => 2, max_width => 2))), 'and can be searched');

SELECT * FROM finish();
ROLLBACK;
