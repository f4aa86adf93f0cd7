-- Images on several machines, as doc/scaling.md sets them up: three servers, and a standby of the third.
-- The coordinator is this server, which also has all images in one table, to compare with.
\getenv shard1 shard1
\if :{?shard1}
\else
	\echo 1..0 # SKIP no other servers, which test/run starts
	\quit
\endif
\c images
\ir setup.psql
-- What other servers see cannot be rolled back here. The database is this test's own.
COMMIT;
SET jit = off;

SELECT plan(45);

SELECT setseed(0.75) \g /dev/null
CREATE TABLE images_before (id bigint PRIMARY KEY, title text, year integer, width integer, height integer, features featmap);
INSERT INTO images_before
	SELECT id, 'image ' || id, 1400 + id % 500, 320, 240, featmap_from_array(pg_temp.random_values(8, 4, 5 + id % 2, 0))
	FROM generate_series(1, 400) AS id;
-- Twins, which tie; no map at all; and one without a window that has a score.
INSERT INTO images_before SELECT 1000 + id, title, year, width, height, features FROM images_before WHERE id <= 30;
INSERT INTO images_before VALUES
	(2001, 'none', 1700, 1, 1, NULL), (2002, 'zeros', 1700, 1, 1, featmap_from_array(array_fill(0::real, ARRAY[8, 2, 2])));

\set ran `PGDATABASE=images "$python" ../lib/readme.py ../../doc/scaling.md "shard1.example.org=$shard1" "shard2.example.org=$shard2" "shard3.example.org=$shard3" "standby3.example.org=$standby3" >"$place/scaling.log" 2>&1 || cat "$place/scaling.log" >&2; tail -n 1 "$place/scaling.log"`
SELECT matches(:'ran'::text, '^scaling.md: [1-9][0-9]* blocks ran, 0 failed$', 'what doc/scaling.md shows runs');

\set query '{1,0,2,0,1,0,0,3}'
CREATE TEMPORARY TABLE truth AS SELECT *, features <=> :'query' AS distance FROM images_before;
-- which image is where
CREATE TEMPORARY TABLE placed AS SELECT tableoid::regclass::text AS partition, id FROM images;

SELECT is((SELECT count(DISTINCT partition) FROM placed), 6::bigint, 'all partitions have images');
SELECT set_eq('SELECT id FROM placed', 'SELECT id FROM truth', 'and each image is in one');

-- The answers of some searches on all shards and on the one table.
CREATE FUNCTION pg_temp.same_nearest(among text, description text) RETURNS text
LANGUAGE sql AS $$
	SELECT is_empty(format('SELECT n FROM generate_series(1, 60, 7) AS n
		WHERE ARRAY(SELECT b FROM nearest_images(%L, n) AS b) IS DISTINCT FROM
			ARRAY(SELECT (id, title, distance) FROM truth WHERE %s ORDER BY distance, id LIMIT n)',
		'{1,0,2,0,1,0,0,3}', among), description)
$$;

-- What is sent ------------------------------------------------------------------

SELECT pg_temp.plan_of(nearest_images_sql(:'query', 7, 'year > 1450'), 'VERBOSE, COSTS OFF') AS plan \gset
CREATE TEMPORARY TABLE sent AS
	SELECT m[1] AS statement FROM regexp_matches(:'plan', 'Remote SQL: ([^\n]*)', 'g') AS m;
SELECT is(count(*), 6::bigint, 'each partition is sent a statement') FROM sent;
SELECT is(regexp_count(:'plan', 'Async Foreign Scan'), 6, 'asynchronously');
SELECT is(
	(SELECT array_agg(DISTINCT regexp_replace(statement, 'images_[ab]', 'images_x')) FROM sent),
	ARRAY['SELECT id, title, min((features OPERATOR(public.<=>) ''{1,0,2,0,1,0,0,3}''::public.featquery)) FROM public.images_x WHERE ((year > 1450)) '
		'GROUP BY 1, 2 ORDER BY min((features OPERATOR(public.<=>) ''{1,0,2,0,1,0,0,3}''::public.featquery)) ASC NULLS LAST, id ASC NULLS LAST '
		'LIMIT 7::bigint'],
	'condition, distance, order and limit are sent to each, and no map comes back');
SELECT is_empty(
	$$ SELECT * FROM sent WHERE NOT EXISTS (
		SELECT FROM dblink('shard1' || substring(statement FROM 'images_([ab])'), 'EXPLAIN (VERBOSE) ' || statement) AS p (line text)
		WHERE line ~ '<=> [^)]* nearest=7''') $$,
	'and the planner of a shard tells the query the limit');

