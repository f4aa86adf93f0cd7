-- Maps from .npy files by binary input and from a transformer's tokens, back to .npy, and parts and mirror images.
\ir setup.psql

SELECT plan(56);

-- A .npy file, version 1.0, of float32 in little-endian order; its elements are 0, 1, 2 and so on.
CREATE FUNCTION pg_temp.npy(shape text, elements integer) RETURNS bytea LANGUAGE sql AS $$
	SELECT '\x934e554d5059010076'::bytea || '\x00'
		|| convert_to(rpad(format('{''descr'': ''<f4'', ''fortran_order'': False, ''shape'': (%s), }', shape), 117), 'LATIN1') || '\x0a'
		|| (SELECT string_agg(substr(b, 4, 1) || substr(b, 3, 1) || substr(b, 2, 1) || substr(b, 1, 1), '' ORDER BY i)
			FROM generate_series(0, elements - 1) AS i, float4send(i::real) AS b)
$$;

-- The same elements as an array of tokens x channels.
CREATE FUNCTION pg_temp.tokens(tokens integer, channels integer) RETURNS real[] LANGUAGE sql AS $$
	SELECT array_agg(token ORDER BY t) FROM (
		SELECT t, array_agg((t * channels + c)::real ORDER BY c) AS token
		FROM generate_series(0, tokens - 1) AS t, generate_series(0, channels - 1) AS c GROUP BY t) AS rows
$$;

-- Binary input ---------------------------------------------------------------

CREATE TABLE image (id integer, features featmap(2));

