-- Inserts, updates, deletes and vacuum of a table with an index.
--
-- VACUUM and CREATE INDEX CONCURRENTLY run in no transaction, so this test leaves its tables behind until its end.

\ir setup.psql
\ir index.psql
COMMIT;
SELECT plan(35);

-- Vacuum keeps rows that another session may see, as autovacuum does while it analyses a table.
CREATE FUNCTION pg_temp.await_others() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	FOR attempt IN 1 .. 600 LOOP
		PERFORM pg_stat_clear_snapshot();
		EXIT WHEN NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND backend_xmin IS NOT NULL AND pid <> pg_backend_pid());
		PERFORM pg_sleep(0.1);
	END LOOP;
END $$;

CREATE TABLE kept (id integer, note text, features featmap) WITH (autovacuum_enabled = off, fillfactor = 50);
INSERT INTO kept SELECT id, '', pg_temp.patch_map(id) FROM generate_series(1, 120) AS id;
CREATE INDEX kept_features ON kept USING intsearch (features);
SELECT is((SELECT (maps, unseen_entries)::text FROM intsearch_index_check('kept_features')), '(120,0)', 'built');

-- Deleted rows.
DELETE FROM kept WHERE id % 2 = 0;
SELECT is(pg_temp.answer('SELECT id FROM kept ORDER BY features <=> pg_temp.part_of(50) LIMIT 60', true),
	pg_temp.answer('SELECT id FROM kept ORDER BY features <=> pg_temp.part_of(50) LIMIT 60', false), 'deleted rows are not found');
SELECT cmp_ok((SELECT unseen_entries FROM intsearch_index_check('kept_features')), '>', 0::bigint, 'their entries wait for vacuum');
SELECT pg_relation_size('kept_features') AS size \gset
SELECT pg_temp.await_others() \gset
VACUUM kept;
SELECT is((SELECT (maps, unseen_entries)::text FROM intsearch_index_check('kept_features')), '(60,0)', 'vacuum removes them');
SELECT is((SELECT reltuples::bigint FROM pg_class WHERE relname = 'kept_features'),
	(SELECT entries FROM intsearch_index_check('kept_features')), 'and counts the others');

-- Their space is used again.
INSERT INTO kept SELECT id, '', pg_temp.patch_map(id) FROM generate_series(2, 120, 2) AS id;
SELECT is(pg_relation_size('kept_features'), :size::bigint, 'new rows take the space of old ones');
SELECT is((SELECT (maps, unseen_entries)::text FROM intsearch_index_check('kept_features')), '(120,0)', 'and are all there');

-- A HOT update touches nothing; another one adds entries.
SELECT entries AS entries FROM intsearch_index_check('kept_features') \gset
UPDATE kept SET note = 'hot' WHERE id = 3;
SELECT is((SELECT entries FROM intsearch_index_check('kept_features')), :entries::bigint, 'a HOT update leaves the index alone');
SELECT is(pg_temp.answer('SELECT note FROM kept ORDER BY features <=> pg_temp.part_of(3) LIMIT 1', true), '{hot}',
	'the new version is found by the old entry');
UPDATE kept SET features = pg_temp.patch_map(1000) WHERE id = 3;
SELECT is(pg_temp.answer('SELECT id FROM kept ORDER BY features <=> pg_temp.part_of(1000) LIMIT 1', true), '{3}', 'a new map is found');
SELECT isnt((pg_temp.answer('SELECT id FROM kept ORDER BY features <=> pg_temp.part_of(3) LIMIT 1', true))[1], '3', 'the old one is not');

-- A row updated many times without vacuum: its dead versions are not counted among the candidates.
SELECT format('UPDATE kept SET features = pg_temp.patch_map(%s) WHERE id = 7', 3000 - version % 2)
	FROM generate_series(1, 200) AS version \gexec
SET intsearch.candidates = 5;
SELECT is(cardinality(pg_temp.answer('SELECT id FROM kept ORDER BY features <=> pg_temp.part_of(3000) LIMIT 5', true)), 5,
	'dead versions do not crowd out candidates');
SELECT is(pg_temp.answer('SELECT id FROM kept ORDER BY features <=> pg_temp.part_of(3000) LIMIT 1', true), '{7}', 'nor the live one');
SELECT cmp_ok((SELECT unseen FROM intsearch_last_scan()), '>=', 99::bigint, 'the scan came upon them');
RESET intsearch.candidates;

-- A transaction that aborts leaves dead entries, and no rows.
BEGIN;
INSERT INTO kept SELECT 2000, '', pg_temp.patch_map(2000);
SELECT is(pg_temp.answer('SELECT id FROM kept ORDER BY features <=> pg_temp.part_of(2000) LIMIT 1', true), '{2000}',
	'its own row is seen by a transaction');
ROLLBACK;
SELECT isnt((pg_temp.answer('SELECT id FROM kept ORDER BY features <=> pg_temp.part_of(2000) LIMIT 1', true))[1], '2000',
	'but not once it is rolled back');
SELECT pg_temp.await_others() \gset
VACUUM kept;
SELECT is((SELECT (maps, unseen_entries)::text FROM intsearch_index_check('kept_features')), '(120,0)', 'vacuum cleans up');

-- Rows that move to other lists: pages without entries go to whatever list grows, and the index does not.
CREATE FUNCTION pg_temp.map_of_kind(id integer, kind integer) RETURNS featmap LANGUAGE sql IMMUTABLE AS $$
	SELECT featmap_from_array(array_agg(plane ORDER BY c)) FROM (
		SELECT c, array_agg(line ORDER BY y) AS plane FROM (
			SELECT c, y, array_agg((CASE WHEN c % 4 = kind THEN 1 ELSE 0 END + 0.5 * pg_temp.hashed(4, id, c, y * 5 + x))::real ORDER BY x) AS line
			FROM generate_series(0, 15) AS c, generate_series(0, 4) AS y, generate_series(0, 4) AS x
			GROUP BY c, y) AS lines
		GROUP BY c) AS planes
