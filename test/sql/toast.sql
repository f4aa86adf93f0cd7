-- Values out of line: in a row of pages, in gaps that others left, compressed, in a temporary table.
--
-- VACUUM runs in no transaction, so this test leaves its tables behind until its end.

\ir setup.psql
COMMIT;
SELECT plan(9);

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

SELECT * FROM finish();
DROP TABLE out_of_line;
