# Every command has a help, and errors that begin with the command's name.
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

commands=$(cd "$project" && find .ci bench demo test -type f -perm -u+x | sort)
for command in $commands; do
	check_help "$command"
	check_error "$command"
done
[ "$failed" -eq 0 ] || exit 1
printf '%s commands have a help, and errors with their name\n' "$(printf '%s\n' "$commands" | wc -l)"
