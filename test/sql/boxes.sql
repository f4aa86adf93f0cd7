-- Between cell windows and pixel boxes.
\ir setup.psql

SELECT plan(46);

CREATE TABLE sample (name text, features featmap);
SELECT setseed(0.5) \g /dev/null
INSERT INTO sample
	SELECT format('%s x %s', h, w), featmap_from_array(pg_temp.random_values(2, h, w))
	FROM (VALUES (1, 1), (1, 13), (17, 1), (7, 9), (12, 11)) AS size (h, w);

-- Images whose sides are and are not multiples of the grid, smaller than it, and not whole.
CREATE TABLE picture (image_width double precision, image_height double precision);
INSERT INTO picture VALUES (1000, 1000), (640, 480), (641, 479), (1023, 767), (5, 3), (1, 1), (333.3, 77.7), (1e6, 1e7);

CREATE TABLE region AS
	SELECT name, features, image_width, image_height, y1, x1, y2, x2,
		window_box(features, y1, x1, y2, x2, image_width, image_height) AS pixels
	FROM sample, picture, generate_series(0, height(features) - 1) AS y1, generate_series(y1 + 1, height(features)) AS y2,
		generate_series(0, width(features) - 1) AS x1, generate_series(x1 + 1, width(features)) AS x2;

SELECT is(
	(SELECT count(*) FROM region), 8 * (1 + 91 + 153 + 28 * 45 + 78 * 66)::bigint, 'number of windows');
SELECT is_empty(
	'SELECT name, image_width, image_height, y1, x1, y2, x2, pixels FROM region
		WHERE (abs((pixels[1])[0] - x1 * image_width / width(features)) <= 1e-9 * image_width
			AND abs((pixels[1])[1] - y1 * image_height / height(features)) <= 1e-9 * image_height
			AND abs((pixels[0])[0] - x2 * image_width / width(features)) <= 1e-9 * image_width
			AND abs((pixels[0])[1] - y2 * image_height / height(features)) <= 1e-9 * image_height) IS NOT TRUE',
	'the box of a window in pixels, x to the right and y down');
SELECT is_empty(
	'SELECT name, image_width, image_height, r.y1, r.x1, r.y2, r.x2, pixels, w.*
		FROM region AS r, box_window(features, pixels, image_width, image_height) AS w
		WHERE (w.y1, w.x1, w.y2, w.x2) IS DISTINCT FROM (r.y1, r.x1, r.y2, r.x2)',
	'the window of a window''s box is that window');
SELECT is_empty(
	'SELECT name FROM region
		WHERE (pixels[0])[0] > image_width OR (pixels[0])[1] > image_height OR (pixels[1])[0] < 0 OR (pixels[1])[1] < 0',
	'the box of a window lies in the picture');

-- A box that is not a window's: the window is in the map, is not empty, and has the box's middle in it.
SELECT is_empty($$
	SELECT name, b, w.* FROM sample, picture,
		LATERAL (SELECT box(point(image_width * i / 23, image_height * j / 19), point(image_width * k / 23, image_height * l / 19)) AS b
			FROM generate_series(0, 22, 3) AS i, generate_series(i + 1, 23, 4) AS k,
				generate_series(0, 18, 3) AS j, generate_series(j + 1, 19, 3) AS l) AS boxes,
		box_window(features, b, image_width, image_height) AS w
	WHERE (0 <= w.y1 AND w.y1 < w.y2 AND w.y2 <= height(features) AND 0 <= w.x1 AND w.x1 < w.x2 AND w.x2 <= width(features)
		AND (@@ b)[0] BETWEEN (w.x1 - 1e-9) * image_width / width(features) AND (w.x2 + 1e-9) * image_width / width(features)
		AND (@@ b)[1] BETWEEN (w.y1 - 1e-9) * image_height / height(features) AND (w.y2 + 1e-9) * image_height / height(features))
		IS NOT TRUE
$$, 'the window of any box is in the map and around the box''s middle');

-- In numbers: a map of 2 x 3 cells over a picture 300 wide and 100 high.
SELECT is(window_box(:one_channel, 0, 1, 2, 3, 300, 100)::text, '(300,100),(100,0)', 'window_box in numbers');
SELECT results_eq(
	format('SELECT * FROM box_window(%L, %L, 300, 100)', :one_channel, '(100,0),(300,100)'),
	'VALUES (0, 1, 2, 3)', 'box_window in numbers');
SELECT results_eq(
	format('SELECT y1, x1, y2, x2 FROM box_window(%L, %L, 300, 100)', :one_channel, '(0,0),(300,100)'),
	'VALUES (0, 0, 2, 3)', 'the whole picture is the whole map');
SELECT is(
	region_vector(:two_channels::featmap, '(100,0),(300,100)'::box, 300, 100), region_vector(:two_channels::featmap, 0, 1, 2, 3),
	'region_vector() of a box is that of its window');
