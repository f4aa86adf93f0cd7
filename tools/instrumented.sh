# All tests on an instrumented build: with sanitizers, or counting the lines that run.
#
# Sourced by test/sanitize and test/coverage, after tools/server.sh. An instrumented object file must
# never meet an ordinary one, so the project is copied, without what was built in it, and built and
# tested there, by its own test/run. PGXS takes the compiler's further options from COPT.

# copy_project NAME: sets copy, a folder of that name below place, which the server can reach. Its
# name goes into lists that know no quotes: of variables (server_environment), of libraries.
copy_project()
{
	find_place
	copy=$place/$1
	case $copy in
		*[[:space:]:]*) die "instrumented tests need a folder without blanks and colons in its name, not $copy" ;;
	esac
	[ ! -d "$copy" ] || rm -rf "$copy"
	mkdir "$copy"
	tar -C "$project" --exclude=./build --exclude=./.git --exclude='*.o' --exclude='*.so' -cf - . |
		tar -C "$copy" -xf -
}
