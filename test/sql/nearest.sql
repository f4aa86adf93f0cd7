-- ORDER BY a distance LIMIT k leaves maps early that cannot be among the k nearest, and only where that is right.
\ir setup.psql

SELECT plan(92);

SELECT setseed(0.25) \g /dev/null
CREATE TABLE image (id integer PRIMARY KEY, place text, features featmap);
INSERT INTO image
	SELECT id, (ARRAY['Ghent', 'Delft', 'Siena'])[id % 3 + 1],
		featmap_from_array(pg_temp.random_values(8, 4, 5 + id % 2, 0))
	FROM generate_series(1, 300) AS id;
-- Twins, which tie; no map at all; and one without a window that has a score.
INSERT INTO image SELECT 1000 + id, place, features FROM image WHERE id <= 50;
INSERT INTO image VALUES (2001, 'Delft', NULL), (2002, 'Ghent', featmap_from_array(array_fill(0::real, ARRAY[8, 2, 2])));
SELECT region_vector(features, 1, 2, 3, 4) AS query FROM image WHERE id = 7 \gset
CREATE TEMPORARY TABLE truth AS
	SELECT id, place, features, features <=> :'query' AS cosine, features <-> :'query' AS l2 FROM image;

-- What the planner writes where it tells the query how many rows are wanted: into a constant, or, where the query is
-- a subquery's result ("$0", or "(InitPlan 1).col1" since PostgreSQL 17) or tables are joined, around it.
CREATE FUNCTION pg_temp.plan_for(statement text) RETURNS text
LANGUAGE sql AS $$
	SELECT pg_temp.plan_of(replace(statement, 'QUERY', '{1,0,2,0,1,0,0,3}'), 'VERBOSE, COSTS OFF')
$$;
CREATE FUNCTION pg_temp.knows(statement text, count integer) RETURNS boolean
LANGUAGE sql AS $$
	SELECT pg_temp.plan_for(statement) ~ format('<[-=]> ''{[^}]*}[^'']* nearest=%s''::(public\.)?featquery', count)
$$;
CREATE FUNCTION pg_temp.wraps(statement text, count integer) RETURNS boolean
LANGUAGE sql AS $$
	SELECT pg_temp.plan_for(statement)
		~ format('<[-=]> (public\.)?featquery_nearest\(.*, ''%s''::bigint\)', count)
$$;

-- Where it is told -------------------------------------------------------------

SELECT ok(pg_temp.knows($$ SELECT id FROM image ORDER BY features <=> 'QUERY' LIMIT 10 $$, 10), '<=>');
SELECT ok(pg_temp.knows($$ SELECT id FROM image ORDER BY features <-> 'QUERY' LIMIT 10 $$, 10), '<->');
SELECT ok(pg_temp.knows($$ SELECT id, features <=> 'QUERY' AS d FROM image ORDER BY d, id LIMIT 7 $$, 7), 'the value is shown');
SELECT ok(pg_temp.knows($$ SELECT id FROM image ORDER BY features <=> 'QUERY' LIMIT 3 OFFSET 4 $$, 7), 'with OFFSET');
SELECT ok(pg_temp.knows($$ SELECT id FROM image ORDER BY features <=> 'QUERY' FETCH FIRST 5 ROWS WITH TIES $$, 5), 'WITH TIES');
SELECT ok(pg_temp.knows($$ SELECT id FROM image WHERE place = 'Delft' ORDER BY features <=> 'QUERY' LIMIT 5 $$, 5), 'with a filter');
SELECT ok(pg_temp.wraps($$ SELECT a.id FROM image AS a JOIN image AS b USING (id) ORDER BY a.features <=> 'QUERY' LIMIT 5 $$, 5),
	'over a join');
SELECT ok(pg_temp.knows($$ SELECT f.* FROM (SELECT * FROM image ORDER BY features <=> 'QUERY' LIMIT 6) AS best,
	intsearch(best.features, 'QUERY') AS f $$, 6), 'in a subquery that refers to nothing outside');
