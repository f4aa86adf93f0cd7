-- Bad input: each kind has its SQLSTATE and a message that names what is wrong.
\ir setup.psql

SELECT plan(147);

-- Arrays ---------------------------------------------------------------------

SELECT pg_temp.refuses('SELECT featmap_from_array(''{1,2,3}''::real[])', '2202E', '1.*3|3.*1', 'a 1-D array');
SELECT pg_temp.refuses('SELECT featmap_from_array(''{{1,2},{3,4}}''::real[])', '2202E', '2.*3|3.*2', 'a 2-D array');
SELECT pg_temp.refuses('SELECT featmap_from_array(''{{{{1}}}}''::real[])', '2202E', '4.*3|3.*4', 'a 4-D array');
SELECT pg_temp.refuses('SELECT featmap_from_array(''{{1,2},{3,4}}''::double precision[])', '2202E', '2.*3|3.*2', 'a 2-D double precision array');
SELECT pg_temp.refuses('SELECT featmap_from_array(''{}''::real[])', '2202E|54000', 'an empty array');
SELECT pg_temp.refuses('SELECT featmap_from_array(''{}''::double precision[])', '2202E|54000', 'an empty double precision array');
-- PostgreSQL's own array input refuses a ragged array before we see it.
SELECT pg_temp.refuses('SELECT featmap_from_array(''{{{1,2},{3}}}''::real[])', '22P02', 'a ragged array');
SELECT pg_temp.refuses('SELECT featmap_from_array(''{{{1,NULL}}}''::real[])', '22004', 'a NULL element');
SELECT pg_temp.refuses('SELECT featmap_from_array(''{{{1,NULL}}}''::double precision[])', '22004', 'a NULL element in double precision');
SELECT pg_temp.refuses(format('SELECT featmap_from_array(''{{{1,2},{3,%s}}}''::%s)', value, type), '22003', value || ' in ' || type)
FROM (VALUES ('NaN'), ('Infinity'), ('-Infinity')) AS v (value), (VALUES ('real[]'), ('double precision[]')) AS t (type);
SELECT pg_temp.refuses('SELECT featmap_from_array(''{{{1e300}}}''::double precision[])', '22003', 'a value beyond the range of real');
SELECT pg_temp.refuses('SELECT featmap_from_array(''{{{-1e39}}}''::double precision[])', '22003', 'a value just beyond the range of real');
SELECT pg_temp.refuses(format('SELECT featmap_from_array(%L::real[], %s)', :one_channel, bits), '22023', bits::text, bits || ' bits')
FROM unnest(ARRAY[0, 1, 7, 9, 32, -8]) AS bits;
SELECT pg_temp.refuses(format('SELECT featmap_from_array(%L::double precision[], 12)', :one_channel), '22023', '12', '12 bits, double precision');

CREATE TABLE image (features featmap);
SELECT pg_temp.refuses('INSERT INTO image VALUES (''{{1,2}}''::real[])', '2202E', 'a 2-D array into a column');
SELECT pg_temp.refuses('INSERT INTO image VALUES (''{{{NaN}}}''::real[])', '22003', 'NaN into a column');
SELECT pg_temp.refuses('INSERT INTO image VALUES (''{{{NULL}}}''::double precision[])', '22004', 'NULL element into a column');

-- Queries --------------------------------------------------------------------

-- One test for each way to search.
CREATE FUNCTION pg_temp.query_refused(query text, state text, message text, description text) RETURNS SETOF text
LANGUAGE sql AS $$
	SELECT pg_temp.refuses(format(way, query), state, message, description || ': ' || name)
	FROM (VALUES
		(1, 'intsearch()', $q$ SELECT * FROM intsearch('{{{1,2,3},{4,5,6}},{{6,5,4},{3,2,0}}}', %s) $q$),
		(2, 'best_score()', $q$ SELECT best_score('{{{1,2,3},{4,5,6}},{{6,5,4},{3,2,0}}}', %s) $q$),
		(3, '<=>', $q$ SELECT '{{{1,2,3},{4,5,6}},{{6,5,4},{3,2,0}}}'::featmap <=> %s $q$),
		(4, '<->', $q$ SELECT '{{{1,2,3},{4,5,6}},{{6,5,4},{3,2,0}}}'::featmap <-> %s $q$)
	) AS ways (n, name, way) ORDER BY n
