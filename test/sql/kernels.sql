-- The kernels: whichever runs, the answers are the same to the last bit.
\ir setup.psql
\ir fixtures.psql

SELECT plan(9);

SELECT matches(intsearch_version(), '^intsearch [0-9.]+, kernels: (plain|avx2|avx512)$', 'the version names the kernels');
SELECT is(current_setting('intsearch.kernel'), 'auto', 'the processor decides by default');
SELECT pg_temp.refuses('SET intsearch.kernel = ''abacus''', '22023', 'kernels that do not exist');
SELECT pg_temp.refuses('SET intsearch.kernels = ''plain''', '42602', 'a setting that does not exist');

SELECT pg_temp.find('search', 16) \g /dev/null
CREATE TEMPORARY TABLE by_processor AS SELECT * FROM found;
SELECT pg_temp.find('constraints', 8) \g /dev/null
INSERT INTO by_processor SELECT * FROM found;

SET LOCAL intsearch.kernel = 'plain';
SELECT matches(intsearch_version(), 'kernels: plain$', 'the setting chooses');
SELECT pg_temp.find('search', 16) \g /dev/null
CREATE TEMPORARY TABLE by_plain_code AS SELECT * FROM found;
SELECT pg_temp.find('constraints', 8) \g /dev/null
INSERT INTO by_plain_code SELECT * FROM found;
SELECT cmp_ok((SELECT count(*) FROM by_plain_code), '>', 200::bigint, 'searches to compare');
SELECT is_empty('TABLE by_plain_code EXCEPT ALL TABLE by_processor', 'the same answers');
SELECT is_empty('TABLE by_processor EXCEPT ALL TABLE by_plain_code', 'and no others');

RESET intsearch.kernel;
SELECT is(current_setting('intsearch.kernel'), 'auto', 'and the processor decides again');

SELECT * FROM finish();
ROLLBACK;
