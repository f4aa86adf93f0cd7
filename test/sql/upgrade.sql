-- ALTER EXTENSION UPDATE from every version gives what a fresh installation gives, and keeps the maps.
\ir setup.psql

SELECT plan(32);

-- All that belongs to the extension, and all that the catalogue tells of it, comments included, but for numbers of objects.
CREATE FUNCTION pg_temp.catalogue() RETURNS SETOF text LANGUAGE sql AS $$
	WITH own AS (
		SELECT classid, objid FROM pg_depend
		WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
			AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'intsearch')
	), of_class AS (SELECT objid FROM own WHERE classid = 'pg_opclass'::regclass)
	SELECT format('%s: %s', pg_describe_object(classid, objid, 0), coalesce(
		CASE classid
			WHEN 'pg_proc'::regclass THEN (
				SELECT concat_ws(' ', pg_get_function_arguments(oid), pg_get_function_result(oid), prokind, provolatile, proisstrict,
					proparallel, procost, prorows, prosupport, prosecdef, proleakproof, proconfig, prosrc, probin, proacl)
				FROM pg_proc WHERE oid = objid)
			WHEN 'pg_type'::regclass THEN (
				SELECT concat_ws(' ', typlen, typbyval, typtype, typcategory, typispreferred, typdelim, typalign, typstorage, typinput, typoutput,
					typreceive, typsend, typmodin, typmodout, typanalyze, typsubscript, typacl) FROM pg_type WHERE oid = objid)
			WHEN 'pg_operator'::regclass THEN (
				SELECT concat_ws(' ', oprkind, oprcanmerge, oprcanhash, oprcom::regoper, oprnegate::regoper, oprcode, oprrest, oprjoin)
				FROM pg_operator WHERE oid = objid)
			WHEN 'pg_cast'::regclass THEN (
				SELECT concat_ws(' ', castfunc::regprocedure, castcontext, castmethod) FROM pg_cast WHERE oid = objid)
			WHEN 'pg_am'::regclass THEN (SELECT concat_ws(' ', amtype, amhandler) FROM pg_am WHERE oid = objid)
			WHEN 'pg_opclass'::regclass THEN (
				SELECT concat_ws(' ', opcdefault, opcintype::regtype, opckeytype) FROM pg_opclass WHERE oid = objid)
		END, '?') || ' ' || coalesce(obj_description(objid, classid::regclass::name), ''))
	FROM own
	UNION ALL
	SELECT concat_ws(' ', aggfnoid::regprocedure, aggkind, aggtransfn, aggfinalfn, aggcombinefn, aggserialfn, aggfinalextra, aggfinalmodify,
		aggtranstype::regtype, aggtransspace, agginitval)
	FROM pg_aggregate WHERE aggfnoid IN (SELECT objid FROM own)
	UNION ALL
	SELECT concat_ws(' ', 'operator of class', amopstrategy, amopopr::regoperator) FROM pg_amop JOIN pg_opclass ON opcfamily = amopfamily
	WHERE pg_opclass.oid IN (TABLE of_class)
	UNION ALL
	SELECT concat_ws(' ', 'function of class', amprocnum, amproc) FROM pg_amproc JOIN pg_opclass ON opcfamily = amprocfamily
	WHERE pg_opclass.oid IN (TABLE of_class)
$$;

-- Three tests: an update of what is installed gives what a fresh installation gave.
CREATE FUNCTION pg_temp.updates() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	version text := (SELECT extversion FROM pg_extension WHERE extname = 'intsearch');
BEGIN
	ALTER EXTENSION intsearch UPDATE;
	RETURN NEXT is((SELECT extversion FROM pg_extension WHERE extname = 'intsearch'),
		(SELECT default_version FROM pg_available_extensions WHERE name = 'intsearch')::text,
		'ALTER EXTENSION UPDATE leads from ' || version || ' to the current version');
	RETURN NEXT is_empty('SELECT pg_temp.catalogue() EXCEPT ALL TABLE fresh', 'and leaves nothing that a fresh installation has not');
	RETURN NEXT is_empty('TABLE fresh EXCEPT ALL SELECT pg_temp.catalogue()', 'nor less');
END $$;

