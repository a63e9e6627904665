#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds and runs every test of this machine, on each backend in turn, after
# installing what that takes:
#
#     sh tests/run.sh [CTEST-ARGUMENT...]        for instance: -R conformance
#
# LIBREACTOR_TEST_BACKENDS="epoll poll" chooses the backends;
# LIBREACTOR_NIGHTLY=1 takes the long versions of the tests. The last line
# counts the tests of all backends: N passed, N failed, N skipped.
set -u

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd) || exit
# shellcheck source=cmake/setup.sh
. "$root/cmake/setup.sh"

case $(uname -s) in
Linux) backends='epoll poll stub' ;;
*) backends='poll stub' ;;
esac
backends=${LIBREACTOR_TEST_BACKENDS:-$backends}

setup_require compiler c++ cmake make cmocka pkg-config || exit

# A test program that hangs is ended well before the run is.
test_backend() # CTEST-ARGUMENT...
{
    rm -f "$build/results.xml"
    setup_build "$build" -DCMAKE_BUILD_TYPE=Debug \
        -DLIBREACTOR_BUILD_TESTS=ON -DLIBREACTOR_BACKEND="$backend" \
        -DLIBREACTOR_NIGHTLY="${LIBREACTOR_NIGHTLY:-0}" &&
        ctest --test-dir "$build" --parallel "$setup_jobs" --timeout 300 \
            --output-on-failure --test-output-size-passed 10000000 \
            --output-junit "$build/results.xml" "$@" </dev/null
}

summary=$root/build/tests-summary.txt
mkdir -p "$root/build"
: >"$summary"
all_passed=0
all_failed=0
all_skipped=0

for backend in $backends; do
    build=$root/build/tests-$backend
    start=$(date +%s)
    printf '\n== %s ==\n' "$backend"
    test_backend "$@"
    status=$?
    if [ -f "$build/results.xml" ]; then
        awk -f "$root/tests/scripts/summary.awk" "$build/results.xml"
    else
        echo 0 0 0
    fi >"$build/results.txt"
    read -r passed failed skipped <<END
$(tail -n 1 "$build/results.txt")
END
    if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
        failed=1
    fi
    printf '%-6s %5d passed %5d failed %5d skipped %6d s\n' "$backend" \
        "$passed" "$failed" "$skipped" $(($(date +%s) - start)) >>"$summary"
    sed -e '$d' -e 's/^/       /' "$build/results.txt" >>"$summary"
    all_passed=$((all_passed + passed))
    all_failed=$((all_failed + failed))
    all_skipped=$((all_skipped + skipped))
done

printf '\n== summary ==\n'
cat "$summary"
echo
if [ $((all_passed + all_failed + all_skipped)) -eq 0 ]; then
    echo "no test matches: $*"
    all_failed=1
fi
echo "$all_passed passed, $all_failed failed, $all_skipped skipped"
[ "$all_failed" -eq 0 ]
