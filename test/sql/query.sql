-- The type featquery: its text and binary forms, casts, the constructor, and that it comes between no two arrays.
\ir setup.psql

SELECT plan(134);

-- Text ---------------------------------------------------------------------------

SELECT is(input::featquery::text, output, 'text ' || input)
FROM (VALUES
	(1, '{0.1,0.2,0.3}', '{0.1,0.2,0.3}'),
	(2, '[0.1,0.2,0.3]', '{0.1,0.2,0.3}'),
	(3, ' [ 1 , -2e3 ] ', '{1,-2000}'),
	(4, '{"1","2.50"}', '{1,2.5}'),
	(5, '{1} pooling=max aspect=1', '{1} aspect=1 pooling=max'),
	(6, '{1}aspect=1', '{1} aspect=1'),
	(7, '{1} min_score = 0.5 tolerance=0.1', '{1} tolerance=0.1 min_score=0.5'),
	(8, '{1} max_width=8 min_width=3 max_height=9 min_height=2 exponent=7 pooling=gem',
		'{1} pooling=gem exponent=7 min_height=2 max_height=9 min_width=3 max_width=8'),
	(9, '{1} tolerance=0.2 pooling=sum exponent=3 min_height=1 min_score=-1', '{1}'),
	(10, featquery_nearest('{1,2} aspect=1', 5)::text, '{1,2} aspect=1')
) AS t (n, input, output) ORDER BY n;

SELECT pg_temp.refuses(format('SELECT %L::featquery', input), state, message, 'text ' || input)
FROM (VALUES
	(1, '', '22P02', 'at the end'),
	(2, '1,2', '22P02', 'expected "{" or "\["'),
	(3, '{1,2]', '22P02', 'closing bracket'),
	(4, '{1,2} aspect', '22P02', 'expected "="'),
	(5, '{1,2} colour=1', '22P02', 'no setting "colour"'),
	(6, '{1,2} aspect=1 pooling=max aspect=1', '22P02', '"aspect" of a query is given twice'),
	(7, '{1,2} nearest=few', '22P02', 'expected a whole number'),
	(8, '{1,2} pooling=mean', '22023', 'mean'),
	(9, '{1,2} é=1', '22P02', '\\xc3\\xa9'),
	(10, '{}', '2202E', 'no elements'),
	(11, '{{1,2}}', '2202E', 'dimension'),
	(12, '{1,NULL}', '22004', 'nulls'),
	(13, '{1,null}', '22004', 'nulls'),
	(14, '{1,NaN}', '22003', 'NaN at position 2'),
	(15, '{-Infinity}', '22003', 'infinite value at position 1'),
	(16, '{1e39}', '22003', '1e39'),
	(17, '{1e-60,1}', '22003', '1e-60'),
	(18, '{0,-0}', '22023', '2 zeros'),
	(19, '{1} aspect=-1', '22023', '-1'),
	(20, '{1} min_height=3 max_height=2', '22023', 'max_height 2 is less than min_height 3'),
	(21, '{1} exponent=0.5', '22023', '0\.5'),
	(22, '{1} max_width=3000000000', '22003', '3000000000'),
	(23, '{1} max_width=4 min_width=9', '22023', 'max_width 4 is less than min_width 9'),
	(24, '{1} min_width=-2', '22023', 'min_width must be at least 1, not -2'),
	(25, '{1} max_height=0', '22023', 'max_height 0 is less than min_height 1')
) AS t (n, input, state, message) ORDER BY n;

-- A literal of several vectors is no featquery[]: the hint says what is.
CREATE FUNCTION pg_temp.hint_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	EXECUTE statement;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN hint;
END $$;
SELECT matches(pg_temp.hint_of('SELECT * FROM intsearch_many(''{{{1}},{{2}}}'', ''{{1,2},{3,4}}'')'), '::real\[\]', 'the hint of several vectors in a literal');
SELECT is(pg_temp.hint_of('SELECT ''1,2''::featquery'), '', 'what is no number has no such hint');
SELECT is((SELECT count(*) FROM intsearch_many('{{{1}},{{2}}}', '{{1,2},{3,4}}'::real[])), 2::bigint, 'as the hint has it');
SELECT is((SELECT count(*) FROM intsearch_many('{{{1}},{{2}}}', '{"{1,2}","{3,4} aspect=1"}')), 2::bigint, 'and as an array of texts');

