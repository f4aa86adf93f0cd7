-- Maps and tables that are not like most: many equal maps, all of them alike, 1 x 1 cells, 16,384 channels.

\ir setup.psql
\ir index.psql
SELECT plan(24);

-- One map two thousand times, and few others: each row is an answer of its own.
CREATE TABLE equal (id integer, features featmap);
INSERT INTO equal SELECT id, map FROM (SELECT pg_temp.patch_map(1) AS map OFFSET 0) AS one, generate_series(1, 2000) AS id;
INSERT INTO equal SELECT id, pg_temp.patch_map(id) FROM generate_series(2001, 2040) AS id;
CREATE INDEX equal_features ON equal USING intsearch (features) WITH (lists = 6);
ANALYZE equal;
SELECT is((SELECT maps FROM intsearch_index_check('equal_features')), 2040::bigint, 'equal maps are in the index, each of them');
SELECT is(pg_temp.answer('SELECT count(DISTINCT id) || '' of '' || count(*) FROM (SELECT id FROM equal ORDER BY features <=> pg_temp.part_of(1)) AS i', true),
	'{2040 of 2040}', 'all rows, none twice');
-- A scan may score a few others whose codes promise more than the equal maps turned out to score.
SELECT cmp_ok(cardinality(array_remove(pg_temp.answer('SELECT id BETWEEN 1 AND 2000 FROM equal ORDER BY features <=> pg_temp.part_of(1) LIMIT 300', true), 'true')),
	'<=', 5, 'more of them than candidates, with few others between');
SELECT is(pg_temp.answer('SELECT id BETWEEN 1 AND 2000 FROM equal ORDER BY features <=> pg_temp.part_of(1) LIMIT 190', true),
	array_fill('true'::text, ARRAY[190]), 'which come after those of the same batch');
-- The equal maps are least like this one.
SELECT is(pg_temp.answer('SELECT id FROM equal ORDER BY features <=> pg_temp.part_of(2020) LIMIT 1', true), '{2020}', 'another map is found among them');
SET intsearch.candidates = 2040;
SELECT pg_temp.as_exact('SELECT round((features <=> pg_temp.part_of(2020))::numeric, 9) FROM equal WHERE id > 1990 ORDER BY features <=> pg_temp.part_of(2020)',
	'and a filter that drops nearly all of them');
RESET intsearch.candidates;
SELECT ok(recall >= 0.9, 'recall of an index of equal maps: ' || recall) FROM intsearch_recall('equal_features', 20);

-- Nothing but one map: most lists have no vector.
CREATE INDEX alike ON equal USING intsearch (features) WITH (lists = 20) WHERE id <= 300;
SELECT is((SELECT maps FROM intsearch_index_check('alike')), 300::bigint, 'all maps are alike');
SELECT is(pg_temp.answer('SELECT count(DISTINCT id) FROM (SELECT id FROM equal WHERE id <= 300 ORDER BY features <=> pg_temp.part_of(7)) AS i', true),
	'{300}', 'and all are found');
SELECT is((SELECT maps FROM intsearch_last_scan()), 300::bigint, 'by that index');
INSERT INTO equal VALUES (0, pg_temp.patch_map(2020));
SELECT is(pg_temp.answer('SELECT id FROM equal WHERE id <= 300 ORDER BY features <=> pg_temp.part_of(2020) LIMIT 1', true), '{0}', 'as is another that comes later');
DROP TABLE equal;

-- Maps of a single cell, of one channel and of more.
CREATE TABLE cell (id integer, features featmap);
INSERT INTO cell SELECT id, featmap_from_array(array_agg(ARRAY[ARRAY[pg_temp.hashed(5, id, c, 0)::real]] ORDER BY c))
	FROM generate_series(1, 1200) AS id, generate_series(1, 6) AS c GROUP BY id;
