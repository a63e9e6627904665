#!/bin/sh
# SPDX-License-Identifier: MIT
# Fails when the reactor or the loop costs more than it may. Everything here is
# counted, so that the answer is the same on a busy machine:
#
#     sh bench/budget.sh DIRECTORY BACKEND BUILD-TYPE SANITIZERS
#
# DIRECTORY has the programs. Exit status 77: not measured, for the reason
# printed.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# shellcheck source=bench/measure.sh
. "$root/bench/measure.sh"

programs=$1
backend=$2
build_type=$3
sanitizers=$4
status=0

skip() # REASON
{
    echo "skipped: $1"
    exit 77
}

# Numbers may have decimals.
expect() # WHAT MEASURED BUDGET
{
    if awk -v measured="$2" -v budget="$3" \
        'BEGIN { exit !(measured != "" && measured + 0 <= budget + 0) }'; then
        echo "ok    $1: $2, budget $3"
    else
        echo "OVER  $1: $2, budget $3"
        status=1
    fi
}

expect_memory() # ENGINE BYTES-PER-HANDLE
{
    figures=$("$programs/bench_$1" register 1000)
    expect "$1, bytes per handle, 1000 registered" \
        "$(echo "$figures" | measure_field bytes_per_handle)" "$2"
    expect "$1, mallocs, all registered again" \
        "$(echo "$figures" | measure_field again_mallocs)" 0
    expect "$1, mallocs while waiting" \
        "$(echo "$figures" | measure_field wait_mallocs)" 0
}

expect_calls() # BUDGET CALL ENGINE WORKLOAD [NUMBER...]
{
    budget=$1
    call=$2
    engine=$3
    shift 3
    expect "$engine, system calls ($call), $*" \
        "$(measure_calls "$call" "$programs/bench_$engine" "$@")" "$budget"
}

expect_instructions() # BUDGET ENGINE WORKLOAD [NUMBER...]
{
    budget=$1
    engine=$2
    shift 2
    expect "$engine, instructions, $*" \
        "$(measure_instructions "$programs/bench_$engine" "$@")" "$budget"
}

[ "$backend" = epoll ] || skip "the budgets are epoll's, this is $backend"
[ "$build_type" = Release ] ||
    skip "the budgets are a Release build's, this is '$build_type'"
[ -z "$sanitizers" ] || skip "built with sanitizers: $sanitizers"

# One event reads and writes: two calls, and its share of a wait. A wake is the
# sender's write and the receiver's wait; there are less if strace delays the
# sender until the receiver finds the post awake. Of a hundred own posts, a wait.
expect_memory reactor 64
expect_memory loop 64
if strace -c true >/dev/null 2>&1; then
    expect_calls 2.01 total reactor chain 1000 100
    expect_calls 3 total reactor chain 1000 1
    expect_calls 2.01 total loop chain 1000 100
    expect_calls 3 total loop chain 1000 1
    expect_calls 2.01 total loop toggle 1000 100
    expect_calls 2.01 total loop move 1000 100
    expect_calls 4.01 total loop readd 1000 100
    expect_calls 2 total loop wake
    expect_calls 0 write loop own
    expect_calls 0.01 total loop own
    expect_calls 0 total loop coalesced
else
    echo 'not measured: system calls, for want of a working strace'
fi

if ! command -v valgrind >/dev/null; then
    [ "$status" -eq 0 ] || exit 1
    skip 'valgrind is not installed (what was measured is within budget)'
fi
expect_instructions 115 reactor chain 1000 100
expect_instructions 150 reactor chain 1000 1
expect_instructions 115 loop chain 1000 100
expect_instructions 180 loop chain 1000 1
# Of the toggle the driver and the stubs have 50.
expect_instructions 176 loop toggle 1000 100
expect_instructions 160 loop move 1000 100
expect_instructions 115 loop company 1000 100
expect_instructions 660 loop company 1000 1
exit "$status"