$$;

SELECT pg_temp.query_refused($$ '{1,2,3}' $$, '22000', '2.*3|3.*2', 'a query too long');
SELECT pg_temp.query_refused($$ '{1}' $$, '22000', '2.*1|1.*2', 'a query too short');
SELECT pg_temp.query_refused($$ '{}' $$, '22000|2202E', '', 'an empty query');
SELECT pg_temp.query_refused($$ '{{1,2}}' $$, '2202E', '', 'a 2-D query');
SELECT pg_temp.query_refused($$ '{0,0}' $$, '22023', '', 'a zero query');
SELECT pg_temp.query_refused($$ '{-0,0}' $$, '22023', '', 'a query of zeros of both signs');
SELECT pg_temp.query_refused($$ '{1,NULL}' $$, '22004', '', 'a query with NULL');
SELECT pg_temp.query_refused($$ '{1,NaN}' $$, '22003', '', 'a query with NaN');
SELECT pg_temp.query_refused($$ '{1,Infinity}' $$, '22003', '', 'a query with infinity');
SELECT pg_temp.query_refused($$ '{1,-Infinity}' $$, '22003', '', 'a query with minus infinity');

-- A query is checked whether or not a window qualifies.
SELECT pg_temp.refuses($$ SELECT best_score('{{{0,0}},{{0,0}}}', '{1}') $$, '22000', '2.*1|1.*2',
	'a query too short for an all-zero map');
SELECT pg_temp.refuses(format('SELECT best_score(%L, featquery(%L, min_height => 100))', :two_channels, '{0,0}'), '22023',
	'a zero query where the constraints leave nothing');

-- Constraints ----------------------------------------------------------------

CREATE FUNCTION pg_temp.argument_refused(argument text, state text DEFAULT '22023', message text DEFAULT '') RETURNS SETOF text
LANGUAGE sql AS $$
	SELECT pg_temp.refuses(format(way, argument), state, message, argument || ': ' || name)
	FROM (VALUES
		(1, 'intsearch()', $q$ SELECT * FROM intsearch('{{{1,2,3},{4,5,6}},{{6,5,4},{3,2,0}}}', featquery('{1,2}', %s)) $q$),
		(2, 'best_score()', $q$ SELECT best_score('{{{1,2,3},{4,5,6}},{{6,5,4},{3,2,0}}}', featquery('{1,2}', %s)) $q$)
	) AS ways (n, name, way) WHERE argument !~ 'max_(results|overlap)'
	UNION ALL
	SELECT pg_temp.refuses(format($q$ SELECT * FROM intsearch('{{{1,2,3},{4,5,6}},{{6,5,4},{3,2,0}}}', '{1,2}', %s) $q$, argument),
		state, message, argument || ': intsearch()')
	WHERE argument ~ 'max_(results|overlap)'
$$;

SELECT pg_temp.argument_refused('aspect => 0');
SELECT pg_temp.argument_refused('aspect => -1.5', message => '-1\.5');
SELECT pg_temp.argument_refused('aspect => ''NaN''');
SELECT pg_temp.argument_refused('aspect => ''Infinity''');
SELECT pg_temp.argument_refused('aspect => 1, tolerance => 0');
SELECT pg_temp.argument_refused('aspect => 1, tolerance => -0.1', message => '-0\.1');
SELECT pg_temp.argument_refused('aspect => 1, tolerance => ''NaN''');
SELECT pg_temp.argument_refused('aspect => 1, tolerance => ''Infinity''');
SELECT pg_temp.argument_refused('pooling => ''mean''', message => 'mean');
SELECT pg_temp.argument_refused('pooling => ''SUM ''', message => 'SUM ');
SELECT pg_temp.argument_refused('pooling => ''''');
SELECT pg_temp.argument_refused('max_results => 0', message => '0');
SELECT pg_temp.argument_refused('max_results => -3', message => '-3');
SELECT pg_temp.argument_refused('max_overlap => -0.1', message => '-0\.1');
SELECT pg_temp.argument_refused('max_overlap => 1.1', message => '1\.1');
SELECT pg_temp.argument_refused('max_overlap => ''NaN''');
SELECT pg_temp.argument_refused('min_height => 3, max_height => 2', message => '3.*2|2.*3');
SELECT pg_temp.argument_refused('min_width => 3, max_width => 2', message => '3.*2|2.*3');
SELECT pg_temp.argument_refused('max_height => 0');
SELECT pg_temp.argument_refused('min_height => 0');
SELECT pg_temp.argument_refused('min_width => -2', message => '-2');
SELECT pg_temp.argument_refused('max_width => -1', message => '-1');

