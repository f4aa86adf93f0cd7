-- The kernels: whichever runs, the answers are the same to the last bit.
\if :{?fixtures}
\else
	\echo 1..0 # SKIP no fixtures
	\quit
\endif
\ir setup.psql
\ir fixtures.psql

-- the tables of this build; auto is before them
SELECT enumvals[2:] AS tables, '(' || array_to_string(enumvals[2:], '|') || ')' AS any_table FROM pg_settings WHERE name = 'intsearch.kernel' \gset

SELECT plan(7 + 2 * cardinality(:'tables'::text[]));

SELECT matches(intsearch_version(), '^intsearch [0-9.]+, kernels: ' || :'any_table' || '$', 'the version names the kernels');
SELECT is(current_setting('intsearch.kernel'), 'auto', 'the processor decides by default');
SELECT pg_temp.refuses('SET intsearch.kernel = ''abacus''', '22023', 'kernels that do not exist');
SELECT pg_temp.refuses('SET intsearch.kernels = ''plain''', '42602', 'a setting that does not exist');

-- Chooses kernels, and tells whether this processor can run them.
CREATE FUNCTION pg_temp.can_use(kernel text) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
	reason text;
BEGIN
	PERFORM set_config('intsearch.kernel', kernel, true);
	RETURN true;
EXCEPTION WHEN invalid_parameter_value THEN
	GET STACKED DIAGNOSTICS reason = PG_EXCEPTION_DETAIL;
	IF reason <> 'This processor cannot run these kernels.' THEN
		RAISE;
	END IF;
	RETURN false;
END $$;

-- What searches give with these kernels, at 16 and at 8 bits.
CREATE FUNCTION pg_temp.found_with(kernel text) RETURNS SETOF found
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('intsearch.kernel', kernel, true);
	PERFORM pg_temp.find('search', 16);
	RETURN QUERY SELECT * FROM found;
	PERFORM pg_temp.find('constraints', 8);
	RETURN QUERY SELECT * FROM found;
END $$;

CREATE TEMPORARY TABLE by_plain_code AS SELECT * FROM pg_temp.found_with('plain');
SELECT matches(intsearch_version(), 'kernels: plain$', 'the setting chooses');
SELECT cmp_ok((SELECT count(*) FROM by_plain_code), '>', 200::bigint, 'searches to compare');

-- That these kernels are the ones in use, and find what plain code finds; or that there are none.
CREATE FUNCTION pg_temp.test_kernel(kernel text, name_pattern text) RETURNS SETOF text
LANGUAGE plpgsql AS $$
BEGIN
	IF NOT pg_temp.can_use(kernel) THEN
		RETURN NEXT skip(kernel || ': this processor cannot run them', 2);
		RETURN;
	END IF;
	RETURN NEXT matches(intsearch_version(), 'kernels: ' || name_pattern || '$', kernel || ' is in use');
	CREATE TEMPORARY TABLE by_these AS SELECT * FROM pg_temp.found_with(kernel);
	RETURN NEXT bag_eq('TABLE by_these', 'TABLE by_plain_code', kernel || ' gives the same answers');
	DROP TABLE by_these;
END $$;

SELECT pg_temp.test_kernel('auto', :'any_table');
SELECT pg_temp.test_kernel(name, name) FROM unnest(:'tables'::text[]) AS name WHERE name <> 'plain';

RESET intsearch.kernel;
SELECT is(current_setting('intsearch.kernel'), 'auto', 'and the processor decides again');

SELECT * FROM finish();
ROLLBACK;
