-- Values out of line: in a row of pages, in gaps that others left, compressed, in a temporary table; deleted by another
-- session; damaged.
--
-- VACUUM runs in no transaction, so this test leaves its tables behind until its end.

\ir setup.psql
COMMIT;
SET jit = off;
SELECT plan(14);
CREATE EXTENSION IF NOT EXISTS dblink;
CREATE EXTENSION IF NOT EXISTS pg_surgery;

SELECT setseed(0.5) \g /dev/null
CREATE TABLE out_of_line (id integer, features featmap, written text) WITH (autovacuum_enabled = off);
-- Values of 2 to 7 chunks.
CREATE FUNCTION pg_temp.add_maps(first integer, last integer) RETURNS void LANGUAGE sql AS $$
	INSERT INTO out_of_line
		SELECT id, features, features::text FROM (
			SELECT id, featmap_from_array(pg_temp.random_values(3, 20, 5 + id % 23)) AS features
			FROM generate_series(first, last) AS id) AS made
$$;
\set different 'SELECT id FROM out_of_line WHERE features::text <> written'
SELECT pg_temp.add_maps(1, 24) \g /dev/null
SELECT cmp_ok((SELECT pg_relation_size(reltoastrelid) FROM pg_class WHERE oid = 'out_of_line'::regclass), '>', 100000::bigint,
	'values lie in the TOAST table');
SELECT is_empty(:'different', 'values in a row of pages');

DELETE FROM out_of_line WHERE id % 3 = 0;
VACUUM out_of_line;
SELECT pg_temp.add_maps(101, 124) \g /dev/null
SELECT is_empty(:'different', 'values in gaps');
DELETE FROM out_of_line WHERE id % 3 = 1;
VACUUM out_of_line;
SELECT pg_temp.add_maps(201, 224) \g /dev/null
SELECT is_empty(:'different', 'values in gaps of gaps');
UPDATE out_of_line SET features = written::featmap WHERE id % 2 = 0;
SELECT is_empty(:'different', 'values written again');

-- Rolled back, their chunks are still there.
BEGIN;
SELECT pg_temp.add_maps(301, 306) \g /dev/null
ROLLBACK;
SELECT pg_temp.add_maps(401, 406) \g /dev/null
SELECT is_empty(:'different', 'values after others that were rolled back');

ALTER TABLE out_of_line ALTER features SET STORAGE EXTENDED;
INSERT INTO out_of_line SELECT 500, features, features::text
	FROM (SELECT featmap_from_array(array_fill(1::real, ARRAY[4, 60, 60])) AS features) AS made;
SELECT isnt((SELECT pg_column_compression(features) FROM out_of_line WHERE id = 500), NULL, 'a compressed value');
SELECT is_empty(:'different', 'reads as it was');

CREATE TEMPORARY TABLE temporary AS SELECT * FROM out_of_line;
SELECT is_empty('SELECT id FROM temporary WHERE features::text <> written', 'values of a temporary table');

-- Another session deletes and vacuums what a snapshot of this one still sees.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) AS before FROM out_of_line \gset
SELECT dblink_connect('other', format('host=%s port=%s user=%s dbname=%s', split_part(current_setting('unix_socket_directories'), ',', 1),
	current_setting('port'), current_user, current_database())) \g /dev/null
SELECT dblink_exec('other', 'DELETE FROM out_of_line') \g /dev/null
SELECT dblink_exec('other', 'VACUUM out_of_line') \g /dev/null
SELECT dblink_disconnect('other') \g /dev/null
SELECT is((SELECT count(*) FROM out_of_line), :before::bigint, 'rows that another session has deleted');
SELECT is_empty(:'different', 'read as they were');
COMMIT;

-- The first chunk of one value is lost, one in the middle of another, and the last of a third.
CREATE TABLE damaged (id integer, features featmap) WITH (autovacuum_enabled = off);
INSERT INTO damaged SELECT id, featmap_from_array(pg_temp.random_values(3, 20, 20)) FROM generate_series(1, 3) AS id;
SELECT reltoastrelid::regclass AS chunks FROM pg_class WHERE oid = 'damaged'::regclass \gset
SELECT heap_force_kill(:'chunks'::regclass, ARRAY(
	SELECT place FROM (
		SELECT ctid AS place, dense_rank() OVER (ORDER BY chunk_id) AS id, chunk_seq, max(chunk_seq) OVER (PARTITION BY chunk_id) AS last
		FROM :chunks) AS chunk
	WHERE (id, chunk_seq) IN ((1, 0), (2, 1), (3, last)))) \g /dev/null
SELECT pg_temp.refuses('SELECT features::text FROM damaged WHERE id = 1', 'XX001', 'chunk number', 'a value without its first chunk');
SELECT pg_temp.refuses('SELECT features::text FROM damaged WHERE id = 2', 'XX001', 'unexpected chunk number 2', 'without one in its middle');
SELECT pg_temp.refuses('SELECT features::text FROM damaged WHERE id = 3', 'XX001', 'missing chunk number', 'without its last');

SELECT * FROM finish();
DROP EXTENSION pg_surgery;
DROP TABLE out_of_line, damaged;