SELECT ok(pg_temp.wraps($$ SELECT id FROM image
	ORDER BY features <=> (SELECT region_vector(features, 1, 2, 3, 4) FROM image WHERE id = 7) LIMIT 8 $$, 8),
	'the query vector comes from a subquery');
SELECT ok(pg_temp.knows($$ SELECT id, place, min(features <=> 'QUERY') AS d FROM image GROUP BY id, place ORDER BY d LIMIT 9 $$, 9),
	'a group of a primary key is a row');

-- For queries of all settings.
SELECT ok(pg_temp.knows(format($$ SELECT id FROM image ORDER BY features %s featquery('QUERY', %s) LIMIT 5 $$, operator, settings), 5),
	format('%s, %s', operator, settings))
FROM unnest(ARRAY['<=>', '<->']) AS operator, unnest(ARRAY['aspect => 1', 'aspect => 0.5, tolerance => 0.6', 'pooling => ''max''',
	'pooling => ''gem'', exponent => 5', 'min_height => 2, max_height => 3', 'min_width => 2, max_width => 3',
	'min_score => 0.5']) AS settings ORDER BY 1;

-- Behind what the planner pulls up.
CREATE VIEW seen AS SELECT id, place, features FROM image WHERE place <> 'Ghent';
CREATE VIEW seen_again AS SELECT id, features FROM seen WHERE id > 3;
SELECT ok(pg_temp.knows(statement, 5), 'told: ' || regexp_replace(trim(statement), '\s+', ' ', 'g'))
FROM unnest(ARRAY[
	$$ SELECT id FROM seen ORDER BY features <=> 'QUERY' LIMIT 5 $$,
	$$ SELECT id FROM seen_again ORDER BY features <=> 'QUERY' LIMIT 5 $$,
	$$ SELECT id FROM (SELECT * FROM image) AS worker_subquery ORDER BY features <=> 'QUERY' LIMIT 5 $$,
	$$ SELECT id FROM (SELECT id, features AS f FROM (SELECT * FROM image WHERE id > 5) AS inner_one) AS s ORDER BY f <=> 'QUERY' LIMIT 5 $$,
	$$ WITH w AS (SELECT * FROM image WHERE place = 'Delft') SELECT id FROM w ORDER BY features <=> 'QUERY' LIMIT 5 $$,
	$$ SELECT id, d FROM (SELECT id, features <=> 'QUERY' AS d FROM image) AS s ORDER BY d LIMIT 5 $$
]) AS statement;
SELECT ok(pg_temp.wraps(statement, 5), 'told, wrapped: ' || regexp_replace(trim(statement), '\s+', ' ', 'g'))
FROM unnest(ARRAY[
	$$ SELECT id FROM seen ORDER BY features <=> (SELECT ARRAY[1,0,2,0,1,0,0,3]) LIMIT 5 $$,
	$$ SELECT id FROM (SELECT * FROM image) AS s ORDER BY features <=> featquery((SELECT ARRAY[1,0,2,0,1,0,0,3]), pooling => 'max') LIMIT 5 $$,
	$$ SELECT a.id FROM seen AS a JOIN seen AS b USING (id) ORDER BY a.features <=> 'QUERY' LIMIT 5 $$,
	$$ SELECT id FROM image WHERE id IN (SELECT id FROM seen) ORDER BY features <=> 'QUERY' LIMIT 5 $$
]) AS statement;

-- Where it must not be ----------------------------------------------------------

-- No server is asked for these plans.
CREATE EXTENSION IF NOT EXISTS postgres_fdw;
CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (extensions 'intsearch');
CREATE USER MAPPING FOR PUBLIC SERVER far;
CREATE FOREIGN TABLE far_image (id integer, place text, features featmap) SERVER far;
CREATE TABLE scattered (id integer, place text, features featmap) PARTITION BY RANGE (id);
CREATE TABLE scattered_here PARTITION OF scattered FOR VALUES FROM (1) TO (10);
CREATE FOREIGN TABLE scattered_far PARTITION OF scattered FOR VALUES FROM (10) TO (20) SERVER far;