SELECT pg_temp.same_nearest('true', 'the nearest are those of the single server');
SELECT results_eq(
	format('SELECT * FROM nearest_images(%L, 20, ''year BETWEEN 1500 AND 1600'')', :'query'),
	'SELECT id, title, distance FROM truth WHERE year BETWEEN 1500 AND 1600 ORDER BY distance, id LIMIT 20', 'with a condition');
SELECT results_eq(
	format('SELECT * FROM nearest_images(%L, 1000)', :'query'),
	'SELECT id, title, distance FROM truth ORDER BY distance, id', 'all, those without a distance last');
PREPARE nearest(real[], integer) AS SELECT * FROM nearest_images($1, $2);
SET plan_cache_mode = force_generic_plan;
SELECT results_eq(format('EXECUTE nearest(%L, 9)', :'query'),
	'SELECT id, title, distance FROM truth ORDER BY distance, id LIMIT 9', 'a prepared statement');

-- The plain statement.
\set plain 'SELECT id FROM images ORDER BY features <=> \'{1,0,2,0,1,0,0,3}\', id LIMIT 12'
\set plain_truth 'SELECT id FROM truth ORDER BY distance, id LIMIT 12'
PREPARE plain(real[], integer) AS SELECT id FROM images ORDER BY features <=> $1, id LIMIT $2;
SELECT results_eq(format('EXECUTE plain(%L, 12)', :'query'), :'plain_truth', 'the plain statement, prepared');
RESET plan_cache_mode;
SELECT results_eq(:'plain', :'plain_truth', 'the plain statement');
SELECT pg_temp.plan_of(:'plain', 'VERBOSE, COSTS OFF') AS plan \gset
SELECT is(regexp_count(:'plan', 'Remote SQL: SELECT id, features FROM public.images_[ab] ORDER BY \(features OPERATOR\(public.<=>\) [^ ]*\) ASC'), 6,
	'distance and order of the plain statement are sent');
SELECT unalike(:'plan'::text, '%LIMIT%', 'but not its limit');
SELECT unalike(:'plan'::text, '%Async%', 'and it is not asynchronous');
SELECT alike(
	pg_temp.plan_of(format('SELECT id FROM images_1a ORDER BY features <=> %L LIMIT 12', :'query'), 'VERBOSE, COSTS OFF'),
	'Foreign Scan%Remote SQL:%<=>% LIMIT 12::bigint%', 'the limit is sent to a single partition');

-- Rows that are dropped on this side, after the shards have ordered them.
CREATE FUNCTION is_far(distance double precision) RETURNS boolean
	LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN distance > 0.1; END';
CREATE TABLE few AS SELECT id FROM truth WHERE distance > 0.1 AND id % 3 = 0;
SELECT results_eq(
	'SELECT id FROM images WHERE is_far((id % 7) / 10.0) ORDER BY features <=> ''{1,0,2,0,1,0,0,3}'', id LIMIT 5',
	'SELECT id FROM truth WHERE is_far((id % 7) / 10.0) ORDER BY distance, id LIMIT 5', 'a condition that only the coordinator knows');
SELECT results_eq(
	'SELECT id FROM images JOIN few USING (id) ORDER BY features <=> ''{1,0,2,0,1,0,0,3}'', id LIMIT 5',
	'SELECT id FROM truth JOIN few USING (id) ORDER BY distance, id LIMIT 5', 'a join with a table of the coordinator');

\set good 'SELECT id FROM images WHERE best_score(features, featquery(\'{1,0,2,0,1,0,0,3}\', max_height => 2)) > 0.9'
SELECT matches(pg_temp.plan_of(:'good', 'VERBOSE, COSTS OFF'), '(Async Foreign Scan[^>]*Remote SQL: SELECT id FROM [^>]*best_score[^>]*> 0.9.*){6}',
	'a condition on a score is sent');
SELECT set_eq(:'good', replace(:'good', 'images', 'images_before'), 'and gives the same');

-- The windows.
CREATE TEMPORARY TABLE windows AS
	SELECT t.id, t.title, r.*, window_box(features, y1, x1, y2, x2, width, height) AS place
	FROM (SELECT * FROM truth ORDER BY distance, id LIMIT 9) AS t, intsearch(features, :'query') AS r;