$$;
CREATE TABLE moving (id integer, kind integer, features featmap) WITH (autovacuum_enabled = off);
INSERT INTO moving SELECT id, id % 4, pg_temp.map_of_kind(id, id % 4) FROM generate_series(1, 240) AS id;
CREATE INDEX moving_features ON moving USING intsearch (features) WITH (lists = 4);
SELECT pg_relation_size('moving_features') / 8192 AS pages, entries / 107 AS filled FROM intsearch_index_check('moving_features') \gset
SELECT cmp_ok(:filled, '>', 10, 'some pages of entries');
DELETE FROM moving;
SELECT pg_temp.await_others() \gset
VACUUM moving;
SELECT is((SELECT entries FROM intsearch_index_check('moving_features')), 0::bigint, 'all entries are gone');
SELECT format('INSERT INTO moving SELECT id, %1$s, pg_temp.map_of_kind(id, %1$s) FROM generate_series(1, 240) AS id', kind),
	'CREATE TEMPORARY TABLE IF NOT EXISTS sizes AS SELECT 0::bigint AS pages, 0::bigint AS maps WHERE false',
	'INSERT INTO sizes SELECT pg_relation_size(''moving_features'') / 8192, maps FROM intsearch_index_check(''moving_features'')',
	'DELETE FROM moving', 'SELECT FROM pg_temp.await_others()', 'VACUUM moving'
	FROM generate_series(0, 3) AS kind \gexec
SELECT is((SELECT array_agg(maps) FROM sizes), '{240,240,240,240}'::bigint[], 'four times all maps were of one kind, and in the index');
-- at most a page more for each list, which need not be full
SELECT cmp_ok((SELECT max(pages) FROM sizes), '<=', :pages::bigint + 4, 'and it did not grow');
SELECT is(pg_relation_size('moving_features') / 8192, (SELECT max(pages) FROM sizes), 'its pages stay in the file');
INSERT INTO moving SELECT id, id % 4, pg_temp.map_of_kind(id, id % 4) FROM generate_series(1, 240) AS id;
SELECT is(pg_relation_size('moving_features') / 8192, (SELECT max(pages) FROM sizes), 'and serve any list');
SELECT is(pg_temp.answer('SELECT id FROM moving ORDER BY features <=> region_vector(pg_temp.map_of_kind(9, 1), 0, 0, 3, 3) LIMIT 1', true),
	'{9}', 'which is found as before');
DROP TABLE moving;

-- The first map decides how many channels an index has; once none is left, any other may be the first.
CREATE TABLE fickle (features featmap) WITH (autovacuum_enabled = off);
CREATE TABLE typed (features featmap(1)) WITH (autovacuum_enabled = off);
CREATE INDEX fickle_features ON fickle USING intsearch (features);
CREATE INDEX typed_features ON typed USING intsearch (features);
BEGIN;
INSERT INTO fickle VALUES ('{{{1}}}');
ROLLBACK;
SELECT pg_temp.refuses('INSERT INTO fickle VALUES (''{{{1}},{{2}}}'')', '22000', 'is of maps of 1 channels, not 2', 'a map that was rolled back has left its channels');
SELECT pg_temp.await_others() \gset
VACUUM fickle;
SELECT is(pg_temp.sqlstate_of('INSERT INTO fickle VALUES (''{{{1}},{{2}}}'')'), '00000', 'until vacuum');
SELECT pg_temp.await_others() \gset
VACUUM fickle;
SELECT pg_temp.refuses('INSERT INTO fickle VALUES (''{{{1}}}'')', '22000', 'is of maps of 2 channels, not 1', 'not while there is a map');
SELECT is(pg_temp.answer('SELECT channels(features) FROM fickle ORDER BY features <=> ''{0,1}'' LIMIT 1', true), '{2}', 'which is found');
DELETE FROM fickle;
SELECT pg_temp.await_others() \gset
VACUUM fickle, typed;
INSERT INTO fickle VALUES ('{{{1}},{{2}},{{3}}}');
SELECT is((SELECT (maps, entries)::text FROM intsearch_index_check('fickle_features')), '(1,1)', 'a third number, after the map was deleted');
SELECT pg_temp.refuses('INSERT INTO typed VALUES (''{{{1}},{{2}}}'')', '22000', '1', 'a column that sets the number keeps it');
DROP TABLE fickle, typed;

-- Built beside its use.
CREATE INDEX CONCURRENTLY beside ON kept USING intsearch (features) WITH (lists = 5);
SELECT is((SELECT maps FROM intsearch_index_check('beside')), 120::bigint, 'CREATE INDEX CONCURRENTLY');
REINDEX INDEX CONCURRENTLY beside;
SELECT is((SELECT maps FROM intsearch_index_check('beside')), 120::bigint, 'REINDEX CONCURRENTLY');
REINDEX INDEX beside;
SELECT is((SELECT maps FROM intsearch_index_check('beside')), 120::bigint, 'REINDEX');
VACUUM FULL kept;
SELECT is((SELECT maps FROM intsearch_index_check('beside')), 120::bigint, 'VACUUM FULL');
TRUNCATE kept;
SELECT is((SELECT (maps, entries)::text FROM intsearch_index_check('beside')), '(0,0)', 'TRUNCATE');

SELECT * FROM finish();
DROP TABLE kept;
