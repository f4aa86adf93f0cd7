# What the longer tests share: the extension, and private servers that are stopped and removed when the test ends.
#
# Sourced by test/cancel, test/durability and test/load, after tools/server.sh.
#
#   prepare_servers "NAME..." [PACKAGE...]   all but starting these servers

# The Python that Debian's packages belong to, whatever else comes first in PATH.
python=/usr/bin/python3

remove_servers()
{
	for server in $servers; do
		stop_server "$server"
		remove_data "$place/$server"
	done
	rm -rf "$scratch"
}

# Sets scratch, a folder that both we and the servers may write to.
prepare_servers()
{
	servers=$1
	shift
	install_packages $server_packages python3-numpy python3-psycopg "$@"
	make_private_postgres
	scratch=$place/${0##*/}.files
	trap remove_servers EXIT
	trap 'exit 130' INT TERM HUP
	remove_servers
	mkdir -p -m 777 "$scratch"
	chmod 777 "$scratch"
	build_extension
	export PYTHONDONTWRITEBYTECODE=1
}
