-- The stored format: the examples of doc/format.md, byte for byte.
\ir setup.psql

SELECT plan(6);

SELECT is('{{{1,0},{0,2}},{{0,0},{0,5}},{{3,4},{5,6}}}'::featmap::text,
	'featmap:1:8u:3x2x2:0108000003000200020000000a000000013ca13cc13c097f007f04aa04d4fefeff',
	'sparse and dense cells');
SELECT is('{{{1,-1}}}'::featmap::text, 'featmap:1:8s:1x1x2:01080100010001000200000002000000023c037e82', 'signed');
SELECT is('featmap:1:8s:1x1x2:01080100010001000200000002000000023c037e82'::featmap, '{{{1,-1}}}'::featmap,
	'the example is read');
SELECT is(featmap_send('{{{1,-1}}}'), '\x01080100010001000200000002000000023c037e82', 'binary output is the same bytes');
-- two channels of one cell, both of scale 1 (803f): the codes are split into low bytes, then high bytes
SELECT is(featmap_send(featmap_from_array('{{{65535}},{{65535}}}'::real[], 16)),
	'\x01100000020001000100000004000000803f803f01ffffffff', '16 bits');
SELECT is(featmap_send(featmap_from_array('{{{65535,258}}}'::real[], 16)),
	'\x01100000010001000200000004000000803f03ffff0201', '16 bits, low byte and high byte');

SELECT * FROM finish();
ROLLBACK;
