# Debian packages, and a private PostgreSQL server that can be thrown away.
#
# Sourced, not run, by the commands in test, bench, demo and .ci. The caller sets `project`, the
# absolute path of the repository, and then calls, in this order:
#
#   install_packages NAME...     Debian packages that are missing; needs root only if one is
#   make_private_postgres        a copy of PostgreSQL of our own; sets pg_bin, place; extends PATH
#   build_extension              make, and make install into that copy
#   start_server NAME [OPTION]   a fresh start on build/NAME/data; exports PGHOST and its like
#   stop_server NAME             also when it does not run, or the run before was interrupted
#
# The copy exists so that nothing of the user's is touched: no file enters the system's PostgreSQL,
# no cluster of the user's is started or used. PostgreSQL finds its library and share directories
# relative to the place of its executable, so copied programs beside trees of links are a whole
# installation, made in a second, into which `make install DESTDIR=...` needs no root.
#
# The server listens on a Unix socket alone. Called by root it runs as the user postgres, because
# PostgreSQL refuses root. Plain sh: this starts where not even make is installed.

# Their help and errors. Before anything else is done.
. "$project/tools/command.sh"

# The PostgreSQL versions we support, the preferred first.
pg_supported='15 17 18'

# Files that root makes here have to be readable by the user postgres.
umask 022

# A locale that is always there: `locales` may not be installed, and LANG may name one that is not.
export LC_ALL=C.UTF-8
unset LANGUAGE

# A client's settings for the user's own server must not lead our programs to it.
unset PGDATABASE PGHOST PGHOSTADDR PGPORT PGUSER PGPASSWORD PGSERVICE PGOPTIONS PGCLUSTER PGDATA

is_postgres_installed()
{
	[ -x "/usr/lib/postgresql/${1:-$pg_major}/bin/postgres" ]
}

# The first supported version that is installed, else the one that this Debian has. PG_MAJOR, in the
# environment, chooses another.
find_pg_major()
{
	for version in $pg_supported; do
		if is_postgres_installed "$version"; then
			echo "$version"
			return
		fi
	done
	case $(. /etc/os-release && echo "$ID ${VERSION_ID-}") in
		'debian 13') echo 17 ;;
		'debian ') echo 18 ;; # sid
		*) echo 15 ;;
	esac
}

pg_major=${PG_MAJOR:-$(find_pg_major)}

# What it takes to build the extension and to run a server.
server_packages="postgresql-$pg_major postgresql-server-dev-$pg_major gcc libc6-dev make"

# quietly LOG COMMAND...: the output goes to LOG, and to the terminal only if the command fails.
quietly()
{
	quietly_log=$1
	shift
	mkdir -p "$(dirname "$quietly_log")"
	if ! ("$@") >"$quietly_log" 2>&1 </dev/null; then
		cat "$quietly_log" >&2
		die "failed: $*"
	fi
}

# Packages -------------------------------------------------------------------

missing_packages()
{
	for package in "$@"; do
		status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || status=none
		[ "$status" = installed ] || printf '%s ' "$package"
	done
}

