-- Which orders the planner reads from an index: of this method, or a B-tree on the distance; see nearest.sql for the rest.

\ir setup.psql
\ir index.psql
SELECT plan(15);

CREATE TABLE image (id integer PRIMARY KEY, features featmap, others featmap);
INSERT INTO image SELECT id, pg_temp.patch_map(id), pg_temp.patch_map(id + 500) FROM generate_series(1, 400) AS id;
ANALYZE image;
SELECT pg_temp.part_of(8) AS vector \gset
\set nearest 'SELECT id FROM image ORDER BY features <=> ' :'vector' '::real[] LIMIT 3'

SELECT alike(pg_temp.plan_of(:'nearest'), '%nearest=3%', 'no index: the distance is told how many rows are wanted');
CREATE INDEX image_others ON image USING intsearch (others);
SELECT alike(pg_temp.plan_of(:'nearest'), '%nearest=3%', 'an index on another column changes nothing');
CREATE INDEX image_features ON image USING intsearch (features);
SELECT alike(pg_temp.plan_of(:'nearest'), '%Index Scan using image_features%Order By%', 'an index on the column is used');
SELECT alike(pg_temp.plan_of('SELECT id FROM image AS i ORDER BY i.features <-> ' || quote_literal(:'vector') || '::real[] LIMIT 3'), '%Order By%', 'for the other operator, too');
SELECT alike(pg_temp.plan_of('SELECT id FROM image AS i ORDER BY featmap_cosine_distance(i.features, ' || quote_literal(:'vector') || '::real[]) LIMIT 3'), '%Seq Scan%',
	'an order by the function is not that of the operator');
SET enable_indexscan = off;
SELECT alike(pg_temp.plan_of(:'nearest'), '%nearest=3%', 'without index scans, as without an index');
RESET enable_indexscan;
DROP INDEX image_features;

-- A B-tree on the distance.
\set by_tree 'CREATE INDEX by_tree ON image ((features <=> ' :'vector' '::real[]))'
:by_tree;
ANALYZE image;
SELECT alike(pg_temp.plan_of(:'nearest'), '%Index Scan using by_tree%', 'a B-tree on the distance is used');
SELECT is(pg_temp.answer(:'nearest', true), pg_temp.answer(:'nearest', false), 'and answers the same');
SELECT pg_temp.use_index(true) \gset
RESET enable_seqscan;
SELECT alike(pg_temp.plan_of('SELECT id FROM image ORDER BY features <=> (SELECT ' || quote_literal(pg_temp.part_of(9)) || '::real[]) LIMIT 3'), '%featquery_nearest(%',
	'it does not serve another distance');
DROP INDEX by_tree;

-- A partition's own index.
CREATE TABLE parted (id integer, features featmap) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (1000);
INSERT INTO parted SELECT id, features FROM image;
CREATE INDEX parted_1_features ON parted_1 USING intsearch (features);
ANALYZE parted;
SELECT alike(pg_temp.plan_of('SELECT id FROM parted ORDER BY features <=> ' || quote_literal(:'vector') || '::real[] LIMIT 3'), '%parted_1_features%', 'an index of a partition alone');

-- The operator class.
SELECT ok(amvalidate(oid), 'the operator class is valid') FROM pg_opclass WHERE opcname = 'featmap_intsearch_ops';
SELECT pg_temp.refuses('CREATE OPERATOR CLASS wrong FOR TYPE featmap USING intsearch AS OPERATOR 3 <=> (featmap, real[]) FOR ORDER BY float_ops', '42P17', 'invalid operator number', 'a third operator');

-- Memory: rescans take no more than the first ones.
SELECT pg_temp.use_index(true) \gset
SET LOCAL intsearch.candidates = 1;
CREATE TABLE small (id integer, features featmap);
INSERT INTO small VALUES (1, '{{{1}},{{2}}}'), (2, '{{{2}},{{1}}}'), (3, '{{{2}},{{2}}}');
CREATE INDEX small_features ON small USING intsearch (features);
\set rescans 'SELECT g, CASE WHEN g IN (50, 100000) THEN (SELECT sum(total_bytes) FROM pg_backend_memory_contexts WHERE g IS NOT NULL) END AS bytes, i.id FROM generate_series(1, 100000) AS g, LATERAL (SELECT id FROM small WHERE id <> g ORDER BY features <=> ARRAY[1, g % 3]::real[] LIMIT 1 OFFSET 0) AS i'
SELECT alike(pg_temp.plan_of(:'rescans'), '%Nested Loop%Index Scan using small_features%', 'a nested loop over an index scan');
CREATE TEMPORARY TABLE used AS :rescans;
SELECT is((SELECT count(*) FROM used), 100000::bigint, '100,000 scans');
SELECT cmp_ok((SELECT max(bytes) - min(bytes) FROM used), '<', 100000::numeric, 'in the memory of one');

SELECT * FROM finish();
ROLLBACK;
