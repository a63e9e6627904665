# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# How bench/count.sh and bench/budget.sh measure. What is counted is exact: the
# difference of two runs of different length, in which the start and the end of
# the program cancel out. A workload is words of bench/main.c without the
# length: "chain 1000 100" is run as "chain LENGTH 1000 100".

# The two lengths; of strace, which is slow, they are others.
measure_usually()
{
    measure_short=20000
    measure_long=60000
    measure_few_calls=5000
    measure_many_calls=15000
}

# For what takes long.
measure_briefly()
{
    measure_short=1000
    measure_long=3000
    measure_few_calls=500
    measure_many_calls=1500
}

measure_usually

# The number that a line of the driver's output carries.
measure_field() # NAME
{
    awk -v name="$1" '$1 == name { print $2 }'
}

measure_per_event() # COUNT1 COUNT2 EVENTS
{
    awk -v first="$1" -v second="$2" -v events="$3" \
        'BEGIN { printf "%.3f\n", (second - first) / events }'
}

# On one processor two threads, or a server and its clients, take turns, and
# what they do is always the same.
measure_on=
if command -v taskset >/dev/null; then
    measure_on='taskset -c 0'
fi

# What is measured from here on has another processor, if there is one.
measure_elsewhere()
{
    if [ -n "$measure_on" ] && taskset -c 1 true 2>/dev/null; then
        measure_on='taskset -c 1'
    fi
}

measure_instructions_of_run() # LENGTH PROGRAM WORKLOAD [NUMBER...]
{
    measure_length=$1
    measure_program=$2
    measure_workload=$3
    shift 3
    # Words, split on purpose; or none.
    # shellcheck disable=SC2086
    $measure_on valgrind --tool=callgrind --callgrind-out-file=/dev/null \
        "$measure_program" "$measure_workload" "$measure_length" "$@" 2>&1 |
        awk '/Collected :/ { print $4; found = 1 } END { exit !found }'
}

# User-space instructions per event.
measure_instructions() # PROGRAM WORKLOAD [NUMBER...]
{
    measure_first=$(measure_instructions_of_run $measure_short "$@") || return
    measure_second=$(measure_instructions_of_run $measure_long "$@") || return
    measure_per_event "$measure_first" "$measure_second" \
        $((measure_long - measure_short))
}

# Prints strace's total, or that of one call. The columns of strace -c are
# share, seconds, microseconds per call, calls, errors (may be empty), name.
# Threads count; clients, which are a process of their own, don't.
measure_calls_of_run() # LENGTH CALL PROGRAM WORKLOAD [NUMBER...]
{
    measure_length=$1
    measure_call=$2
    measure_program=$3
    measure_workload=$4
    shift 4
    case $measure_workload in
    echo | request | pipeline | receive | send | accept) measure_follow= ;;
    *) measure_follow=-f ;;
    esac
    # Words, split on purpose; or none.
    # shellcheck disable=SC2086
    strace -c $measure_follow $measure_on \
        "$measure_program" "$measure_workload" "$measure_length" "$@" 2>&1 \
        >/dev/null | awk -v call="$measure_call" '
            $NF == call { calls = $4 }
            $NF == "total" { found = 1 }
            END { print calls + 0; exit !found }'
}

# System calls per event.
measure_calls() # CALL PROGRAM WORKLOAD [NUMBER...]
{
    measure_first=$(measure_calls_of_run $measure_few_calls "$@") || return
    measure_second=$(measure_calls_of_run $measure_many_calls "$@") || return
    measure_per_event "$measure_first" "$measure_second" \
        $((measure_many_calls - measure_few_calls))
}
