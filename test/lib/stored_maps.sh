# Maps of all kinds, and what tells whether they are still the same.
#
# Sourced by test/durability and test/upgrade, after tools/server.sh. The server is that of the environment.

sql()
{
	psql -q -X -A -t -v ON_ERROR_STOP=1 "$@"
}

# Maps of 8, 16 and 24 bits, signed and not, sparse and dense, in the row and in the TOAST table; one of 2 MB, one of zeros,
# one NULL. Random, but the same every time.
fill()
{
	sql -d "$1" <<-'EOF_SQL'
		CREATE TABLE image (id bigint PRIMARY KEY, features featmap);
		SELECT setseed(0.5) \g /dev/null
		CREATE FUNCTION random_map(channels integer, height integer, width integer, lowest real, zeros real, bits integer) RETURNS featmap
		LANGUAGE sql AS $$
			SELECT featmap_from_array(array_agg(plane), bits) FROM (
				SELECT c, array_agg(line) AS plane FROM (
					SELECT c, y, array_agg(CASE WHEN random() < zeros THEN 0 ELSE lowest + random() END::real) AS line
					FROM generate_series(1, channels) AS c, generate_series(1, height) AS y, generate_series(1, width) AS x
					GROUP BY c, y) AS lines
				GROUP BY c) AS planes
		$$;
		INSERT INTO image SELECT row_number() OVER (), random_map(c, h, w, lowest, zeros, bits)
			FROM (VALUES (1, 1, 1), (3, 4, 5), (16, 6, 7), (40, 9, 8), (64, 14, 14)) AS shape (c, h, w),
				(VALUES (8), (16), (24)) AS width (bits), (VALUES (0::real), (-0.5)) AS sign (lowest),
				(VALUES (0::real), (0.5), (0.9)) AS share (zeros), generate_series(1, 2);
		INSERT INTO image VALUES (1001, NULL), (1002, featmap_from_array(array_fill(0::real, ARRAY[3, 4, 5])));
		INSERT INTO image SELECT 1003, featmap_from_array((SELECT array_agg(plane) FROM (
			SELECT array_agg(line) AS plane FROM (
				SELECT c, (SELECT array_agg(sin(c * y + x)::real) FROM generate_series(1, 128) AS x) AS line
				FROM generate_series(1, 64) AS c, generate_series(1, 128) AS y) AS l GROUP BY c) AS p), 16);
		CREATE INDEX ON image USING hash (features);
	EOF_SQL
}

# check_indexes DATABASE: all intsearch indexes against their tables. Prints how many there are, and their maps.
check_indexes()
{
	sql -d "$1" -F ' ' -c "
		SELECT count(*), coalesce(sum(maps), 0) FROM pg_class AS c JOIN pg_am AS m ON m.oid = c.relam AND m.amname = 'intsearch',
			intsearch_index_check(c.oid)"
}

# nearest_by_index DATABASE: what the index of maps of 64 channels finds. There are fewer of these than a scan takes as
# candidates, so the order is exact.
nearest_by_index()
{
	sql -d "$1" -F ' ' <<-'EOF_SQL'
		SET enable_seqscan = off;
		SELECT id, features <=> q FROM image, (SELECT array_agg(cos(c)::real) FROM generate_series(1, 64) AS c) AS query (q)
		WHERE channels(features) = 64 ORDER BY features <=> q, id LIMIT 20; -- some maps are there twice
		SELECT maps > 20 FROM intsearch_last_scan();
	EOF_SQL
}

# fingerprint DATABASE: what is stored, and what is found in it, one map a line.
fingerprint()
{
	sql -d "$1" -F ' ' -c "
		SELECT id, channels(features), bits(features), pg_column_size(features), md5(featmap_send(features)),
			md5(featmap_to_array(features)::text), (r).*,
			CASE WHEN height(features) < 20 THEN features <=> q END AS distance, md5(rmac(features)::text)
		FROM image LEFT JOIN LATERAL (SELECT array_agg(cos(c)::real) FROM generate_series(1, channels(features)) AS c) AS query (q) ON true
			LEFT JOIN LATERAL intsearch(features, featquery(q, max_height => 3, max_width => 3)) AS r ON true
		ORDER BY id"
}
