#!/bin/sh
# SPDX-License-Identifier: MIT
# Fails when the reactor costs more than it may. Everything here is counted, so
# that the answer is the same on a busy machine:
#
#     sh bench/budget.sh PROGRAM BACKEND BUILD-TYPE SANITIZERS
#
# Exit status 77: not measured, for the reason printed.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# shellcheck source=bench/measure.sh
. "$root/bench/measure.sh"

program=$1
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

[ "$backend" = epoll ] || skip "the budgets are epoll's, this is $backend"
[ "$build_type" = Release ] ||
    skip "the budgets are a Release build's, this is '$build_type'"
[ -z "$sanitizers" ] || skip "built with sanitizers: $sanitizers"

figures=$("$program" register 1000)
expect 'bytes per handle, 1000 registered' \
    "$(echo "$figures" | measure_field bytes_per_handle)" 64
expect 'mallocs, all registered again' \
    "$(echo "$figures" | measure_field again_mallocs)" 0
expect 'mallocs while waiting' \
    "$(echo "$figures" | measure_field wait_mallocs)" 0

if strace -c true >/dev/null 2>&1; then
    expect 'system calls per event, 100 active' \
        "$(measure_calls total "$program" 1000 100)" 2.01
    expect 'system calls per event, 1 active' \
        "$(measure_calls total "$program" 1000 1)" 3
else
    echo 'not measured: system calls, for want of a working strace'
fi

if ! command -v valgrind >/dev/null; then
    [ "$status" -eq 0 ] || exit 1
    skip 'valgrind is not installed (what was measured is within budget)'
fi
expect 'instructions per event, 100 active' \
    "$(measure_instructions "$program" 1000 100)" 115
expect 'instructions per event, 1 active' \
    "$(measure_instructions "$program" 1000 1)" 150
exit "$status"
