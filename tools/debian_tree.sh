# Another release of Debian in a folder, with a copy of this repository in it.
#
# Sourced after tools/server.sh, by commands that test on releases other than this machine's. They
# call, as root and in this order:
#
#   make_tree SUITE [NAME...]    the release (trixie, ...) in build/trees/SUITE, with these packages
#                                and with the repository as it stands, committed or not, at
#                                $project_in_tree; a tree of an earlier run is used again. With
#                                tree_name=NAME set before, it is build/trees/NAME
#   in_tree COMMAND...           a command in the tree, by its own path there
#
# All that is mounted and all that runs for a tree lives in namespaces of its own, which end with
# the command or with the script that called it, however it ended: nothing is left mounted, no
# server is left running. Remove a tree with  rm -rf --one-file-system build/trees/SUITE.

project_in_tree=/intsearch

make_tree()
{
	suite=$1
	tree=$project/build/trees/${tree_name:-$suite}
	shift

	[ "$(id -u)" -eq 0 ] || die "a tree of Debian $suite takes root (debootstrap, chroot): sudo $0"
	install_packages debootstrap debian-archive-keyring git

	# Held by whatever is still at work in the tree, too.
	mkdir -p "${tree%/*}"
	exec 9>"$tree.lock"
	flock -n 9 || die "another run is at work in $tree"

	if [ ! -d "$tree" ]; then
		make_base_tree
		copy_base_tree
	fi

	copy_project
	in_tree dpkg --configure -a # what a run that was killed left half installed
	in_tree sh -c 'project=$1; shift; . "$project/tools/server.sh"; install_packages "$@"' \
		"$project_in_tree/$(command_name)" "$project_in_tree" "$@"
}

# What debootstrap makes of the release, once: every tree of it begins as a copy.
make_base_tree()
{
	base=$project/build/trees/$suite.base
	exec 8>"$base.lock"
	flock 8
	if [ ! -d "$base" ]; then
		say "Making a tree of Debian $suite"
		remove_folder "$base.new"
		quietly "$base.log" unshare --mount debootstrap --variant=minbase "$suite" "$base.new"
		chmod 1777 "$base.new/dev/shm" # PostgreSQL's shared memory
		echo force-unsafe-io >"$base.new/etc/dpkg/dpkg.cfg.d/unsafe-io" # a tree that is lost is made anew
		mv "$base.new" "$base"
	fi
	exec 8>&-
}

copy_base_tree()
{
	remove_folder "$tree.new"
	cp -a "$base" "$tree.new"
	mv "$tree.new" "$tree"
}

# remove_folder FOLDER: of a tree, and only what is on the folder's own file system.
remove_folder()
{
	! grep -q " $1[/ ]" /proc/mounts || die "something is mounted in $1"
	rm -rf --one-file-system "$1"
}

# What git knows or would add, less what is deleted: no object file of this machine gets in.
copy_project()
{
	copy=$tree$project_in_tree
	remove_folder "$copy"
	mkdir "$copy"
	(
		cd "$project"
		git -c core.quotePath=off -c safe.directory="$project" ls-files --cached --others --exclude-standard |
			while IFS= read -r file; do
				[ ! -f "$file" ] || printf '%s\n' "$file"
			done | tar -c -T - | tar -x -C "$copy" --no-same-owner
	)
	[ -f "$copy/tools/server.sh" ] || die "$project could not be copied to $copy"
}

# The environment is the tree's own; the proxy is the machine's. setpriv and --kill-child end the
# command if this script is killed.
in_tree()
{
	cp -L /etc/resolv.conf "$tree/etc/resolv.conf"
	setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child --root "$tree" --mount-proc=/proc \
		env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL="$LC_ALL" ${http_proxy:+http_proxy="$http_proxy"} "$@"
}
