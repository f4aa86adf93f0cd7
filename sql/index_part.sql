-- The index ---------------------------------------------------------------------

CREATE FUNCTION intsearch_handler(internal) RETURNS index_am_handler
	AS 'MODULE_PATHNAME' LANGUAGE C;

CREATE ACCESS METHOD intsearch TYPE INDEX HANDLER intsearch_handler;
COMMENT ON ACCESS METHOD intsearch IS 'maps nearest to a query, by codes of their regions and exact distances';

CREATE OPERATOR CLASS featmap_intsearch_ops
	DEFAULT FOR TYPE featmap USING intsearch AS
		OPERATOR 1 <=> (featmap, real[]) FOR ORDER BY float_ops,
		OPERATOR 2 <-> (featmap, real[]) FOR ORDER BY float_ops;

-- Verifies an index against its table, for the table's owner: an error names the first fault. Else what there is:
-- maps that are seen, entries, and those of rows that are not seen.
CREATE FUNCTION intsearch_index_check(index regclass,
		OUT maps bigint, OUT entries bigint, OUT unseen_entries bigint)
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT;

-- What the last index scan of this session did: lists read and all lists, codes scored, maps scored exactly, and
-- rows that its snapshot did not see.
CREATE FUNCTION intsearch_last_scan(
		OUT lists integer, OUT all_lists integer, OUT codes bigint, OUT maps bigint, OUT unseen bigint)
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE;

-- How well an index finds what the exact scan finds: windows of some of its maps, chosen at random, are the queries.
-- recall is the share of the index's rows that are as near as the exact ones; both times are the mean of a query, in
-- milliseconds, of the index's and the exact one; scored is the share of maps that the index scan searched.
CREATE FUNCTION intsearch_recall(index regclass, queries integer DEFAULT 50, nearest integer DEFAULT 10,
		seed double precision DEFAULT 0.5,
		OUT recall double precision, OUT index_ms double precision, OUT exact_ms double precision,
		OUT scored double precision)
	LANGUAGE plpgsql VOLATILE STRICT
	SET search_path = pg_catalog, pg_temp SET enable_seqscan = on SET enable_indexscan = on SET enable_sort = on
AS $$
DECLARE
	source text;
	expression text;
	row_count bigint;
	chosen tid[];
	chosen_row tid;
	vector real[];
	ranking text;
	found double precision[];
	exact double precision[];
	asked integer := 0;
	scored_maps bigint := 0;
	start timestamptz;
BEGIN
	PERFORM set_config('search_path', format('%I, pg_catalog, pg_temp', n.nspname), true)
		FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'intsearch';
	SELECT format('(SELECT ctid, %s AS map FROM %s %s) AS indexed', pg_get_indexdef(i.indexrelid, 1, false),
			i.indrelid::regclass, 'WHERE ' || pg_get_expr(i.indpred, i.indrelid))
		INTO source
		FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_am AS m ON m.oid = c.relam
		WHERE i.indexrelid = index AND m.amname = 'intsearch' AND c.relkind = 'i';
	IF source IS NULL THEN
		RAISE EXCEPTION '"%" is not an intsearch index with pages', index USING ERRCODE = 'wrong_object_type';
	END IF;
	PERFORM setseed(seed);
	EXECUTE format('SELECT count(*) FROM %s WHERE map IS NOT NULL', source) INTO row_count;
	EXECUTE format('SELECT array_agg(ctid) FROM (
		SELECT ctid FROM %s WHERE map IS NOT NULL ORDER BY random() LIMIT $1) AS rows', source)
		INTO chosen USING queries;
	ranking := format('SELECT array_agg(distance) FROM (
		SELECT map <=> $1 AS distance FROM %s WHERE ctid <> $2 ORDER BY map <=> $1 LIMIT $3) AS ranked', source);
	recall := 0; index_ms := 0; exact_ms := 0;
	FOREACH chosen_row IN ARRAY coalesce(chosen, '{}') LOOP
		vector := NULL;
		BEGIN
			EXECUTE format('SELECT region_vector(map, box(point(x, y), point(x + w, y + h)), width(map), height(map))
			FROM (SELECT map, w, h, floor(random() * (width(map) - w + 1)) AS x, floor(random() * (height(map) - h + 1)) AS y
				FROM (SELECT map, ceil(random() * width(map) / 2) AS w, ceil(random() * height(map) / 2) AS h
					FROM %s WHERE ctid = $1 OFFSET 0) AS sizes OFFSET 0) AS places', source)
			INTO vector USING chosen_row;
		EXCEPTION WHEN invalid_parameter_value THEN
			-- a window of zeros has no vector
		END;
		CONTINUE WHEN vector IS NULL;
		SET LOCAL enable_seqscan = off;
		SET LOCAL enable_sort = off;
		start := clock_timestamp();
		EXECUTE ranking INTO found USING vector, chosen_row, nearest;
		index_ms := index_ms + extract(epoch FROM clock_timestamp() - start) * 1000;
		scored_maps := scored_maps + (SELECT maps FROM intsearch_last_scan());
		SET LOCAL enable_seqscan = on;
		SET LOCAL enable_sort = on;
		SET LOCAL enable_indexscan = off;
		start := clock_timestamp();
		EXECUTE ranking INTO exact USING vector, chosen_row, nearest;
		exact_ms := exact_ms + extract(epoch FROM clock_timestamp() - start) * 1000;
		SET LOCAL enable_indexscan = on;
		CONTINUE WHEN exact IS NULL;
		asked := asked + 1;
		recall := recall + (SELECT count(*) FROM unnest(found) AS d WHERE d <= exact[cardinality(exact)] + 1e-9)
			/ cardinality(exact)::double precision;
	END LOOP;
	recall := recall / nullif(asked, 0);
	index_ms := index_ms / nullif(asked, 0);
	exact_ms := exact_ms / nullif(asked, 0);
	scored := scored_maps / nullif(asked * row_count, 0)::double precision;
END $$;
