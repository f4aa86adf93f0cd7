-- .npy files: every element type, byte order, array order, version and layout; and every kind of bad file.
\if :{?fixtures}
\else
	\echo 1..0 # SKIP no fixtures
	\quit
\endif
\ir setup.psql

SELECT plan(30);

CREATE TEMPORARY TABLE readable (name text PRIMARY KEY, layout text, file bytea, expected real[]);
CREATE TEMPORARY TABLE refused (name text PRIMARY KEY, layout text, file bytea, state text);
\set file :fixtures '/npy_readable.txt'
COPY readable FROM :'file';
\set file :fixtures '/npy_refused.txt'
COPY refused FROM :'file';

-- What becomes of a file: an SQLSTATE, and a message.
CREATE FUNCTION pg_temp.outcome(file bytea, layout text, OUT state text, OUT message text)
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM featmap_from_npy(file, 16, layout);
	state := '00000';
EXCEPTION WHEN OTHERS THEN
	state := SQLSTATE;
	message := SQLERRM;
END $$;

-- Files to read --------------------------------------------------------------

SELECT is((SELECT count(*) FROM readable), 196::bigint, 'number of files to read');
SELECT is_empty(
	'SELECT name, o.* FROM readable, pg_temp.outcome(file, layout) AS o WHERE state <> ''00000''',
	'all are read');
CREATE TEMPORARY TABLE as_read AS SELECT * FROM readable
	WHERE (pg_temp.outcome(file, layout)).state = '00000';
SELECT is_empty(
	'SELECT name FROM as_read WHERE featmap_from_npy(file, 16, layout) <> featmap_from_array(expected, 16)',
	'each gives the map that the same array gives, 16 bits');
SELECT is_empty(
	'SELECT name FROM as_read WHERE featmap_from_npy(file, 8, layout) <> featmap_from_array(expected, 8)',
	'each gives the map that the same array gives, 8 bits');
SELECT is_empty(
	'SELECT name FROM as_read WHERE featmap_from_npy(file, layout => layout) <> featmap_from_array(expected)',
	'and bits are chosen alike');
SELECT is(
	(SELECT featmap_from_npy(file) FROM readable WHERE name = '<f4 C 1.0 chw 3-D'),
	(SELECT featmap_from_npy(file, NULL, 'chw') FROM readable WHERE name = '<f4 C 1.0 chw 3-D'),
	'chw is the default layout');
SELECT is(
	(SELECT ARRAY[channels(f), height(f), width(f)]
		FROM readable, featmap_from_npy(file, layout => 'hwc') AS f WHERE name = '<f4 C 1.0 chw 3-D'),
	ARRAY[5, 3, 4], 'hwc puts the channels last');
SELECT is(featmap_from_npy(NULL), NULL, 'NULL');

-- Files to refuse ------------------------------------------------------------

CREATE FUNCTION pg_temp.all_refused(kind text, files integer) RETURNS SETOF text
LANGUAGE plpgsql AS $$
BEGIN
	RETURN NEXT is((SELECT count(*)::integer FROM refused WHERE starts_with(name, kind)), files, kind || ': number of files');
	RETURN NEXT is_empty(format(
		'SELECT name, refused.state AS wanted, o.* FROM refused, pg_temp.outcome(file, layout) AS o
			WHERE starts_with(name, %L) AND o.state !~ (''^('' || refused.state || '')$'')', kind),
		kind || ': each gives its SQLSTATE');
END $$;

SELECT pg_temp.all_refused('truncated', 39);
SELECT pg_temp.all_refused('foreign', 21);
SELECT pg_temp.all_refused('element type', 9);
SELECT pg_temp.all_refused('shape', 9);
SELECT pg_temp.all_refused('limit', 9);
SELECT pg_temp.all_refused('value', 10);
SELECT is((SELECT count(*) FROM refused), 97::bigint, 'number of files to refuse');

SELECT is_empty($$
	SELECT name, length, o.*
	FROM readable, generate_series(0, length(file) - 1) AS length, pg_temp.outcome(substr(file, 1, length), layout) AS o
	WHERE name IN ('<f4 C 1.0 chw 3-D', '>f2 F 2.0 hwc 4-D', '|i1 C 3.0 chw 3-D') AND o.state <> '22P03'
$$, 'a file cut short anywhere');
SELECT is_empty($$
	SELECT name, byte, o.*
	FROM readable, generate_series(0, length(file) - 121) AS byte, (VALUES (1), (128), (255)) AS flip (bits),
		pg_temp.outcome(set_byte(file, byte, get_byte(file, byte) # bits), layout) AS o
	WHERE name = '|i1 C 1.0 chw 3-D' AND o.state !~ '^(00000|22P03|0A000|2202E|54000|22003)$'
$$, 'a damaged header is read or refused');

-- Messages name what is wrong.
SELECT matches(message, 'i4', 'the message names the element type')
	FROM refused, pg_temp.outcome(file, layout) WHERE name = 'element type: int32';
SELECT matches(message, '2', 'the message names the number of dimensions')
	FROM refused, pg_temp.outcome(file, layout) WHERE name = 'shape: 2-D';
SELECT matches(message, '16385', 'the message names the number of channels')
	FROM refused, pg_temp.outcome(file, layout) WHERE name = 'limit: 16385 channels';
SELECT isnt(
	(SELECT message FROM refused, pg_temp.outcome(file, layout) WHERE name = 'truncated 1.0: half the data'),
	(SELECT message FROM refused, pg_temp.outcome(file, layout) WHERE name = 'foreign: a PNG'),
	'a truncated file and a foreign one have their own messages');

-- Arguments ------------------------------------------------------------------

SELECT pg_temp.refuses(format('SELECT featmap_from_npy(%L, 7)', (SELECT file FROM readable WHERE name = '<f4 C 1.0 chw 3-D')),
	'22023', '7', '7 bits');
SELECT pg_temp.refuses(format('SELECT featmap_from_npy(%L, 8, %L)', (SELECT file FROM readable WHERE name = '<f4 C 1.0 chw 3-D'), 'whc'),
	'22023', 'whc', 'layout whc');
SELECT pg_temp.refuses(format('SELECT featmap_from_npy(%L, 8, %L)', (SELECT file FROM readable WHERE name = '<f4 C 1.0 chw 3-D'), ''),
	'22023', 'layout of no letters');

SELECT * FROM finish();
ROLLBACK;
