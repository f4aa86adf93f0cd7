-- Two stages with pgvector: a short list by an HNSW index, and the exact search on it. Skipped where there is no pgvector.
SELECT count(*) = 0 AS pgvector_is_missing FROM pg_available_extensions WHERE name = 'vector' \gset
\if :pgvector_is_missing
	\echo 1..0 # SKIP pgvector is not installed
	\quit
\endif
\ir setup.psql
CREATE EXTENSION vector;
CREATE CAST (vector AS featquery) WITH INOUT AS IMPLICIT;

SELECT plan(40);

-- Maps of 5 x 7 cells, each image with channels of its own that are strong. In images 100 and 300 four cells hold a
-- detail, fainter than what is around it.
CREATE FUNCTION pg_temp.image_values(id integer, detail real) RETURNS real[] LANGUAGE sql AS $$
	SELECT array_agg(plane ORDER BY c) FROM (
		SELECT c, array_agg(line ORDER BY y) AS plane FROM (
			SELECT c, y, array_agg(CASE WHEN detail > 0 AND y IN (2, 3) AND x IN (4, 5) THEN detail * (c % 2)
				ELSE (id * 37 + c * c * 11) % 17 * random() END::real ORDER BY x) AS line
			FROM generate_series(1, 8) AS c, generate_series(1, 5) AS y, generate_series(1, 7) AS x
			GROUP BY c, y) AS lines
		GROUP BY c) AS planes
$$;

CREATE TABLE image (
	id integer PRIMARY KEY,
	year integer,
	features featmap(8),
	descriptor vector(8) GENERATED ALWAYS AS (rmac(features)::vector(8)) STORED,
	half halfvec(8) GENERATED ALWAYS AS (rmac(features)::halfvec(8)) STORED
);
SELECT setseed(0.5) \g /dev/null
INSERT INTO image
	SELECT id, 1900 + id % 10, pg_temp.image_values(id, CASE id WHEN 100 THEN 3 WHEN 300 THEN 2 ELSE 0 END)
	FROM generate_series(1, 500) AS id;
INSERT INTO image VALUES (501, 1900, array_fill(0::real, ARRAY[8, 3, 3])), (502, 1900, NULL);
CREATE INDEX image_descriptor ON image USING hnsw (descriptor vector_cosine_ops);
CREATE INDEX image_half ON image USING hnsw (half halfvec_cosine_ops);

CREATE TABLE region AS SELECT id, y1, x1, y2, x2, vector::halfvec(8) FROM image, rmac_regions(features);
CREATE INDEX region_vector ON region USING hnsw (vector halfvec_cosine_ops);
ANALYZE image, region;

SELECT region_vector(features, 1, 3, 3, 5, 'max') AS query FROM image WHERE id = 100 \gset

-- The images of a short list: by the vector of the whole image, or by those of its regions.
CREATE FUNCTION pg_temp.short_list(kind text, query real[], length integer, condition text DEFAULT 'true')
RETURNS text LANGUAGE sql AS $$
	SELECT format(CASE kind
		WHEN 'vector' THEN 'SELECT id, features FROM image WHERE %3$s ORDER BY descriptor <=> %1$L::vector(8) LIMIT %2$s'
		WHEN 'halfvec' THEN 'SELECT id, features FROM image WHERE %3$s ORDER BY half <=> %1$L::halfvec(8) LIMIT %2$s'
		WHEN 'regions' THEN 'SELECT id, features FROM image WHERE id IN (SELECT id FROM region JOIN image USING (id)
			WHERE %3$s ORDER BY vector <=> %1$L::halfvec(8) LIMIT %2$s)'
		END, query::vector, length, condition)
$$;

