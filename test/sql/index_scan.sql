-- Scans of an index: filters, joins, cursors, NULL and bad queries, rescans, snapshots.

\ir setup.psql
\ir index.psql
SELECT plan(25);

CREATE TABLE image (id integer PRIMARY KEY, kind integer, features featmap);
INSERT INTO image SELECT id, id % 10, pg_temp.patch_map(id) FROM generate_series(1, 300) AS id;
CREATE INDEX image_features ON image USING intsearch (features);
CREATE TABLE query AS SELECT id, pg_temp.part_of(id) AS vector FROM generate_series(1, 40) AS id;
ANALYZE;
-- All rows are candidates, so that answers are exact.
SET intsearch.candidates = 300;
-- PostgreSQL 18 counts what is forbidden in a plan, and in a join the table scan that is left is as bad as that of another plan.
SET enable_sort = off;

SELECT pg_temp.as_exact('SELECT id FROM image WHERE kind = 3 ORDER BY features <=> pg_temp.part_of(8) LIMIT 10', 'a filter');
SELECT pg_temp.as_exact('SELECT id FROM image WHERE features <=> pg_temp.part_of(8) < 0.2 ORDER BY features <=> pg_temp.part_of(8)',
	'a filter by distance');
SELECT pg_temp.as_exact('SELECT id FROM image ORDER BY features <=> pg_temp.part_of(8) OFFSET 95 LIMIT 10', 'an offset');
SELECT pg_temp.as_exact('SELECT id FROM image ORDER BY features <=> pg_temp.part_of(8)', 'all rows');
SELECT pg_temp.as_exact('SELECT (features <=> pg_temp.part_of(8))::numeric(9,6) FROM image ORDER BY features <=> pg_temp.part_of(8) LIMIT 50',
	'the distances');
SELECT pg_temp.as_exact('SELECT q.id || '':'' || i.id FROM query AS q, LATERAL (SELECT id FROM image ORDER BY features <=> q.vector LIMIT 3) AS i ORDER BY 1',
	'a join that scans again for each query');
SELECT pg_temp.as_exact('SELECT i.id FROM image AS i JOIN query AS q USING (id) ORDER BY features <=> pg_temp.part_of(8) LIMIT 10',
	'a join that drops rows');
SELECT pg_temp.as_exact('SELECT id FROM image ORDER BY features <=> (SELECT vector FROM query WHERE id = 9) LIMIT 10', 'a subquery''s query');
SELECT pg_temp.as_exact('SELECT DISTINCT kind FROM (SELECT kind FROM image ORDER BY features <=> pg_temp.part_of(8) LIMIT 5) AS nearest ORDER BY 1', 'a subquery');
SELECT unalike(pg_temp.plan_of('SELECT id FROM image ORDER BY features <=> pg_temp.part_of(8) DESC LIMIT 10'), '%Order By%', 'not the farthest first');

-- Batches.
SET intsearch.candidates = 10;
SELECT is((SELECT array_agg(DISTINCT a ORDER BY a) FROM unnest(pg_temp.answer('SELECT id FROM image WHERE kind = 3 ORDER BY features <=> pg_temp.part_of(8)', true)) AS a),
	(SELECT array_agg(id::text ORDER BY id::text) FROM image WHERE kind = 3), 'a filter gets all its rows');
SELECT is((SELECT count(DISTINCT a) FROM unnest(pg_temp.answer('SELECT id FROM image ORDER BY features <=> pg_temp.part_of(8)', true)) AS a),
	300::bigint, 'no row twice');
SET intsearch.candidates = 300;

-- Cursors.
SELECT pg_temp.use_index(true) \gset
DECLARE nearest CURSOR FOR SELECT id FROM image ORDER BY features <=> pg_temp.part_of(8);
MOVE 2 IN nearest;
DELETE FROM image WHERE id IN (SELECT id FROM image ORDER BY features <=> pg_temp.part_of(8) LIMIT 20);
CREATE TEMPORARY TABLE after (id integer);
DO $$
DECLARE
	nearest refcursor := 'nearest';
	fetched integer;
BEGIN
	LOOP
		FETCH nearest INTO fetched;
		EXIT WHEN NOT FOUND;
		INSERT INTO after VALUES (fetched);
	END LOOP;
END $$;
SELECT is((SELECT count(DISTINCT id) FROM after), 298::bigint, 'a cursor sees what it saw when it was opened');
CLOSE nearest;
SELECT is(cardinality(pg_temp.answer('SELECT id FROM image ORDER BY features <=> pg_temp.part_of(8)', true)), 280, 'others see what is left');
DECLARE nearest SCROLL CURSOR FOR SELECT id FROM image ORDER BY features <=> pg_temp.part_of(100);
MOVE 3 IN nearest;
MOVE BACKWARD 2 IN nearest;
FETCH RELATIVE 0 FROM nearest \gset
SELECT is(:id, 100, 'a cursor goes back');
CLOSE nearest;

-- Prepared statements, generic and custom.
PREPARE nearest (real[]) AS SELECT id FROM image ORDER BY features <=> $1 LIMIT 1;
SET plan_cache_mode = force_generic_plan;
SELECT alike(pg_temp.plan_of('EXECUTE nearest (pg_temp.part_of(100))'), '%Order By: (features <=> ($1)::featquery)%', 'a generic plan');
EXECUTE nearest (pg_temp.part_of(100)) \gset
SELECT is(:id, 100, 'and its answer');
SELECT is(pg_temp.answer('SELECT id FROM image ORDER BY features <=> (SELECT NULL::real[]) LIMIT 3', true), NULL, 'a query that is NULL finds nothing');

-- What the exact search refuses.
SELECT pg_temp.refuses('SELECT id FROM image ORDER BY features <=> ''{1,2}''::real[] LIMIT 1', '22000', 'map has 16, query has 2', 'channels');
SELECT pg_temp.refuses('SELECT id FROM image ORDER BY features <=> array_fill(0::real, ARRAY[16]) LIMIT 1', '22023', 'zeros', 'a query of zeros');
SELECT pg_temp.refuses('SELECT id FROM image ORDER BY features <=> array_fill(''NaN''::real, ARRAY[16]) LIMIT 1', '22003', 'NaN', 'a query of NaN');

-- Many rescans take no more memory than one.
CREATE FUNCTION pg_temp.rescans(count integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	used bigint;
	found bigint;
BEGIN
	SET LOCAL intsearch.candidates = 2;
	SELECT count(i.id) INTO found FROM generate_series(1, count) AS g,
		LATERAL (SELECT id FROM image WHERE id <> g ORDER BY features <=> '{1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1}'::real[] LIMIT 1) AS i;
	RETURN found;
END $$;
SELECT is(pg_temp.rescans(2000), 2000::bigint, 'rescans');

-- The planner takes the exact scan for few rows, and for a filter that leaves few.
RESET ALL;
SET client_min_messages = warning;
SET jit = off;
SELECT alike(pg_temp.plan_of('SELECT id FROM image WHERE id = 7 ORDER BY features <=> pg_temp.part_of(8) LIMIT 3'), '%image_pkey%',
	'a selective filter');
SELECT alike(pg_temp.plan_of('SELECT id FROM image ORDER BY features <=> pg_temp.part_of(8) LIMIT 3'), '%Order By%', '280 rows: the index');
DELETE FROM image WHERE id > 60;
ANALYZE image;
SELECT unalike(pg_temp.plan_of('SELECT id FROM image ORDER BY features <=> pg_temp.part_of(8) LIMIT 3'), '%Order By%', 'few rows: the exact scan');

SELECT * FROM finish();
ROLLBACK;
