# One command of the bench: Debian's packages, the extension, a private server, and what measures on it.
#
# Sourced by bench/run and bench/quality, after tools/server.sh. Calls, in this order:
#
#   prepare_bench NAME MODULE PACKAGES [OPTION...]   all but measuring; tells what it does on the standard error
#   measure [OPTION...]                              bench/MODULE.py, with the server in its environment
#
# The server is called NAME: no port, its data in build/, stopped and removed when the command ends.

# The Python that Debian's packages belong to, whatever else comes first in PATH.
python=/usr/bin/python3

finish()
{
	stop_server "$bench_name"
	remove_data "$place/$bench_name"
}

measure()
{
	PGDATABASE=$bench_name PYTHONDONTWRITEBYTECODE=1 "$python" "$project/bench/$bench_module.py" "$@"
}

prepare_bench()
{
	bench_name=$1
	bench_module=$2
	bench_packages=$3
	shift 3
	{
		install_packages $server_packages $bench_packages
		# Wrong options are told before anything is built.
		measure --check "$@"
		make_private_postgres
		build_extension
		trap finish EXIT
		trap 'exit 130' INT TERM HUP
		finish

		# All that is measured stays in memory. Durability is not what we measure: nothing waits for the disk.
		start_server "$bench_name" shared_buffers=2GB max_wal_size=8GB autovacuum=off synchronous_commit=off
		createdb "$bench_name"
		psql -q -X -d "$bench_name" -c 'CREATE EXTENSION intsearch'
	} >&2
}
