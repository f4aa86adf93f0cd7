-- From arrays and to arrays: what quantisation changes, and by how much at most.
\if :{?fixtures}
\else
	\echo 1..0 # SKIP no fixtures
	\quit
\endif
\ir setup.psql

SELECT plan(24);

CREATE TEMPORARY TABLE original (name text PRIMARY KEY, "values" double precision[]);
\set file :fixtures '/arrays.txt'
COPY original FROM :'file';

CREATE TEMPORARY TABLE stored AS
	SELECT name, bits, "values", featmap_from_array("values", bits) AS features
	FROM original, (VALUES (8), (16), (24)) AS quantisation (bits);

SELECT is((SELECT count(*) FROM stored), 48::bigint, 'number of maps');
SELECT is_empty(
	'SELECT name FROM stored WHERE ARRAY[channels(features), height(features), width(features)] <>
		ARRAY[array_length("values", 1), array_length("values", 2), array_length("values", 3)]',
	'the dimensions of the map are those of the array');
SELECT is_empty(
	'SELECT name FROM stored WHERE array_dims(featmap_to_array(features)) <> array_dims("values")',
	'the array read back has the same dimensions');
SELECT is_empty(
	'SELECT name, bits FROM stored WHERE features <> featmap_from_array("values"::real[], bits)',
	'real[] gives the same map as double precision[]');

-- Each value, its channel, and the value read back.
CREATE TEMPORARY TABLE element AS
	SELECT name, bits, (n - 1) / (height(features) * width(features)) AS channel, value, read_back
	FROM stored, unnest("values", featmap_to_array(features)) WITH ORDINALITY AS v (value, read_back, n);
CREATE TEMPORARY TABLE step AS
	SELECT name, bits, channel,
		1.01 * max(abs(value)) / (2 ^ (bits - is_signed::integer) - 1) AS step
	FROM element JOIN (SELECT name, min(value) < 0 AS is_signed FROM element GROUP BY name) AS s USING (name)
	GROUP BY name, bits, channel, is_signed;

SELECT is_empty(
	'SELECT * FROM element JOIN step USING (name, bits, channel)
		WHERE (abs(value - read_back) <= step / 2) IS NOT TRUE AND bits = 8',
	'8 bits: every value is read back to half a step');
SELECT is_empty(
	'SELECT * FROM element JOIN step USING (name, bits, channel)
		WHERE (abs(value - read_back) <= step / 2) IS NOT TRUE AND bits = 16',
	'16 bits: every value is read back to half a step');
SELECT is_empty(
	'SELECT * FROM element JOIN step USING (name, bits, channel)
		WHERE (abs(value - read_back) <= step / 2 + abs(value) / 2 ^ 23) IS NOT TRUE AND bits = 24',
	'24 bits: to half a step, and the digits of real');
SELECT is_empty('SELECT * FROM element WHERE value = 0 AND read_back <> 0', 'zero stays zero');
SELECT is_empty($$
	SELECT name, bits, at FROM stored,
		LATERAL (SELECT channels(features) AS c, height(features) AS h, width(features) AS w,
			featmap_to_array(features) AS x, integral_image(features) AS i) AS v,
		LATERAL (SELECT (n - 1) % (w + 1) AS x2, (n - 1) / (w + 1) % (h + 1) AS y2, (n - 1) / ((w + 1) * (h + 1)) + 1 AS channel, at
			FROM unnest(i) WITH ORDINALITY AS u (at, n)) AS corner
	WHERE name IN ('signed', 'sparse', 'one row', 'one cell', 'one column')
		AND (abs(at - (SELECT coalesce(sum(x[channel][y][col]::double precision), 0)
			FROM generate_series(1, y2) AS y, generate_series(1, x2) AS col)) < 1e-6) IS NOT TRUE
$$, 'integral_image() is the cumulative sum of featmap_to_array()');
SELECT is_empty(
	'SELECT name, bits FROM stored WHERE array_dims(integral_image(features)) <>
		format(''[1:%s][1:%s][1:%s]'', channels(features), height(features) + 1, width(features) + 1)',
	'the dimensions of integral_image()');

-- Casts ----------------------------------------------------------------------

CREATE TABLE image (features featmap);
SELECT lives_ok(format('INSERT INTO image VALUES (%L::real[])', :two_channels), 'a real[] goes into a column');
SELECT lives_ok(format('INSERT INTO image VALUES (%L::double precision[])', :two_channels), 'a double precision[] goes into a column');
SELECT is((SELECT count(*) FROM image WHERE features = featmap_from_array(:two_channels::real[])), 2::bigint, 'both as featmap_from_array()');
SELECT is(featmap_from_array(:two_channels::real[])::real[], featmap_to_array(featmap_from_array(:two_channels::real[])), 'cast to real[]');
SELECT pg_temp.refuses('SELECT channels(ARRAY[[[1.0]]]::real[])', '42883', 'the cast from arrays is not implicit');

SELECT is(featmap_from_array(NULL::real[]), NULL, 'from NULL');
SELECT is(featmap_to_array(NULL), NULL, 'to_array of NULL');
SELECT is(integral_image(NULL), NULL, 'integral_image of NULL');

-- Arrays whose lower bounds are not 1, and slices.
SELECT ok(featmap_from_array('[0:0][5:6][-1:1]={{{1,2,3},{4,5,6}}}'::real[]) = featmap_from_array(:one_channel::real[]), 'other lower bounds');

-- The scale is one a channel: a great channel does not blur a small one.
SELECT ok(
	abs((featmap_to_array(featmap_from_array('{{{1000000,0}},{{0.001,0.0005}}}'::real[])))[2][1][2] - 0.0005) < 1e-5,
	'one scale for each channel');

-- The least reals are kept as far as they count beside the greatest value.
SELECT is(
	pg_temp.sqlstate_of($$ SELECT * FROM intsearch('{{{1e-40,3e-45}},{{4e-36,1e-38}}}', '{1,1}') $$),
	'00000', 'denormal values: a search goes through');
SELECT is_empty(
	$$ SELECT * FROM unnest(featmap_to_array('{{{1e-40,3e-45}},{{0,4e-36}}}')) AS value
		WHERE (abs(value) <= 5e-36) IS NOT TRUE $$,
	'denormal values stay small');
SELECT is_empty(
	$$ SELECT * FROM intsearch('{{{3.4e38,3.4e38}},{{3.4e38,1e38}}}', '{1,1}') WHERE (score BETWEEN 0.999 AND 1.0000001) IS NOT TRUE $$,
	'the greatest reals: the score is finite');
SELECT is(
	(SELECT count(*) FROM unnest(region_vector('{{{3.4e38,3.4e38}},{{3.4e38,3.4e38}}}', 0, 0, 1, 2)) AS v
		WHERE abs(v - sqrt(0.5)) < 1e-3), 2::bigint,
	'the greatest reals: the region vector has unit length');

SELECT * FROM finish();
ROLLBACK;
