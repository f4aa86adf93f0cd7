-- Inserts, updates, deletes and vacuum of a table with an index.
--
-- VACUUM and CREATE INDEX CONCURRENTLY run in no transaction, so this test leaves its tables behind until its end.

\ir setup.psql
\ir index.psql
COMMIT;
SELECT plan(22);

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
VACUUM kept;
SELECT is((SELECT (maps, unseen_entries)::text FROM intsearch_index_check('kept_features')), '(120,0)', 'vacuum cleans up');

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
\if :no_method
DROP ACCESS METHOD intsearch CASCADE;
DROP FUNCTION intsearch_handler, intsearch_index_check, intsearch_last_scan, intsearch_recall;
\endif
