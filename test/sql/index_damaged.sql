-- Damaged pages of an index raise index_corrupted, and never more than that.
--
-- A copy of the index's file is not in the server's cache: moving it to another tablespace makes one. So each damage is
-- done to a fresh copy, by the server's own user.

\ir setup.psql
\ir index.psql
COMMIT;
SELECT plan(14);

SET ignore_checksum_failure = on;
SET zero_damaged_pages = off;
SET allow_in_place_tablespaces = on;
CREATE TABLESPACE aside LOCATION '';

CREATE TABLE image (id integer PRIMARY KEY, features featmap) WITH (autovacuum_enabled = off);
INSERT INTO image SELECT id, pg_temp.patch_map(id) FROM generate_series(1, 150) AS id;
CREATE INDEX image_features ON image USING intsearch (features) WITH (lists = 3);
CREATE TABLE damage_file (path text);
INSERT INTO damage_file SELECT current_setting('data_directory') || '/image_features.good';

-- The sanitizers' library, if it is there, is for the server alone.
CREATE FUNCTION pg_temp.run(command text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY (SELECT WHERE false) TO PROGRAM %L', 'unset LD_PRELOAD; ' || command);
END $$;

CREATE FUNCTION pg_temp.index_file() RETURNS text LANGUAGE sql AS $$
	SELECT current_setting('data_directory') || '/' || pg_relation_filepath('image_features')
$$;

-- An undamaged index in a file that no page of is cached.
CREATE FUNCTION pg_temp.fresh_copy() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	CHECKPOINT;
	PERFORM pg_temp.run(format('cp %s %s', path, pg_temp.index_file())) FROM damage_file;
	EXECUTE 'ALTER INDEX image_features SET TABLESPACE ' || CASE
		WHEN pg_temp.index_file() LIKE '%pg_tblspc%' THEN 'pg_default' ELSE 'aside' END;
END $$;

-- Writes bytes at a place of the file.
CREATE FUNCTION pg_temp.damage(block integer, at integer, bytes bytea) RETURNS void LANGUAGE sql AS $$
	SELECT pg_temp.run(format('printf %L | dd of=%s bs=1 seek=%s conv=notrunc status=none',
		(SELECT string_agg(format('\%s%s%s', b >> 6, (b >> 3) & 7, b & 7), '')
			FROM (SELECT get_byte(bytes, i) AS b FROM generate_series(0, length(bytes) - 1) AS i) AS single),
		pg_temp.index_file(), block * 8192::bigint + at))
$$;

-- How three uses of a damaged index end: a scan of all rows, an insert, a vacuum's run (by way of the check).
CREATE FUNCTION pg_temp.outcomes() RETURNS text[] LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_temp.use_index(true);
	RETURN ARRAY[
		pg_temp.sqlstate_of('SELECT count(*) FROM (SELECT id FROM image ORDER BY features <=> pg_temp.part_of(3) LIMIT 1000) AS nearest'),
		pg_temp.sqlstate_of('INSERT INTO image SELECT max(id) + 1, pg_temp.patch_map(max(id) + 1) FROM image'),
		pg_temp.sqlstate_of('SELECT intsearch_index_check(''image_features'')')];
END $$;

CREATE FUNCTION pg_temp.outcomes_of(block integer, at integer, bytes bytea) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
	result text[];
BEGIN
	PERFORM pg_temp.fresh_copy();
	PERFORM pg_temp.damage(block, at, bytes);
	result := pg_temp.outcomes();
	DELETE FROM image WHERE id > 150;
	RETURN result;
END $$;

CHECKPOINT;
SELECT pg_temp.run(format('cp %s %s', pg_temp.index_file(), path)) FROM damage_file \gset ignored_
SELECT is(pg_temp.outcomes_of(0, 8100, ''), '{00000,00000,00000}', 'no damage, no error');

-- Block 0 is the metapage: magic at 24, version at 28, then kind, channels, pooling, regions, exponent at 48, lists at 56.
SELECT is(pg_temp.outcomes_of(0, 24, '\x00'), '{XX002,XX002,XX002}', 'another magic number');
SELECT is(pg_temp.outcomes_of(0, 28, '\x63'), '{0A000,0A000,0A000}', 'a version of the future');
SELECT is(pg_temp.outcomes_of(0, 36, '\xffffff'), '{XX002,XX002,XX002}', 'too many channels');
SELECT is(pg_temp.outcomes_of(0, 48, '\x000000000000f8ff'), '{XX002,XX002,XX002}', 'an exponent that is no number');
SELECT is(pg_temp.outcomes_of(0, 56, '\x00000000'), '{XX002,XX002,XX002}', 'no lists');
SELECT is(pg_temp.outcomes_of(0, 60, '\xf0ffff7f'), '{XX002,XX002,XX002}', 'a model beyond the end');
SELECT is(pg_temp.outcomes_of(0, 64, '\xf0ffff7f'), '{XX002,XX002,XX002}', 'a directory beyond the end');
SELECT is((pg_temp.outcomes_of(0, 68, '\xf0ffff7f'))[3], 'XX002', 'free pages beyond the end');
SELECT is((pg_temp.outcomes_of(0, 68, '\x01'))[3], 'XX002', 'a free page that is none');

-- A list that goes round: the last page but one, of a list of several, is told to follow itself.
SELECT (pg_relation_size('image_features') / 8192)::integer - 2 AS block \gset
SELECT is((pg_temp.outcomes_of(:block, 8192 - 16 + 4, int4send(:block)::bytea))[1] IN ('00000', 'XX002'), true, 'the next page in another order of bytes');
SELECT is((pg_temp.outcomes_of(:block, 8192 - 16 + 4, substr(int4send(:block), 4, 1) || substr(int4send(:block), 3, 1) || '\x0000'))[1],
	'XX002', 'a list that goes round');

-- A row beyond the end of the table.
SELECT is((pg_temp.outcomes_of(:block, 24, '\xffff'))[1], 'XX002', 'an entry of a row that is not there');

-- Anything anywhere: an answer, or one of the errors that are there for it; XX001 is PostgreSQL's own check of the page header.
CREATE TEMPORARY TABLE fuzzed AS
	SELECT block, at, bytes, unnest(pg_temp.outcomes_of(block, at, bytes)) AS outcome FROM (
		SELECT floor(random() * pg_relation_size('image_features') / 8192)::integer AS block,
			floor(CASE WHEN random() < 0.5 THEN random() * 120 WHEN random() < 0.5 THEN 8192 - 16 + random() * 12 ELSE random() * 8180 END)::integer AS at,
			decode(lpad(to_hex(floor(random() * 65536)::integer), 4, '0'), 'hex') AS bytes
		FROM (SELECT setseed(0.7)) AS seed, generate_series(1, 60) OFFSET 0) AS place;
SELECT is_empty('SELECT * FROM fuzzed WHERE outcome NOT IN (''00000'', ''XX001'', ''XX002'', ''0A000'')', 'damage anywhere');

SELECT * FROM finish();
DROP TABLE image, damage_file;
DROP TABLESPACE aside;
SELECT pg_temp.run(format('rm -f %s', current_setting('data_directory') || '/image_features.good'));
