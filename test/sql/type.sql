-- The type: text and binary form, typmod, storage, header functions, limits.
\ir setup.psql

SELECT plan(50);

-- Header ---------------------------------------------------------------------

SELECT is(channels(featmap_from_array(:two_channels::real[])), 2, 'channels');
SELECT is(height(featmap_from_array(:two_channels::real[])), 2, 'height');
SELECT is(width(featmap_from_array(:two_channels::real[])), 3, 'width');
SELECT is(bits(featmap_from_array(:two_channels::real[], 8)), 8, '8 bits on request');
SELECT is(bits(featmap_from_array(:two_channels::real[], 16)), 16, '16 bits on request');
SELECT is(channels(NULL), NULL, 'channels of NULL');

-- Text -----------------------------------------------------------------------

SELECT matches(featmap_from_array(:two_channels::real[], 8)::text, '^featmap:2:8u:2x2x3:[0-9a-f]+$', 'text form');
SELECT matches(featmap_from_array('{{{-1,2}}}'::real[], 16)::text, '^featmap:2:16s:1x1x2:[0-9a-f]+$',
	'text form, signed, 16 bits');

SELECT setseed(0.5) \g /dev/null
CREATE TABLE sample AS
	SELECT row_number() OVER ()::integer AS id, featmap_from_array(pg_temp.random_values(c, h, w, lowest), bits) AS features
	FROM (VALUES (1, 1, 1), (3, 1, 7), (5, 6, 1), (40, 9, 8), (9, 33, 17)) AS size (c, h, w),
		(VALUES (0.0::real), (-0.5), (-1.0)) AS range (lowest), (VALUES (8), (16), (24)) AS quantisation (bits);
INSERT INTO sample
	SELECT 100 + bits, featmap_from_array('{{{0,0},{0,0}},{{0,0},{0,0}}}'::real[], bits) FROM (VALUES (8), (16), (24)) AS b (bits);
INSERT INTO sample
	SELECT 200 + bits, featmap_from_array('{{{0,0},{0,0.1}},{{0,-3e-20},{1e20,0}},{{0,0},{0,0}}}'::real[], bits)
	FROM (VALUES (8), (16), (24)) AS b (bits);

SELECT is((SELECT count(*) FROM sample), 51::bigint, 'number of sample maps');
SELECT is_empty(
	$$ SELECT id FROM sample WHERE features::text::featmap <> features
		OR featmap_send(features::text::featmap) <> featmap_send(features)
		OR features::text::featmap::text <> features::text $$,
	'text out and in again gives the same value');
SELECT is_empty(
	$$ SELECT id FROM sample WHERE channels(features::text::featmap) <> channels(features)
		OR height(features::text::featmap) <> height(features) OR width(features::text::featmap) <> width(features)
		OR bits(features::text::featmap) <> bits(features)
		OR featmap_to_array(features::text::featmap) <> featmap_to_array(features) $$,
	'the value read back holds the same map');

SELECT ok(:two_channels::featmap = featmap_from_array(:two_channels::real[]), 'a nested array literal is a map of 8 bits');
SELECT ok(' { { {1.0 , 2e0,+3}, {4,.5e1,6.} } } '::featmap = featmap_from_array(:one_channel::real[]), 'blanks and floats in a literal');
SELECT ok('{{{-1e-3,0.25}}}'::featmap = featmap_from_array('{{{-1e-3,0.25}}}'::real[]), 'signed literal');
SELECT ok(upper(:two_channels::featmap::text) IS NOT NULL
	AND pg_temp.sqlstate_of(format('SELECT %L::featmap', upper(:two_channels::featmap::text))) ~ '^(00000|22P02)$',
	'upper case hexadecimal digits are read or refused');

-- Binary ---------------------------------------------------------------------

SELECT current_setting('data_directory') || '/featmap_copy' AS file \gset
COPY sample TO :'file' BINARY;
CREATE TABLE copied (LIKE sample);
COPY copied FROM :'file' BINARY;
SELECT is((SELECT count(*) FROM copied), 51::bigint, 'binary COPY out and in');
SELECT is_empty(
	$$ SELECT id FROM sample AS s FULL JOIN copied AS c USING (id)
		WHERE s.features IS NULL OR c.features IS NULL OR s.features <> c.features
			OR s.features::text <> c.features::text $$,
	'binary COPY gives the same values');

TRUNCATE copied;
COPY sample TO :'file';
COPY copied FROM :'file';
SELECT is_empty(
	$$ SELECT id FROM sample AS s FULL JOIN copied AS c USING (id)
		WHERE s.features IS NULL OR c.features IS NULL OR s.features <> c.features $$,
	'text COPY gives the same values');

SELECT is_empty($$
	SELECT id FROM sample JOIN copied USING (id),
		LATERAL (SELECT array_agg(cos(c)::real) AS query FROM generate_series(1, channels(sample.features)) AS c) AS q
	WHERE best_score(sample.features, query) IS DISTINCT FROM best_score(copied.features, query)
$$, 'a value read back gives the same scores');

-- Storage --------------------------------------------------------------------

SELECT is((SELECT typstorage FROM pg_type WHERE typname = 'featmap'), 'e'::"char", 'the type is stored EXTERNAL');
SELECT is(
	(SELECT attstorage FROM pg_attribute WHERE attrelid = 'sample'::regclass AND attname = 'features'),
	'e'::"char", 'a column is stored EXTERNAL');
