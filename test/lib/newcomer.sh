# What a user does in a bare tree of Debian, and sees; for test/newcomer.
#
# Sourced after tools/server.sh. Of root's and postgres's commands what is printed is what was run.

old=0.2.0
maps_in_tree=/srv/maps
packages_in_tree=/srv/packages

# The example of every search: a part of one of the maps.
example="(SELECT region_vector(features, 2, 3, 7, 8) FROM images WHERE file = '0016.npy')"

# type_as_root COMMAND LINE
type_as_root()
{
	printf '# %s\n' "$1"
	sh -c "$1"
}

type_as_postgres()
{
	printf 'postgres$ %s\n' "$1"
	runuser -u postgres -- sh -c "$1"
}

# apt_get ARGUMENTS: its many lines go to a log.
apt_get()
{
	printf '# apt-get %s\n' "$*"
	quietly "$project/build/apt.log" env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends "$@"
}

# A mirror that is behind may have an index that is out of date; then debootstrap's do.
update_lists()
{
	printf '# %s\n' 'apt-get update'
	apt-get -q update >"$project/build/apt.log" 2>&1 || grep '^E:' "$project/build/apt.log"
}

# install_package VERSION
install_package()
{
	apt_get install "$packages_in_tree/postgresql-${major}-intsearch_$1_$(dpkg --print-architecture).deb"
	grep 'Setting up postgresql.*intsearch' "$project/build/apt.log"
}

run_sql()
{
	runuser -u postgres -- psql -X -v ON_ERROR_STOP=1 -d "$database" "$@"
}

# show_sql STATEMENT [PATTERN]: a line of the output has to match the pattern.
show_sql()
{
	printf '%s\n' "$database=# $1"
	run_sql -c "$1" >"$project/build/shown" 2>&1 || {
		cat "$project/build/shown"
		die 'FAILED: the statement'
	}
	cat "$project/build/shown"
	grep -q "${2-}" "$project/build/shown" || die "FAILED: there is no line with $2"
}

# show_sql_error STATEMENT PATTERN
show_sql_error()
{
	printf '%s\n' "$database=# $1"
	! run_sql -c "$1" >"$project/build/shown" 2>&1 || die 'FAILED: there is no error'
	cat "$project/build/shown"
	grep -q "$2" "$project/build/shown" || die "FAILED: there is no line with $2"
}

# Debian's package has made a cluster; without an init system somebody has to start it. It has no port of the machine's, where
# there may be another server: then its number is not the usual one, either.
start_cluster()
{
	type_as_root "pg_ctlcluster -o '-c listen_addresses=' $major main start"
	PGPORT=$(pg_lsclusters -h | awk '{ print $3 }')
	export PGPORT
}

new_database()
{
	database=$1
	type_as_postgres "createdb $1"
	show_sql 'CREATE EXTENSION intsearch;' 'CREATE EXTENSION'
}

check_stored()
{
	show_sql 'SELECT count(*), min(channels(features)) AS channels, pg_size_pretty(sum(pg_column_size(features))) AS size FROM images;' \
		'^  *1000 |  *64 |'
}

load_folder()
{
	apt_get install python3-numpy python3-psycopg
	type_as_postgres "cd $project/python && python3 -B -m intsearch load --database $database images $maps_in_tree"
	check_stored
}

# As 0.2.0 has it.
load_by_sql()
{
	show_sql 'CREATE TABLE images (file text PRIMARY KEY, features featmap);'
	show_sql "INSERT INTO images
    SELECT file, featmap_from_npy(pg_read_binary_file('$maps_in_tree/' || file)) FROM pg_ls_dir('$maps_in_tree') AS file;"
	check_stored
}

search_statement="SELECT file, score, y1, x1, y2, x2
    FROM images, intsearch(features, $example)
    ORDER BY score DESC, file LIMIT 3;"

# The best is the example itself.
search()
{
	show_sql "$search_statement" '^ 0016.npy | .* |  2 |  3 |  7 |  8'
}

search_by_index()
{
	statement="SELECT file, features <=> $example AS distance
    FROM images ORDER BY features <=> $example LIMIT 3;"
	show_sql 'CREATE INDEX ON images USING intsearch (features);'
	show_sql 'ANALYZE images;'
	show_sql "EXPLAIN (COSTS OFF) $statement" 'Index Scan using images_features_idx on images'
	show_sql "$statement" '^ 0016.npy | '
}

# What is stored and found, to the last digit.
everything()
{
	run_sql -A -t -c "SELECT file, md5(featmap_send(features)), r.* FROM images, intsearch(features, $example) AS r ORDER BY file"
}

# The library is new before the catalogue is.
upgrade()
{
	everything >"$project/build/before"
	[ "$(wc -l <"$project/build/before")" -eq 1000 ] || die 'FAILED: not every map was found'
	install_package "$new"
	show_sql_error "$search_statement" 'Run ALTER EXTENSION intsearch UPDATE'
	show_sql 'ALTER EXTENSION intsearch UPDATE;' 'ALTER EXTENSION'
	show_sql 'SELECT intsearch_version();' "$new"
	everything >"$project/build/after"
	cmp "$project/build/before" "$project/build/after" || die 'FAILED: something is not as before'
	say '(1,000 maps, and what is found in each: the same)'
}

# installcheck COMMAND LINE: on the package, without make and the server's headers, what `make installcheck` calls.
installcheck()
{
	install_packages libtap-parser-sourcehandler-pgtap-perl "postgresql-$major-pgtap" liblapack3 binutils
	printf 'postgres$ %s\n' "$1"
	quietly "$project/build/installcheck.log" runuser -u postgres -- sh -c "$1"
	tail -n 2 "$project/build/installcheck.log"
}

remove_package()
{
	show_sql 'DROP EXTENSION intsearch CASCADE;' 'DROP EXTENSION'
	files=$(dpkg -L "postgresql-$major-intsearch")
	apt_get purge "postgresql-$major-intsearch"
	for file in $files; do
		case $file in
			*intsearch*) [ ! -e "$file" ] || die "FAILED: $file is left" ;;
		esac
	done
}

build_from_zip()
{
	apt_get install unzip gcc libc6-dev make "postgresql-server-dev-$major"
	type_as_postgres "cd /tmp && unzip -q $packages_in_tree/intsearch-$new.zip"
	folder=/tmp/intsearch-$new
	printf 'postgres$ %s\n' "cd $folder && make"
	quietly "$project/build/make.log" runuser -u postgres -- make -C "$folder"
	! grep 'warning:' "$project/build/make.log" || die 'FAILED: the compiler warns'
	printf '# %s\n' "cd $folder && make install"
	quietly "$project/build/install.log" make -C "$folder" install
	installcheck "cd $folder && make installcheck"
}

be_a_newcomer()
{
	major=$(ls "$packages_in_tree" | sed -n "s/^postgresql-\([0-9]*\)-intsearch_${old}_.*/\1/p")
	new=$(sed -n "s/^default_version = '\(.*\)'/\1/p" "$project/intsearch.control")
	update_lists

	say '-- Somebody new'
	install_package "$new"
	start_cluster
	new_database images
	load_folder
	search
	search_by_index
	remove_package

	say "-- Somebody who has $old"
	install_package "$old"
	new_database old_images
	load_by_sql
	search
	upgrade
	search
	search_by_index
	installcheck "PG_CONFIG=/usr/lib/postgresql/$major/bin/pg_config $project/test/installcheck"
	remove_package

	say '-- Somebody with the zip of PGXN'
	build_from_zip
	type_as_root "pg_ctlcluster $major main stop -m fast"
}
