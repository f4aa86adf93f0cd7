-- The cosine of each cell with a query.
\ir setup.psql

SELECT plan(10);

SELECT is(similarity_map('{{{255,0,0}},{{0,0,-127}}}', '{0.6,0.8}')::text, '{{0.6,NULL,-0.8}}', 'in numbers: a cell of zeros has none');
SELECT is(similarity_map('{{{3},{0}},{{0},{5}}}', '{0,-2}')::text, '{{0},{-1}}', 'height before width, and negative ones');

SELECT setseed(0.75) \g /dev/null
CREATE TABLE sample AS
	SELECT bits, featmap_from_array(pg_temp.random_values(7, 5, 6), bits) AS features, (pg_temp.random_values(1, 1, 7))[1:1][1:1][1:7] AS q
	FROM unnest(ARRAY[8, 16]) AS bits;
CREATE TABLE query AS SELECT bits, features, featquery(array_agg(u)) AS query FROM sample, unnest(q) AS u GROUP BY 1, 2;

SELECT is_empty($$
	SELECT bits, y, x, s[y][x], score FROM query, similarity_map(features, query) AS s,
		generate_series(1, 5) AS y, generate_series(1, 6) AS x, best_score(featmap_crop(features, y - 1, x - 1, y, x), query) AS score
	WHERE abs(s[y][x] - score) < 1e-6 IS NOT TRUE
$$, 'the score of the cell as a map of its own');
SELECT is_empty($$
	SELECT bits FROM query WHERE similarity_map(features, query) IS DISTINCT FROM
		similarity_map(features, featquery(query, aspect => 1, pooling => 'max', min_score => 0.9))
$$, 'the query''s settings do not matter');
SELECT is(array_length(similarity_map(features, query), 1), 5, 'a row of the array for each row of the map') FROM query WHERE bits = 8;
SELECT is(similarity_map(NULL, '{1}'), NULL, 'NULL map');
SELECT is(similarity_map(:one_channel, NULL), NULL, 'NULL query');
SELECT is(similarity_map(:one_channel, ARRAY[-1::integer])::text, '{{-1,-1,-1},{-1,-1,-1}}', 'an array as the query');
SELECT pg_temp.refuses(format('SELECT similarity_map(%L, ''{1,2}'')', :one_channel), '22000', '1.*2', 'another number of channels');
SELECT pg_temp.refuses(format('SELECT similarity_map(%L, ''{0}'')', :one_channel), '22023', 'a query of zeros');

SELECT * FROM finish();
ROLLBACK;