-- Lossless -----------------------------------------------------------------------

SELECT setseed(0.125) \g /dev/null
-- Vectors of numbers of all sizes, and all settings.
CREATE TABLE query AS
	SELECT id, featquery(vector,
		aspect => CASE WHEN id % 2 = 0 THEN exp(random() * 1400 - 700) END, tolerance => exp(random() * 20 - 10),
		pooling => (ARRAY['sum', 'max', 'gem'])[id % 3 + 1], exponent => 1 + exp(random() * 40 - 20),
		min_height => (1 + random() * 100)::integer, max_height => CASE WHEN id % 5 < 4 THEN (200 + random() * 2e9)::integer END,
		min_width => (1 + random() * 100)::integer, max_width => CASE WHEN id % 7 < 5 THEN (200 + random() * 2e9)::integer END,
		min_score => CASE WHEN id % 3 < 2 THEN random() * 2 - 1 END) AS q, featquery(vector) AS plain
	FROM (SELECT id, array_agg(CASE i WHEN 1 THEN 1.4e-45 WHEN 2 THEN -3.4028235e38 WHEN 3 THEN 1.1754944e-38 WHEN 4 THEN 0
			ELSE (exp(random() * 180 - 100) * (random() - 0.5)) END::real) AS vector
		FROM generate_series(1, 300) AS id, generate_series(1, 20) AS i GROUP BY id) AS v;
