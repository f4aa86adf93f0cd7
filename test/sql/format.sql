-- The stored format: the examples of doc/format.md, byte for byte, and a decoder that was written from it alone.
\ir setup.psql

SELECT plan(12);

SELECT is(featmap_from_array('{{{1,0},{0,2}},{{0,0},{0,5}},{{3,4},{5,6}}}'::real[], 8)::text,
	'featmap:2:8u:3x2x2:0208ac0003000200020000000a000000013ca13cc13c097f007f04aa04d4fefeff',
	'sparse and dense cells');
SELECT is('{{{1,-1}}}'::featmap::text, 'featmap:2:8s:1x1x2:02080100010001000200000002000000023c037e82', 'signed');
SELECT is('featmap:1:8s:1x1x2:01080100010001000200000002000000023c037e82'::featmap, '{{{1,-1}}}'::featmap,
	'the example of version 1 is read');
SELECT is(featmap_send('{{{1,-1}}}'), '\x02080100010001000200000002000000023c037e82', 'binary output is the same bytes');
-- two channels of one cell, both of scale 1 (803f): the codes are split into low bytes, then high bytes
SELECT is(featmap_send(featmap_from_array('{{{65535}},{{65535}}}'::real[], 16)),
	'\x02100000020001000100000004000000803f803f01ffffffff', '16 bits');
SELECT is(featmap_send(featmap_from_array('{{{65535,258}}}'::real[], 16)),
	'\x02100000010001000200000004000000803f03ffff0201', '16 bits, low byte and high byte');
-- and at 24 bits into three; the flags have the rounding error, which is not compared
SELECT is(set_byte(featmap_send(featmap_from_array('{{{16777215,66051}},{{16777215,263430}}}'::real[], 24)), 2, 0),
	'\x0218000002000100020000000c000000803f803f03ffffffffffff030602050104'::bytea, '24 bits, from the lowest bytes to the highest');
SELECT pg_temp.refuses($$ SELECT 'featmap:1:24u:1x1x1:01180000010001000100000003000000803f01ffffff'::featmap $$, '22P02', 'version 1 has codes of 24 bits, expected 8 or 16',
	'24 bits are of version 2');

-- Maps of all kinds, decoded by test/lib/format_decoder.py. Fewer channels than a byte has bits, just as many, and more than
-- a sketch has dimensions; few and many zeros, so that there are sparse and dense cells; values far apart.
CREATE FUNCTION pg_temp.sparse_values(channels integer, height integer, width integer, lowest real, zeros real, factor real)
RETURNS real[] LANGUAGE sql AS $$
	SELECT array_agg(plane ORDER BY c) FROM (
		SELECT c, array_agg(line ORDER BY y) AS plane FROM (
			SELECT c, y, array_agg(CASE WHEN random() < zeros THEN 0 ELSE (lowest + random()) * factor * c END::real ORDER BY x) AS line
			FROM generate_series(1, channels) AS c, generate_series(1, height) AS y, generate_series(1, width) AS x
			GROUP BY c, y) AS lines
		GROUP BY c) AS planes
$$;
CREATE CAST (featmap AS bytea) WITHOUT FUNCTION;
SELECT setseed(0.25) \g /dev/null
CREATE TABLE written AS
	SELECT row_number() OVER () AS id, featmap_from_array(pg_temp.sparse_values(c, h, w, lowest, zeros, factor), bits) AS features
	FROM (VALUES (1, 1, 1), (2, 7, 1), (3, 4, 5), (8, 1, 9), (9, 3, 3), (40, 5, 6)) AS shape (c, h, w),
		(VALUES (8), (16), (24)) AS width (bits), (VALUES (0::real), (-0.5)) AS sign (lowest),
		(VALUES (0::real), (0.5), (0.9), (1)) AS share (zeros), (VALUES (1::real), (1e-34), (1e30)) AS range (factor);

\getenv python python
\if :{?python}
SELECT current_setting('data_directory') || '/format_written' AS written \gset
SELECT current_setting('data_directory') || '/format_decoded' AS decoded \gset
COPY (SELECT id, features, encode(featmap_send(features), 'hex'), encode(features::bytea, 'hex') FROM written) TO :'written';
\setenv written :written
\setenv decoded :decoded
\! "$python" ../lib/format_decoder.py <"$written" >"$decoded" && chmod 644 "$decoded"
CREATE TABLE decoded (id bigint, values real[], error double precision);
COPY decoded FROM :'decoded';
SELECT is((SELECT count(*) FROM decoded), (SELECT count(*) FROM written), 'the decoder reads all maps, and their sketches are true');
SELECT is_empty(
	$$ SELECT id, features FROM written JOIN decoded USING (id) WHERE values <> featmap_to_array(features) $$,
	'and has the values of featmap_to_array');
SELECT is_empty(
	$$ SELECT id, error, rounding_error(features) FROM written JOIN decoded USING (id) WHERE (abs(error - rounding_error(features)) <= error * 1e-12) IS NOT TRUE $$,
	'and the rounding error');
\else
SELECT skip('the decoder is in Python, which test/run sets', 3);
\endif
SELECT set_eq(
	'SELECT bits(features), get_byte(features::bytea, 2) & 1 AS flags, get_byte(features::bytea, 3) > 0 AS has_sketch FROM written',
	'SELECT * FROM (VALUES (8), (16), (24)) AS w (bits), (VALUES (0), (1)) AS s (flags), (VALUES (true), (false)) AS k (has_sketch)',
	'both widths, signed and not, with a sketch and without');

SELECT * FROM finish();
ROLLBACK;