-- Text -----------------------------------------------------------------------

SELECT pg_temp.refuses(format('SELECT %L::featmap', input), '22P02', 'text ' || quote_literal(input))
FROM unnest(ARRAY['', ' ', 'featmap', 'featmap:', 'map', '1', '{', '{{{', '{{{1,2}}', '{{{1,2}}}}', '{{{1,2},{3}}}', '{{{1},{2}},{{3}}}',
	'{{{1,,2}}}', '{{{one}}}', '{{{1 2}}}', '{{{1,2}}} 3', '{{{1,2}}', 'featmap:1:8u:1x1x1:zz', 'featmap:1:8u:1x1x1:',
	'featmap:1:9u:1x1x1:00', 'featmap:1:8x:1x1x1:00', 'featmap:1:8u:1x1:00', 'featmap:1:8u:1x1x1x1:00', 'featmap::8u:1x1x1:00'])
	WITH ORDINALITY AS u (input, n) ORDER BY n;
SELECT pg_temp.refuses('SELECT ''{{1,2},{3,4}}''::featmap', '2202E|22P02', 'text of a 2-D array');
-- An empty array since PostgreSQL 17, before that no array.
SELECT pg_temp.refuses('SELECT ''{{{}}}''::featmap', '2202E|22P02', 'text of nothing in three dimensions');
SELECT pg_temp.refuses('SELECT ''{{{NaN}}}''::featmap', '22003|22P02', 'text with NaN');
SELECT pg_temp.refuses('SELECT ''{{{1e999}}}''::featmap', '22003|22P02', 'text with a number beyond all range');
SELECT pg_temp.refuses('SELECT ''{{{NULL}}}''::featmap', '22004|22P02', 'text with NULL');
SELECT pg_temp.refuses(
	format('SELECT %L::featmap', replace(:two_channels::featmap::text, 'featmap:2:', 'featmap:1:')), '22P02|0A000', 'text of another version');

-- A text is damaged: cut short anywhere, a byte more, a digit changed.
CREATE FUNCTION pg_temp.text_outcomes(OUT damage text, OUT outcome text) RETURNS SETOF record
LANGUAGE sql AS $$
	WITH good AS (SELECT featmap_from_array('{{{-1,2,0},{4,0,6}},{{0,0,4},{3,2,0}}}'::real[])::text AS t)
	SELECT 'cut to ' || n, pg_temp.sqlstate_of(format('SELECT %L::featmap', left(t, n)))
		FROM good, generate_series(0, length(t) - 1) AS n
	UNION ALL
	SELECT 'more: ' || more, pg_temp.sqlstate_of(format('SELECT %L::featmap', t || more))
		FROM good, unnest(ARRAY['0', '00', '0000', 'x', ':']) AS more
	UNION ALL
	SELECT format('digit %s is %s', n, digit),
		pg_temp.sqlstate_of(format('SELECT featmap_to_array(%L), best_score(%1$L, ''{1,2}'')', overlay(t PLACING digit FROM n FOR 1)))
		FROM good, generate_series(1, length(t)) AS n, unnest(ARRAY['0', '1', '7', 'f', 'x', ' ']) AS digit
$$;
CREATE TEMPORARY TABLE text_outcome AS SELECT * FROM pg_temp.text_outcomes();
SELECT is_empty($$ SELECT outcome, count(*), min(damage) FROM text_outcome
		WHERE damage ~ '^(cut|more)' AND outcome <> '22P02' GROUP BY 1 $$, 'text cut short or too long');
SELECT is_empty(
	$$ SELECT outcome, count(*), min(damage) FROM text_outcome
		WHERE damage ~ '^digit' AND outcome !~ '^(00000|22P02|54000|22000|22003)$' GROUP BY 1 $$,
	'damaged text is read or refused');