-- SQL functions that the planner replaces by what they do.
CREATE FUNCTION distance_of(featmap) RETURNS double precision LANGUAGE sql IMMUTABLE AS $$ SELECT $1 <=> '{3,0,0,1,0,2,0,0}' $$;
CREATE FUNCTION same_distance_of(featmap) RETURNS double precision LANGUAGE sql IMMUTABLE AS $$ SELECT $1 <=> '{1,0,2,0,1,0,0,3}' $$;

SELECT ok(NOT pg_temp.plan_of(replace(statement, 'QUERY', '{1,0,2,0,1,0,0,3}'), 'VERBOSE, COSTS OFF') ~ 'nearest[=(]', 'not told: ' || regexp_replace(trim(statement), '\s+', ' ', 'g'))
FROM unnest(ARRAY[
	$$ SELECT id FROM image ORDER BY features <=> 'QUERY' $$,
	$$ SELECT id FROM image ORDER BY features <=> 'QUERY' DESC LIMIT 5 $$,
	$$ SELECT id FROM image ORDER BY features <=> 'QUERY' NULLS FIRST LIMIT 5 $$,
	$$ SELECT id FROM image ORDER BY id, features <=> 'QUERY' LIMIT 5 $$,
	$$ SELECT id FROM image WHERE features <=> 'QUERY' > 0.1 ORDER BY features <=> 'QUERY' LIMIT 5 $$,
	$$ SELECT id, features <=> '{0,1,0,0,0,0,0,0}' FROM image ORDER BY features <=> 'QUERY' LIMIT 5 $$,
	$$ SELECT DISTINCT features <=> 'QUERY' AS d FROM image ORDER BY d LIMIT 5 $$,
	$$ SELECT features <=> 'QUERY' AS d, count(*) FROM image GROUP BY d ORDER BY d LIMIT 5 $$,
	$$ SELECT place, min(features <=> 'QUERY') AS d FROM image GROUP BY place ORDER BY d LIMIT 5 $$,
	$$ SELECT id, max(features <=> 'QUERY') AS d FROM image GROUP BY id ORDER BY d LIMIT 5 $$,
	$$ SELECT id, min(features <=> 'QUERY') FILTER (WHERE place = 'Delft') AS d FROM image GROUP BY id ORDER BY d LIMIT 5 $$,
	$$ SELECT id, min(features <=> 'QUERY') AS d FROM image GROUP BY id HAVING min(place) > 'E' ORDER BY d LIMIT 5 $$,
	$$ SELECT a.id, min(a.features <=> 'QUERY') AS d FROM image AS a, image AS b GROUP BY a.id ORDER BY d LIMIT 5 $$,
	$$ SELECT min(features <=> 'QUERY') AS d FROM image ORDER BY d LIMIT 5 $$,
	$$ SELECT id FROM far_image ORDER BY features <=> 'QUERY' LIMIT 5 $$,
	$$ SELECT id FROM scattered ORDER BY features <=> 'QUERY' LIMIT 5 $$,
	$$ SELECT id, rank() OVER (ORDER BY place), features <=> 'QUERY' AS d FROM image ORDER BY d LIMIT 5 $$,
	$$ SELECT id, generate_series(1, 2), features <=> 'QUERY' AS d FROM image ORDER BY d LIMIT 5 $$,
	$$ SELECT id FROM image ORDER BY features <=> 'QUERY' LIMIT 5 FOR UPDATE $$,
	$$ SELECT id FROM image WHERE random() < 2 ORDER BY features <=> 'QUERY' LIMIT 5 $$,
	$$ SELECT id FROM image ORDER BY features <=> 'QUERY' LIMIT 20000 $$,
	$$ SELECT id FROM image ORDER BY features <=> 'QUERY' LIMIT 5 OFFSET 10000 $$,
	$$ SELECT id FROM image ORDER BY features <=> 'QUERY' LIMIT NULL $$,
	$$ SELECT id FROM image ORDER BY features <=> 'QUERY' LIMIT (SELECT 5) $$,
	$$ SELECT o.id, n.id FROM image AS o, LATERAL (SELECT id FROM image AS i WHERE i.place = o.place
		ORDER BY i.features <=> 'QUERY' LIMIT 2) AS n $$,
	$$ SELECT place, (SELECT id FROM image AS i WHERE i.place = o.place ORDER BY features <=> 'QUERY' LIMIT 1) FROM image AS o $$,
	$$ SELECT id, d FROM image, unnest(ARRAY[features <=> 'QUERY']) AS d WHERE d > 0.1 ORDER BY features <=> 'QUERY' LIMIT 5 $$,
	$$ SELECT id, d FROM image, unnest(ARRAY[same_distance_of(features)]) AS d WHERE d > 0.1 ORDER BY features <=> 'QUERY' LIMIT 5 $$,
	$$ SELECT id, EXISTS (SELECT FROM image AS i WHERE i.features <=> '{0,1,0,0,0,0,0,0}' < 0.5 AND i.place = o.place) AS like_here
		FROM image AS o ORDER BY features <=> 'QUERY', like_here LIMIT 5 $$,
	$$ SELECT id, EXISTS (SELECT FROM image AS i WHERE same_distance_of(i.features) < 0.5 AND i.place = o.place) AS like_here
		FROM image AS o ORDER BY features <=> 'QUERY', like_here LIMIT 5 $$,
	$$ SELECT id, CASE WHEN false THEN random() END FROM image WHERE same_distance_of(features) > 0.1 ORDER BY features <=> 'QUERY' LIMIT 5 $$,
	$$ SELECT id, (SELECT random()) FROM image WHERE same_distance_of(features) > 0.1 ORDER BY features <=> 'QUERY' LIMIT 5 $$,
	$$ SELECT n.id FROM (VALUES (1), (2)) AS o (n), LATERAL (SELECT id, o.n FROM image WHERE same_distance_of(features) > 0.1
		ORDER BY features <=> 'QUERY' LIMIT 5) AS n $$,
	$$ WITH own AS MATERIALIZED (SELECT * FROM image) SELECT id FROM own ORDER BY features <=> 'QUERY' LIMIT 5 $$
]) WITH ORDINALITY AS u (statement, n) ORDER BY n;