-- A field of binary COPY has no type, so that a file of bytea is a file of maps.
CREATE FUNCTION pg_temp.copied(field bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	file text := current_setting('data_directory') || '/maps_in_and_out.bin';
BEGIN
	CREATE TEMPORARY TABLE field AS SELECT 1, field;
	EXECUTE format('COPY field TO %L BINARY', file);
	DROP TABLE field;
	EXECUTE format('COPY image FROM %L BINARY', file);
	RETURN '00000';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;

SELECT is(pg_temp.copied(pg_temp.npy('2, 3, 4', 24)), '00000', 'COPY in binary form takes a .npy file');
SELECT is((SELECT features FROM image), featmap_from_npy(pg_temp.npy('2, 3, 4', 24)), 'it is stored as featmap_from_npy stores it');
SELECT is((SELECT bits(features) FROM image), 8, 'with 8 bits');
SELECT is(pg_temp.copied(featmap_send(:two_channels)), '00000', 'COPY in binary form takes what featmap_send gives');
SELECT is((SELECT count(*) FROM image WHERE features = :two_channels), 1::bigint, 'as before');
SELECT matches(pg_temp.copied(pg_temp.npy('3, 2, 4', 24)), '22000 expected a featmap of 2 channels, not 3',
	'a .npy file of another number of channels than the column''s');
SELECT matches(pg_temp.copied(substr(pg_temp.npy('2, 3, 4', 24), 1, 200)), '22P03.*72 bytes', 'a .npy file that is cut short');
SELECT matches(pg_temp.copied('\x934e554d'), '22P03', 'the start of its first bytes alone');
SELECT matches(pg_temp.copied(pg_temp.npy('6, 4', 24)), '2202E.*2 dimensions', 'a .npy file of two dimensions');
SELECT matches(pg_temp.copied(pg_temp.npy('2, 2, 3, 2', 24)), '2202E.*batch of 2', 'a batch of two');
SELECT is((SELECT count(*) FROM image), 2::bigint, 'what is refused is not stored');

-- The same by a cast, for parameters that are bytea.
INSERT INTO image VALUES (3, pg_temp.npy('2, 3, 4', 24)), (4, featmap_send(:two_channels));
SELECT results_eq('SELECT features FROM image WHERE id IN (3, 4) ORDER BY id', ARRAY[featmap_from_npy(pg_temp.npy('2, 3, 4', 24)), :two_channels],
	'bytea is assigned as binary input reads it');
SELECT is(pg_temp.npy('2, 3, 4', 24)::featmap(2), featmap_from_npy(pg_temp.npy('2, 3, 4', 24)), 'and cast');
SELECT pg_temp.refuses('INSERT INTO image VALUES (5, pg_temp.npy(''1, 3, 4'', 12))', '22000', '2 channels, not 1', 'bytea of another number of channels');
SELECT pg_temp.refuses('SELECT ''\x010801''::bytea::featmap', '22P03', '3 bytes', 'bytea that is no map');

-- Tokens ---------------------------------------------------------------------

-- The map of cells in the middle of an array of tokens x channels, by its definition.
CREATE FUNCTION pg_temp.grid(tokens real[], height integer, width integer) RETURNS featmap LANGUAGE sql AS $$
	SELECT featmap_from_array(array_agg(plane ORDER BY c)) FROM (
		SELECT c, array_agg(line ORDER BY y) AS plane FROM (
			SELECT c, y, array_agg(tokens[array_length(tokens, 1) - height * width + y * width + x + 1][c] ORDER BY x) AS line
			FROM generate_series(1, array_length(tokens, 2)) AS c, generate_series(0, height - 1) AS y, generate_series(0, width - 1) AS x
			GROUP BY c, y) AS lines
		GROUP BY c) AS planes
$$;

SELECT is(featmap_from_tokens(pg_temp.npy(format('%s, 5', 12 + others), (12 + others) * 5), 3, 4),
	pg_temp.grid(pg_temp.tokens(12 + others, 5), 3, 4), others || ' tokens before those of 3 x 4 cells')
FROM unnest(ARRAY[0, 1, 5, 16]) AS others;
SELECT is(featmap_from_tokens(pg_temp.npy('1, 13, 5', 65), 3, 4), featmap_from_tokens(pg_temp.npy('13, 5', 65), 3, 4),
	'a batch of one');
SELECT is(featmap_from_tokens(pg_temp.tokens(13, 5), 3, 4), featmap_from_tokens(pg_temp.npy('13, 5', 65), 3, 4), 'a real[]');
SELECT is(featmap_from_tokens(pg_temp.tokens(13, 5)::double precision[], 3, 4), featmap_from_tokens(pg_temp.npy('13, 5', 65), 3, 4),
	'a double precision[]');
SELECT is(featmap_from_tokens(ARRAY[pg_temp.tokens(13, 5)], 3, 4), featmap_from_tokens(pg_temp.tokens(13, 5), 3, 4),
	'a real[] with a batch of one');
SELECT is(featmap_from_tokens(pg_temp.npy('10, 5', 50), 3), featmap_from_tokens(pg_temp.npy('10, 5', 50), 3, 3), 'a square, without a width');
SELECT is(bits(featmap_from_tokens(pg_temp.npy('10, 5', 50), 3, bits => 16)), 16, '16 bits');
SELECT is(featmap_from_tokens(NULL::bytea, 3), NULL, 'NULL');
SELECT is(featmap_from_tokens(pg_temp.npy('10, 5', 50), NULL), NULL, 'a height of NULL');

-- The grids of models: DINOv2 ViT-S/14 with CLS and four registers at 518 pixels, CLIP ViT-B/16 at 224, and ColPali.
SELECT is(ARRAY[channels(f), height(f), width(f)], ARRAY[c, h, h], name)
FROM (VALUES ('DINOv2', 5, 37, 384), ('CLIP', 1, 14, 768), ('ColPali', 0, 32, 128)) AS model (name, others, h, c),
	featmap_from_tokens(array_fill(0.5::real, ARRAY[1, others + h * h, c]), h) AS f;

SELECT pg_temp.refuses('SELECT featmap_from_tokens(pg_temp.npy(''11, 5'', 55), 3, 4)', '2202E', '11 tokens.*3 x 4.*12', 'too few tokens');
SELECT pg_temp.refuses('SELECT featmap_from_tokens(pg_temp.npy(''29, 5'', 145), 3, 4)', '2202E', '29 tokens, 17 more.*3 x 4.*at most 16',
	'more than 16 tokens before the cells');
SELECT pg_temp.refuses('SELECT featmap_from_tokens(pg_temp.npy(''2, 12, 5'', 120), 3, 4)', '2202E', 'batch of 2', 'tokens of two images');
SELECT pg_temp.refuses('SELECT featmap_from_tokens(pg_temp.npy(''1, 2, 12, 5'', 120), 3, 4)', '2202E', '4 dimensions, expected 2', 'four dimensions');
SELECT pg_temp.refuses('SELECT featmap_from_tokens(ARRAY[1, 2]::real[], 3, 4)', '2202E', '1 dimension', 'an array of one dimension');
SELECT pg_temp.refuses('SELECT featmap_from_tokens(ARRAY[[1, NULL]]::real[], 1)', '22004', 'a NULL element');
SELECT pg_temp.refuses(format('SELECT featmap_from_tokens(pg_temp.npy(''12, 5'', 60), %s, %s)', h, w), '2202E|54000', h || ' x ' || w || ' cells')
FROM (VALUES (0, 4), (-3, -4), (2147483647, 2147483647), (65536, 65536)) AS size (h, w);
SELECT pg_temp.refuses('SELECT featmap_from_tokens(pg_temp.npy(''12, 5'', 60), 3, 4, 12)', '22023', '12', '12 bits');
SELECT pg_temp.refuses('SELECT featmap_from_tokens(''\x00''::bytea, 3, 4)', '22P03', 'what is no .npy file');

-- The hint of a file of two dimensions.
CREATE FUNCTION pg_temp.hint_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	EXECUTE statement;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN hint;
END $$;
SELECT matches(pg_temp.hint_of('SELECT featmap_from_npy(pg_temp.npy(''12, 5'', 60))'), 'featmap_from_tokens', 'the hint of two dimensions');

-- Out again ------------------------------------------------------------------

SELECT is(substr(featmap_to_npy(featmap_from_npy(pg_temp.npy('2, 3, 4', 24))), 1, 128), substr(pg_temp.npy('2, 3, 4', 24), 1, 128),
	'featmap_to_npy writes the header of a float32 array');
SELECT is(featmap_to_npy('{{{0,255}}}'), substr(pg_temp.npy('1, 1, 2', 2), 1, 128) || '\x0000000000007f43', 'and the values');
SELECT is(length(featmap_to_npy(:two_channels)), 128 + 4 * 12, 'and nothing more');
SELECT is(featmap_to_npy(NULL), NULL, 'featmap_to_npy of NULL');

-- Parts and mirror images ----------------------------------------------------

SELECT setseed(0.25) \g /dev/null
CREATE TABLE sample AS
	SELECT bits, lowest, featmap_from_array(pg_temp.random_values(3, 5, 7, lowest), bits) AS features
	FROM unnest(ARRAY[8, 16]) AS bits, unnest(ARRAY[-0.5, 0]::real[]) AS lowest;
CREATE FUNCTION pg_temp.slice(map featmap, y1 integer, x1 integer, y2 integer, x2 integer) RETURNS real[] LANGUAGE sql AS $$
	SELECT array_agg(plane ORDER BY c) FROM (
		SELECT c, array_agg(line ORDER BY y) AS plane FROM (
			SELECT c, y, array_agg(v[c][y][x] ORDER BY x) AS line
			FROM featmap_to_array(map) AS v, generate_series(1, channels(map)) AS c, generate_series(y1 + 1, y2) AS y,
				generate_series(x1 + 1, x2) AS x
			GROUP BY c, y) AS lines
		GROUP BY c) AS planes
$$;
SELECT is_empty($$
	SELECT bits, lowest, y1, x1, y2, x2
	FROM sample, generate_series(0, 4, 2) AS y1, generate_series(y1 + 1, 5, 2) AS y2, generate_series(0, 6, 2) AS x1, generate_series(x1 + 1, 7, 3) AS x2
	WHERE featmap_to_array(featmap_crop(features, y1, x1, y2, x2)) IS DISTINCT FROM pg_temp.slice(features, y1, x1, y2, x2)
$$, 'featmap_crop holds the stored values of its window');
SELECT is_empty('SELECT FROM sample WHERE featmap_crop(features, 0, 0, 5, 7) <> features', 'the whole window is the map');
SELECT is_empty($$
	SELECT bits, lowest, c, y, x FROM sample, featmap_to_array(features) AS v, featmap_to_array(featmap_mirror(features)) AS m,
		generate_series(1, 3) AS c, generate_series(1, 5) AS y, generate_series(1, 7) AS x
	WHERE v[c][y][x] IS DISTINCT FROM m[c][y][8 - x]
$$, 'featmap_mirror exchanges left and right');
SELECT is_empty('SELECT FROM sample WHERE featmap_mirror(featmap_mirror(features)) <> features', 'twice mirrored is the map');
-- A search in a part finds what a search in the whole finds there.
SELECT is_empty($$
	SELECT s.bits, w.*, p.* FROM sample AS s,
		LATERAL intsearch(features, featquery(region_vector(features, 2, 2, 4, 5), max_height => 2)) AS w,
		LATERAL intsearch(featmap_crop(features, 1, 1, 5, 6), featquery(region_vector(features, 2, 2, 4, 5), max_height => 2)) AS p
	WHERE (w.y1 - 1, w.x1 - 1, w.y2 - 1, w.x2 - 1) <> (p.y1, p.x1, p.y2, p.x2) OR abs(w.score - p.score) > 1e-12
$$, 'a search in a part');
SELECT pg_temp.refuses(format('SELECT featmap_crop(%L, 0, 0, 3, 1)', :one_channel), '22023', '3', 'a part outside the map');
SELECT pg_temp.refuses(format('SELECT featmap_crop(%L, 1, 1, 1, 2)', :one_channel), '22023', 'a part without cells');
SELECT is(featmap_crop(NULL, 0, 0, 1, 1), NULL, 'featmap_crop of NULL');
SELECT is(featmap_mirror(NULL), NULL, 'featmap_mirror of NULL');

SELECT * FROM finish();
ROLLBACK;