-- The exact search on a short list, or on anything else that has images.
CREATE FUNCTION pg_temp.search_in(source text, query real[]) RETURNS text LANGUAGE sql AS $$
	SELECT format('SELECT id, r.* FROM (%s) AS listed, intsearch(features, featquery(%L, pooling => ''max'')) AS r
		ORDER BY score DESC, id LIMIT 10', source, query)
$$;

CREATE FUNCTION pg_temp.count_of(statement text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	count bigint;
BEGIN
	EXECUTE 'SELECT count(*) FROM (' || statement || ') AS s' INTO count;
	RETURN count;
END $$;

-- Where a real[] is asked for ---------------------------------------------------

SELECT results_eq(
	'SELECT i.id, r.* FROM image AS i, image AS q, intsearch(i.features, q.descriptor) AS r WHERE q.id < 5 AND i.id < 50 ORDER BY q.id, i.id',
	'SELECT i.id, r.* FROM image AS i, image AS q, intsearch(i.features, rmac(q.features)) AS r WHERE q.id < 5 AND i.id < 50 ORDER BY q.id, i.id',
	'intsearch() takes a vector');
SELECT is_empty(
	'SELECT i.id FROM image AS i, image AS q WHERE q.id < 5 AND i.id < 50
		AND best_score(i.features, q.descriptor) IS DISTINCT FROM best_score(i.features, rmac(q.features))',
	'so does best_score()');
SELECT is_empty(
	'SELECT i.id FROM image AS i, image AS q WHERE q.id < 5 AND i.id < 50 AND (
		(i.features <=> q.descriptor) IS DISTINCT FROM (i.features <=> rmac(q.features))
		OR (i.features <-> q.descriptor) IS DISTINCT FROM (i.features <-> rmac(q.features)))',
	'so do <=> and <->');
SELECT is(whiten('[3,4]'::vector, '{{1,0,0},{0,1,0}}'), '{0.6,0.8}'::real[], 'so does whiten()');
SELECT results_eq(
	$$ SELECT id FROM image ORDER BY features <=> '{1,0,2,0,1,0,0,3}' LIMIT 5 $$,
	$$ SELECT id FROM image ORDER BY features <=> '{1,0,2,0,1,0,0,3}'::real[] LIMIT 5 $$,
	'a literal is a query of its vector');
SELECT matches(
	pg_temp.plan_of($$ SELECT id FROM image ORDER BY features <=> '[1,0,2,0,1,0,0,3]'::vector LIMIT 5 $$, 'VERBOSE, COSTS OFF'),
	'<=> [^)]* nearest=5''', 'with a vector, too, ORDER BY <=> LIMIT k knows k');
SELECT pg_temp.refuses('SELECT intsearch(features, half) FROM image', '42883', 'a halfvec must be cast');
SELECT results_eq(
	'SELECT id, r.* FROM image, intsearch(features, half::real[]) AS r WHERE id < 50 ORDER BY id',
	'SELECT id, r.* FROM image, intsearch(features, half::vector) AS r WHERE id < 50 ORDER BY id',
	'and then goes in');

-- Generated columns ---------------------------------------------------------------

SELECT is_empty(
	'SELECT id FROM image WHERE descriptor IS DISTINCT FROM rmac(features)::vector OR half IS DISTINCT FROM rmac(features)::halfvec',
	'generated columns hold the descriptors');
SELECT is((SELECT array_agg(id) FROM image WHERE descriptor IS NULL OR half IS NULL), '{501,502}',
	'a map of zeros, and none at all, have none');
SAVEPOINT before_update;
UPDATE image SET features = featmap_from_array(pg_temp.image_values(id + 5, 0)) WHERE id <= 20;
SELECT is_empty(
	'SELECT id FROM image WHERE descriptor IS DISTINCT FROM rmac(features)::vector OR half IS DISTINCT FROM rmac(features)::halfvec',
	'and follow an UPDATE');
ROLLBACK TO before_update;

-- The index is used -----------------------------------------------------------------

-- The table is so small that reading it all costs as much.
SET LOCAL enable_seqscan = off;
SELECT matches(pg_temp.plan_of(pg_temp.search_in(pg_temp.short_list(kind, :'query', 20, condition), :'query')),
	'Index Scan using ' || index, format('the short list by %s is read from the index, where %s', kind, condition))
FROM (VALUES ('vector', 'image_descriptor'), ('halfvec', 'image_half'), ('regions', 'region_vector')) AS k (kind, index),
	(VALUES ('true'), ('year <> 1903')) AS c (condition)
ORDER BY kind, condition;
SELECT matches(
	pg_temp.plan_of($$
		WITH example AS (SELECT region_vector(features, 1, 3, 3, 5, 'max') AS vector FROM image WHERE id = 100),
			short_list AS (SELECT * FROM image ORDER BY descriptor <=> (SELECT vector::vector(8) FROM example) LIMIT 20)
		SELECT id, r.* FROM short_list, example, intsearch(features, featquery(vector, pooling => 'max')) AS r ORDER BY score DESC $$),
	'Index Scan using image_descriptor', 'also where the query vector comes from a stored map');
RESET enable_seqscan;

-- Exact within the short list ---------------------------------------------------------

SET LOCAL hnsw.ef_search = 200;
CREATE TEMPORARY TABLE listed (kind text, id integer, features featmap);
SELECT format('INSERT INTO listed SELECT %L, * FROM (%s) AS s', kind, pg_temp.short_list(kind, :'query', 200))
FROM unnest(ARRAY['vector', 'halfvec', 'regions']) AS kind \gexec
SELECT results_eq(
	pg_temp.search_in(pg_temp.short_list(kind, :'query', 200), :'query'),
	pg_temp.search_in(format('SELECT * FROM listed WHERE kind = %L', kind), :'query'),
	'exact within the short list by ' || kind)
FROM unnest(ARRAY['vector', 'halfvec', 'regions']) WITH ORDINALITY AS k (kind, n) ORDER BY n;

-- A short list of all that there is gives the answer of one stage.
SET LOCAL hnsw.ef_search = 1000;
SET LOCAL hnsw.iterative_scan = relaxed_order;
SET LOCAL enable_sort = off;
SELECT is(pg_temp.count_of(pg_temp.short_list(kind, :'query', 100000)), 500::bigint, 'a short list of all images by ' || kind)
FROM unnest(ARRAY['vector', 'halfvec', 'regions']) WITH ORDINALITY AS k (kind, n) ORDER BY n;
SELECT results_eq(
	pg_temp.search_in(pg_temp.short_list(kind, :'query', 100000, condition), :'query'),
	pg_temp.search_in('SELECT id, features FROM image WHERE ' || condition, :'query'),
	format('and the answer of one stage, where %s', condition))
FROM unnest(ARRAY['vector', 'halfvec', 'regions']) WITH ORDINALITY AS k (kind, n), (VALUES ('true'), ('year < 1905')) AS c (condition)
ORDER BY n, condition;
RESET enable_sort;
RESET hnsw.ef_search;
RESET hnsw.iterative_scan;

-- What the second stage finds first, other than the example itself: the same from vector and halfvec.
SET LOCAL hnsw.ef_search = 200;
CREATE TEMPORARY TABLE best (kind text, example integer, id integer);
SELECT format('INSERT INTO best SELECT %L, %s, id FROM (%s) AS answer LIMIT 1', kind, example,
	pg_temp.search_in(pg_temp.short_list(kind, query, 100, 'id <> ' || example), query))
FROM unnest(ARRAY['vector', 'halfvec']) AS kind,
	(SELECT id AS example, region_vector(features, 0, 0, 4, 5, 'max') AS query FROM image WHERE id <= 20) AS e \gexec
SELECT results_eq('SELECT example, id FROM best WHERE kind = ''vector'' ORDER BY 1', 'SELECT example, id FROM best WHERE kind = ''halfvec'' ORDER BY 1',
	'the best image is the same with vector and halfvec');

-- Details -----------------------------------------------------------------------------

SELECT cmp_ok(
	(SELECT rank FROM (SELECT id, rank() OVER (ORDER BY descriptor <=> :'query'::real[]::vector) FROM image) AS ranked WHERE id = 300),
	'>', 20::bigint, 'the vector of the whole image does not show the detail');
SELECT results_eq(
	format('SELECT id, box(point(x1, y1), point(x2, y2)) <@ ''(3,1),(5,3)'' FROM (%s) AS answer LIMIT 2',
		pg_temp.search_in(pg_temp.short_list('regions', :'query', 20), :'query')),
	'VALUES (100, true), (300, true)', 'those of its regions do');
SELECT is_empty(
	'SELECT id FROM (' || pg_temp.short_list('regions', :'query', 500) || ') AS listed GROUP BY id HAVING count(*) > 1',
	'an image with several such regions is listed once');

-- Filters -----------------------------------------------------------------------------

SET LOCAL hnsw.ef_search = 20;
SET LOCAL enable_seqscan = off;
SELECT cmp_ok(pg_temp.count_of(pg_temp.short_list('vector', :'query', 20, 'year = 1903')), '<', 20::bigint,
	'a filter shortens the short list');
SET LOCAL hnsw.iterative_scan = relaxed_order;
SELECT is(pg_temp.count_of(pg_temp.short_list(kind, :'query', 20, 'year = 1903')), 20::bigint,
	'unless the index is scanned on: ' || kind)
FROM unnest(ARRAY['vector', 'halfvec']) AS kind;
SELECT is_empty(
	format('SELECT id FROM (%s) AS answer JOIN image USING (id) WHERE year <> 1903',
		pg_temp.search_in(pg_temp.short_list(kind, :'query', 20, 'year = 1903'), :'query')),
	'nothing else is answered: ' || kind)
FROM unnest(ARRAY['vector', 'halfvec', 'regions']) AS kind;

SELECT * FROM finish();
ROLLBACK;
