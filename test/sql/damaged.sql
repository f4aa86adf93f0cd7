-- A stored value that was damaged gives data_corrupted or an answer, and never takes the server down.
\ir setup.psql

SELECT plan(18);

-- What lies on disk is a bytea to us, and any bytea can be put there.
CREATE CAST (featmap AS bytea) WITHOUT FUNCTION;
ALTER EXTENSION intsearch DROP CAST (bytea AS featmap);
DROP CAST (bytea AS featmap);
CREATE CAST (bytea AS featmap) WITHOUT FUNCTION;

SELECT pg_backend_pid() AS backend \gset
SELECT pg_postmaster_start_time() AS started \gset

-- Every function on one value, where the damage may have changed the number of channels and the size.
CREATE TABLE use (name text PRIMARY KEY, statement text);
INSERT INTO use VALUES
	('channels', 'SELECT channels($1)'),
	('height', 'SELECT height($1)'),
	('width', 'SELECT width($1)'),
	('bits', 'SELECT bits($1)'),
	('featmap_to_array', 'SELECT featmap_to_array($1)'),
	('integral_image', 'SELECT integral_image($1)'),
	('featmap_to_npy', 'SELECT featmap_to_npy($1)'),
	('featmap_crop', 'SELECT featmap_crop($1, 0, 0, 1, 2)'),
	('featmap_mirror', 'SELECT featmap_mirror($1)'),
	('whiten', 'SELECT whiten($1, ''{{0.1,-0.2,0.3,0},{0,0,0.5,0}}''::real[])'),
	('similarity_map', 'SELECT similarity_map($1, ''{1,2,-1}'')'),
	('region_vector', 'SELECT region_vector($1, 0, 0, 1, 2)'),
	('region_vector, all', 'SELECT region_vector($1, 0, 0, height($1), width($1))'),
	('region_vector, box', 'SELECT region_vector($1, ''(1,1),(9,9)''::box, 10, 10)'),
	('region_vector, max', 'SELECT region_vector($1, 0, 0, 1, 2, ''max'')'),
	('region_vector, gem', 'SELECT region_vector($1, 0, 0, height($1), width($1), ''gem'')'),
	('region_vector, whole', 'SELECT region_vector($1, ''max'')'),
	('rmac_regions', 'SELECT count(*) FROM rmac_regions($1)'),
	('rmac', 'SELECT rmac($1), rmac($1, 2, ''{{1,2,3,4},{1,0,-1,2}}'', ''sum'')'),
	('window_box', 'SELECT window_box($1, 0, 0, 1, 1, 10, 10)'),
	('window_rectangle', 'SELECT window_rectangle($1, 0, 0, 1, 1, 10, 10)'),
	('box_window', 'SELECT box_window($1, ''(1,1),(9,9)''::box, 10, 10)'),
	('intsearch', 'SELECT count(*) FROM intsearch($1, ''{1,2,-1}'', max_results => 3)'),
	('intsearch, aspect', 'SELECT count(*) FROM intsearch($1, featquery(''{1,2,-1}'', aspect => 1))'),
	('intsearch, max', 'SELECT count(*) FROM intsearch($1, featquery(''{1,2,-1}'', pooling => ''max''), max_results => 3)'),
	('intsearch, gem', 'SELECT count(*) FROM intsearch($1, featquery(''{1,2,-1}'', pooling => ''gem'', exponent => 10))'),
	('intsearch, right length', 'SELECT count(*) FROM intsearch($1, array_fill(1::real, ARRAY[least(channels($1), 20000)]))'),
	('intsearch_many', 'SELECT count(*) FROM intsearch_many($1, ARRAY[featquery(''{1,2,-1}'', pooling => ''max''), featquery(''{0,0,3}'', pooling => ''max'')])'),
	('max_sim', 'SELECT max_sim($1, ''{{1,2,-1},{0,0,0},{0,0,3}}'')'),
	('max_sim_cells', 'SELECT count(*) FROM max_sim_cells($1, ''{{1,2,-1}}'')'),
	('best_score', 'SELECT best_score($1, ''{1,2,-1}'')'),
	('best_score, max, right length',
		'SELECT best_score($1, featquery(array_fill(-1::real, ARRAY[least(channels($1), 20000)]), pooling => ''max''))'),
	('best_score, negated', 'SELECT best_score($1, ''{-1,-2,-1}'')'),
	('<=>', 'SELECT $1 <=> ''{1,2,-1}'''),
	('<->', 'SELECT $1 <-> ''{1,2,-1}'''),
	('of the nearest', 'SELECT $1 <=> featquery_nearest(''{1,2,-1}'', 5), $1 <-> featquery_nearest(''{1,2,-1}'', 5)'),
	('=', 'SELECT $1 = ''{{{1}}}'' OR $1 <> $1'),
	('hash', 'SELECT featmap_hash($1), featmap_hash_extended($1, 7)'),
	('text', 'SELECT $1::text'),
	('send', 'SELECT featmap_send($1)'),
	('rounding_error', 'SELECT rounding_error($1)'),
	('typmod', 'SELECT $1::featmap(3)'),
	('real[]', 'SELECT $1::real[]');

