-- Indexes on expressions, parts of tables, partitions, temporary and unlogged tables; one index for each pooling.

\ir setup.psql
\ir index.psql
SELECT plan(22);

CREATE TABLE image (id integer PRIMARY KEY, year integer, features featmap(16), pair featmap[]);
INSERT INTO image SELECT id, 1900 + id, pg_temp.patch_map(id), ARRAY[pg_temp.patch_map(id + 1000)] FROM generate_series(1, 150) AS id;
ANALYZE image;

-- A column with a number of channels.
CREATE INDEX typed ON image USING intsearch (features);
SELECT pg_temp.as_exact('SELECT id FROM image ORDER BY features <=> pg_temp.part_of(8) LIMIT 7', 'featmap(16)');
SELECT pg_temp.refuses('INSERT INTO image (id, features) VALUES (0, ''{{{1}}}'')', '22000', '16', 'another number of channels');
DROP INDEX typed;

-- An expression.
CREATE INDEX second ON image USING intsearch ((pair[1]));
SELECT pg_temp.as_exact('SELECT id FROM image ORDER BY pair[1] <=> pg_temp.part_of(1008) LIMIT 7', 'an expression');
SELECT is((SELECT maps FROM intsearch_index_check('second')), 150::bigint, 'its check');
INSERT INTO image VALUES (151, 2051, NULL, ARRAY[pg_temp.patch_map(5000)]);
SELECT is(pg_temp.answer('SELECT id FROM image ORDER BY pair[1] <=> pg_temp.part_of(5000) LIMIT 1', true), '{151}', 'and an insert');
DROP INDEX second;

-- A part of the table.
CREATE INDEX recent ON image USING intsearch (features) WHERE year > 2000;
SELECT is((SELECT maps FROM intsearch_index_check('recent')), 50::bigint, 'a partial index has its rows alone');
SELECT pg_temp.as_exact('SELECT id FROM image WHERE year > 2000 AND features IS NOT NULL ORDER BY features <=> pg_temp.part_of(8) LIMIT 50', 'and serves their query');
SELECT unalike(pg_temp.plan_of('SELECT id FROM image ORDER BY features <=> pg_temp.part_of(8) LIMIT 5'), '%Order By%', 'no other');
SELECT unalike(pg_temp.plan_of('SELECT count(*) FROM image WHERE year > 2000'), '%recent%', 'nor one without an order');
UPDATE image SET year = 2001 WHERE id = 3;
SELECT is(pg_temp.answer('SELECT id FROM image WHERE year > 2000 ORDER BY features <=> pg_temp.part_of(3) LIMIT 1', true), '{3}',
	'a row that comes to be in it');
SELECT is((SELECT maps FROM intsearch_index_check('recent')), 51::bigint, 'is in it');
DROP INDEX recent;

RESET enable_seqscan;
RESET enable_bitmapscan;

-- The planner does not use an index of another pooling, as long as it may do otherwise.
CREATE INDEX by_max ON image USING intsearch (features) WITH (pooling = max);
SELECT is((SELECT maps FROM intsearch_index_check('by_max')), 150::bigint, 'an index for max');
SELECT unalike(pg_temp.plan_of('SELECT id FROM image ORDER BY features <=> pg_temp.part_of(8) LIMIT 5'), '%by_max%',
	'does not serve a query for sum');
CREATE INDEX by_sum ON image USING intsearch (features) WITH (regions = 16);
SET intsearch.candidates = 20;
SET enable_seqscan = off;
SELECT alike(pg_temp.plan_of('SELECT id FROM image ORDER BY features <=> pg_temp.part_of(8) LIMIT 5'), '%by_sum%',
	'one for sum beside it does');
RESET enable_seqscan;
RESET intsearch.candidates;
CREATE INDEX by_gem ON image USING intsearch (features) WITH (pooling = gem, exponent = 4);
SELECT is((SELECT maps FROM intsearch_index_check('by_gem')), 150::bigint, 'an index for gem');

-- Partitions.
CREATE TABLE parted (id integer, features featmap) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (80);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (80) TO (1000);
INSERT INTO parted SELECT id, pg_temp.patch_map(id) FROM generate_series(1, 160) AS id;
CREATE INDEX ON parted USING intsearch (features);
CREATE TABLE parted_3 PARTITION OF parted FOR VALUES FROM (1000) TO (2000);
INSERT INTO parted SELECT id, pg_temp.patch_map(id) FROM generate_series(1000, 1020) AS id;
ANALYZE parted;
SELECT pg_temp.as_exact('SELECT id FROM parted ORDER BY features <=> pg_temp.part_of(1008) LIMIT 20', 'partitions');
SELECT alike(pg_temp.plan_of('SELECT id FROM parted ORDER BY features <=> pg_temp.part_of(1008) LIMIT 20'), '%Merge Append%parted_3%',
	'each by its index');
SELECT pg_temp.refuses('SELECT intsearch_index_check(''parted_features_idx'')', '42809', 'with pages', 'a partitioned index has no pages');

-- Tables without WAL.
CREATE TEMPORARY TABLE passing (id integer, features featmap);
CREATE INDEX passing_features ON passing USING intsearch (features);
INSERT INTO passing SELECT id, pg_temp.patch_map(id) FROM generate_series(1, 30) AS id;
SELECT pg_temp.as_exact('SELECT id FROM passing ORDER BY features <=> pg_temp.part_of(8) LIMIT 20', 'a temporary table');
CREATE UNLOGGED TABLE fast (id integer, features featmap);
CREATE INDEX fast_features ON fast USING intsearch (features);
INSERT INTO fast SELECT id, pg_temp.patch_map(id) FROM generate_series(1, 30) AS id;
SELECT pg_temp.as_exact('SELECT id FROM fast ORDER BY features <=> pg_temp.part_of(8) LIMIT 20', 'an unlogged table');

-- Who may check what.
SELECT pg_temp.refuses('SELECT intsearch_index_check(''image_pkey'')', '42809', 'not an intsearch index', 'an index of another method');
SELECT pg_temp.refuses('SELECT intsearch_index_check(''image'')', '42809', 'is not an index', 'a table');

SELECT * FROM finish();
ROLLBACK;
