#!/bin/sh
# SPDX-License-Identifier: MIT
# Measures libreactor, on epoll and on io_uring if there is liburing, against a
# loop written by hand around epoll(7), and prints tables in Markdown with the
# commands that made them:
#
#     sh bench/count.sh
#
# Counts (instructions, system calls, allocations, bytes) are exact and the same
# in every run; CPU times are paired, the engines taking turns on one processor,
# and still worth no more than two digits. LIBREACTOR_BENCH_ROUNDS is the number
# of the rounds.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# shellcheck source=cmake/setup.sh
. "$root/cmake/setup.sh"
# shellcheck source=bench/measure.sh
. "$root/bench/measure.sh"

rounds=${LIBREACTOR_BENCH_ROUNDS:-9}
optimisation='-O2 -DNDEBUG'

setup_require compiler cmake make valgrind strace pkg-config
backends=epoll
if setup_has liburing; then
    backends='epoll io_uring'
fi
for backend in $backends; do
    setup_build "$root/build/bench-$backend" -DCMAKE_BUILD_TYPE=Release \
        -DCMAKE_C_FLAGS_RELEASE="$optimisation" \
        -DLIBREACTOR_BACKEND="$backend" -DLIBREACTOR_BUILD_BENCH=ON \
        -DLIBREACTOR_BUILD_TESTS=OFF -DLIBREACTOR_BUILD_EXAMPLES=OFF
done
cd "$root/build"

# The kernel may deny it.
if [ "$backends" != epoll ] &&
    ! bench-io_uring/bench/bench_reactor register 1 >/dev/null 2>&1; then
    backends=epoll
fi

# "label program", one a line.
engines()
{
    echo raw bench-epoll/bench/bench_raw
    for backend in $backends; do
        echo "$backend bench-$backend/bench/bench_reactor"
        echo "$backend,edge bench-$backend/bench/bench_reactor_edge"
    done
}

# As many channels as there may be descriptors, with some to spare.
most=$(awk '/^Max open files/ {
    limit = $5 == "unlimited" || $5 > 20000 ? 20000 : $5
    print limit - 1000
}' /proc/self/limits)

on_one_processor()
{
    if setup_has_program taskset; then
        taskset -c 0 "$@"
    else
        "$@"
    fi
}

cpu_time() # PROGRAM CHANNELS TOKENS EVENTS
{
    program=$1
    shift
    on_one_processor "$program" chain "$@" | measure_field cpu_ns
}

# Each round takes all engines, in turn from the front and from the back: a line
# of "label ratio" for each, to the raw one of the same round.
cpu_ratios() # CHANNELS TOKENS EVENTS
{
    round=0
    while [ "$round" -lt "$rounds" ]; do
        engines | if [ $((round % 2)) -eq 0 ]; then cat; else sort -r; fi |
            while read -r label program; do
                echo "$label $(cpu_time "$program" "$@")"
            done | awk '
                { ns[$1] = $2 }
                END { for (label in ns) print label, ns[label] / ns["raw"] }'
        round=$((round + 1))
    done
}

# Of the ratios on standard input: median (least to most).
cpu_of() # LABEL
{
    awk -v label="$1" '$1 == label { print $2 }' | sort -n | awk '
        { ratio[NR] = $1 }
        END {
            middle = int((NR + 1) / 2)
            median = NR % 2 ? ratio[middle] \
                            : (ratio[middle] + ratio[middle + 1]) / 2
            printf "%.2f (%.2f to %.2f)\n", median, ratio[1], ratio[NR]
        }'
}

one_decimal() # NUMBER
{
    awk -v number="$1" 'BEGIN { printf "%.1f\n", number }'
}

chain_rows() # CHANNELS TOKENS
{
    ratios=$(cpu_ratios "$1" "$2" 500000)
    engines | while read -r label program; do
        echo "| $1 | $2 | $label |" \
            "$(one_decimal "$(measure_instructions "$program" "$1" "$2")") |" \
            "$(measure_calls total "$program" "$1" "$2") |" \
            "$(echo "$ratios" | cpu_of "$label") |"
    done
}

memory_rows() # CHANNELS
{
    for backend in $backends; do
        figures=$("bench-$backend/bench/bench_reactor" register "$1")
        echo "| $1 | $backend $(for name in bytes_per_handle \
            worst_bytes_per_handle grown_mallocs again_mallocs wait_mallocs \
            opened_bytes; do
            printf '| %s ' "$(echo "$figures" | measure_field $name)"
        done)|"
    done
}

processor()
{
    awk -F ': *' '/^model name/ { print $2; exit }' /proc/cpuinfo
}

cat <<END
$(date -u +%Y-%m-%d), $(uname -srm), $(nproc) x $(processor)
$(cc --version | head -n 1), $optimisation, static library

Chain: tokens travel a ring of eventfds; an event is its share of a wait, the
dispatch, a read and a write. CPU: to raw in the same round, median of $rounds
(least to most). Level-triggered but for those with ",edge".

| channels | tokens | engine | instructions/event | system calls/event | CPU |
|---|---|---|---|---|---|
END
chain_rows 1000 100
chain_rows 1000 1
chain_rows "$most" 100
chain_rows "$most" 1
cat <<END

Memory: bytes and allocations of the reactor for so many registered handles,
beyond those of an open reactor without any.

| handles | backend | bytes each | worst from 1000 on | mallocs while growing | registering all again | waiting | open reactor, bytes |
|---|---|---|---|---|---|---|---|
END
memory_rows 1000
memory_rows "$most"
echo
for backend in $backends; do
    library=$(find "bench-$backend" -name 'libreactor.so.*.*.*')
    strip -o stripped.so "$library"
    echo "Library with $backend: $(wc -c <stripped.so) bytes stripped, $(
        nm -D --defined-only stripped.so | grep -c ' T '
    ) symbols exported."
done
rm stripped.so
cat <<END

The commands, in build; two lengths each, and the difference counts:
    valgrind --tool=callgrind bench-epoll/bench/bench_reactor chain 1000 100 $measure_short
    strace -c -f bench-epoll/bench/bench_reactor chain 1000 100 $measure_short
    taskset -c 0 bench-epoll/bench/bench_reactor chain 1000 100 500000
    bench-epoll/bench/bench_reactor register $most
END