CREATE FUNCTION pg_temp.outcome(statement text, value featmap) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement USING value;
	RETURN '00000';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;

-- What went wrong with whom: all that is neither an answer, nor data_corrupted, nor a true complaint about a map
-- that now has another number of channels (22000) or another size (22023).
CREATE TABLE outcome (map text, damage text, use text, state text);

CREATE FUNCTION pg_temp.try_all(map text, damage text, value bytea) RETURNS void
LANGUAGE sql AS $$
	INSERT INTO outcome SELECT map, damage, name, pg_temp.outcome(statement, value::featmap) FROM use;
$$;

CREATE TABLE sample (map text, value bytea);
INSERT INTO sample VALUES
	('sparse, 8 bits', featmap_from_array('{{{0,2,0,0},{0,0,6,0},{0,0,0,1}},{{0,0,4,0},{3,2,0,0},{0,0,0,0}},{{0,0,0,0},{0,0,9,0},{0,0,0,5}}}'::real[], 8)::bytea),
	('dense, signed', featmap_from_array('{{{1,2,3},{4,5,6}},{{-6,5,4},{3,2,1}},{{7,8,-9},{1,2,3}}}'::real[], 8)::bytea),
	('16 bits', featmap_from_array('{{{1,2,0},{0,5,6}},{{6,0,4},{3,0,1}},{{0,0,-9},{1,2,0}}}'::real[], 16)::bytea),
	('24 bits', featmap_from_array('{{{1,2,0},{0,5,6}},{{6,0,4},{3,0,1}},{{0,0,-9},{1,2,0}}}'::real[], 24)::bytea);
-- Only the whole values answer to all, but for gem, which the two with negative values refuse.
SET track_functions = 'all';
SELECT pg_temp.try_all(map, 'none', value) FROM sample \g /dev/null
RESET track_functions;
SELECT is_empty($$ SELECT oid::regprocedure FROM pg_proc
		WHERE 'featmap'::regtype = ANY (proargtypes) AND pronamespace <> pg_my_temp_schema()
			AND oid NOT IN (SELECT funcid FROM pg_stat_xact_user_functions)
			AND proname <> 'featmap_out' -- not counted as a function where it makes text $$,
	'no function that takes a map is left out');
SELECT is_empty($$ SELECT * FROM outcome
		WHERE state <> CASE WHEN use ~ 'gem' AND map <> 'sparse, 8 bits' THEN '22023' ELSE '00000' END $$,
	'whole values give answers');

DO $$
DECLARE
	s sample;
