-- What other sessions see of an index, and cancel: progress of a build, cursors that outlive their transaction.

\ir setup.psql
\ir index.psql
COMMIT;
SELECT plan(21);
CREATE EXTENSION IF NOT EXISTS dblink;

-- Maps that take a millisecond each and more, a few rows in a block.
SELECT setseed(0.4) \g /dev/null
CREATE TABLE large (id integer PRIMARY KEY, features featmap, note text) WITH (autovacuum_enabled = off);
ALTER TABLE large ALTER COLUMN note SET STORAGE PLAIN;
INSERT INTO large SELECT id, map, repeat('-', 1500) FROM (SELECT featmap_from_array(pg_temp.random_values(64, 32, 32, 0)) AS map OFFSET 0) AS one, generate_series(1, 300) AS id;
ANALYZE large;
SELECT array_agg(cos(c)::real) AS query FROM generate_series(1, 64) AS c \gset

-- Progress, by another session that builds meanwhile.
CREATE FUNCTION pg_temp.connection() RETURNS text LANGUAGE sql AS $$
	SELECT format('host=%s port=%s user=%s dbname=%s', split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'),
		current_user, current_database())
$$;
CREATE TEMPORARY TABLE seen (place integer GENERATED ALWAYS AS IDENTITY, phase text, done bigint, total bigint);
CREATE PROCEDURE pg_temp.watch() LANGUAGE plpgsql AS $$
DECLARE
	progress record;
BEGIN
	PERFORM dblink_connect('builder', pg_temp.connection());
	PERFORM dblink_send_query('builder', 'CREATE INDEX watched ON large USING intsearch (features) WITH (lists = 40)');
	WHILE dblink_is_busy('builder') = 1 LOOP
		PERFORM pg_stat_clear_snapshot();
		FOR progress IN SELECT * FROM pg_stat_progress_create_index WHERE relid = 'large'::regclass LOOP
			INSERT INTO seen (phase, done, total) VALUES (progress.phase, progress.blocks_done, progress.blocks_total);
		END LOOP;
		PERFORM pg_sleep(0.002);
	END LOOP;
	PERFORM * FROM dblink_get_result('builder') AS r (status text);
	PERFORM dblink_disconnect('builder');
END $$;
SELECT clock_timestamp() AS began \gset
CALL pg_temp.watch();
SELECT least(400, (extract(epoch FROM clock_timestamp() - :'began') * 333)::integer) AS third_built \gset
SELECT is((SELECT maps FROM intsearch_index_check('watched')), 300::bigint, 'built by another session');
SELECT set_has('SELECT phase FROM seen', $$VALUES ('building index: sampling maps'), ('building index: coding maps')$$, 'its phases were seen');
SELECT bag_hasnt('SELECT DISTINCT phase FROM seen WHERE phase NOT IN (''initializing'', ''building index: initializing'',
	''building index: sampling maps'', ''building index: learning codes and lists'', ''building index: coding maps'', ''building index: writing lists'')',
	'SELECT DISTINCT phase FROM seen', 'and no others');
SELECT is_empty($$SELECT FROM seen AS a, seen AS b WHERE a.place < b.place
	AND (a.phase, b.phase) = ('building index: coding maps', 'building index: sampling maps')$$, 'in their order');
SELECT cmp_ok((SELECT count(DISTINCT done) FROM seen WHERE phase = 'building index: coding maps'), '>', 1::bigint, 'blocks are counted while maps are coded');
SELECT is((SELECT count(*) FROM seen WHERE done > total), 0::bigint, 'never more than there are');
DROP INDEX watched;

-- Two tests, as in cancel.sql: cancelled, and soon.
CREATE FUNCTION pg_temp.is_cancelled(statement text, description text) RETURNS SETOF text
LANGUAGE plpgsql AS $$
BEGIN
	RETURN NEXT is(pg_temp.sqlstate_of(statement), '57014', description || ' is cancelled');
	RETURN NEXT cmp_ok(clock_timestamp() - statement_timestamp(), '<', '1500 ms'::interval, description || ' is cancelled soon');
END $$;

-- Early, while it samples, and later; more lists take no less time than the build before.
SET statement_timeout = '20ms';
SELECT pg_temp.is_cancelled('CREATE INDEX cancelled ON large USING intsearch (features) WITH (lists = 40)', 'a build that has begun');
SET statement_timeout = :third_built;
SELECT pg_temp.is_cancelled('CREATE INDEX cancelled ON large USING intsearch (features) WITH (lists = 20000)', 'a build that learns many lists');
RESET statement_timeout;
SELECT is(to_regclass('cancelled'), NULL, 'nothing is left of it');
CREATE INDEX large_features ON large USING intsearch (features);
SELECT is((SELECT maps FROM intsearch_index_check('large_features')), 300::bigint, 'and it can be built');

-- A scan, in its exact stage: the maps are alike, so no bound helps.
SELECT pg_temp.use_index(true) \gset
SET intsearch.candidates = 300;
SET statement_timeout = '50ms';
SELECT pg_temp.is_cancelled(format('SELECT id FROM large ORDER BY features <=> featquery(%L, pooling => ''max'', min_height => 5) LIMIT 300', :'query'), 'a scan');
SELECT pg_temp.is_cancelled('SELECT * FROM intsearch_index_check(''large_features'')', 'a check');
RESET statement_timeout;
RESET intsearch.candidates;
SELECT is(cardinality(pg_temp.answer(format('SELECT id FROM large ORDER BY features <=> %L::real[] LIMIT 5', :'query'), true)), 5, 'the next scan answers');

-- An insert that is cancelled leaves entries at most, and no row.
SET statement_timeout = '50ms';
SELECT pg_temp.is_cancelled('INSERT INTO large SELECT id + 1000, features FROM large', 'an insert');
RESET statement_timeout;
SELECT is((SELECT maps FROM intsearch_index_check('large_features')), 300::bigint, 'the index has the rows that there are');
DROP TABLE large;

-- Cursors that outlive their transaction have its rows.
CREATE TABLE image (id integer PRIMARY KEY, features featmap) WITH (autovacuum_enabled = off);
INSERT INTO image SELECT id, pg_temp.patch_map(id) FROM generate_series(1, 60) AS id;
CREATE INDEX image_features ON image USING intsearch (features);
ANALYZE image;
SELECT pg_temp.answer('SELECT id FROM image ORDER BY features <=> pg_temp.part_of(8) LIMIT 20', true) AS nearest \gset
CREATE TEMPORARY TABLE fetched (place integer GENERATED ALWAYS AS IDENTITY, id integer);
CREATE PROCEDURE pg_temp.fetch(cursor refcursor, count integer) LANGUAGE plpgsql AS $$
DECLARE
	got integer;
BEGIN
	FOR i IN 1 .. count LOOP
		FETCH cursor INTO got;
		INSERT INTO fetched (id) VALUES (got);
	END LOOP;
END $$;
BEGIN;
DECLARE held CURSOR WITH HOLD FOR SELECT id FROM image ORDER BY features <=> pg_temp.part_of(8) LIMIT 20;
CALL pg_temp.fetch('held', 5);
COMMIT;
DELETE FROM image WHERE id > 4;
VACUUM image;
CALL pg_temp.fetch('held', 15);
CLOSE held;
SELECT is((SELECT array_agg(id::text ORDER BY place) FROM fetched), :'nearest'::text[], 'a cursor WITH HOLD');

SELECT * FROM finish();
DROP TABLE image;
