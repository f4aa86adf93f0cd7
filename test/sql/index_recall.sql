-- How much an index finds, by intsearch_recall(): an index of noise finds nothing.

\ir setup.psql
\ir index.psql
SELECT plan(10);

CREATE TABLE image (id integer PRIMARY KEY, features featmap);
INSERT INTO image SELECT id, pg_temp.patch_map(id) FROM generate_series(1, 600) AS id;
ANALYZE image;

CREATE INDEX image_features ON image USING intsearch (features) WITH (candidates = 60);
SELECT cmp_ok(recall, '>=', 0.95::double precision, 'trained codes, a tenth of the maps searched: recall ' || recall)
FROM intsearch_recall('image_features', 30);
SELECT is(scored, 0.1::double precision, 'a tenth it was') FROM intsearch_recall('image_features', 5);
SELECT cmp_ok(exact_ms, '>', 0::double precision, 'times') FROM intsearch_recall('image_features', 5);
SELECT is(recall, (SELECT recall FROM intsearch_recall('image_features', 5)), 'the same again')
FROM intsearch_recall('image_features', 5);
DROP INDEX image_features;

CREATE INDEX listed ON image USING intsearch (features) WITH (candidates = 60, lists = 16, probes = 6);
SELECT cmp_ok(recall, '>=', 0.85::double precision, '6 of 16 lists: recall ' || recall) FROM intsearch_recall('listed', 30);
DROP INDEX listed;

CREATE TABLE later (id integer, features featmap);
CREATE INDEX later_features ON later USING intsearch (features) WITH (candidates = 60);
INSERT INTO later TABLE image;
ANALYZE later;
SELECT cmp_ok(recall, '>=', 0.9::double precision, 'untrained codes: recall ' || recall) FROM intsearch_recall('later_features', 30);

-- Noise in place of codes: while `noise` is on, an index on this expression is made of maps that have nothing to do
-- with their rows. What it finds is no more than the share of the maps that it searches. (PostgreSQL 17 builds an
-- index with a search path of its own.)
CREATE FUNCTION pg_temp.seen(id integer, features featmap) RETURNS featmap LANGUAGE plpgsql IMMUTABLE
SET search_path FROM CURRENT AS $$
BEGIN
	RETURN CASE WHEN current_setting('test.noise') = 'on' THEN pg_temp.patch_map(100000 + id) ELSE features END;
END $$;
SET test.noise = on;
CREATE INDEX noise ON image USING intsearch (pg_temp.seen(id, features)) WITH (candidates = 60);
SET test.noise = off;
SELECT cmp_ok(recall, '<', 0.4::double precision, 'codes of other maps, a tenth of the maps searched: recall ' || recall)
FROM intsearch_recall('noise', 30);
REINDEX INDEX noise;
SELECT cmp_ok(recall, '>=', 0.95::double precision, 'the same index with the right codes: recall ' || recall)
FROM intsearch_recall('noise', 30);
DROP INDEX noise;

CREATE INDEX image_features ON image USING intsearch (features) WITH (candidates = 6);
SELECT cmp_ok(recall, '<', 0.7::double precision, 'a hundredth of the maps: recall ' || recall) FROM intsearch_recall('image_features', 30);
SELECT pg_temp.refuses('SELECT intsearch_recall(''image_pkey'')', '42809', 'not an intsearch index', 'an index of another method');

SELECT * FROM finish();
ROLLBACK;
