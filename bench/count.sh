#!/bin/sh
# SPDX-License-Identifier: MIT
# Measures libreactor against a loop written by hand around epoll(7), and
# prints tables in Markdown with the commands that made them:
#
#     sh bench/count.sh
#
# Counts (instructions, system calls, allocations, bytes) are exact and the same
# in every run; CPU times are paired, the two engines taking turns on one
# processor, and still worth no more than two digits. LIBREACTOR_BENCH_ROUNDS
# is the number of those pairs.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# shellcheck source=cmake/setup.sh
. "$root/cmake/setup.sh"
# shellcheck source=bench/measure.sh
. "$root/bench/measure.sh"

rounds=${LIBREACTOR_BENCH_ROUNDS:-9}
build=$root/build/bench
optimisation='-O2 -DNDEBUG'

setup_require compiler cmake make valgrind strace
setup_build "$build" -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_C_FLAGS_RELEASE="$optimisation" \
    -DLIBREACTOR_BUILD_BENCH=ON -DLIBREACTOR_BUILD_TESTS=OFF \
    -DLIBREACTOR_BUILD_EXAMPLES=OFF
cd "$build/bench"

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

cpu_time() # ENGINE CHANNELS TOKENS EVENTS
{
    engine=$1
    shift
    on_one_processor "./bench_$engine" chain "$@" | measure_field cpu_ns
}

# Each round takes both, and begins with another one.
cpu_ratios() # CHANNELS TOKENS EVENTS
{
    round=0
    while [ "$round" -lt "$rounds" ]; do
        if [ $((round % 2)) -eq 0 ]; then
            raw=$(cpu_time raw "$@")
            ours=$(cpu_time reactor "$@")
        else
            ours=$(cpu_time reactor "$@")
            raw=$(cpu_time raw "$@")
        fi
        echo "$ours $raw"
        round=$((round + 1))
    done | awk '{ printf "%.4f\n", $1 / $2 }' | sort -n | awk '
        { ratio[NR] = $1 }
        END {
            middle = int((NR + 1) / 2)
            median = NR % 2 ? ratio[middle] \
                            : (ratio[middle] + ratio[middle + 1]) / 2
            printf "%.2f (%.2f to %.2f)\n", median, ratio[1], ratio[NR]
        }'
}

difference() # OURS RAW
{
    awk -v ours="$1" -v raw="$2" 'BEGIN { printf "%+.1f\n", ours - raw }'
}

one_decimal() # NUMBER
{
    awk -v number="$1" 'BEGIN { printf "%.1f\n", number }'
}

chain_row() # CHANNELS TOKENS
{
    ours=$(measure_instructions ./bench_reactor "$1" "$2")
    raw=$(measure_instructions ./bench_raw "$1" "$2")
    echo "| $1 | $2 | $(one_decimal "$ours") | $(one_decimal "$raw") |" \
        "$(difference "$ours" "$raw") |" \
        "$(measure_calls total ./bench_reactor "$1" "$2") |" \
        "$(measure_calls total ./bench_raw "$1" "$2") |" \
        "$(cpu_ratios "$1" "$2" 500000) |"
}

memory_row() # CHANNELS
{
    figures=$(./bench_reactor register "$1")
    echo "| $1 $(for name in bytes_per_handle worst_bytes_per_handle \
        grown_mallocs again_mallocs wait_mallocs opened_bytes; do
        printf '| %s ' "$(echo "$figures" | measure_field $name)"
    done)|"
}

processor()
{
    awk -F ': *' '/^model name/ { print $2; exit }' /proc/cpuinfo
}

cat <<END
$(date -u +%Y-%m-%d), $(uname -srm), $(nproc) x $(processor)
$(cc --version | head -n 1), $optimisation, static library

Chain: tokens travel a ring of eventfds; an event is its share of a wait, the
dispatch, a read and a write. CPU: ours / raw, median of $rounds pairs (least to most).

| channels | tokens | instructions/event | raw | difference | system calls/event | raw | CPU |
|---|---|---|---|---|---|---|---|
END
chain_row 1000 100
chain_row 1000 1
chain_row "$most" 100
cat <<END

Memory: bytes and allocations of the reactor for so many registered handles,
beyond those of an open reactor without any.

| handles | bytes each | worst from 1000 on | mallocs while growing | registering all again | waiting | open reactor, bytes |
|---|---|---|---|---|---|---|
END
memory_row 1000
memory_row "$most"

library=$(find .. -name 'libreactor.so.*.*.*')
strip -o stripped.so "$library"
cat <<END

Library: $(wc -c <stripped.so) bytes stripped, $(
    nm -D --defined-only stripped.so | grep -c ' T '
) symbols exported.

The commands, in build/bench/bench; two lengths each, and the difference counts:
    valgrind --tool=callgrind ./bench_reactor chain 1000 100 $measure_short
    strace -c -f ./bench_reactor chain 1000 100 $measure_short
    taskset -c 0 ./bench_reactor chain 1000 100 500000
    ./bench_reactor register $most
    strip -o stripped.so $library; nm -D --defined-only stripped.so
END
