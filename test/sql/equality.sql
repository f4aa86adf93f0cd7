-- Equality and hashing: DISTINCT, GROUP BY, joins, hash indexes and partitions.
\ir setup.psql

SELECT plan(31);

SELECT featmap_from_array(:two_channels::real[]) AS map \gset

SELECT ok(:'map'::featmap = featmap_from_array(:two_channels::real[]), '=');
SELECT ok(NOT :'map'::featmap <> featmap_from_array(:two_channels::real[]), 'not <>');
SELECT ok(:'map'::featmap <> featmap_from_array('{{{1,2,3},{4,5,6}},{{6,5,4},{3,2,1}}}'::real[]), '<> where one value differs');
SELECT ok(NOT :'map'::featmap = featmap_from_array('{{{1,2,3},{4,5,6}},{{6,5,4},{3,2,1}}}'::real[]), 'not = where one value differs');
SELECT ok(:'map'::featmap <> featmap_from_array(:two_channels::real[], 16), '<> where the bits differ');
SELECT ok(:'map'::featmap <> featmap_from_array(:one_channel::real[]), '<> where the channels differ');
SELECT ok('{{{1,1,1,1}}}'::featmap <> '{{{1,1},{1,1}}}'::featmap, '<> where the shapes differ');
SELECT ok('{{{1}},{{1}}}'::featmap <> '{{{1,1}}}'::featmap, '<> where channels and columns change places');
SELECT ok('{{{1,2}}}'::featmap <> '{{{2,4}}}'::featmap, '<> where only the scale differs');
SELECT ok('{{{1,1}}}'::featmap <> '{{{-1,-1}}}'::featmap, '<> where the sign differs');
SELECT ok('{{{0,1}}}'::featmap = '{{{-0,1}}}'::featmap, 'zero has one sign');
SELECT is(:'map'::featmap = NULL, NULL, '= NULL');

-- Every way in gives the same value.
SELECT ok(featmap_from_array(:two_channels::double precision[]) = :'map', 'from double precision[]');
SELECT ok(:two_channels::featmap = :'map', 'from a literal');
SELECT is(featmap_send(:two_channels::featmap), featmap_send(:'map'), 'the binary form is the same');
SELECT is(featmap_hash(:two_channels::featmap), featmap_hash(:'map'), 'the hash is the same');

CREATE TABLE item (id integer, features featmap);
INSERT INTO item
	SELECT id, featmap_from_array(ARRAY[ARRAY[ARRAY[1, id % 10 + 2, 0]]]::real[]) FROM generate_series(1, 200) AS id;
INSERT INTO item VALUES (201, NULL), (202, NULL);
-- Large enough for the TOAST table.
SELECT setseed(0.5) \g /dev/null
SELECT pg_temp.random_values(20, 16, 16) AS large \gset
INSERT INTO item VALUES (301, featmap_from_array(:'large'::real[])), (302, featmap_from_array(:'large'::real[]));
ANALYZE item;

SELECT is((SELECT count(*) FROM (SELECT DISTINCT features FROM item) AS d), 12::bigint, 'DISTINCT');
SELECT results_eq(
	'SELECT count(*) FROM item GROUP BY features ORDER BY 1',
	'SELECT unnest(ARRAY[2, 2] || array_fill(20, ARRAY[10]))::bigint', 'GROUP BY');
SELECT is((SELECT count(DISTINCT featmap_hash(features)) FROM item), 11::bigint, 'hashes differ');
SELECT is((SELECT count(DISTINCT featmap_hash_extended(features, 0)) FROM item), 11::bigint, 'extended hashes differ');
SELECT is_empty(
	'SELECT id FROM item WHERE (featmap_hash_extended(features, 0) & 4294967295)
		<> (featmap_hash(features)::bigint & 4294967295)',
	'with seed 0, the low half of the extended hash is the hash');
SELECT is_empty(
	'SELECT id FROM item WHERE featmap_hash_extended(features, 0) = featmap_hash_extended(features, 1)',
	'the seed changes the extended hash');
SELECT is(
	(SELECT count(*) FROM item AS a JOIN item AS b USING (features)), 10 * 20 * 20 + 2 * 2::bigint, 'join');
SELECT is(
	(SELECT count(*) FROM (SELECT features FROM item UNION SELECT features FROM item) AS u), 12::bigint, 'UNION');
SELECT is(
	(SELECT count(*) FROM item WHERE features IN (SELECT features FROM item WHERE id = 301)), 2::bigint, 'IN');

SELECT matches(
	pg_temp.plan_of('SELECT * FROM item AS a JOIN item AS b USING (features)'),
	'Hash Join', 'a join by = can hash');
SELECT matches(
	pg_temp.plan_of('SELECT features FROM item GROUP BY features'),
	'HashAggregate', 'GROUP BY can hash');

CREATE INDEX item_features ON item USING hash (features);
SET LOCAL enable_seqscan = off;
SELECT matches(
	pg_temp.plan_of(format('SELECT id FROM item WHERE features = %L', '{{{1,5,0}}}')),
	'item_features', 'a hash index is used');
SELECT is((SELECT count(*) FROM item WHERE features = '{{{1,5,0}}}'), 20::bigint, 'a hash index finds equal maps');
SELECT is((SELECT count(*) FROM item WHERE features = featmap_from_array(:'large'::real[])), 2::bigint,
	'a hash index finds a map in the TOAST table');
RESET enable_seqscan;

CREATE TABLE parted (LIKE item) PARTITION BY HASH (features);
CREATE TABLE parted_0 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO parted SELECT * FROM item;
SELECT is((SELECT count(*) FROM parted WHERE features = '{{{1,5,0}}}'), 20::bigint, 'hash partitions');

SELECT * FROM finish();
ROLLBACK;
