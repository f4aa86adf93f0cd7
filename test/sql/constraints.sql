-- Aspect, least and greatest size, and how many results that overlap how much.
\if :{?fixtures}
\else
	\echo 1..0 # SKIP no fixtures
	\quit
\endif
\ir setup.psql
\ir fixtures.psql

SELECT plan(24);

SELECT pg_temp.find('constraints', 16) \g /dev/null

SELECT pg_temp.agrees('constraints', 'aspect', 50, 2e-5);
SELECT pg_temp.agrees('constraints', 'the edge of the tolerance', 4, 2e-5);
SELECT pg_temp.agrees('constraints', 'least and greatest size', 16, 2e-5);
SELECT pg_temp.agrees('constraints', 'aspect and size together', 4, 2e-5);
SELECT pg_temp.agrees('constraints', 'nothing qualifies', 8, 2e-5);
SELECT pg_temp.agrees('constraints', 'several results', 16, 2e-5);
SELECT pg_temp.agrees('constraints', 'several results, constrained', 8, 2e-5);
SELECT pg_temp.agrees('constraints', 'several results in a photograph', 8, 2e-5);
SELECT pg_temp.agrees('constraints', 'more results than windows', 4, 2e-5);

SELECT is_empty($$
	SELECT * FROM search AS s JOIN found AS f ON f.search = s.id WHERE s."group" = 'nothing qualifies'
$$, 'no row where nothing qualifies');

SELECT is_empty($$
	SELECT s.id, f.*, best_score(m.features, featquery(s.query, aspect => s.aspect, tolerance => s.tolerance,
		min_height => s.min_height, max_height => s.max_height, min_width => s.min_width, max_width => s.max_width))
	FROM search AS s JOIN stored_map AS m ON m.name = s.map AND m.bits = 16
	LEFT JOIN found AS f ON f.search = s.id AND f.rank = 1
	WHERE s.subject = 'constraints' AND f.score IS DISTINCT FROM best_score(m.features, featquery(s.query,
		aspect => s.aspect, tolerance => s.tolerance, min_height => s.min_height, max_height => s.max_height,
		min_width => s.min_width, max_width => s.max_width))
$$, 'best_score() is the score of the best window under every constraint, and NULL if there is none');

-- What the aspect and the overlap mean, on all that was found rather than on the brute force's answers.
SELECT is_empty($$
	SELECT s.id, f.* FROM search AS s JOIN found AS f ON f.search = s.id
	WHERE NOT ((f.y2 - f.y1)::double precision / (f.x2 - f.x1) / s.aspect > 1 - s.tolerance
		AND (f.y2 - f.y1)::double precision / (f.x2 - f.x1) / s.aspect < 1 + s.tolerance)
$$, 'height / width / aspect lies strictly between 1 - tolerance and 1 + tolerance');

CREATE FUNCTION pg_temp.overlap(f found, g found) RETURNS double precision
LANGUAGE sql AS $$
	SELECT shared / ((f.y2 - f.y1) * (f.x2 - f.x1) + (g.y2 - g.y1) * (g.x2 - g.x1) - shared)
	FROM (SELECT greatest(least(f.y2, g.y2) - greatest(f.y1, g.y1), 0)::double precision
		* greatest(least(f.x2, g.x2) - greatest(f.x1, g.x1), 0)) AS s (shared)
$$;

SELECT is_empty($$
	SELECT s.id, f.*, g.* FROM search AS s
	JOIN found AS f ON f.search = s.id JOIN found AS g ON g.search = s.id AND g.rank < f.rank
	WHERE pg_temp.overlap(f, g) > s.max_overlap
$$, 'no two results overlap more than max_overlap');

SELECT is(
	(SELECT count(*) FROM intsearch(featmap_from_array(:one_channel::real[]), '{1}', max_results => 100, max_overlap => 1)),
	18::bigint, 'max_results above the number of windows gives every window');

SELECT results_eq(
	$$ SELECT y1, x1, y2, x2 FROM intsearch('{{{1,1,1}},{{0,1,0}}}', featquery('{1,0}', min_width => 2),
		max_results => 2, max_overlap => 0.5) $$,
	$$ VALUES (0, 0, 1, 3) $$,
	'an overlap above max_overlap is refused');

SELECT * FROM finish();
ROLLBACK;
