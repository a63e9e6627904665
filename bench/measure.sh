# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# How bench/count.sh and bench/budget.sh measure. What is counted is exact: the
# difference of two runs of different length, in which the start and the end of
# the program cancel out.

measure_short=20000
measure_long=60000

# The number that a line of the driver's output carries.
measure_field() # NAME
{
    awk -v name="$1" '$1 == name { print $2 }'
}

# ($2 - $1) for each of (EVENTS2 - EVENTS1).
measure_per_event() # COUNT1 COUNT2
{
    awk -v first="$1" -v second="$2" \
        -v events=$((measure_long - measure_short)) \
        'BEGIN { printf "%.3f\n", (second - first) / events }'
}

measure_instructions_of_run() # PROGRAM ARGUMENT...
{
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>&1 |
        awk '/Collected :/ { print $4; found = 1 } END { exit !found }'
}

# User-space instructions per event.
measure_instructions() # PROGRAM CHANNELS TOKENS [KIND]
{
    measure_first=$(measure_instructions_of_run "$1" chain "$2" "$3" \
        "$measure_short" "${4:-eventfd}") || return 1
    measure_second=$(measure_instructions_of_run "$1" chain "$2" "$3" \
        "$measure_long" "${4:-eventfd}") || return 1
    measure_per_event "$measure_first" "$measure_second"
}

# Prints strace's total, or that of one call. The columns of strace -c are
# share, seconds, microseconds per call, calls, errors (may be empty), name.
measure_calls_of_run() # CALL PROGRAM ARGUMENT...
{
    measure_call=$1
    shift
    strace -c -f "$@" 2>&1 >/dev/null |
        awk -v call="$measure_call" \
            '$NF == call { print $4; found = 1 } END { exit !found }'
}

# System calls per event.
measure_calls() # CALL PROGRAM CHANNELS TOKENS [KIND]
{
    measure_first=$(measure_calls_of_run "$1" "$2" chain "$3" "$4" \
        "$measure_short" "${5:-eventfd}") || return 1
    measure_second=$(measure_calls_of_run "$1" "$2" chain "$3" "$4" \
        "$measure_long" "${5:-eventfd}") || return 1
    measure_per_event "$measure_first" "$measure_second"
}
