-- The best window is the one that a brute force over every window finds.
\if :{?fixtures}
\else
	\echo 1..0 # SKIP no fixtures
	\quit
\endif
\ir setup.psql
\ir fixtures.psql

SELECT plan(29);

SELECT pg_temp.find('search', 16) \g /dev/null

SELECT pg_temp.agrees('search', 'photographs: a detail of one in all', 7, 2e-5);
SELECT pg_temp.agrees('search', 'photographs: a negated query', 2, 2e-5);
SELECT pg_temp.agrees('search', 'photographs: a random query', 2, 2e-5);
SELECT pg_temp.agrees('search', 'photographs: a single channel', 2, 2e-5);
SELECT pg_temp.agrees('search', 'photographs: signed features', 2, 2e-5);
SELECT pg_temp.agrees('search', 'photographs: signed features, a negated query', 1, 2e-5);
SELECT pg_temp.agrees('search', 'random maps: odd sizes', 69, 2e-5);
SELECT pg_temp.agrees('search', 'random maps: one row', 27, 2e-5);
SELECT pg_temp.agrees('search', 'random maps: one column', 27, 2e-5);
SELECT pg_temp.agrees('search', 'random maps: one cell', 18, 2e-5);
SELECT pg_temp.agrees('search', 'random maps: a negated query', 32, 2e-5);
SELECT pg_temp.agrees('search', 'random maps: all zero', 2, 2e-5);

SELECT is_empty($$
	SELECT * FROM search AS s LEFT JOIN found AS f ON f.search = s.id
	WHERE s."group" IN ('photographs: a negated query', 'random maps: a negated query')
		AND (f.score > 0 OR f.score IS NULL)
$$, 'the best window of a negated query has a score, and not a positive one');

-- Where the query is negated, the best window is an odd one, and 8 bits are not promised to be enough.
SELECT is_empty($$
	SELECT s.map, s."group", a.score, best_score(m.features, s.query)
	FROM search AS s JOIN stored_map AS m ON m.name = s.map AND m.bits = 8
	JOIN answer AS a ON a.search = s.id AND a.rank = 1
	WHERE s.subject = 'search' AND s."group" ~ '^photographs' AND s."group" !~ 'negated'
		AND (abs(best_score(m.features, s.query) - a.score) <= 1e-3) IS NOT TRUE
$$, 'photographs: the best score of 8 bits is within 1e-3');

SELECT is_empty($$
	SELECT s.map, f.score, best_score(m.features, s.query)
	FROM search AS s JOIN stored_map AS m ON m.name = s.map AND m.bits = 16
	LEFT JOIN found AS f ON f.search = s.id
	WHERE s.subject = 'search' AND s.max_results = 1
		AND f.score IS DISTINCT FROM best_score(m.features, s.query)
$$, 'best_score() is the score of the best window');

-- The search is exact on what is stored: at 8 bits too, when the brute force takes the quantised values.
CREATE FUNCTION pg_temp.stored_best_score(features featmap, query real[]) RETURNS double precision
LANGUAGE sql AS $$
	WITH corner AS (
		SELECT (n - 1) / (s.plane) + 1 AS c, (n - 1) / (width(features) + 1) % (height(features) + 1) AS y,
			(n - 1) % (width(features) + 1) AS x, value
		FROM (SELECT ((height(features) + 1) * (width(features) + 1))::bigint AS plane) AS s,
			unnest(integral_image(features)) WITH ORDINALITY AS i (value, n)
	), point AS (
		SELECT y, x, array_agg(value ORDER BY c) AS sums FROM corner GROUP BY y, x
	), window_score AS (
		SELECT (SELECT sum(s * q) / nullif(sqrt(sum(s * s) * sum(q::double precision * q)), 0)
			FROM (SELECT d1 - d2 - d3 + d4 AS s, q
				FROM unnest(a.sums, b.sums, c.sums, d.sums, query) AS u (d1, d2, d3, d4, q)) AS channel) AS score
		FROM point AS a, point AS b, point AS c, point AS d
		WHERE b.y < a.y AND b.x = a.x AND c.y = a.y AND c.x < a.x AND d.y = b.y AND d.x = c.x
	)
	SELECT max(score) FROM window_score
$$;

SELECT is_empty($$
	SELECT s.map, s.query, pg_temp.stored_best_score(m.features, s.query), best_score(m.features, s.query)
	FROM search AS s JOIN stored_map AS m ON m.name = s.map AND m.bits = 8
	WHERE s.map ~ '7x9x17|6x1x37|6x41x1|5x1x1$' AND s.subject = 'search'
		AND (abs(pg_temp.stored_best_score(m.features, s.query) - best_score(m.features, s.query)) < 1e-9)
			IS NOT TRUE
$$, 'at 8 bits the search is exact on the quantised values');

SELECT is(
	(SELECT count(*)::integer FROM search AS s WHERE s.map ~ '7x9x17|6x1x37|6x41x1|5x1x1$' AND s.subject = 'search'),
	44, 'at 8 bits: number of searches');

SELECT * FROM finish();
ROLLBACK;
