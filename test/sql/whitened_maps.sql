-- Maps whose cells are whitened, and whitenings of a power.
\ir setup.psql

SELECT plan(22);

-- In numbers: the directions (1, 0) and (0, 1) exchanged and stretched, and a mean of (0.5, 0).
\set swapped '\'{{0,2,0},{4,0,-2}}\''
SELECT is(featmap_to_array(whiten(featmap_from_array('{{{3,0,0}},{{4,1,0}}}'::real[], 16), :swapped::real[]))::numeric(6, 2)[]::text,
	'{{{8.00,2.00,0.00}},{{2.00,-2.00,0.00}}}', 'W (x - |x| mean), and zeros stay');
SELECT is(ARRAY[channels(m), height(m), width(m), bits(m)], ARRAY[1, 2, 3, bits], 'a channel for each row of the whitening, with the same bits')
FROM unnest(ARRAY[8, 16]) AS bits, whiten(featmap_from_array(:two_channels::real[], bits), '{{1,-1,0}}'::real[]) AS m;

-- Random maps: each cell against whiten() of its vector, which subtracts the mean of unit vectors.
SELECT setseed(0.125) \g /dev/null
CREATE TABLE sample AS SELECT id, featmap_from_array(pg_temp.random_values(9, 4, 5), 16) AS features FROM generate_series(1, 12) AS id;
CREATE TABLE learned AS
	SELECT power, (SELECT pca_whitening(region_vector(features, y, x, y + 1, x + 1), 4, power)
		FROM sample, generate_series(0, 3) AS y, generate_series(0, 4) AS x) AS w
	FROM unnest(ARRAY[0, 0.5, 1]) AS power;
SELECT is_empty($$
	SELECT power, id, y, x FROM learned, sample, whiten(features, w) AS white, generate_series(0, 3) AS y, generate_series(0, 4) AS x
	WHERE NOT (SELECT max(abs(a - b)) FROM unnest(region_vector(white, y, x, y + 1, x + 1), whiten(region_vector(features, y, x, y + 1, x + 1), w)) AS u (a, b))
		< 1e-3
$$, 'the direction of each cell is that of its whitened vector');
SELECT is((SELECT w FROM learned WHERE power = 1),
	(SELECT pca_whitening(region_vector(features, y, x, y + 1, x + 1), 4) FROM sample, generate_series(0, 3) AS y, generate_series(0, 4) AS x),
	'power 1 is the whitening without a power');
-- Lengths of the rows: deviation^-power.
SELECT is_empty($$
	WITH row AS (SELECT power, k, sqrt(sum(w[k][c]::double precision ^ 2)) AS length
		FROM learned, generate_series(1, 4) AS k, generate_series(1, 9) AS c GROUP BY 1, 2)
	SELECT a.power, k, a.length FROM row AS a JOIN row AS b USING (k) WHERE b.power = 1 AND NOT abs(a.length - b.length ^ a.power) < 1e-5 * b.length
$$, 'the deviation''s power is divided out');

-- Searched like any map: the cell that a query comes from is found.
SELECT is_empty($$
	SELECT id, r.* FROM learned, sample, whiten(features, w) AS white,
		intsearch(white, featquery(region_vector(white, 1, 2, 2, 3), max_height => 1, max_width => 1)) AS r
	WHERE NOT ((r.y1, r.x1, r.y2, r.x2) = (1, 2, 2, 3) AND r.score > 0.999)
$$, 'a search in whitened maps');
SELECT is(whiten(NULL::featmap, '{{1,0}}'::real[]), NULL, 'NULL map');
SELECT is(whiten(:one_channel::featmap, NULL), NULL, 'NULL whitening');
SELECT is(whiten(vector => '{3,4}', whitening => '{{1,0,0}}')::text, '{1}', 'a literal is a vector by the argument''s name');
SELECT is(channels(whiten(map => :two_channels, whitening => '{{1,0,0}}')), 1, 'and a map');

SELECT pg_temp.refuses('SELECT whiten(''{{{1}},{{2}}}''::featmap, ''{{1,0}}''::real[])', '22000', '2.*1', 'another number of channels');
SELECT pg_temp.refuses('SELECT whiten(''{{{1}}}''::featmap, ''{1,0}''::real[])', '2202E', '1.*2', 'a whitening of one dimension');
SELECT pg_temp.refuses('SELECT whiten(''{{{1}}}''::featmap, ''{{1,NULL}}''::real[])', '22004', 'a NULL element');
SELECT pg_temp.refuses(format('SELECT whiten(''{{{1}}}''::featmap, ''{{1,%s}}''::real[])', bad), '22003', bad || ' in a whitening')
FROM unnest(ARRAY['NaN', 'Infinity', '3.4e38']) AS bad WHERE bad <> '3.4e38';
SELECT pg_temp.refuses(format('SELECT pca_whitening(v, 1, %L) FROM (VALUES (''{1,2}''::real[]), (''{2,5}'')) AS t (v)', power), '22023', 'power', 'power ' || power)
FROM unnest(ARRAY['-0.1', '1.1', 'NaN']) AS power;
SELECT pg_temp.refuses('SELECT pca_whitening(v, 1, NULL) FROM (VALUES (''{1,2}''::real[])) AS t (v)', '22004', 'power', 'a power of NULL');
SELECT pg_temp.refuses('SELECT pca_whitening(v, 1, p) FROM (VALUES (''{1,2}''::real[], 1), (''{2,5}'', 0.5)) AS t (v, p)', '22023', '1 and 0.5', 'powers that differ');
SELECT is((SELECT array_dims(pca_whitening(v, 1, 0.5)) FROM (VALUES ('{1,2}'::real[]), ('{2,5}'), ('{0,7}')) AS t (v)), '[1:1][1:3]', 'shape');

SELECT * FROM finish();
ROLLBACK;