\set fetched 'SELECT i.id, r.score, window_box(i.features, y1, x1, y2, x2, i.width, i.height)::text FROM images AS i, intsearch(i.features, \'{1,0,2,0,1,0,0,3}\') AS r WHERE i.id = ANY (ARRAY(SELECT id FROM nearest_images(\'{1,0,2,0,1,0,0,3}\', 9)))'
SELECT set_eq(:'fetched', 'SELECT id, score, place::text FROM windows', 'windows of maps that were fetched');
SELECT matches(pg_temp.plan_of(:'fetched', 'VERBOSE, COSTS OFF'), '(Foreign Scan[^>]*Remote SQL: [^>]*WHERE \(\(id = ANY \(\$1.*){6}',
	'of which only those that are wanted are asked for');
SELECT set_eq(
	format('SELECT w.id, r.* FROM windows AS w, image_windows(w.id, %L) AS r', :'query'),
	'SELECT id, score, y1, x1, y2, x2 FROM windows', 'windows that the shards found');

-- An index on the shards ------------------------------------------------------------

SELECT pg_temp.plan_of(nearest_images_by_index_sql(:'query', 7, 'year > 1450'), 'VERBOSE, COSTS OFF') AS plan \gset
CREATE TEMPORARY TABLE sent_by_index AS
	SELECT m[1] AS statement FROM regexp_matches(:'plan', 'Remote SQL: ([^\n]*)', 'g') AS m;
SELECT is(regexp_count(:'plan', 'Async Foreign Scan'), 6, 'by index, each partition is asked asynchronously');
SELECT is(
	(SELECT array_agg(DISTINCT regexp_replace(statement, 'images_[ab]', 'images_x')) FROM sent_by_index),
	ARRAY['SELECT id, title, features FROM public.images_x WHERE ((year > 1450)) '
		'ORDER BY (features OPERATOR(public.<=>) ''{1,0,2,0,1,0,0,3}''::public.featquery) ASC NULLS LAST LIMIT 7::bigint'],
	'and sent condition, order and limit');