-- A nested array with each character missing, twice, or another.
CREATE TEMPORARY TABLE literal_outcome AS
	WITH good AS (SELECT '{{{-1,2.5,0},{4e1,0,.6}},{{0,0,4},{3,2,0}}}' AS t),
		damaged AS (
			SELECT overlay(t PLACING other FROM n FOR 1) AS input
			FROM good, generate_series(1, length(t)) AS n,
				unnest(ARRAY['', substr(t, n, 1) || substr(t, n, 1), '{', '}', ',', '-', 'e', '.', '9', '"', '\', ' ', 'x', '[', ':', '=']) AS other)
	SELECT input, pg_temp.sqlstate_of(format('SELECT featmap_to_array(%L), best_score(%1$L, ''{1,2}'')', input)) AS outcome FROM damaged;
SELECT ok((SELECT count(*) FROM literal_outcome WHERE outcome = '00000') > 50
		AND (SELECT count(*) FROM literal_outcome WHERE outcome = '22P02') > 200, 'damaged nested arrays, some of them still well');
SELECT is_empty(
	$$ SELECT outcome, count(*), min(input) FROM literal_outcome
		WHERE outcome !~ '^(00000|22P02|22003|2202E|22000)$' GROUP BY 1 $$,
	'a damaged nested array is read or refused');

-- Binary ---------------------------------------------------------------------

SELECT current_setting('data_directory') || '/featmap_damaged' AS file \gset

-- A file of binary COPY with one field.
CREATE FUNCTION pg_temp.binary_copy_outcome(file text, field bytea) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	large_object oid := lo_from_bytea(0, '\x5047434f50590aff0d0a00'::bytea || int4send(0) || int4send(0)
		|| int2send(1::smallint) || int4send(length(field)) || field || int2send(-1::smallint));
BEGIN
	PERFORM lo_export(large_object, file);
	PERFORM lo_unlink(large_object);
	RETURN pg_temp.sqlstate_of(format('COPY image FROM %L BINARY', file));
END $$;

CREATE TEMPORARY TABLE binary_outcome AS
	WITH good AS (SELECT featmap_send(featmap_from_array('{{{-1,2,0},{4,0,6}},{{0,0,4},{3,2,0}}}'::real[])) AS b)
	SELECT 'whole' AS damage, pg_temp.binary_copy_outcome(:'file', b) AS outcome FROM good
	UNION ALL
	SELECT 'cut to ' || n, pg_temp.binary_copy_outcome(:'file', substr(b, 1, n)) FROM good, generate_series(0, length(b) - 1) AS n
	UNION ALL
	SELECT 'more: ' || more::text, pg_temp.binary_copy_outcome(:'file', b || more) FROM good, unnest(ARRAY['\x00', '\x0000', '\x00000000']::bytea[]) AS more
	UNION ALL
	SELECT format('byte %s with %s', n, flip), pg_temp.binary_copy_outcome(:'file', set_byte(b, n, get_byte(b, n) # flip))
	FROM good, generate_series(0, length(b) - 1) AS n, unnest(ARRAY[1, 2, 16, 128, 255]) AS flip;

SELECT is((SELECT outcome FROM binary_outcome WHERE damage = 'whole'), '00000', 'binary input');
SELECT is_empty($$ SELECT outcome, count(*), min(damage) FROM binary_outcome
		WHERE damage ~ '^(cut|more)' AND outcome <> '22P03' GROUP BY 1 $$,
	'binary input cut short or too long');
SELECT is_empty($$ SELECT outcome, count(*), min(damage) FROM binary_outcome
		WHERE damage ~ '^byte' AND outcome !~ '^(00000|22P03|54000)$' GROUP BY 1 $$,
	'damaged binary input is read or refused');
SELECT ok((SELECT count(*) FROM binary_outcome WHERE damage ~ '^byte' AND outcome = '22P03') > 40,
	'a damaged header is refused');
SELECT is_empty(
	$$ SELECT features FROM image WHERE pg_temp.sqlstate_of(format(
		'SELECT featmap_to_array(f), integral_image(f), f::text, f = f, best_score(f, array_fill(1::real, ARRAY[channels(f)]))
			FROM (SELECT %L::featmap AS f) AS map', features)) <> '00000' $$,
	'what was read in spite of the damage can be used');

SELECT * FROM finish();
ROLLBACK;
