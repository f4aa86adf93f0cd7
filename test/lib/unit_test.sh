# Runs a unit test and prints a line if all is well, else all that the test printed.
#
#   sh unit_test.sh [RUNNER] build/core/FOLDER/NAME_test
#
# RUNNER is what runs programs of another processor.
set -eu

for program in "$@"; do :; done
status=0
printed=$("$@" 2>&1) || status=$?
if [ "$status" -ne 0 ]; then
	printf '%s\n' "$program:" "$printed"
	exit "$status"
fi
name=${program#build/}
printf '%s\n' "$printed" | awk -v name="${name#core/}" '
	/^kernels: / { kernels = kernels (kernels == "" ? ", with kernels " : "; ") substr($0, 10) }
	/^\[  PASSED  \]/ { passed += $4 }
	END { printf "%s: %d test%s passed%s\n", name, passed, passed == 1 ? "" : "s", kernels }'