-- Tables as small as these are scanned, unless that is forbidden.
CREATE FUNCTION pg_temp.on_every_shard(command text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM dblink_exec(server, command) FROM unnest('{shard1a,shard2a,shard3a}'::text[]) AS server;
	PERFORM postgres_fdw_disconnect_all();
END $$;
SELECT pg_temp.on_every_shard('ALTER DATABASE images SET enable_seqscan = off') \g /dev/null
SELECT is_empty(
	$$ SELECT * FROM sent_by_index WHERE NOT EXISTS (
		SELECT FROM dblink('shard1' || substring(statement FROM 'images_([ab])'), 'EXPLAIN ' || statement) AS p (line text)
		WHERE line ~ 'Index Scan using images_[ab]_features_idx') $$,
	'the planner of a shard takes the index');
-- each index chooses 200 maps, more than its table has
SELECT results_eq(
	format('SELECT distance FROM nearest_images_by_index(%L, 60)', :'query'),
	'SELECT distance FROM truth ORDER BY distance LIMIT 60', 'the nearest by the indexes are the nearest');
SELECT results_eq(
	format('SELECT distance FROM nearest_images_by_index(%L, 9, ''year BETWEEN 1500 AND 1600'')', :'query'),
	'SELECT distance FROM truth WHERE year BETWEEN 1500 AND 1600 ORDER BY distance LIMIT 9', 'with a condition');
SELECT results_eq(
	format('SELECT best.distance, r.distance FROM nearest_images_by_index(%L, 9) AS best, image_windows(best.id, %1$L) AS w,
		LATERAL (SELECT 1 - w.score) AS r (distance) ORDER BY 1', :'query'),
	'SELECT distance, distance FROM truth ORDER BY distance LIMIT 9', 'and their windows, which the shards found');
SELECT pg_temp.same_nearest('true', 'what groups stays exact');
SELECT pg_temp.on_every_shard('ALTER DATABASE images RESET enable_seqscan') \g /dev/null

-- When a shard is down ------------------------------------------------------------

-- The coordinator's server stops and starts the others, since it runs as the user that they belong to.
\getenv place place
\getenv pg_bin pg_bin
SELECT set_config('test.place', :'place', false), set_config('test.pg_bin', :'pg_bin', false) \g /dev/null
CREATE FUNCTION pg_temp.run(command text) RETURNS void
LANGUAGE plpgsql AS $$ BEGIN EXECUTE format('COPY (SELECT WHERE false) TO PROGRAM %L', command); END $$;
CREATE FUNCTION pg_temp.pg_ctl(command text, server text) RETURNS void
LANGUAGE sql AS $$
	SELECT pg_temp.run(format('"%s/pg_ctl" %s -w -s -D "%s/data" -l "%3$s/server.log"',
		current_setting('test.pg_bin'), command, current_setting('test.place') || '/' || server))
$$;
-- The SQLSTATE of a search, and how many seconds it took.
CREATE FUNCTION pg_temp.search(OUT state text, OUT seconds double precision)
LANGUAGE plpgsql AS $$
DECLARE
	start timestamptz := clock_timestamp();
BEGIN
	state := pg_temp.sqlstate_of('SELECT * FROM nearest_images(''{1,0,2,0,1,0,0,3}'', 5)');
	seconds := extract(epoch FROM clock_timestamp() - start);
END $$;

-- Shard 2 goes down in the middle of a transaction. postgres_fdw warns of that at the end of it.
SET client_min_messages = error;
BEGIN;
SELECT is(state, '00000', 'all shards are there') FROM pg_temp.search();
SELECT pg_temp.pg_ctl('stop -m immediate', 'shard2') \g /dev/null
SELECT is(state, '08006', 'a shard is lost in the middle of a transaction') FROM pg_temp.search();
ROLLBACK;
RESET client_min_messages;
SELECT is(state, '08001', 'it cannot be reached in the next one') FROM pg_temp.search();
SELECT cmp_ok(seconds, '<', 1::double precision, 'which is told at once') FROM pg_temp.search();
SELECT is(pg_temp.sqlstate_of(:'plain'), '08001', 'by the plain statement, too');
SELECT is(pg_temp.sqlstate_of('INSERT INTO images (id) SELECT generate_series(10001, 10020)'), '08001', 'nothing can be inserted');

ALTER TABLE images DETACH PARTITION images_2a;
ALTER TABLE images DETACH PARTITION images_2b;
SELECT pg_temp.same_nearest('id IN (SELECT id FROM placed WHERE partition NOT LIKE ''images_2_'')', 'without shard 2, its images are left out');

SELECT pg_temp.pg_ctl('restart', 'shard2') \g /dev/null
ALTER TABLE images ATTACH PARTITION images_2a FOR VALUES WITH (MODULUS 6, REMAINDER 2);
ALTER TABLE images ATTACH PARTITION images_2b FOR VALUES WITH (MODULUS 6, REMAINDER 3);
SELECT pg_temp.same_nearest('true', 'back again, it needs no more than that');
SELECT is((SELECT count(*) FROM images WHERE id > 10000), 0::bigint, 'what failed has left nothing');

-- Shard 1 does not answer for a while. connect_timeout ends that, but not since PostgreSQL 16; statement_timeout does.
SET statement_timeout = '3s';
SELECT postgres_fdw_disconnect_all() \g /dev/null
SELECT pg_temp.run(format('pid=$(head -n 1 "%s/shard1/data/postmaster.pid"); kill -STOP $pid; (sleep 4; kill -CONT $pid) >/dev/null 2>&1 &',
	current_setting('test.place'))) \g /dev/null
SELECT ok(state = CASE WHEN current_setting('server_version_num')::integer < 160000 THEN '08001' ELSE '57014' END
		AND seconds BETWEEN 1 AND 3.5,
	format('a shard that does not answer: %s after %s s', state, seconds))
FROM pg_temp.search();
RESET statement_timeout;
SELECT pg_sleep(2) \g /dev/null
SELECT is(state, '00000', 'until it answers again') FROM pg_temp.search();

-- Shard 3 goes down, orderly so that its standby has everything, and the standby answers.
SELECT pg_temp.pg_ctl('stop -m fast', 'shard3') \g /dev/null
DO $$
BEGIN
	WHILE (SELECT behind FROM dblink('shard3a', 'SELECT pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn()') AS r (behind boolean)) LOOP
		PERFORM pg_sleep(0.05);
	END LOOP;
END $$;
SELECT is((SELECT r.standby FROM dblink('shard3a', 'SELECT pg_is_in_recovery()') AS r (standby boolean)), true, 'shard 3 is its standby now');
SELECT pg_temp.same_nearest('true', 'which gives the same');
SELECT is(pg_temp.sqlstate_of('INSERT INTO images (id) SELECT generate_series(10001, 10020)'), '25006', 'but takes no images');

SELECT * FROM finish();
