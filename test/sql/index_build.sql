-- Building an index: what is in it, on which tables it can be, and what is refused.

\ir setup.psql
\ir index.psql
SELECT plan(35);

CREATE TABLE image (id integer PRIMARY KEY, features featmap);

-- An index on nothing works from the first row.
SELECT is(pg_temp.sqlstate_of('CREATE INDEX empty ON image USING intsearch (features)'), '00000', 'an index on an empty table');
SELECT is(pg_temp.answer('SELECT id FROM image ORDER BY features <=> pg_temp.part_of(1) LIMIT 3', true), NULL,
	'no rows, no answer');
INSERT INTO image SELECT id, pg_temp.patch_map(id) FROM generate_series(1, 20) AS id;
SELECT pg_temp.as_exact('SELECT id FROM image ORDER BY features <=> pg_temp.part_of(7) LIMIT 5', 'rows that came later');
SELECT is((SELECT maps FROM intsearch_index_check('empty')), 20::bigint, 'and they are all there');
DROP INDEX empty;

-- More rows, with codes that are learned.
INSERT INTO image SELECT id, pg_temp.patch_map(id) FROM generate_series(21, 300) AS id;
CREATE INDEX image_features ON image USING intsearch (features);
ANALYZE image;
SELECT is((SELECT maps FROM intsearch_index_check('image_features')), 300::bigint, 'all maps are in a trained index');
SELECT pg_temp.as_exact('SELECT id FROM image ORDER BY features <=> pg_temp.part_of(123) LIMIT 10', 'by cosine distance');
SELECT pg_temp.as_exact('SELECT id FROM image ORDER BY features <-> pg_temp.part_of(123) LIMIT 10', 'by Euclidean distance');
SELECT is(pg_temp.answer('SELECT id FROM image ORDER BY features <=> pg_temp.part_of(77) LIMIT 1', true), '{77}',
	'a part of a map finds the map');
SELECT pg_temp.as_exact('SELECT id FROM image ORDER BY features <=> pg_temp.part_of(5), features <=> pg_temp.part_of(6) LIMIT 10',
	'by two distances');

-- The same rows give the same index.
CREATE INDEX again ON image USING intsearch (features);
SELECT is((SELECT entries FROM intsearch_index_check('again')), (SELECT entries FROM intsearch_index_check('image_features')),
	'built again: as many entries');
DROP INDEX again;

-- Lists.
CREATE INDEX listed ON image USING intsearch (features) WITH (lists = 20, regions = 8);
SELECT is((SELECT maps FROM intsearch_index_check('listed')), 300::bigint, 'lists have all maps');
SELECT cmp_ok((SELECT entries FROM intsearch_index_check('listed')), '<=', 2400::bigint, 'no more regions of a map than wanted');
DROP INDEX image_features;
SET intsearch.candidates = 300;
SELECT pg_temp.as_exact('SELECT id FROM image ORDER BY features <=> pg_temp.part_of(200) LIMIT 300',
	'an answer of all rows goes on to all lists');
SELECT is((SELECT (lists, all_lists)::text FROM intsearch_last_scan()), '(20,20)', 'so all of these were read');
SET intsearch.candidates = 10;
SET intsearch.probes = 3;
SELECT pg_temp.answer('SELECT id FROM image ORDER BY features <=> pg_temp.part_of(200) LIMIT 1', true) AS ignored \gset
SELECT is((SELECT (lists, maps)::text FROM intsearch_last_scan()), '(3,10)', 'a few lists, a few maps');
SET intsearch.iterative = off;
SELECT is(cardinality(pg_temp.answer('SELECT id FROM image ORDER BY features <=> pg_temp.part_of(200) LIMIT 20', true)), 10,
	'not iterative: no more rows than candidates');
SET intsearch.iterative = relaxed;
SELECT is(cardinality(pg_temp.answer('SELECT id FROM image ORDER BY features <=> pg_temp.part_of(200)', true)), 300,
	'iterative: all rows');
