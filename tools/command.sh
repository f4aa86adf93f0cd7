# What all commands have: a help, and errors that begin with the command's name.
#
# Sourced, not run, first of all, by tools/server.sh or by the command itself, with the command's
# arguments. The help is the comment at the head of the command. A command that takes options of
# its own sets has_options before; one that takes no arguments at all calls refuse_arguments "$@".

# As the manual names it, test/run, wherever it was called.
command_name()
{
	command_folder=$(cd "$(dirname -- "$0")" 2>/dev/null && pwd -P) || command_folder=
	printf '%s/%s' "${command_folder##*/}" "${0##*/}"
}

say()
{
	printf '%s\n' "$*"
}

die()
{
	printf '%s: %s\n' "$(command_name)" "$*" >&2
	exit 1
}

print_help()
{
	sed -n '1d; /^#/!q; s/^# \{0,1\}//; p' "$0"
}

refuse_arguments()
{
	[ $# -eq 0 ] || die "there is nothing to do with $1; see $(command_name) --help"
}

case ${1-} in
	-h | --help)
		print_help
		exit 0
		;;
	-*) [ -n "${has_options-}" ] || die "there is no option $1; see $(command_name) --help" ;;
esac
