-- ALTER EXTENSION UPDATE from every version gives what a fresh installation gives, and keeps the maps.
\ir setup.psql

SELECT plan(17);

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

-- From the first version.
DROP EXTENSION intsearch CASCADE;
CREATE EXTENSION intsearch VERSION '0.1.0';
SELECT isnt_empty('TABLE fresh EXCEPT SELECT pg_temp.catalogue()', '0.1.0 is another installation');

CREATE TABLE image (id integer, features featmap(3));
SELECT setseed(0.5) \g /dev/null
INSERT INTO image SELECT id, featmap_from_array(pg_temp.random_values(3, 4, 5)) FROM generate_series(1, 20) AS id;
CREATE VIEW scores AS SELECT id, best_score(features, featquery('{1,2,3}', max_height => 2)) AS score, features <=> '{1,0,-1}' AS distance FROM image;
CREATE TEMPORARY TABLE before AS SELECT id, md5(features::text) AS map, score, distance FROM image JOIN scores USING (id);
SELECT results_eq('SELECT id FROM image ORDER BY features <=> ''{1,0,-1}'' LIMIT 5', 'SELECT id FROM before ORDER BY distance LIMIT 5',
	'its functions run on the library of today');

SELECT pg_temp.updates();
SELECT set_eq('SELECT id, md5(features::text), score, distance FROM image JOIN scores USING (id)', 'TABLE before',
	'maps, and what is made of them, are the same');
SELECT is((SELECT count(rmac(features)) FROM image), 20::bigint, 'and what is new works on them');

-- From the version after it.
DROP EXTENSION intsearch CASCADE;
CREATE EXTENSION intsearch VERSION '0.2.0';
SELECT isnt_empty('TABLE fresh EXCEPT SELECT pg_temp.catalogue()', '0.2.0 is another installation');
SELECT pg_temp.updates();

SELECT * FROM finish();
ROLLBACK;