-- The answers -------------------------------------------------------------------

SELECT results_eq(
	format($$ SELECT id, features <=> %L AS d FROM image ORDER BY d, id LIMIT 20 $$, :'query'),
	'SELECT id, cosine FROM truth ORDER BY cosine, id LIMIT 20', 'the 20 nearest by <=>, with their distances');
SELECT results_eq(
	format($$ SELECT id, features <-> %L AS d FROM image ORDER BY d, id DESC LIMIT 20 $$, :'query'),
	'SELECT id, l2 FROM truth ORDER BY l2, id DESC LIMIT 20', 'the 20 nearest by <->, ties the other way round');
CREATE FUNCTION pg_temp.nearest(query real[], count integer, skipped integer DEFAULT 0) RETURNS integer[]
LANGUAGE plpgsql AS $$
DECLARE
	ids integer[];
BEGIN
	EXECUTE format('SELECT array_agg(id ORDER BY d, id)
		FROM (SELECT id, features <=> %L AS d FROM image ORDER BY d, id LIMIT %s OFFSET %s) AS best', query, count, skipped) INTO ids;
	RETURN ids;
END $$;
SELECT is_empty(
	format($$ SELECT n FROM generate_series(1, 60) AS n
		WHERE pg_temp.nearest(%L, n) IS DISTINCT FROM
			(SELECT array_agg(id ORDER BY cosine, id) FROM (SELECT * FROM truth ORDER BY cosine, id LIMIT n) AS t) $$, :'query'),
	'1 to 60 nearest');
SELECT is_empty(
	format($$ SELECT n FROM generate_series(0, 60, 7) AS n
		WHERE pg_temp.nearest(%L, 5, n) IS DISTINCT FROM
			(SELECT array_agg(id ORDER BY cosine, id) FROM (SELECT * FROM truth ORDER BY cosine, id LIMIT 5 OFFSET n) AS t) $$, :'query'),
	'5 nearest behind others');
SELECT results_eq(
	format($$ SELECT id FROM image WHERE place = 'Delft' ORDER BY features <=> %L, id LIMIT 10 $$, :'query'),
	$$ SELECT id FROM truth WHERE place = 'Delft' ORDER BY cosine, id LIMIT 10 $$, 'behind a filter');
SELECT results_eq(
	format($$ SELECT id FROM image ORDER BY features <=> %L, id LIMIT 1000 $$, :'query'),
	'SELECT id FROM truth ORDER BY cosine, id', 'more rows wanted than there are: those without a distance come last');
SELECT results_eq(
	format($$ SELECT o.n, i.id FROM generate_series(1, 3) AS o (n)
		CROSS JOIN (SELECT id FROM image ORDER BY features <=> %L, id LIMIT 2) AS i ORDER BY o.n, i.id $$, :'query'),
	$$ SELECT n, id FROM generate_series(1, 3) AS n, (SELECT id FROM truth ORDER BY cosine, id LIMIT 2) AS t ORDER BY n, id $$,
	'a subquery that is read several times');
SELECT results_eq(
	format($$ SELECT n, (SELECT array_agg(id ORDER BY id) FROM (SELECT id FROM image ORDER BY features <=> %L, id LIMIT 5) AS best WHERE id > n)
		FROM generate_series(1, 4) AS n $$, :'query'),
	$$ SELECT n, (SELECT array_agg(id ORDER BY id) FROM (SELECT id FROM truth ORDER BY cosine, id LIMIT 5) AS best WHERE id > n)
		FROM generate_series(1, 4) AS n $$, 'a subquery that is run several times');
SELECT is_empty(
	format($$ SELECT id FROM (SELECT id, distance_of(features) AS other FROM image ORDER BY features <=> %L, distance_of(features), id LIMIT 5) AS best
		WHERE other IS DISTINCT FROM (SELECT features <=> '{3,0,0,1,0,2,0,0}' FROM truth WHERE truth.id = best.id) $$, :'query'),
	'a distance to another query, in a function');
SELECT lives_ok(
	$$ SELECT id FROM image ORDER BY features <=> ARRAY[coalesce(distance_of(features), 1), 1, 1, 1, 1, 1, 1, 1]::real[] LIMIT 5 $$,
	'and in the query');
SELECT results_eq(
	format($$ SELECT p.place, n.id FROM (VALUES ('Delft'), ('Ghent'), ('Siena')) AS p (place),
		LATERAL (SELECT id FROM image AS i WHERE i.place = p.place ORDER BY features <=> %L, id LIMIT 3) AS n ORDER BY place, id $$, :'query'),
	$$ SELECT place, id FROM (SELECT *, row_number() OVER (PARTITION BY place ORDER BY cosine, id) AS rank FROM truth) AS t
		WHERE rank <= 3 ORDER BY place, id $$, 'the nearest of each place');

-- In parallel, each worker has its own nearest rows.
ALTER TABLE image SET (parallel_workers = 2);
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SELECT matches(
	pg_temp.plan_of(format($$ SELECT id FROM image ORDER BY features <=> %L, id LIMIT 12 $$, :'query'), 'VERBOSE, COSTS OFF'),
	'Gather Merge.*Sort.*<=> [^)]* nearest=12''.*Parallel Seq Scan', 'a parallel plan is told, too');
-- (Nothing is parallel in a cursor, as results_eq() has, nor beside a function of pgTAP.)
SELECT array_agg(id) AS ids FROM (SELECT id FROM image ORDER BY features <=> :'query', id LIMIT 12) AS best \gset
SELECT is(:'ids', (SELECT array_agg(id)::text FROM (SELECT id FROM truth ORDER BY cosine, id LIMIT 12) AS t), 'and gives the same');
SELECT array_agg(id) AS ids FROM (SELECT id, min(features <=> :'query') AS d FROM image GROUP BY id ORDER BY d, id LIMIT 12) AS best \gset
SELECT is(:'ids', (SELECT array_agg(id)::text FROM (SELECT id FROM truth ORDER BY cosine, id LIMIT 12) AS t),
	'groups of a primary key, in parallel');

-- The planner would sort a table before it is joined, and the join drops the nearest rows.
CREATE TABLE few AS SELECT id FROM truth ORDER BY cosine DESC NULLS LAST LIMIT 100;
ALTER TABLE few ADD PRIMARY KEY (id);
ANALYZE image, few;
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off;
SELECT array_agg(id) AS ids FROM (SELECT id FROM image JOIN few USING (id) ORDER BY features <=> :'query' LIMIT 5) AS best \gset
SELECT is(:'ids', (SELECT array_agg(id)::text FROM (SELECT id FROM truth JOIN few USING (id) ORDER BY cosine LIMIT 5) AS t),
	'a join that drops the nearest rows');

-- A prepared statement: constants of each execution count, a plan for all of them is not told.
PREPARE nearest(real[], bigint) AS SELECT id FROM image ORDER BY features <=> $1, id LIMIT $2;
SET LOCAL plan_cache_mode = force_custom_plan;
SELECT results_eq(format('EXECUTE nearest(%L, 9)', :'query'), 'SELECT id FROM truth ORDER BY cosine, id LIMIT 9', 'a custom plan');
SET LOCAL plan_cache_mode = force_generic_plan;
SELECT results_eq(format('EXECUTE nearest(%L, 9)', :'query'), 'SELECT id FROM truth ORDER BY cosine, id LIMIT 9', 'a generic plan');

-- Conditions that hide the same distance in an SQL function.
SELECT results_eq(statement, format('SELECT id FROM (SELECT id, features <=> %L AS d FROM truth) AS t WHERE d > 0.1 ORDER BY d, id LIMIT 5',
	'{1,0,2,0,1,0,0,3}'), 'a hidden distance: ' || statement)
FROM unnest(ARRAY[
	'SELECT id FROM (SELECT id, CASE WHEN false THEN random() END FROM image WHERE same_distance_of(features) > 0.1
		ORDER BY features <=> ''{1,0,2,0,1,0,0,3}'', id LIMIT 5) AS s',
	'SELECT id FROM (SELECT id, (SELECT random()) FROM image WHERE same_distance_of(features) > 0.1
		ORDER BY features <=> ''{1,0,2,0,1,0,0,3}'', id LIMIT 5) AS s',
	'SELECT s.id FROM (VALUES (7)) AS o (n), LATERAL (SELECT id, o.n + 1 FROM image WHERE same_distance_of(features) > 0.1
		ORDER BY features <=> ''{1,0,2,0,1,0,0,3}'', id LIMIT 5) AS s'
]) AS statement;

-- The functions themselves.
SELECT pg_temp.refuses(format('SELECT features <=> featquery_nearest(%L, 0) FROM image WHERE id = 1', :'query'), '22023', '0', 'no rows');
SELECT pg_temp.refuses(format('SELECT features <-> featquery_nearest(%L, 10001) FROM image WHERE id = 1', :'query'), '22023', '10001', 'too many rows');
SELECT is_empty(
	format('SELECT id FROM truth AS t WHERE (features <=> featquery_nearest(%L, 10000)) IS DISTINCT FROM cosine', :'query'),
	'while there are fewer rows than wanted, all have their distance');
SELECT cmp_ok(
	(SELECT count(*) FROM (SELECT features <=> featquery_nearest(:'query', 3) AS d FROM truth ORDER BY id) AS t WHERE d IS NULL), '>', 250::bigint,
	'with three rows wanted, most others are left without one');

SELECT * FROM finish();
ROLLBACK;
