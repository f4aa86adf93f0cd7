-- Pages of a ranking: by OFFSET, by the key of the last row seen, and by a cursor. All are the same pages.
\ir setup.psql

SELECT plan(8);

SELECT setseed(0.25) \g /dev/null
CREATE TABLE image (id integer PRIMARY KEY, features featmap);
INSERT INTO image SELECT id, featmap_from_array(pg_temp.random_values(8, 4, 5, 0)) FROM generate_series(1, 120) AS id;
-- Twins, which tie; and no distance at all.
INSERT INTO image SELECT 1000 + id, features FROM image WHERE id <= 40;
INSERT INTO image VALUES (2001, NULL);
SELECT featquery(region_vector(features, 1, 2, 3, 4), min_height => 2)::text AS query FROM image WHERE id = 7 \gset
CREATE TEMPORARY TABLE truth AS
	SELECT id, d, row_number() OVER (ORDER BY d, id) AS place
	FROM (SELECT id, features <=> :'query' AS d FROM image) AS distances WHERE d IS NOT NULL;
SELECT cmp_ok((SELECT count(*) FROM truth WHERE (SELECT count(*) FROM truth AS other WHERE other.d = truth.d) > 1), '>=', 80::bigint,
	'there are ties');

-- The page after the row at a place: that page's distances are computed once, and maps are left early.
CREATE FUNCTION pg_temp.page_sql(query text, place bigint, rows integer, distance double precision, id integer) RETURNS text
LANGUAGE sql AS $$
	SELECT format('SELECT id FROM (SELECT id, features <=> %L AS distance FROM image ORDER BY distance, id LIMIT %s) AS nearest
		WHERE (distance, id) > (%L, %s) ORDER BY distance, id LIMIT %s', query, place + rows, distance, id, rows)
$$;
CREATE FUNCTION pg_temp.ids(statement text) RETURNS integer[] LANGUAGE plpgsql AS $$
DECLARE
	ids integer[];
BEGIN
	EXECUTE 'SELECT array_agg(id) FROM (' || statement || ') AS page' INTO ids;
	RETURN ids;
END $$;

SELECT matches(pg_temp.plan_of(pg_temp.page_sql(:'query', 80, 20, 0.1, 5)), 'nearest=100', 'a page by key knows how many rows are wanted');
SELECT is((SELECT count(*) FROM regexp_matches(pg_temp.plan_of(pg_temp.page_sql(:'query', 80, 20, 0.1, 5), 'VERBOSE, COSTS OFF'), 'Filter[^\n]*<=>', 'g')),
	0::bigint, 'and computes no distance for its condition');
SELECT is_empty(format($$
	SELECT place FROM truth WHERE place < 155 AND pg_temp.ids(pg_temp.page_sql(%L, place, 5, d, id))
		IS DISTINCT FROM (SELECT array_agg(id ORDER BY place) FROM truth AS next WHERE next.place BETWEEN truth.place + 1 AND truth.place + 5)
$$, :'query'), 'every page by key is that of the ranking, also between ties');
SELECT is(pg_temp.ids(pg_temp.page_sql(:'query', 160, 20, (SELECT d FROM truth WHERE place = 160), (SELECT id FROM truth WHERE place = 160))),
	NULL, 'after the last row there is none, and none without a distance');

-- What is stored meanwhile moves no row from one page to another.
SELECT id AS last_id, d AS last_d FROM truth WHERE place = 20 \gset
SELECT array_agg(id ORDER BY place) AS second FROM truth WHERE place BETWEEN 21 AND 30 \gset
INSERT INTO image SELECT 3000 + id, features FROM image JOIN truth USING (id) WHERE place <= 3;
SELECT is(pg_temp.ids(pg_temp.page_sql(:'query', 23, 10, :last_d, :last_id)), :'second'::integer[], 'rows that came before the page');
DELETE FROM image WHERE id > 3000;

-- A cursor.
DECLARE ranking SCROLL CURSOR FOR
	SELECT id, features <=> :'query' AS distance FROM image ORDER BY distance, id LIMIT 160;
CREATE FUNCTION pg_temp.fetch_ids(rows integer) RETURNS integer[] LANGUAGE plpgsql AS $$
DECLARE
	ranking refcursor := 'ranking';
	row record;
	ids integer[];
BEGIN
	FOR i IN 1..rows LOOP
		FETCH ranking INTO row;
		ids := ids || row.id;
	END LOOP;
	RETURN ids;
END $$;
CREATE TEMPORARY TABLE fetched AS SELECT page, pg_temp.fetch_ids(20) AS ids FROM generate_series(1, 8) AS page;
SELECT is_empty($$ SELECT page FROM fetched WHERE ids <> (SELECT array_agg(id ORDER BY place) FROM truth WHERE (place + 19) / 20 = page) $$,
	'the pages of a cursor');
SELECT is((SELECT count(*) FROM fetched), 8::bigint, 'all of them');

SELECT * FROM finish();
ROLLBACK;
