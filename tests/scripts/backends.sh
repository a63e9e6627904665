# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Tests backends one after the other, and adds up what came of it. Source it
# with $root set to the top of the source tree, then:
#
#     test_backends NAME "BACKEND..." CTEST-ARGUMENT...
#
# Each is built in build/NAME-BACKEND by build_tests(), which the caller defines
# and which hands its arguments to setup_build(). The caller's why_not() prints
# why a backend can't be tested, if so; its $summary_note, if any, stands over
# the numbers. The last line counts the tests of all backends: N passed,
# N failed, N skipped.

summary_note=

builds=${root:?must be the top of the source tree}/build
jobs=${setup_jobs:?is set by cmake/setup.sh}

# What the kernel may deny: the program fails, and prints why.
can_open()
{
    [ ! -x "$build/tests/support/can_open" ] ||
        "$build/tests/support/can_open" >"$build/why_not.txt"
}

# Tests wait more than they compute. One that hangs is ended well before the run
# is.
test_backend() # CTEST-ARGUMENT...
{
    rm -f "$build/results.xml"
    mkdir -p "$build"
    why_not "$backend" >"$build/why_not.txt"
    [ ! -s "$build/why_not.txt" ] || return 0
    build_tests "$build" -DCMAKE_BUILD_TYPE=Debug \
        -DLIBREACTOR_BUILD_TESTS=ON -DLIBREACTOR_BACKEND="$backend" \
        -DLIBREACTOR_NIGHTLY="${LIBREACTOR_NIGHTLY:-0}" \
        -DLIBREACTOR_TEST_SOURCES="$sources" || return
    can_open || return 0
    sources=OFF # once is enough
    ctest --test-dir "$build" --parallel $((2 * jobs)) --timeout 300 \
        --output-on-failure --test-output-size-passed 10000000 \
        --output-junit "$build/results.xml" "$@" </dev/null
}

test_backends() # NAME "BACKEND..." CTEST-ARGUMENT...
{
    name=$1
    backends=$2
    shift 2
    summary=$builds/$name-summary.txt
    mkdir -p "$builds"
    : >"$summary"
    all_passed=0
    all_failed=0
    all_skipped=0
    sources=ON

    for backend in $backends; do
        build=$builds/$name-$backend
        start=$(date +%s)
        printf '\n== %s ==\n' "$backend"
        test_backend "$@"
        status=$?
        if [ -f "$build/results.xml" ]; then
            awk -f "$root/tests/scripts/summary.awk" "$build/results.xml"
        elif [ -s "$build/why_not.txt" ]; then
            echo "skipped all of $backend: $(cat "$build/why_not.txt")"
            echo 0 0 1
        else
            echo 0 0 0
        fi >"$build/results.txt"
        read -r passed failed skipped <<END
$(tail -n 1 "$build/results.txt")
END
        if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
            failed=1
        fi
        printf '%-8s %5d passed %5d failed %5d skipped %6d s\n' "$backend" \
            "$passed" "$failed" "$skipped" $(($(date +%s) - start)) >>"$summary"
        sed -e '$d' -e 's/^/         /' "$build/results.txt" >>"$summary"
        all_passed=$((all_passed + passed))
        all_failed=$((all_failed + failed))
        all_skipped=$((all_skipped + skipped))
    done

    printf '\n== summary%s ==\n' "${summary_note:+, $summary_note}"
    cat "$summary"
    echo
    if [ $((all_passed + all_failed + all_skipped)) -eq 0 ]; then
        echo "no test matches: $*"
        all_failed=1
    fi
    echo "$all_passed passed, $all_failed failed, $all_skipped skipped"
    [ "$all_failed" -eq 0 ]
}
