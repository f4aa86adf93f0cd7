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