SELECT is(
	(SELECT pg_column_compression(features) FROM sample ORDER BY pg_column_size(features) DESC LIMIT 1),
	NULL, 'a large value is not compressed');
SELECT ok(
	pg_relation_size((SELECT reltoastrelid FROM pg_class WHERE oid = 'sample'::regclass)) > 0,
	'large values lie in the TOAST table');
SELECT is(
	(SELECT ARRAY[channels(features), height(features), width(features)]
		FROM sample ORDER BY pg_column_size(features) DESC LIMIT 1),
	ARRAY[9, 33, 17], 'the header of a value in the TOAST table');

-- Number of channels in the type -----------------------------------------------

CREATE TABLE two (features featmap(2));
SELECT col_type_is('two', 'features', 'featmap(2)', 'featmap(2) as a column');
SELECT lives_ok(format('INSERT INTO two VALUES (featmap_from_array(%L::real[]))', :two_channels), 'featmap(2) takes a map of 2 channels');
SELECT lives_ok(format('INSERT INTO two VALUES (%L::real[])', :two_channels), 'featmap(2) takes an array of 2 channels');
SELECT lives_ok('INSERT INTO two VALUES (NULL)', 'featmap(2) takes NULL');
SELECT pg_temp.refuses(format('INSERT INTO two VALUES (featmap_from_array(%L::real[]))', :one_channel),
	'22000', '2.*1|1.*2', 'featmap(2) refuses a map of 1 channel');
SELECT pg_temp.refuses(format('INSERT INTO two VALUES (%L::real[])', :one_channel),
	'22000', '2.*1|1.*2', 'featmap(2) refuses a real array of 1 channel');
SELECT pg_temp.refuses(format('INSERT INTO two VALUES (%L::double precision[])', :one_channel),
	'22000', '2.*1|1.*2', 'featmap(2) refuses a double precision array of 1 channel');
SELECT pg_temp.refuses(format('INSERT INTO two VALUES (%L)', :one_channel),
	'22000', '2.*1|1.*2', 'featmap(2) refuses a literal of 1 channel');
SELECT pg_temp.refuses(format('SELECT %L::featmap::featmap(2)', :one_channel),
	'22000', '2.*1|1.*2', 'a cast to featmap(2) refuses 1 channel');
COPY (SELECT featmap_from_array(:one_channel::real[])) TO :'file' BINARY;
SELECT pg_temp.refuses(format('COPY two FROM %L BINARY', :'file'),
	'22000', '2.*1|1.*2', 'binary COPY into featmap(2) refuses 1 channel');
COPY (SELECT featmap_from_array(:one_channel::real[])) TO :'file';
SELECT pg_temp.refuses(format('COPY two FROM %L', :'file'),
	'22000', '2.*1|1.*2', 'text COPY into featmap(2) refuses 1 channel');
SELECT pg_temp.refuses('ALTER TABLE two ALTER features TYPE featmap(3)',
	'22000', '3.*2|2.*3', 'ALTER TABLE refuses another number of channels');
SELECT lives_ok('ALTER TABLE two ALTER features TYPE featmap', 'ALTER TABLE takes the number of channels away');
SELECT lives_ok('ALTER TABLE two ALTER features TYPE featmap(2)', 'ALTER TABLE adds a right number of channels');
SELECT lives_ok('SELECT NULL::featmap(16384)', 'the greatest number of channels');
SELECT pg_temp.refuses('SELECT NULL::featmap(0)', '22023', 'featmap(0)');
SELECT pg_temp.refuses('SELECT NULL::featmap(16385)', '22023', '16384', 'featmap(16385)');
SELECT pg_temp.refuses('SELECT NULL::featmap(2, 3)', '22023', 'featmap(2, 3)');
SELECT pg_temp.refuses($$ SELECT NULL::featmap('many') $$, '22P02|22023', 'featmap(''many'')');

-- Limits ---------------------------------------------------------------------

SELECT is(channels(featmap_from_array(array_fill(1::real, ARRAY[16384, 1, 1]))), 16384, '16384 channels');
SELECT is(height(featmap_from_array(array_fill(1::real, ARRAY[1, 4096, 1]))), 4096, '4096 rows');
SELECT is(width(featmap_from_array(array_fill(1::real, ARRAY[1, 1, 4096]))), 4096, '4096 columns');
SELECT pg_temp.refuses($$ SELECT featmap_from_array(array_fill(1::real, ARRAY[16385, 1, 1])) $$,
	'54000', '16385.*16384|16384.*16385', '16385 channels');
SELECT pg_temp.refuses($$ SELECT featmap_from_array(array_fill(1::real, ARRAY[1, 4097, 1])) $$,
	'54000', '4097.*4096|4096.*4097', '4097 rows');
SELECT pg_temp.refuses($$ SELECT featmap_from_array(array_fill(1::real, ARRAY[1, 1, 4097])) $$,
	'54000', '4097.*4096|4096.*4097', '4097 columns');
SELECT pg_temp.refuses($$ SELECT featmap_from_array('{}'::real[]) $$, '2202E|54000', 'an empty array');

SELECT * FROM finish();
ROLLBACK;