# Root's privilege for one command, by sudo unless we have it.
as_root()
{
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

can_become_root()
{
	[ "$(id -u)" -eq 0 ] && return 0
	command -v sudo >/dev/null || return 1
	sudo -n true 2>/dev/null || [ -t 0 ]
}

install_packages()
{
	command -v dpkg-query >/dev/null || die "this needs Debian's packages: $*"
	missing=$(missing_packages "$@")
	[ -n "$missing" ] || return 0
	can_become_root ||
		die "packages are missing, and installing them needs root: apt-get install $missing"
	say "Installing Debian packages: $missing"

	# Debian makes and starts a cluster with a server package's first installation; nobody asked us
	# for one. The file goes away again, so that the next package behaves as the user expects.
	no_cluster=/etc/postgresql-common/createcluster.d/zz-intsearch.conf
	as_root mkdir -p "${no_cluster%/*}"
	echo 'create_main_cluster = false' | as_root tee "$no_cluster" >/dev/null

	quietly "$project/build/apt.log" apt_install $missing
}

apt_install()
{
	trap 'as_root rm -f "$no_cluster"' EXIT
	trap 'exit 130' INT TERM
	as_root apt-get update -q || say 'apt-get update failed; trying with the lists that are there'
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
		-o Dpkg::Options::=--force-confold -o Dpkg::Options::=--force-confdef "$@"
}

# The private copy -----------------------------------------------------------

# Sets server_user, whom the server runs as, and place, the folder of everything that belongs to
# it: build/, or a folder under /tmp if the project lies where the user postgres cannot reach it.
find_place()
{
	server_user=$(id -un)
	place=$project/build
	mkdir -p "$place"
	[ -w "$place" ] || die "$place belongs to another user: remove it, or run this as that user"
	[ "$(id -u)" -eq 0 ] || return 0

	server_user=postgres
	if ! runuser -u postgres -- test -r "$place" -a -x "$place"; then
		elsewhere=$(cat "$project/build/place" 2>/dev/null) || elsewhere=
		if [ -z "$elsewhere" ] || [ ! -O "$elsewhere" ]; then
			elsewhere=$(mktemp -d /tmp/intsearch.XXXXXX)
			chmod 755 "$elsewhere"
			echo "$elsewhere" >"$project/build/place"
			say "Note: the user postgres cannot reach $project, so servers live in $elsewhere"
		fi
		place=$elsewhere
	fi
}

make_private_postgres()
{
	find_place
	system_bin=/usr/lib/postgresql/$pg_major/bin
	pg_root=$place/pgroot
	pg_bin=$pg_root$system_bin

	# A security update of the system's PostgreSQL replaces the library that we link to.
	if ! cmp -s "$system_bin/postgres" "$pg_bin/postgres"; then
		rm -rf "$pg_root"
		mkdir -p "${pg_bin%/*}" "$pg_root/usr/share/postgresql"
		cp -rL "$system_bin" "${pg_bin%/*}"
	fi
	# Again each time, for extensions that were installed since; what is there stays.
	cp -rsn "/usr/lib/postgresql/$pg_major/lib" "${pg_bin%/*}"
	cp -rsn "/usr/share/postgresql/$pg_major" "$pg_root/usr/share/postgresql"
	PATH=$pg_bin:$PATH
}

make_extension()
{
	make -C "$project" -j2 --output-sync PG_CONFIG="$system_bin/pg_config" "$@"
}

build_extension()
{
	say "Building intsearch for PostgreSQL $pg_major"
	quietly "$project/build/make.log" make_extension all
	grep -i 'warning:' "$project/build/make.log" >&2 || :
	quietly "$project/build/install.log" make_extension install DESTDIR="$pg_root"
}

# The server -----------------------------------------------------------------

# A command as the user whom the server belongs to. Away from the current directory, which that
# user may not be able to read.
as_server_user()
(
	cd /
	if [ "$(id -un)" = "$server_user" ]; then
		"$@"
	else
		runuser -u "$server_user" -- "$@"
	fi
)

# The socket's folder: beside the data, or under /tmp if that makes a longer path than the 107
# bytes that the kernel takes ("/.s.PGSQL.5432" and the lock file's ".lock" come after it).
make_socket_dir()
{
	socket_dir=$1/socket
	if [ ${#socket_dir} -gt 85 ]; then
		socket_dir=$(as_server_user mktemp -d /tmp/intsearch-socket.XXXXXX)
	else
		as_server_user mkdir -p -m 700 "$socket_dir"
	fi
	echo "$socket_dir" >"$1/socket_dir"
}

# use_server NAME: our programs, and the environment of programs we call, talk to this server.
use_server()
{
	socket_dir=$(cat "$place/$1/socket_dir" 2>/dev/null) || return 1
	export PGHOST="$socket_dir" PGPORT=5432 PGUSER=postgres
}

server_is_ready()
{
	use_server "$1" && "$pg_bin/pg_isready" -q
}

# start_server NAME [SETTING=VALUE...]: starts on the data that is there, or on new data. The server
# gets the variables NAME=VALUE of server_environment, if that is set.
start_server()
{
	home=$place/$1
	stop_server "$1"
	shift

	if [ ! -f "$home/data/PG_VERSION" ] ||
		[ "$(cat "$home/data/PG_VERSION")" != "$pg_major" ] ||
		[ "$(stat -c %U "$home/data")" != "$server_user" ]; then
		remove_data "$home"
		mkdir -p "$home"
		[ "$(id -un)" = "$server_user" ] || chown "$server_user" "$home"
		quietly "$project/build/initdb.log" as_server_user "$pg_bin/initdb" -D "$home/data" \
			-U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync
	fi

	rm -f "$home/server.log"
	make_socket_dir "$home"
	settings="-c listen_addresses='' -c unix_socket_directories='$socket_dir' -c port=5432 -c fsync=off"
	for setting in "$@"; do
		settings="$settings -c $setting"
	done
	if ! as_server_user env ${server_environment:-} "$pg_bin/pg_ctl" start -w -s -D "$home/data" \
		-l "$home/server.log" -o "$settings" </dev/null; then
		tail -n 20 "$home/server.log" >&2
		die "the server did not start"
	fi
	use_server "${home##*/}"
}

# Whoever started it: the data's owner stops it, since a run as root may follow one as a user.
stop_server()
{
	stopping=$place/$1
	if [ -f "$stopping/data/postmaster.pid" ]; then
		(
			server_user=$(stat -c %U "$stopping/data")
			as_server_user "$pg_bin/pg_ctl" stop -w -s -m fast -D "$stopping/data"
		) 2>/dev/null || rm -f "$stopping/data/postmaster.pid"
	fi
	case $(cat "$stopping/socket_dir" 2>/dev/null) in
		/tmp/intsearch-socket.*) as_server_user rm -rf "$(cat "$stopping/socket_dir")" ;;
	esac
	rm -f "$stopping/socket_dir"
}

# remove_data FOLDER: the data of a server that does not run. Its log stays, for whoever asks why a test failed.
remove_data()
{
	rm -rf "$1/data" "$1/socket"
}