SET intsearch.max_candidates = 50;
SELECT is(cardinality(pg_temp.answer('SELECT id FROM image ORDER BY features <=> pg_temp.part_of(200)', true)), 50,
	'no more rows than max_candidates');
RESET ALL;
SET client_min_messages = warning;
SET jit = off;

-- Several processes.
ALTER TABLE image SET (parallel_workers = 2);
SET maintenance_work_mem = '128MB';
SHOW min_parallel_table_scan_size \gset
CREATE INDEX by_workers ON image USING intsearch (features);
SELECT is((SELECT maps FROM intsearch_index_check('by_workers')), 300::bigint, 'built by several processes');
SELECT is(current_setting('min_parallel_table_scan_size'), :'min_parallel_table_scan_size', 'which leaves the settings alone');
DROP INDEX by_workers;
RESET maintenance_work_mem;

-- Options.
ALTER INDEX listed SET (candidates = 5, probes = 2);
SELECT pg_temp.answer('SELECT id FROM image ORDER BY features <=> pg_temp.part_of(200) LIMIT 1', true) AS ignored \gset
SELECT is((SELECT (lists, maps)::text FROM intsearch_last_scan()), '(2,5)', 'the options of the index');
SET intsearch.candidates = 7;
SELECT pg_temp.answer('SELECT id FROM image ORDER BY features <=> pg_temp.part_of(200) LIMIT 1', true) AS ignored \gset
SELECT is((SELECT (lists, maps)::text FROM intsearch_last_scan()), '(2,7)', 'a setting goes before an option');
RESET intsearch.candidates;
SELECT pg_temp.refuses(format('CREATE INDEX ON image USING intsearch (features) WITH (%s)', option), state, message, option)
FROM (VALUES
	('lists = -1', '22023', 'out of bounds'), ('lists = 40000', '22023', 'out of bounds'),
	('regions = 0', '22023', 'out of bounds'), ('regions = 100000', '22023', 'out of bounds'),
	('pooling = mean', '22023', 'invalid value for enum'), ('exponent = 0.5', '22023', 'out of bounds'),
	('candidates = 0', '22023', 'out of bounds'), ('fillfactor = 50', '22023', 'unrecognized parameter')
) AS t (option, state, message);

-- Maps that are not in it, and maps that cannot be.
CREATE TABLE odd (id integer, features featmap);
INSERT INTO odd VALUES (1, NULL), (2, '{{{0,0}},{{0,0}}}'), (3, '{{{1,0}},{{0,2}}}'), (4, '{{{-1,0}},{{0,2}}}');
CREATE INDEX odd_features ON odd USING intsearch (features);
SELECT is(pg_temp.answer('SELECT id FROM odd ORDER BY features <=> ''{0,1}''::real[] LIMIT 4', true), '{3,4}',
	'neither NULL nor a map of zeros');
SELECT pg_temp.refuses('INSERT INTO odd VALUES (5, ''{{{1}},{{1}},{{1}}}'')', '22000', '"odd_features" is of maps of 2 channels, not 3',
	'another number of channels');
SELECT pg_temp.refuses('CREATE INDEX ON odd USING intsearch (features) WITH (pooling = gem)', '22023', 'negative',
	'gem of negative values');
SELECT pg_temp.refuses('CREATE TABLE mixed (features featmap); INSERT INTO mixed VALUES (''{{{1}}}''), (''{{{1}},{{1}}}'');
	CREATE INDEX ON mixed USING intsearch (features)', '22000', 'is of maps of 1 channels, not 2', 'a table of several numbers of channels');
SELECT pg_temp.refuses('CREATE TABLE two (a featmap, b featmap); CREATE INDEX ON two USING intsearch (a, b)', '0A000', 'multicolumn',
	'two columns');

SELECT * FROM finish();
ROLLBACK;
