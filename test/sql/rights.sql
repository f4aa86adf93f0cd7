-- Who may install the extension, and what it may do.
\ir setup.psql

SELECT plan(19);

CREATE FUNCTION pg_temp.own_functions() RETURNS SETOF pg_proc LANGUAGE sql AS $$
	SELECT p.* FROM pg_proc AS p JOIN pg_depend ON classid = 'pg_proc'::regclass AND objid = p.oid AND deptype = 'e'
	WHERE refclassid = 'pg_extension'::regclass AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'intsearch')
$$;

-- What the functions may do -----------------------------------------------------------

SELECT is_empty('SELECT proname FROM pg_temp.own_functions() WHERE prosecdef', 'no function runs as another user');
SELECT is_empty('SELECT proname FROM pg_temp.own_functions() WHERE proleakproof', 'none claims to be leakproof');
SELECT is_empty('SELECT proname FROM pg_temp.own_functions() WHERE prolang NOT IN (SELECT oid FROM pg_language WHERE lanname IN (''c'', ''internal''))
	AND NOT coalesce(proconfig::text ~ ''search_path=pg_catalog, pg_temp'', false)',
	'none looks up names by the search path of its caller');

-- What the library asks of the system: of all that could open a file, a socket or start a program, dlopen() alone, for LAPACK.
-- (The part of gcc that counts lines, see test/coverage, writes files.)
SELECT setting AS library_folder FROM pg_config WHERE name = 'PKGLIBDIR' \gset
\setenv library_folder :library_folder
\set imports `nm -D --undefined-only "$library_folder/intsearch.so" | awk '{ sub(/@.*/, "", $2); printf "%s ", $2 }'`
SELECT matches(:'imports'::text, '(^| )palloc .*', 'the imports of the library are known');
\set counts_lines `nm -D "$library_folder/intsearch.so" | grep -q __gcov_ && echo true || echo false`
\if :counts_lines
SELECT skip('lines are counted');
\else
SELECT is(
	(SELECT array_agg(name ORDER BY name) FROM regexp_split_to_table(:'imports', ' ') AS name
		WHERE name ~ '^_*(f?open|fdopen|freopen|open(at|64)?|creat|opendir|read|pread|write|unlink|rename|mmap|popen|system|exec|fork|vfork|posix_spawn|socket|connect|dlopen|dlmopen|AllocateFile|OpenTransientFile|PathNameOpenFile|BasicOpenFile|SPI_)'),
	'{dlopen}', 'it opens no file, no socket, and starts no program');
\endif
SELECT is_empty($$ SELECT proname FROM pg_temp.own_functions(), unnest(proargtypes) AS type
	WHERE type::regtype::text ~ '^(reg.*|name)$' AND proname NOT IN ('intsearch_index_check', 'intsearch_recall') $$,
	'no function takes the name of a file, a table or a function, but those that look at an index');

-- Who may install -------------------------------------------------------------------------

DROP EXTENSION intsearch CASCADE;
CREATE ROLE ordinary NOSUPERUSER;
CREATE ROLE stranger NOSUPERUSER;
SELECT current_database() AS database \gset
GRANT CREATE ON DATABASE :"database" TO ordinary;
CREATE SCHEMA of_ordinary AUTHORIZATION ordinary;

SET LOCAL ROLE stranger;
SELECT pg_temp.refuses('CREATE EXTENSION intsearch', '42501', 'permission denied', 'one who may not create in the database may not install it');
SET LOCAL ROLE ordinary;
SELECT lives_ok('CREATE EXTENSION intsearch SCHEMA of_ordinary VERSION ''0.1.0''', 'one who may, may');
SELECT lives_ok('ALTER EXTENSION intsearch UPDATE', 'and update it');
SET LOCAL search_path = of_ordinary, public;
SELECT lives_ok('CREATE TABLE image AS SELECT ''{{{1,2}},{{1,2}}}''::real[]::featmap AS features', 'and use it');
SELECT is((SELECT round(score::numeric, 6) FROM image, intsearch(features, '{1,1}')), 1::numeric, 'and search');
RESET ROLE;
GRANT USAGE ON SCHEMA of_ordinary TO stranger;
SET LOCAL ROLE stranger;
SELECT is((SELECT best_score('{{{1,2}}}'::real[]::featmap, '{1}')), 1::double precision, 'others may call its functions');
SELECT pg_temp.refuses('SELECT count(*) FROM image', '42501', 'permission denied', 'but see no table because of it');
SELECT pg_temp.refuses('DROP EXTENSION intsearch', '42501', 'owner', 'nor drop it');
RESET ROLE;
RESET search_path;
DROP EXTENSION intsearch CASCADE;

-- Objects that lie in wait, made by one who may create in a schema ------------------------

CREATE SCHEMA trap;
GRANT ALL ON SCHEMA trap TO stranger;
SET LOCAL ROLE stranger;
CREATE TABLE trap.sprung (name text);
GRANT ALL ON trap.sprung TO PUBLIC;
CREATE DOMAIN trap.box AS text;
CREATE DOMAIN trap.oid AS text;
CREATE DOMAIN trap.bytea AS text;
-- Functions that an aggregate, an operator or a cast of the extension could take for its own.
CREATE FUNCTION trap.mean_direction_transition(double precision[], real[]) RETURNS double precision[]
	LANGUAGE plpgsql AS 'BEGIN INSERT INTO trap.sprung VALUES (''aggregate''); RETURN $1; END';
CREATE FUNCTION trap.mean_direction_final(double precision[]) RETURNS real[]
	LANGUAGE plpgsql AS 'BEGIN INSERT INTO trap.sprung VALUES (''final''); RETURN $1; END';
RESET ROLE;

-- On the path of a superuser who installs it elsewhere.
CREATE SCHEMA clean;
SET LOCAL search_path = trap, clean, public;
SELECT lives_ok('CREATE EXTENSION intsearch SCHEMA clean', 'it is installed past them');
SELECT is_empty($$ SELECT proname FROM pg_temp.own_functions(), unnest(proargtypes::oid[] || prorettype) AS type
	WHERE type IN (SELECT oid FROM pg_type WHERE typnamespace = 'trap'::regnamespace) $$, 'and takes none of their types');
SELECT is_empty($$ SELECT aggfnoid FROM pg_aggregate WHERE aggfnoid IN (SELECT oid FROM pg_temp.own_functions())
	AND NOT ARRAY[aggtransfn::oid, aggfinalfn::oid, aggcombinefn::oid] <@ (SELECT array_agg(oid) FROM pg_temp.own_functions()) $$, 'nor of their functions');
DROP EXTENSION intsearch CASCADE;

-- In the schema that it is installed into: it stops, and nothing has run.
SELECT pg_temp.refuses('CREATE EXTENSION intsearch SCHEMA trap', '42723', 'already exists', 'it never takes a function that was there for its own');
SELECT is((SELECT count(*) FROM trap.sprung), 0::bigint, 'and no trap was sprung');

SELECT * FROM finish();
ROLLBACK;