SELECT is((SELECT count(DISTINCT q::text) FROM query), 300::bigint, 'queries of all settings');
SELECT is_empty('SELECT id FROM query WHERE featquery_send(q) <> featquery_send(q::text::featquery)
	OR q::text <> q::text::featquery::text', 'text reads back the same');
SELECT is_empty('SELECT id FROM query WHERE featquery_send(plain) <> featquery_send(plain::text::featquery)', 'of vectors alone, too');

SELECT current_setting('data_directory') || '/featquery_copied' AS file \gset
CREATE TABLE copied (LIKE query);
COPY query TO :'file' BINARY;
COPY copied FROM :'file' BINARY;
\set same 'SELECT id FROM query FULL JOIN copied USING (id) WHERE (query.q::text, query.plain::text) IS DISTINCT FROM (copied.q::text, copied.plain::text)'
SELECT is_empty(:'same', 'COPY BINARY');
TRUNCATE copied;
COPY query TO :'file';
COPY copied FROM :'file';
SELECT is_empty(:'same', 'COPY');
-- As pg_dump --inserts writes it.
TRUNCATE copied;
DO $$
DECLARE
	row query;
BEGIN
	FOR row IN TABLE query LOOP
		EXECUTE format('INSERT INTO copied VALUES (%L, %L, %L)', row.id, row.q, row.plain);
	END LOOP;
END $$;
SELECT is_empty(:'same', 'INSERT of literals');
SELECT is((SELECT count(*) FROM copied), 300::bigint, 'all of them');

-- A vector of any length, also where it is stored outside the row.
CREATE TABLE long_query AS SELECT n, featquery(array_agg(sin(i)::real ORDER BY i), aspect => 2) AS q
	FROM unnest(ARRAY[1, 500, 2000, 16384]) AS n, generate_series(1, n) AS i GROUP BY n;
SELECT is_empty('SELECT n FROM long_query WHERE q::text <> (SELECT featquery(array_agg(sin(i)::real ORDER BY i), aspect => 2)
	FROM generate_series(1, n) AS i)::text', 'queries of one to 16384 elements are stored');
SELECT pg_temp.refuses('SELECT array_fill(1::real, ARRAY[16385])::featquery', '54000', '16384.*16385', 'an array too long');
SELECT pg_temp.refuses('SELECT array_fill(1::real, ARRAY[16385])::text::featquery', '54000', '16384.*16385', 'a text too long');

-- Binary -------------------------------------------------------------------------

SELECT is(featquery_send('{1,2.5}'), array_send('{1,2.5}'::real[]), 'a vector alone is sent as a real[] is');
CREATE FUNCTION pg_temp.receive(field bytea, OUT outcome text, OUT q featquery) LANGUAGE plpgsql AS $$
DECLARE
	file text := current_setting('data_directory') || '/featquery_received';
	large_object oid := lo_from_bytea(0, '\x5047434f50590aff0d0a00'::bytea || int4send(0) || int4send(0)
		|| int2send(1::smallint) || int4send(length(field)) || field || int2send(-1::smallint));
BEGIN
	PERFORM lo_export(large_object, file);
	PERFORM lo_unlink(large_object);
	TRUNCATE received;
	outcome := pg_temp.sqlstate_of(format('COPY received FROM %L BINARY', file));
	SELECT r.q INTO q FROM received AS r;
END $$;
CREATE TEMPORARY TABLE received (q featquery);
SELECT is(q::text, '{1,2.5}', 'and read from one') FROM pg_temp.receive(array_send('{1,2.5}'::real[]));
SELECT is(outcome, state, 'binary array ' || description)
FROM (VALUES
	(1, array_send('{1,2}'::double precision[]), '42804', 'of another type'),
	(2, array_send('{{1,2},{3,4}}'::real[]), '2202E', 'of two dimensions'),
	(3, array_send('{}'::real[]), '2202E', 'of nothing'),
	(4, array_send('{1,NULL}'::real[]), '22004', 'with NULL'),
	(5, array_send('{0,0}'::real[]), '22023', 'of zeros'),
	(6, array_send('{1,NaN}'::real[]), '22003', 'with NaN')
) AS a (n, bytes, state, description), pg_temp.receive(bytes) ORDER BY n;

CREATE TEMPORARY TABLE binary_outcome AS
	WITH good AS (SELECT featquery_send('{1,-2,0.5} aspect=2 pooling=gem exponent=4 min_height=2 max_height=5 min_score=0.1') AS b
		UNION ALL SELECT featquery_send('{1,-2,0.5}')),
	damaged AS (
		SELECT 'whole' AS damage, b FROM good
		UNION ALL
		SELECT 'cut to ' || n, substr(b, 1, n) FROM good, generate_series(0, length(b) - 1) AS n
		UNION ALL
		SELECT 'more: ' || more::text, b || more FROM good, unnest(ARRAY['\x00', '\x00000000']::bytea[]) AS more
		UNION ALL
		SELECT format('byte %s with %s', n, flip), set_byte(b, n, get_byte(b, n) # flip)
		FROM good, generate_series(0, length(b) - 1) AS n, unnest(ARRAY[1, 64, 255]) AS flip)
	SELECT damage, r.* FROM damaged, pg_temp.receive(b) AS r;
SELECT is((SELECT array_agg(q::text ORDER BY q::text) FROM binary_outcome WHERE damage = 'whole'),
	'{"{1,-2,0.5}","{1,-2,0.5} aspect=2 pooling=gem exponent=4 min_height=2 max_height=5 min_score=0.1"}', 'binary input');
SELECT is_empty($$ SELECT outcome, count(*), min(damage) FROM binary_outcome
	WHERE damage ~ '^(cut|more)' AND outcome !~ '^(22P03|08P01)$' GROUP BY 1 $$, 'binary input cut short or too long');
SELECT is_empty($$ SELECT outcome, count(*), min(damage) FROM binary_outcome
	WHERE outcome !~ '^(00000|22P03|08P01|22023|22003|22004|2202E|42804|54000)$' GROUP BY 1 $$, 'damaged binary input is read or refused');
SELECT is_empty($$ SELECT damage, q FROM binary_outcome WHERE outcome = '00000'
	AND q::text <> q::text::featquery::text $$, 'what was read in spite of the damage can be used');

-- The value of a statement.
CREATE FUNCTION pg_temp.value_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	value text;
BEGIN
	EXECUTE statement INTO value;
	RETURN value;
END $$;

-- Casts --------------------------------------------------------------------------

SELECT is(pg_temp.value_of(format('SELECT (%L::%s)::featquery::text', '{1,-2,3}', type)), '{1,-2,3}', type || ' is a query')
FROM unnest(ARRAY['smallint[]', 'integer[]', 'bigint[]', 'real[]', 'double precision[]', 'numeric[]']) AS type;
SELECT is(pg_temp.value_of(format('SELECT best_score(%L, %L::%s)::text', '{{{1}},{{2}}}', '{2,4}', type)), '1', type || ' is one without a cast')
FROM unnest(ARRAY['smallint[]', 'integer[]', 'bigint[]', 'real[]', 'double precision[]', 'numeric[]']) AS type;
SELECT is('{0.1,0.123456789}'::numeric[]::featquery::text, '{0.1,0.12345679}'::real[]::featquery::text, 'numbers are rounded to real');
SELECT is(ARRAY[16777217]::featquery::text, '{16777216}'::real[]::featquery::text, 'whole numbers, too');
SELECT pg_temp.refuses(format('SELECT (%L::%s)::featquery', value, type), state, message, type || ' ' || value)
FROM (VALUES
	(1, '{1,NULL}', 'integer[]', '22004', 'nulls'),
	(2, '{1,NULL}', 'numeric[]', '22004', 'nulls'),
	(3, '{{1,2},{3,4}}', 'integer[]', '2202E', '2 dimensions'),
	(4, '{{1,2},{3,4}}', 'real[]', '2202E', '2 dimensions'),
	(5, '{}', 'bigint[]', '2202E', '0 dimensions|no elements'),
	(6, '{0,0}', 'smallint[]', '22023', '2 zeros'),
	(7, '{1e39}', 'double precision[]', '22003', ''),
	(8, '{1e-60}', 'double precision[]', '22003', ''),
	(9, '{1e39}', 'numeric[]', '22003', ''),
	(10, '{1e-60}', 'numeric[]', '22003', ''),
	(11, '{NaN}', 'numeric[]', '22003', 'NaN'),
	(12, '{Infinity}', 'double precision[]', '22003', 'infinite')
) AS t (n, value, type, state, message) ORDER BY n;
SELECT is('{{1,2},{3,4}}'::real[]::featquery[]::text, '{"{1,2}","{3,4}"}', 'a query for each row of a real[]');
SELECT is('{{1,2},{3,4}}'::double precision[]::featquery[]::text, '{"{1,2}","{3,4}"}', 'and of a double precision[]');
SELECT is(ARRAY[featquery('{1,2}', aspect => 1), '{3,4}']::text, '{"{1,2} aspect=1","{3,4}"}', 'an array of queries');

-- The constructor ------------------------------------------------------------------

SELECT is(featquery(ARRAY[1, 2])::text, '{1,2}', 'a vector alone');
SELECT is(featquery('{1,2}', 2, 0.3, 'gem', 5, 2, 8, 3, 9, 0.25)::text,
	'{1,2} aspect=2 tolerance=0.3 pooling=gem exponent=5 min_height=2 max_height=8 min_width=3 max_width=9 min_score=0.25', 'all settings');
SELECT is(featquery('{1,2}', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)::text, '{1,2}', 'NULL stands for a default');
SELECT is(featquery('{1,2} aspect=2 pooling=max', min_score => 0.5)::text, '{1,2} min_score=0.5', 'of a query its vector is taken');
SELECT ok(featquery(NULL::real[], aspect => 1) IS NULL, 'no vector, no query');

-- Not between arrays ------------------------------------------------------------------

SELECT is_empty($$ SELECT oprname FROM pg_operator WHERE oprleft IN ('featquery'::regtype, 'featquery[]'::regtype)
	OR (oprright IN ('featquery'::regtype, 'featquery[]'::regtype) AND oprleft <> 'featmap'::regtype) $$,
	'the only operators that take a query have a map on their left');
CREATE FUNCTION pg_temp.is_own(statement text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE 'CREATE OR REPLACE TEMPORARY VIEW tried AS SELECT (' || statement || ') IS NULL AS value';
	RETURN EXISTS (SELECT FROM pg_depend JOIN pg_depend AS own ON own.classid = pg_depend.refclassid AND own.objid = pg_depend.refobjid
		WHERE pg_depend.classid = 'pg_rewrite'::regclass
			AND pg_depend.objid = (SELECT oid FROM pg_rewrite WHERE ev_class = 'pg_temp.tried'::regclass)
			AND own.refclassid = 'pg_extension'::regclass AND own.deptype = 'e'
			AND own.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'intsearch'));
EXCEPTION WHEN OTHERS THEN
	RETURN NULL;
END $$;
CREATE TEMPORARY TABLE type AS SELECT unnest(ARRAY['smallint[]', 'integer[]', 'bigint[]', 'real[]', 'double precision[]', 'numeric[]']) AS type;
CREATE TEMPORARY TABLE expression AS
	SELECT format('NULL::%s OPERATOR(%I.%s) NULL::%s', a.type, nspname, oprname, b.type) AS sql, 'operator' AS kind
	FROM type AS a, type AS b,
		(SELECT DISTINCT nspname, oprname FROM pg_operator JOIN pg_namespace AS n ON n.oid = oprnamespace WHERE oprkind = 'b') AS o
	WHERE a.type <> b.type OR oprname ~ '[<=>-]';
SELECT cmp_ok((SELECT count(*) FROM expression), '>', 1500::bigint, 'operators to try between arrays');
CREATE TEMPORARY TABLE outcome AS SELECT sql, kind, pg_temp.is_own(sql) AS is_own FROM expression;
SELECT is_empty($$ SELECT sql FROM outcome WHERE is_own $$, 'no operator between two arrays is one of this extension');
SELECT cmp_ok((SELECT count(*) FROM outcome WHERE NOT is_own), '>', 50::bigint, 'some are PostgreSQL''s');
SELECT ok(pg_temp.is_own('NULL::featmap <=> NULL::integer[]'), 'which such a look would see');
SELECT pg_temp.refuses(format('SELECT ARRAY[1] %s ARRAY[1::real]', operator), '42883', format('ARRAY of integer %s ARRAY of real', operator))
FROM unnest(ARRAY['=', '<', '<>', '<=>', '<->', '@>']) AS operator;
-- Nor does a function take arrays for a map, or two of them, but those that are for arrays.
CREATE TEMPORARY TABLE own AS
	SELECT DISTINCT proname::text AS name FROM pg_proc JOIN pg_depend ON classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e'
	WHERE refclassid = 'pg_extension'::regclass AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'intsearch') AND prokind = 'f';
SELECT set_eq($$ SELECT DISTINCT name FROM own, type WHERE pg_temp.is_own(format('%I(NULL::%s)', name, type)) $$,
	ARRAY['featmap_from_array', 'featquery', 'featquery_from_array', 'featqueries_from_array', 'featquery_out', 'featquery_send',
		'mean_direction_final', 'pca_whitening_final'], 'functions of one array');
SELECT set_eq($$ SELECT DISTINCT name FROM own, type AS a, type AS b
	WHERE a.type IN ('integer[]', 'real[]', 'double precision[]') AND b.type IN ('integer[]', 'real[]', 'double precision[]')
		AND pg_temp.is_own(format('%I(NULL::%s, NULL::%s)', name, a.type, b.type)) $$,
	ARRAY['mean_direction_combine', 'mean_direction_transition', 'pca_whitening_combine', 'whiten'], 'functions of two arrays');

SELECT pg_temp.refuses('SELECT (''{1,2}''::featquery)[1]', '42804', 'subscript', 'no element is read');
SELECT pg_temp.refuses('UPDATE query SET q[1] = 2', '42804', 'subscript', 'nor written');

-- Soft errors --------------------------------------------------------------------------

SELECT current_setting('server_version_num')::integer >= 160000 AS has_soft_errors,
	current_setting('server_version_num')::integer >= 170000 AS has_on_error \gset
\if :has_soft_errors
SELECT is(pg_input_is_valid(input, type), valid, format('%s %s is %svalid', type, left(input, 30), CASE WHEN valid THEN '' ELSE 'not ' END))
FROM (VALUES
	(1, '{1,2} aspect=1', 'featquery', true), (2, '{1,2', 'featquery', false), (3, '{0,0}', 'featquery', false),
	(4, '{1} colour=1', 'featquery', false), (5, '{1e99}', 'featquery', false), (6, '{1} aspect=-1', 'featquery', false),
	(7, '{{{1,2}}}', 'featmap', true), (8, '{{1,2}}', 'featmap', false), (9, '{{{1,x}}}', 'featmap', false),
	(10, '{{{NaN}}}', 'featmap', false), (11, 'featmap:1:8u:1x1x1:zz', 'featmap', false), (12, 'featmap:2:', 'featmap', false),
	(13, '{{{1,NULL}}}', 'featmap', false), (14, '', 'featmap', false)
) AS t (n, input, type, valid) ORDER BY n;
SELECT is((SELECT sql_error_code FROM pg_input_error_info('{1} colour=1', 'featquery')), '22P02', 'with its SQLSTATE');
\else
SELECT skip('soft errors came with PostgreSQL 16', 15);
\endif
\if :has_on_error
CREATE TABLE loaded (id integer, q featquery, features featmap);
COPY (VALUES (1, '{1,2}', '{{{1}}}'), (2, '{1,2', '{{{1}}}'), (3, '{0}', '{{{1}}}'), (4, '{1}', '{{{x}}}'), (5, '{3}', '{{{2}}}')) TO :'file';
COPY loaded FROM :'file' (ON_ERROR ignore);
SELECT is((SELECT array_agg(id ORDER BY id) FROM loaded), '{1,5}', 'COPY leaves out what is no query or no map');
\else
SELECT skip('COPY has ON_ERROR since PostgreSQL 17');
\endif

-- NULLs and rights -----------------------------------------------------------------------

CREATE TABLE image (id integer PRIMARY KEY, features featmap);
INSERT INTO image VALUES (1, '{{{1,2}},{{2,1}}}'), (2, '{{{0,0}},{{0,0}}}'), (3, NULL), (4, '{{{1,0}},{{0,1}}}');
SELECT is((SELECT array_agg(id) FROM (SELECT id FROM image ORDER BY best_score(features, '{1,0}') DESC, id) AS t), '{2,3,4,1}',
	'without NULLS LAST, maps without a score come first');
SELECT is((SELECT array_agg(id) FROM (SELECT id FROM image ORDER BY best_score(features, '{1,0}') DESC NULLS LAST, id) AS t), '{4,1,2,3}',
	'with it, last');
SELECT is((SELECT array_agg(id) FROM (SELECT id FROM image ORDER BY features <=> '{1,0}', id) AS t), '{4,1,2,3}', 'as by the distance');
SELECT is('{{{1}}}'::featmap <=> NULL, NULL, 'a NULL query');
SELECT is('{{{1}}}'::featmap <=> featquery('{1}', min_height => 5), NULL, 'no window that qualifies');

CREATE ROLE reader;
GRANT SELECT ON image TO reader;
SAVEPOINT granted;
REVOKE EXECUTE ON FUNCTION featmap_cosine_distance(featmap, featquery) FROM PUBLIC;
SET LOCAL ROLE reader;
SELECT pg_temp.refuses('SELECT id FROM image ORDER BY features <=> ''{1,0}'' LIMIT 1', '42501', 'featmap_cosine_distance',
	'with the distance revoked, none is computed');
ROLLBACK TO granted;
REVOKE EXECUTE ON FUNCTION featquery_nearest(featquery, bigint) FROM PUBLIC;
SET LOCAL ROLE reader;
SELECT is((SELECT array_agg(id) FROM (SELECT id FROM image ORDER BY features <=> '{1,0}' LIMIT 1) AS t), '{4}',
	'with featquery_nearest revoked, LIMIT still answers');
SELECT is((SELECT array_agg(a.id) FROM (SELECT a.id FROM image AS a JOIN image AS b USING (id)
	ORDER BY a.features <=> (SELECT ARRAY[1, 0]) LIMIT 1) AS a), '{4}', 'where it would stand in the plan, too');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
