# Runs a unit test and prints a line if all is well, else all that the test printed.
#
#   sh unit_test.sh build/core/FOLDER/NAME_test
set -eu

status=0
printed=$("$1" 2>&1) || status=$?
if [ "$status" -ne 0 ]; then
	printf '%s\n' "$1:" "$printed"
	exit "$status"
fi
printf '%s\n' "$printed" | awk -v name="${1#build/core/}" '
	/^kernels: / { kernels = kernels (kernels == "" ? ", with kernels " : "; ") substr($0, 10) }
	/^\[  PASSED  \]/ { passed += $4 }
	END { printf "%s: %d test%s passed%s\n", name, passed, passed == 1 ? "" : "s", kernels }'