SELECT is_empty(
	'SELECT name, pixels FROM region WHERE region_vector(features, pixels, image_width, image_height)
		IS DISTINCT FROM region_vector(features, y1, x1, y2, x2) AND name <> ''12 x 11''',
	'region_vector() of every window''s box');
SELECT is(window_box(NULL, 0, 0, 1, 1, 10, 10), NULL, 'window_box of NULL');
SELECT is(box_window(:one_channel, '(1.7e308,0),(1.79e308,1)', 1.79e308, 1)::text, '(0,2,2,3)', 'in the largest picture');
SELECT is((SELECT w.y1 FROM box_window(:one_channel, NULL, 10, 10) AS w), NULL, 'box_window of NULL');
SELECT is(region_vector(:one_channel::featmap, NULL::box, 10, 10), NULL, 'region_vector of a NULL box');

-- The search's answer, as a box to draw, taken as a query again.
SELECT is_empty(
	$$ SELECT s.name, f.* FROM sample AS s, region_vector(features, '(40,40),(160,190)'::box, 200, 200) AS query,
			intsearch(features, query) AS f, window_box(features, f.y1, f.x1, f.y2, f.x2, 200, 200) AS b
		WHERE s.name = '12 x 11' AND (box_window(features, b, 200, 200)) IS DISTINCT FROM
			(box_window(features, '(40,40),(160,190)'::box, 200, 200)) $$,
	'a box is found again at its place');

-- Rectangles -----------------------------------------------------------------

SELECT is(row_to_json(window_rectangle(:one_channel, 0, 1, 2, 3, 300, 100))::text, '{"x":100,"y":0,"width":200,"height":100}',
	'window_rectangle by name');
SELECT is_empty(
	'SELECT name, image_width, image_height, y1, x1, y2, x2, pixels, w.*
		FROM region AS r, window_rectangle(features, y1, x1, y2, x2, image_width, image_height) AS w
		WHERE (w.x, w.y) <> ((pixels[1])[0], (pixels[1])[1])
			OR (w.width, w.height) <> ((pixels[0])[0] - (pixels[1])[0], (pixels[0])[1] - (pixels[1])[1])',
	'window_rectangle is window_box');
SELECT is((SELECT w.x FROM window_rectangle(NULL, 0, 0, 1, 1, 10, 10) AS w), NULL, 'window_rectangle of NULL');
SELECT pg_temp.refuses(format('SELECT window_rectangle(%L, 0, 0, 3, 1, 300, 100)', :one_channel), '22023', '3',
	'window_rectangle of a window outside the map');
SELECT pg_temp.refuses(format('SELECT window_rectangle(%L, 0, 0, 1, 1, 0, 100)', :one_channel), '22023', 'width',
	'window_rectangle of a picture without width');

-- Refused --------------------------------------------------------------------

SELECT pg_temp.refuses(format('SELECT box_window(%L, %L, 300, 100)', :one_channel, b), '22023', 'box ' || b || ' outside the picture')
FROM unnest(ARRAY['(-1,0),(10,10)', '(0,-1),(10,10)', '(290,10),(301,20)', '(10,90),(20,101)', '(400,10),(500,20)',
	'(10,200),(20,300)', '(-20,-20),(-10,-10)', '(0,0),(infinity,10)', '(0,0),(nan,10)', '(nan,nan),(nan,nan)',
	'(-infinity,0),(10,10)', '(1e300,0),(10,10)']) WITH ORDINALITY AS u (b, n)
ORDER BY n;
SELECT pg_temp.refuses(format('SELECT box_window(%L, %L, 300, 100)', :one_channel, '(290,10),(301,20)'), '22023', '300',
	'the message names the picture''s size');
SELECT pg_temp.refuses(format('SELECT region_vector(%L::featmap, %L::box, 300, 100)', :one_channel, '(290,10),(301,20)'), '22023',
	'region_vector of a box outside the picture');
SELECT pg_temp.refuses(format('SELECT window_box(%L, 0, 0, 3, 1, 300, 100)', :one_channel), '22023', '3',
	'window_box of a window outside the map');
SELECT pg_temp.refuses(format('SELECT window_box(%L, 1, 0, 1, 1, 300, 100)', :one_channel), '22023',
	'window_box of an empty window');
SELECT pg_temp.refuses(format('SELECT window_box(%L, 0, 0, 1, 1, %L, 100)', :one_channel, size), '22023', 'a picture ' || size || ' wide')
FROM unnest(ARRAY['0', '-5', 'nan', 'infinity']) AS size;
SELECT pg_temp.refuses(format('SELECT box_window(%L, %L, 300, %L)', :one_channel, '(0,0),(1,1)', size), '22023', 'a picture ' || size || ' high')
FROM unnest(ARRAY['0', '-5', 'nan', 'infinity']) AS size;

-- A box without an area lies in a cell, or is refused.
SELECT is_empty(
	$$ SELECT b, r FROM unnest(ARRAY['(10,10),(10,10)', '(0,0),(0,0)', '(300,100),(300,100)', '(100,50),(100,50)']) AS b,
			pg_temp.sqlstate_of(format('SELECT region_vector(%L::featmap, %L::box, 300, 100)', '{{{1,2,3},{4,5,6}}}', b)) AS r
		WHERE r NOT IN ('00000', '22023') $$,
	'a box without an area');
SELECT is_empty(
	$$ SELECT b, w FROM unnest(ARRAY['(10,10),(10.5,10.5)', '(0,0),(0.1,0.1)', '(299.9,99.9),(300,100)']::box[]) AS b,
			box_window('{{{1,2,3},{4,5,6}}}', b, 300, 100) AS w
		WHERE (w.y2 - w.y1, w.x2 - w.x1) <> (1, 1) $$,
	'a box smaller than a cell is one cell');

SELECT * FROM finish();
ROLLBACK;
