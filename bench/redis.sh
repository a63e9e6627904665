#!/bin/sh
# SPDX-License-Identifier: MIT
# Measures examples/command_server beside redis-server with redis-benchmark, the
# two taking turns, and prints a table in Markdown: ratios of ours to theirs,
# the median of the rounds with the least and the most.
#
#     sh bench/redis.sh
#
# All three share this machine's processors: what limits may be the client, and
# then it is the processor time for a request that differs.
# LIBREACTOR_BENCH_ROUNDS is the number of the rounds.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# shellcheck source=cmake/setup.sh
. "$root/cmake/setup.sh"

rounds=${LIBREACTOR_BENCH_ROUNDS:-7}
port=7911 # and the next one
clients=50
scratch=$(mktemp -d)
ours=
theirs=

stop_servers()
{
    # Numbers, or nothing.
    # shellcheck disable=SC2086
    [ -z "$ours$theirs" ] || kill $ours $theirs 2>/dev/null || true
    rm -rf "$scratch"
}
trap stop_servers EXIT

# Clock ticks of processor time, in user space and in the kernel.
cpu_of() # PID
{
    awk '{ print $14 + $15 }' "/proc/$1/stat"
}

until_it_answers() # PORT
{
    tries=50
    until redis-cli -p "$1" ping >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || return
        sleep 0.1
    done
}

# Appends "WHO PIPELINED TEST REQUESTS-PER-SECOND TICKS-PER-MILLION".
measure() # WHO PORT PID PIPELINED REQUESTS TEST
{
    before=$(cpu_of "$3")
    rate=$(redis-benchmark -p "$2" -c $clients -P "$4" -n "$5" -t "$6" --csv |
        awk -F '","' 'END { print $2 }')
    ticks=$(($(cpu_of "$3") - before))
    echo "$1 $4 $6 $rate $((ticks * 1000000 / $5))" >>"$scratch/results"
    redis-cli -p "$2" flushall >/dev/null
}

measure_both() # ROUND PIPELINED REQUESTS TEST
{
    if [ $(($1 % 2)) -eq 0 ]; then
        measure ours $port "$ours" "$2" "$3" "$4"
        measure theirs $((port + 1)) "$theirs" "$2" "$3" "$4"
    else
        measure theirs $((port + 1)) "$theirs" "$2" "$3" "$4"
        measure ours $port "$ours" "$2" "$3" "$4"
    fi
}

print_table()
{
    echo '| pipelined, command | requests/s | ratio | CPU for a request, ratio |'
    echo '|---|---|---|---|'
    awk '
    function median(values, count,    i, j, value) {
        for (i = 2; i <= count; i++) {
            value = values[i]
            for (j = i; j > 1 && values[j - 1] > value; j--)
                values[j] = values[j - 1]
            values[j] = value
        }
        return values[int((count + 1) / 2)]
    }
    {
        row = $2 ", " $3
        if (!(row in seen)) {
            seen[row] = 1
            rows[++row_count] = row
        }
        place = ++so_far[row, $1]
        rate[row, $1, place] = $4
        ticks[row, $1, place] = $5
        most = place > most ? place : most
    }
    END {
        for (r = 1; r <= row_count; r++) {
            row = rows[r]
            for (i = 1; i <= most; i++) {
                rates[i] = rate[row, "ours", i]
                ratios[i] = rates[i] / rate[row, "theirs", i]
                costs[i] = ticks[row, "ours", i] / ticks[row, "theirs", i]
            }
            middle = median(ratios, most)
            cost = median(costs, most)
            printf "| %s | %d | %.2f (%.2f to %.2f) | %.2f (%.2f to %.2f) |\n",
                row, median(rates, most), middle, ratios[1], ratios[most],
                cost, costs[1], costs[most]
        }
    }' "$scratch/results"
}

setup_require compiler cmake make redis-tools redis-server
setup_build "$root/build/bench-redis" -DCMAKE_BUILD_TYPE=Release \
    -DLIBREACTOR_BUILD_TESTS=OFF -DLIBREACTOR_BUILD_BENCH=OFF
"$root/build/bench-redis/examples/command_server" "127.0.0.1:$port" \
    >/dev/null &
ours=$!
redis-server --port $((port + 1)) --bind 127.0.0.1 --save '' --appendonly no \
    >/dev/null &
theirs=$!
until_it_answers $port
until_it_answers $((port + 1))

round=0
while [ $round -lt "$rounds" ]; do
    for test in set get incr lpush; do
        measure_both $round 1 60000 $test
        measure_both $round 16 600000 $test
    done
    round=$((round + 1))
done
sort -s -t ' ' -k 2,2n "$scratch/results" >"$scratch/sorted"
mv "$scratch/sorted" "$scratch/results"
echo "$(redis-server --version | awk '{ print $1, $3 }'), $clients clients," \
    "$rounds rounds"
echo
print_table