CREATE TEMPORARY TABLE fresh AS SELECT pg_temp.catalogue() AS line;
SELECT cmp_ok((SELECT count(*) FROM fresh), '>', 60::bigint, 'a fresh installation has its objects');
SELECT is_empty('SELECT line FROM fresh WHERE line ~ '': \? ''
	AND line !~ ''^(operator family|operator class|operator of|function of)''', 'and all kinds of them are compared');

SELECT is_empty($$
	SELECT pg_describe_object(classid, objid, 0) FROM pg_depend
	WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
		AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'intsearch')
		AND classid IN ('pg_proc'::regclass, 'pg_type'::regclass, 'pg_operator'::regclass, 'pg_cast'::regclass, 'pg_opclass'::regclass)
		AND obj_description(objid, classid::regclass::name) IS NULL
		-- from PostgreSQL 17 on, arrays of its types belong to an extension
		AND NOT EXISTS (SELECT FROM pg_type WHERE classid = 'pg_type'::regclass AND oid = objid AND typcategory = 'A')
$$, 'every object that a user sees has a comment');

SELECT is((SELECT extversion FROM pg_extension WHERE extname = 'intsearch'), default_version, 'the version that is installed is the current one')
FROM pg_available_extensions WHERE name = 'intsearch';
SELECT is(intsearch_version() ~ ('^intsearch ' || regexp_replace(extversion, '\.', '\\.', 'g') || ','), true, 'and that of the library')
FROM pg_extension WHERE extname = 'intsearch';
SELECT is_empty($$
	SELECT version FROM pg_available_extension_versions AS v WHERE name = 'intsearch' AND NOT EXISTS (
		SELECT FROM pg_extension_update_paths(name) WHERE source = version AND path IS NOT NULL
			AND target = (SELECT default_version FROM pg_available_extensions WHERE name = 'intsearch'))
	AND version <> (SELECT default_version FROM pg_available_extensions WHERE name = 'intsearch')
$$, 'every version leads to the current one');

-- On an older catalogue, between the installation of the library and ALTER EXTENSION UPDATE ----------

-- One test: every function of the catalogue that is called by name ends with the right answer, or says what to do.
CREATE FUNCTION pg_temp.outcome(statement text, OUT state text, OUT hint text, OUT value text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement INTO value;
	state := '00000';
EXCEPTION WHEN OTHERS THEN
	state := SQLSTATE;
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
END $$;

-- A call of each function, operator, cast and aggregate by its signature; its answer where it is one that still works.
CREATE TEMPORARY TABLE call (since text, signature text, statement text, answer text);
INSERT INTO call VALUES
	('0.1.0', 'featmap_in(cstring,oid,integer)', $$ SELECT height(featmap_in('{{{1,2}}}', 0, -1)) $$, '1'),
	('0.1.0', 'featmap_out(featmap)', $$ SELECT featmap_out('{{{255}}}') $$, 'featmap:2:8u:1x1x1:'),
	('0.1.0', 'featmap_recv(internal,oid,integer)', NULL, NULL),
	('0.1.0', 'featmap_send(featmap)', $$ SELECT length(featmap_send('{{{1,2}}}')) > 8 $$, 'true'),
	('0.1.0', 'featmap_typmod_in(cstring[])', $$ SELECT featmap_typmod_in('{3}') $$, '3'),
	('0.1.0', 'featmap(featmap,integer,boolean)', $$ SELECT channels('{{{1}},{{2}}}'::featmap::featmap(2)) $$, '2'),
	('0.1.0', 'featmap(real[],integer,boolean)', $$ SELECT width('{{{1,2}}}'::real[]::featmap) $$, '2'),
	('0.1.0', 'featmap(double precision[],integer,boolean)', $$ SELECT width('{{{1,2}}}'::float8[]::featmap) $$, '2'),
	('0.1.0', 'featmap_from_npy(bytea,integer,text)', $$ SELECT featmap_from_npy('\x00') $$, 'state 22'),
	('0.1.0', 'featmap_from_array(real[],integer)', $$ SELECT bits(featmap_from_array('{{{1,2}}}'::real[], 16)) $$, '16'),
	('0.1.0', 'featmap_from_array(double precision[],integer)', $$ SELECT bits(featmap_from_array('{{{1,2}}}'::float8[])) $$, '8'),
	('0.1.0', 'channels(featmap)', $$ SELECT channels('{{{1}},{{2}},{{3}}}') $$, '3'),
	('0.1.0', 'height(featmap)', $$ SELECT height('{{{1},{2}}}'::featmap) $$, '2'),
	('0.1.0', 'width(featmap)', $$ SELECT width('{{{1,2,3}}}'::featmap) $$, '3'),
	('0.1.0', 'bits(featmap)', $$ SELECT bits('{{{1}}}'::featmap) $$, '8'),
	('0.1.0', 'featmap_to_array(featmap)', $$ SELECT featmap_to_array('{{{255,0}}}') $$, '{{{255,0}}}'),
	('0.1.0', 'integral_image(featmap)', $$ SELECT integral_image('{{{255}}}') $$, '{{{0,0},{0,255}}}'),
	('0.1.0', 'featmap_eq(featmap,featmap)', $$ SELECT '{{{1}}}'::featmap = '{{{1}}}'::featmap $$, 'true'),
	('0.1.0', 'featmap_ne(featmap,featmap)', $$ SELECT '{{{1}}}'::featmap <> '{{{2}}}'::featmap $$, 'true'),
	('0.1.0', 'featmap_hash(featmap)', $$ SELECT featmap_hash('{{{1}}}') = featmap_hash('{{{1}}}') $$, 'true'),
	('0.1.0', 'featmap_hash_extended(featmap,bigint)', $$ SELECT featmap_hash_extended('{{{1}}}', 1) = featmap_hash_extended('{{{1}}}', 1) $$, 'true'),
	('0.1.0', 'region_vector(featmap,integer,integer,integer,integer,text,double precision)', $$ SELECT region_vector('{{{7}},{{0}}}'::featmap, 0, 0, 1, 1) $$, '{1,0}'),
	('0.1.0', 'region_vector(featmap,box,double precision,double precision,text,double precision)', $$ SELECT region_vector('{{{7}},{{0}}}'::featmap, '(0,0),(1,1)'::box, 1, 1) $$, '{1,0}'),
	('0.1.0', 'window_box(featmap,integer,integer,integer,integer,double precision,double precision)', $$ SELECT window_box('{{{1,2}}}', 0, 0, 1, 1, 20, 10) $$, '(10,10),(0,0)'),
	('0.1.0', 'box_window(featmap,box,double precision,double precision)', $$ SELECT box_window('{{{1,2}}}', '(0,0),(10,10)', 20, 10) $$, '(0,0,1,1)'),
	('0.1.0', 'intsearch_version()', $$ SELECT intsearch_version() IS NOT NULL $$, 'true'),
	('0.1.0', 'intsearch(featmap,real[],double precision,double precision,text,double precision,integer,double precision,integer,integer,integer,integer,double precision)', $$ SELECT score FROM intsearch('{{{1}}}', '{1}') $$, NULL),
	('0.1.0', 'best_score(featmap,real[],double precision,double precision,text,double precision,integer,integer,integer,integer,double precision)', $$ SELECT best_score('{{{1}}}', '{1}', max_height => 2) $$, NULL),
	('0.1.0', 'featmap_cosine_distance(featmap,real[])', $$ SELECT '{{{1}}}'::featmap <=> '{1}' $$, NULL),
	('0.1.0', 'featmap_l2_distance(featmap,real[])', $$ SELECT '{{{1}}}'::featmap <-> '{1}' $$, NULL),
	('0.1.0', 'featmap_cosine_distance(featmap,real[],bigint)', $$ SELECT featmap_cosine_distance('{{{1}}}', '{1}', 5) $$, NULL),
	('0.1.0', 'featmap_l2_distance(featmap,real[],bigint)', $$ SELECT featmap_l2_distance('{{{1}}}', '{1}', 5) $$, NULL),
	('0.1.0', 'featmap_distance_support(internal)', $$ SELECT features <=> '{1}' FROM (VALUES ('{{{1}}}'::featmap)) AS m (features) ORDER BY 1 LIMIT 1 $$, NULL),
	('0.2.0', 'intsearch_many(featmap,real[],double precision,double precision,text,double precision,integer,double precision,integer,integer,integer,integer,double precision)', $$ SELECT score FROM intsearch_many('{{{1}}}', '{{1},{2}}') $$, NULL),
	('0.2.0', 'max_sim(featmap,real[])', $$ SELECT max_sim('{{{255}}}', '{{1}}') $$, '255'),
	('0.2.0', 'max_sim_cells(featmap,real[])', $$ SELECT similarity FROM max_sim_cells('{{{255}}}', '{{1}}') $$, '255'),
	('0.2.0', 'region_vector(featmap,text,double precision)', $$ SELECT region_vector('{{{7}},{{0}}}'::featmap) $$, '{1,0}'),
	('0.2.0', 'rmac(featmap,integer,real[],text,double precision)', $$ SELECT rmac('{{{7}},{{0}}}') $$, '{1,0}'),
	('0.2.0', 'rmac_regions(featmap,integer,text,double precision)', $$ SELECT vector FROM rmac_regions('{{{7}},{{0}}}', 1) $$, '{1,0}'),
	('0.2.0', 'whiten(real[],real[])', $$ SELECT whiten('{3,4}', '{{1,0,0},{0,1,0}}') $$, '{0.6,0.8}'),
	('0.2.0', 'pca_whitening(real[],integer)', $$ SELECT pca_whitening(v, 1) IS NOT NULL FROM (VALUES ('{1,0}'::real[]), ('{0,1}'), ('{1,1}')) AS x (v) $$, 'true'),
	('0.2.0', 'mean_direction(real[])', $$ SELECT mean_direction(v) FROM (VALUES ('{3,4}'::real[])) AS x (v) $$, '{0.6,0.8}'),
	('0.2.0', 'mean_direction(real[],double precision)', $$ SELECT mean_direction(v, 2) FROM (VALUES ('{3,4}'::real[])) AS x (v) $$, '{0.6,0.8}'),
	('0.2.0', 'pca_whitening_transition(double precision[],real[],integer)', NULL, NULL),
	('0.2.0', 'pca_whitening_combine(double precision[],double precision[])', NULL, NULL),
	('0.2.0', 'pca_whitening_final(double precision[])', NULL, NULL),
	('0.2.0', 'mean_direction_transition(double precision[],real[])', NULL, NULL),
	('0.2.0', 'mean_direction_transition(double precision[],real[],double precision)', NULL, NULL),
	('0.2.0', 'mean_direction_combine(double precision[],double precision[])', NULL, NULL),
	('0.2.0', 'mean_direction_final(double precision[])', NULL, NULL);

-- Four tests of the catalogue that is installed.
CREATE FUNCTION pg_temp.calls() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	version text := (SELECT extversion FROM pg_extension WHERE extname = 'intsearch');
BEGIN
	RETURN NEXT is_empty(format($q$ SELECT objid::regprocedure::text FROM pg_depend
		WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e' AND classid = 'pg_proc'::regclass
			AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'intsearch')
		EXCEPT SELECT signature FROM call WHERE since <= %L $q$, version), version || ': every function has a call');
	RETURN NEXT is_empty(format($q$ SELECT signature, o.* FROM call, pg_temp.outcome(statement) AS o
		WHERE since <= %L AND statement IS NOT NULL AND answer IS NULL
			AND (state <> '0A000' OR hint !~ 'ALTER EXTENSION intsearch UPDATE') $q$, version),
		version || ': what this library no longer has says what to do');
	RETURN NEXT is_empty(format($q$ SELECT signature, answer, o.* FROM call, pg_temp.outcome(statement) AS o
		WHERE since <= %L AND answer !~ '^state' AND (state, left(value, length(answer))) IS DISTINCT FROM ('00000', answer) $q$, version),
		version || ': all else answers');
	RETURN NEXT is_empty(format($q$ SELECT signature, o.* FROM call, pg_temp.outcome(statement) AS o
		WHERE since <= %L AND answer ~ '^state' AND (state !~ '^22' OR state IS NULL) $q$, version), version || ': or refuses what is wrong');
END $$;

-- Maps that were stored before: read, written, copied, compared, and found by a hash index.
CREATE FUNCTION pg_temp.maps_go_on() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	file text := current_setting('data_directory') || '/featmap_of_older_catalogue';
BEGIN
	CREATE TABLE copied (LIKE image);
	EXECUTE format('COPY image TO %L BINARY', file);
	EXECUTE format('COPY copied FROM %L BINARY', file);
	RETURN is_empty('SELECT id FROM image FULL JOIN copied USING (id) WHERE image.features IS DISTINCT FROM copied.features
		OR image.features::text::featmap IS DISTINCT FROM image.features
		OR (channels(image.features), height(image.features), width(image.features)) IS DISTINCT FROM (3, 4, 5)', 'maps go on working');
END $$;

-- From the first version.
DROP EXTENSION intsearch CASCADE;
CREATE EXTENSION intsearch VERSION '0.1.0';
SELECT isnt_empty('TABLE fresh EXCEPT SELECT pg_temp.catalogue()', '0.1.0 is another installation');

CREATE TABLE image (id integer, features featmap(3));
SELECT setseed(0.5) \g /dev/null
INSERT INTO image SELECT id, featmap_from_array(pg_temp.random_values(3, 4, 5)) FROM generate_series(1, 20) AS id;
CREATE TEMPORARY TABLE before AS SELECT id, md5(features::text) AS map, featmap_to_array(features) AS values FROM image;
SELECT pg_temp.calls();
SELECT pg_temp.maps_go_on();
SELECT is(hint, 'Run ALTER EXTENSION intsearch UPDATE.', 'the ranking says what to do')
FROM pg_temp.outcome('SELECT id FROM image ORDER BY features <=> ''{1,0,-1}'' LIMIT 5');

-- Joined, where a wrong plan would lose rows: an error, too, and after the update the right rows.
CREATE TABLE many (id integer PRIMARY KEY, features featmap);
INSERT INTO many SELECT g, featmap_from_array(ARRAY[[[g]], [[1000 - g]], [[g % 5]]]::real[])
	FROM generate_series(1, 1000) AS g ORDER BY g <= 100, g;
CREATE TABLE few (id integer PRIMARY KEY);
INSERT INTO few SELECT generate_series(1, 100);
ANALYZE many, few;
ALTER TABLE many SET (parallel_workers = 2);
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
\set joined 'SELECT array_agg(id) FROM (SELECT id FROM many JOIN few USING (id) ORDER BY features <=> \'{1,0,0}\'::real[] LIMIT 5) AS best'
SELECT is(state, '0A000', 'a ranking of a join says so, too') FROM pg_temp.outcome(:'joined');

-- A view on what goes stands in the way, and is named.
CREATE VIEW scores AS SELECT id, best_score(features, '{1,2,3}', max_height => 2) AS score FROM image;
CREATE VIEW distances AS SELECT id, features <=> '{1,0,-1}' AS distance FROM image;
CREATE FUNCTION pg_temp.update_detail() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	ALTER EXTENSION intsearch UPDATE;
	RETURN NULL;
EXCEPTION WHEN dependent_objects_still_exist THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN detail;
END $$;
SELECT matches(pg_temp.update_detail(), 'view distances', 'a view with a distance is named');
DROP VIEW distances;
SELECT matches(pg_temp.update_detail(), 'view scores', 'and one with a score');
DROP VIEW scores;

SELECT pg_temp.updates();
SELECT set_eq('SELECT id, md5(features::text), featmap_to_array(features) FROM image', 'TABLE before', 'maps are the same');
SELECT is((SELECT count(rmac(features)) FROM image), 20::bigint, 'what is new works on them');
SELECT lives_ok('CREATE VIEW scores AS SELECT id, best_score(features, featquery(''{1,2,3}'', max_height => 2)) AS score,
	features <=> ''{1,0,-1}'' AS distance FROM image', 'and the views come back in the new form');
SELECT is((SELECT count(*) FROM scores WHERE score > -1 AND distance < 2), 20::bigint, 'with answers');

SELECT is(value, '{100,99,98,97,96}', 'the join has the right rows') FROM pg_temp.outcome(:'joined');
RESET enable_hashjoin;
RESET enable_mergejoin;

-- From the version after it.
DROP EXTENSION intsearch CASCADE;
CREATE EXTENSION intsearch VERSION '0.2.0';
SELECT isnt_empty('TABLE fresh EXCEPT SELECT pg_temp.catalogue()', '0.2.0 is another installation');
SELECT pg_temp.calls();
SELECT pg_temp.updates();

SELECT * FROM finish();
ROLLBACK;