BEGIN
	FOR s IN SELECT * FROM sample LOOP
		PERFORM pg_temp.try_all(s.map, 'cut to ' || n, substr(s.value, 1, n)) FROM generate_series(0, length(s.value) - 1) AS n;
		PERFORM pg_temp.try_all(s.map, format('byte %s, bits %s', n, flip), set_byte(s.value, n, get_byte(s.value, n) # flip))
		FROM generate_series(0, length(s.value) - 1) AS n, unnest(ARRAY[1, 16, 128, 255]) AS flip;
		PERFORM pg_temp.try_all(s.map, 'version ' || version, set_byte(s.value, 0, version)) FROM generate_series(0, 255) AS version
		WHERE version NOT IN (1, 2) AND s.map ~ '^sparse';
		PERFORM pg_temp.try_all(s.map, 'too long', s.value || more) FROM unnest(ARRAY['\x00', '\x01020304']::bytea[]) AS more;
		PERFORM pg_temp.try_all(s.map, 'all ' || byte, decode(repeat(byte, length(s.value)), 'hex')) FROM unnest(ARRAY['00', '01', '7f', 'ff']) AS byte;
	END LOOP;
END $$;

SELECT ok((SELECT count(DISTINCT (map, damage)) FROM outcome) > 600, 'many damages were tried');
SELECT is_empty(
	$$ SELECT map, use, state, count(*), min(damage) FROM outcome WHERE state !~ '^(00000|XX001|22000|22023)$' GROUP BY 1, 2, 3 $$,
	'a damaged value: an answer or data_corrupted');
SELECT is_empty(
	$$ SELECT DISTINCT map, use, damage FROM outcome
		WHERE damage ~ '^cut to' AND state <> 'XX001'
			AND use IN ('featmap_to_array', 'featmap_to_npy', 'featmap_mirror', 'whiten', 'integral_image', 'rmac_regions', 'rmac', 'intsearch', 'max_sim', 'best_score', '<=>', '<->', 'text', 'send') $$,
	'a value cut short anywhere: data_corrupted from all that read the whole');
SELECT is_empty(
	$$ SELECT DISTINCT map, use FROM outcome WHERE damage IN ('all 00', 'all ff', 'cut to 0', 'cut to 1', 'cut to 9') AND state <> 'XX001' $$,
	'a value without a header: data_corrupted from every function');
SELECT is_empty(
	$$ SELECT DISTINCT map, use FROM outcome WHERE damage ~ '^(byte 0,|version)' AND state <> 'XX001' $$,
	'a value of an unknown version: data_corrupted from every function');
SELECT ok((SELECT count(*) FROM outcome WHERE state = 'XX001') > 1000, 'much of the damage is noticed');

-- From a table ---------------------------------------------------------------

-- In the row, where a short value has a header of one byte and any alignment.
CREATE TABLE image (odd boolean, features featmap);
INSERT INTO image
	SELECT true, set_byte(value, n, get_byte(value, n) # 255)::featmap
	FROM sample, generate_series(0, length(value) - 1) AS n;
SELECT is_empty(
	$$ SELECT name, state FROM image, use, pg_temp.outcome(statement, features) AS state WHERE state !~ '^(00000|XX001|22000|22023)$' $$,
	'damaged values in a table');

-- In the TOAST table.
SELECT setseed(0.5) \g /dev/null
CREATE TABLE large (damage text, features featmap);
DO $$
DECLARE
	value bytea := featmap_from_array(pg_temp.random_values(3, 40, 50))::bytea;
	size integer := length(value);
BEGIN
	INSERT INTO large VALUES ('none', value::featmap);
	FOR n IN 0..199 LOOP
		INSERT INTO large VALUES (format('byte %s', n * size / 200), set_byte(value, n * size / 200, get_byte(value, n * size / 200) # 255)::featmap);
	END LOOP;
	FOR n IN 0..19 LOOP
		INSERT INTO large VALUES (format('cut to %s', n * size / 20), substr(value, 1, n * size / 20)::featmap);
	END LOOP;
END $$;
SELECT ok((SELECT pg_relation_size(reltoastrelid) > 1000000 FROM pg_class WHERE oid = 'large'::regclass), 'large values lie in the TOAST table');
SELECT is((SELECT features::text::featmap = features FROM large WHERE damage = 'none'), true, 'the large value is well');
SELECT is_empty(
	$$ SELECT damage, name, state FROM large, use, pg_temp.outcome(statement, features) AS state
		WHERE state !~ '^(00000|XX001|22000|22023)$' AND name IN
			('channels', 'height', 'featmap_to_array', 'integral_image', 'region_vector', 'region_vector, all', '=', 'hash', 'text', 'send') $$,
	'damaged values in the TOAST table');
SELECT is_empty(
	$$ SELECT damage, name, state FROM large, use, pg_temp.outcome(statement, features) AS state
		WHERE damage ~ '^cut' AND name IN ('featmap_to_array', 'intsearch', 'best_score', '<=>', 'text') AND state <> 'XX001' $$,
	'values cut short in the TOAST table: data_corrupted');

-- A damaged sketch bounds nothing truly, so the answer may be wrong, but it is a window of the map.
SELECT is_empty(
	$$ SELECT damage, f.* FROM (SELECT * FROM large WHERE damage ~ '^byte' AND
			pg_temp.outcome('SELECT count(*) FROM intsearch($1, featquery(''{1,2,-1}'', max_height => 3, max_width => 3))', features) = '00000') AS l,
		intsearch(features, featquery('{1,2,-1}', max_height => 3, max_width => 3)) AS f
		WHERE NOT (0 <= y1 AND y1 < y2 AND y2 <= height(features) AND 0 <= x1 AND x1 < x2 AND x2 <= width(features)
			AND score BETWEEN -1 AND 1) $$,
	'whatever was damaged, an answer is a window of the map');

-- Another type's bytes in our column.
SELECT is(pg_temp.outcome('SELECT height($1)', 'not a feature map at all'::bytea::featmap), 'XX001', 'foreign bytes: height()');
SELECT is(pg_temp.outcome('SELECT best_score($1, ''{1}'')', '\x'::bytea::featmap), 'XX001', 'no bytes: best_score()');

SELECT is(pg_backend_pid(), :backend, 'this is the same backend');
SELECT is(pg_postmaster_start_time(), :'started', 'the server was not restarted');

SELECT * FROM finish();
ROLLBACK;
