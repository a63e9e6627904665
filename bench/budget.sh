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

# Of sessions: when all are open, and how much more when each has been used.
expect_idle_memory() # BYTES-PER-SESSION
{
    figures=$("$programs/bench_loop" idle 1000)
    opened=$(echo "$figures" | measure_field bytes_per_connection)
    used=$(echo "$figures" | measure_field used_bytes_per_connection)
    expect "sessions, bytes for each of 1000 idle ones" "$opened" "$1"
    expect "sessions, bytes more for each once it was used" \
        "$(awk -v opened="$opened" -v used="$used" \
            'BEGIN { print used - opened }')" 5
}

expect_no_mallocs() # WORKLOAD NUMBER...
{
    expect "sessions, mallocs, $*" \
        "$("$programs/bench_loop" "$@" | measure_field mallocs)" 0
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

expect_all_calls()
{
    expect_calls 2.01 total reactor chain 1000 100
    expect_calls 3 total reactor chain 1000 1
    expect_calls 2.01 total loop chain 1000 100
    expect_calls 3 total loop chain 1000 1
    expect_calls 2.01 total loop toggle 1000 100
    expect_calls 2.01 total loop move 1000 100
    expect_calls 4.01 total loop readd 1000 100
    # A wake is the sender's write and the receiver's wait; there are less if
    # strace delays the sender until the receiver finds the post awake. Of a
    # hundred own posts, a wait.
    expect_calls 2 total loop wake
    expect_calls 0 write loop own
    expect_calls 0.01 total loop own
    expect_calls 0 total loop coalesced
    # A request is a read, a write and its share of a wait; sixteen that come
    # together are one of these.
    expect_calls 2.03 total loop request 64 64
    expect_calls 3 total loop request 1 64
    expect_calls 0.14 total loop pipeline 64 16
    expect_calls 7.3 total loop accept 64
}

expect_all_instructions()
{
    expect_instructions 115 reactor chain 1000 100
    expect_instructions 150 reactor chain 1000 1
    expect_instructions 115 loop chain 1000 100
    expect_instructions 180 loop chain 1000 1
    # Of the toggle the driver and the stubs have 50.
    expect_instructions 176 loop toggle 1000 100
    expect_instructions 160 loop move 1000 100
    expect_instructions 115 loop company 1000 100
    # The timer is an hour away. In which level of the wheel that is depends on
    # the time; each that is looked through takes ten.
    expect_instructions 680 loop company 1000 1
    # Of a request, the driver and the C library have 75.
    expect_instructions 333 loop request 64 64
    expect_instructions 412 loop request 1 64
    expect_instructions 80 loop pipeline 64 16
}

[ "$backend" = epoll ] || skip "the budgets are epoll's, this is $backend"
[ "$build_type" = Release ] ||
    skip "the budgets are a Release build's, this is '$build_type'"
[ -z "$sanitizers" ] || skip "built with sanitizers: $sanitizers"

expect_memory reactor 64
expect_memory loop 64
expect_idle_memory 535 # the memory to read into, which all share, included
expect_no_mallocs request 20000 64 64
expect_no_mallocs request 20000 1 64
expect_no_mallocs request 5000 64 1024
expect_no_mallocs pipeline 20000 64 16

# The two take turns on no processor.
calls=
if strace -c true >/dev/null 2>&1; then
    (
        measure_elsewhere
        expect_all_calls
        exit "$status"
    ) &
    calls=$!
else
    echo 'not measured: system calls, for want of a working strace'
fi
has_valgrind=no
if command -v valgrind >/dev/null; then
    has_valgrind=yes
    expect_all_instructions
fi
[ -z "$calls" ] || wait "$calls" || status=1
if [ $has_valgrind = no ]; then
    [ "$status" -eq 0 ] || exit 1
    skip 'valgrind is not installed (what was measured is within budget)'
fi
exit "$status"