CREATE INDEX cell_features ON cell USING intsearch (features) WITH (lists = 3);
ANALYZE cell;
SELECT is((SELECT (maps, entries)::text FROM intsearch_index_check('cell_features')), '(1200,1200)', 'maps of 1 x 1 have one region each');
SET intsearch.candidates = 1200;
SELECT pg_temp.as_exact('SELECT id FROM cell ORDER BY features <=> ''{1,0,2,0,0,1}''::real[] LIMIT 50', 'and are found');
RESET intsearch.candidates;
CREATE TABLE dot (id integer, features featmap);
INSERT INTO dot SELECT id, format('{{{%s}}}', id % 3 - 1)::featmap FROM generate_series(1, 1800) AS id;
CREATE INDEX dot_features ON dot USING intsearch (features);
ANALYZE dot;
SELECT is((SELECT (maps, entries)::text FROM intsearch_index_check('dot_features')), '(1200,1200)', 'of one channel: all but the zeros');
SELECT is(pg_temp.answer('SELECT count(*) || '' '' || max(d) FROM (SELECT features <=> ''{1}''::real[] AS d FROM dot ORDER BY d LIMIT 600) AS i', true),
	'{"600 0"}', 'the positive ones come first');
SELECT is(pg_temp.answer('SELECT count(*) FROM (SELECT id FROM dot ORDER BY features <=> ''{-1}''::real[]) AS i', true), '{1200}', 'all come');

-- As many channels as there can be, with untrained codes and with those that are learned.
CREATE FUNCTION pg_temp.wide_map(id integer) RETURNS featmap LANGUAGE sql IMMUTABLE AS $$
	SELECT featmap_from_array(array_agg(ARRAY[ARRAY[(c * id % 101)::real]] ORDER BY c)) FROM generate_series(1, 16384) AS c
$$;
CREATE TABLE wide (id integer, features featmap);
INSERT INTO wide SELECT id, pg_temp.wide_map(id) FROM generate_series(1, 12) AS id;
CREATE INDEX wide_features ON wide USING intsearch (features);
SELECT is((SELECT maps FROM intsearch_index_check('wide_features')), 12::bigint, '16,384 channels');
SELECT pg_temp.as_exact('SELECT id FROM wide ORDER BY features <=> region_vector(pg_temp.wide_map(5), 0, 0, 1, 1) LIMIT 12', 'and their answers');
SELECT is(pg_temp.sqlstate_of('INSERT INTO wide SELECT 13, pg_temp.wide_map(13)'), '00000', 'an insert');
SELECT is(pg_temp.answer('SELECT id FROM wide ORDER BY features <=> region_vector(pg_temp.wide_map(13), 0, 0, 1, 1) LIMIT 1', true), '{13}', 'which is found');
DROP INDEX wide_features;
INSERT INTO wide SELECT 100 + id, features FROM wide, generate_series(1, 80) AS n (n);
CREATE INDEX wide_features ON wide USING intsearch (features) WITH (lists = 2);
SELECT is((SELECT maps FROM intsearch_index_check('wide_features')), 1053::bigint, 'codes that are learned');
SELECT is(pg_temp.answer('SELECT min(id % 100) || '' '' || max(id % 100) FROM (SELECT id FROM wide ORDER BY features <=> region_vector(pg_temp.wide_map(5), 0, 0, 1, 1) LIMIT 81) AS i', true),
	'{"5 5"}', 'and what they find');

-- Two maps of one transaction, one of them rolled back.
CREATE TABLE pair (id integer, features featmap);
CREATE INDEX pair_features ON pair USING intsearch (features);
INSERT INTO pair SELECT 1, pg_temp.patch_map(1);
SAVEPOINT second;
INSERT INTO pair SELECT 2, pg_temp.patch_map(2);
ROLLBACK TO second;
INSERT INTO pair SELECT 3, pg_temp.patch_map(3);
SELECT is(pg_temp.answer('SELECT id FROM pair ORDER BY features <=> pg_temp.part_of(2) LIMIT 3', true),
	pg_temp.answer('SELECT id FROM pair ORDER BY features <=> pg_temp.part_of(2) LIMIT 3', false), 'a map that was rolled back is not found, those about it are');
SELECT is((SELECT (maps, unseen_entries > 0)::text FROM intsearch_index_check('pair_features')), '(2,t)', 'its entries wait for vacuum');

SELECT * FROM finish();
ROLLBACK;
