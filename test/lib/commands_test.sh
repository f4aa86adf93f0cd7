# Every command has a help, and errors that begin with the command's name; where root's servers live is said once.
#
#   sh commands_test.sh PROJECT
#
# A command is what may be executed in .ci, bench, demo and test. Prints what is wrong, or a line.
set -eu

project=$1
failed=0

wrong()
{
	printf 'FAILED, %s\n' "$*"
	failed=1
}

check_help()
{
	help=$(cd / && "$project/$1" --help 2>&1) || wrong "$1 --help fails: $help"
	case $help in
		*"$1"*) ;;
		*) wrong "$1 --help does not say how to call it: $help" ;;
	esac
}

# Commands with options of their own install packages before they look at them.
check_error()
{
	! grep -q '^has_options=' "$project/$1" || return 0
	! error=$(cd / && "$project/$1" --no-such-option 2>&1) || wrong "$1 takes any option"
	case $error in
		"$1: "*) ;;
		*) wrong "an error of $1 does not begin with its name: $error" ;;
	esac
}

# say_place FOLDER: what is said when a server is made for a project in FOLDER.
say_place()
(
	. "$project/tools/server.sh"
	project=$1
	find_place
)

check_note()
{
	[ "$(id -u)" -eq 0 ] || return 0
	hidden=$(mktemp -d)
	chmod 700 "$hidden"
	first=$(say_place "$hidden")
	second=$(say_place "$hidden")
	[ "${first%%:*}" = Note ] && [ -z "$second" ] || wrong "the place of servers is named first so: $first, then so: $second"
	rm -rf "$(cat "$hidden/build/place")" "$hidden"
}

commands=$(cd "$project" && find .ci bench demo test -type f -perm -u+x | sort)
for command in $commands; do
	check_help "$command"
	check_error "$command"
done
check_note
[ "$failed" -eq 0 ] || exit 1
printf '%s commands have a help, and errors with their name\n' "$(printf '%s\n' "$commands" | wc -l)"
