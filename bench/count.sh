#!/bin/sh
# SPDX-License-Identifier: MIT
# Measures libreactor, on epoll and on io_uring if there is liburing, against a
# loop written by hand around epoll(7) and against libev, libuv and libevent
# where they can be had, and prints tables in Markdown with the commands that
# made them:
#
#     sh bench/count.sh [TABLE...]
#
# A table is chain, company, change, echo, requests, transfers, accepts, idle,
# timers, posts, messages, models, memory or size; all of them take an hour.
#
# Counts (instructions, system calls, allocations, bytes) are exact and the same
# in every run; CPU times are paired, the engines taking turns on one processor,
# and still worth no more than two digits. LIBREACTOR_BENCH_ROUNDS is the number
# of the rounds. A dash is what an engine does not have.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# shellcheck source=cmake/setup.sh
. "$root/cmake/setup.sh"
# shellcheck source=bench/measure.sh
. "$root/bench/measure.sh"

rounds=${LIBREACTOR_BENCH_ROUNDS:-9}
optimisation='-O2 -DNDEBUG'
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

setup_require compiler cmake make valgrind strace pkg-config
peers=
for peer in libev libuv libevent; do
    if setup_require $peer; then
        peers="$peers $peer"
    fi
done
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

# ---- Engines: "label program", one a line ----

list_engines()
{
    echo raw bench-epoll/bench/bench_raw
    for backend in $backends; do
        for engine in reactor loop; do
            echo "$engine,$backend bench-$backend/bench/bench_$engine"
            echo "$engine,$backend,edge" \
                "bench-$backend/bench/bench_${engine}_edge"
        done
    done
    for peer in $peers; do
        echo "$peer bench-epoll/bench/bench_$peer"
    done
}

all=$scratch/all
level=$scratch/level
callers=$scratch/callers # that have posts
timed=$scratch/timed     # and timers
streams=$scratch/streams # that have streams
list_engines >"$all"
grep -v ',edge ' "$all" >"$level"
grep -v '^reactor,' "$level" >"$callers"
grep -v '^raw ' "$callers" >"$timed"
grep -v '^libev ' "$callers" >"$streams"
models=$scratch/models
for model in 1,loop 2,pool 2,loops 2,handed 2,processes; do
    echo "$model bench-epoll/bench/bench_models ${model#*,}"
done >"$models"

# ---- CPU time ----

on_one_processor()
{
    if setup_has_program taskset; then
        taskset -c 0 "$@"
    else
        "$@"
    fi
}

on_all_processors()
{
    "$@"
}

# Each round takes all engines, in turn from the front and from the back: lines
# of "round label name number".
cpu_rounds() # ENGINES on_one_processor|on_all_processors WORKLOAD...
{
    engines=$1
    where=$2
    shift 2
    round=0
    while [ "$round" -lt "$rounds" ]; do
        if [ $((round % 2)) -eq 0 ]; then
            cat "$engines"
        else
            sed '1!G;h;$!d' "$engines"
        fi | while read -r label program; do
            # Words, on purpose: the workload may be one of them.
            # shellcheck disable=SC2086
            "$where" $program "$@" 2>/dev/null </dev/null |
                sed "s/^/$round $label /"
        done
        round=$((round + 1))
    done >"$scratch/rounds"
}

# Of the rounds: median (least to most) of a number, or of its ratio to that of
# another engine in the same round.
cpu_of() # LABEL NAME [OTHER-LABEL]
{
    awk -v label="$1" -v name="$2" -v other="${3:-}" '
        $3 == name && $2 == label { mine[$1] = $4 }
        $3 == name && $2 == other { its[$1] = $4 }
        END {
            for (round in mine)
                if (other == "")
                    print mine[round]
                else if (its[round] > 0)
                    print mine[round] / its[round]
        }' "$scratch/rounds" | sort -n |
        awk -v format="$([ $# -eq 3 ] && echo %.2f || echo %.1f)" '
        { number[NR] = $1 }
        END {
            if (NR == 0) {
                print "-"
                exit
            }
            middle = int((NR + 1) / 2)
            median = NR % 2 ? number[middle] \
                            : (number[middle] + number[middle + 1]) / 2
            printf format " (" format " to " format ")\n",
                median, number[1], number[NR]
        }'
}

# ---- Cells of a table ----

# What a command prints, with so many decimals; a dash if it fails.
cell() # DECIMALS COMMAND...
{
    decimals=$1
    shift
    if number=$("$@"); then
        printf " %.${decimals}f |" "$number"
    else
        printf ' - |'
    fi
}

chain_rows() # ENGINES WORKLOAD CHANNELS TOKENS
{
    engines=$1
    shift
    cpu_rounds "$engines" on_one_processor "$1" 300000 "$2" "$3"
    while read -r label program; do
        printf '| %s | %s | %s |' "$2" "$3" "$label"
        cell 1 measure_instructions "$program" "$@"
        cell 3 measure_calls total "$program" "$@"
        echo " $(cpu_of "$label" cpu_ns "${base:-raw}") |"
    done <"$engines"
}

# With many channels the counts are the same.
many_rows() # CHANNELS TOKENS
{
    cpu_rounds "$all" on_one_processor chain 300000 "$1" "$2"
    while read -r label _; do
        echo "| $1 | $2 | $label | | | $(cpu_of "$label" cpu_ns raw) |"
    done <"$all"
}

change_rows() # WORKLOAD CHANNELS TOKENS
{
    cpu_rounds "$level" on_one_processor "$1" 300000 "$2" "$3"
    while read -r label program; do
        printf '| %s | %s |' "$1" "$label"
        cell 1 measure_instructions "$program" "$@"
        cell 3 measure_calls total "$program" "$@"
        cell 3 measure_calls epoll_ctl "$program" "$@"
        echo " $(cpu_of "$label" cpu_ns raw) |"
    done <"$level"
}

echo_rows() # CONNECTIONS
{
    cpu_rounds "$level" on_one_processor echo 100000 "$1"
    while read -r label program; do
        printf '| %s | %s |' "$1" "$label"
        cell 1 measure_instructions "$program" echo "$1"
        cell 3 measure_calls total "$program" echo "$1"
        echo " $(cpu_of "$label" cpu_ns raw) |"
    done <"$level"
}

# Allocations for an event, of a run of so many.
allocations() # PROGRAM WORKLOAD EVENTS [NUMBER...]
{
    "$@" | awk '
        $1 == "events" { events = $2 }
        $1 == "mallocs" { print $2 / events; found = 1 }
        END { exit !found }'
}

stream_rows() # TITLE EVENTS WORKLOAD [NUMBER...]
{
    title=$1
    events=$2
    workload=$3
    shift 3
    cpu_rounds "$streams" on_one_processor "$workload" "$events" "$@"
    while read -r label program; do
        printf '| %s | %s |' "$title" "$label"
        case $workload in
        receive | send) ;; # it depends on how fast the client is
        *) cell 1 measure_instructions "$program" "$workload" "$@" ;;
        esac
        cell 3 measure_calls total "$program" "$workload" "$@"
        cell 2 allocations "$program" "$workload" "$events" "$@"
        echo " $(cpu_of "$label" cpu_ns raw) |"
    done <"$streams"
}

idle_rows() # CONNECTIONS
{
    while read -r label program; do
        figures=$("$program" idle "$1")
        resident=$("$program" resident "$1")
        printf '| %s | %s |' \
            "$(echo "$figures" | measure_field connections)" "$label"
        for name in caller_bytes bytes_per_connection \
            used_bytes_per_connection; do
            printf ' %s |' "$(echo "$figures" | measure_field $name)"
        done
        for name in resident_per_connection used_resident_per_connection; do
            printf ' %s |' "$(echo "$resident" | measure_field $name)"
        done
        echo
    done <"$streams"
}

timer_rows() # TIMERS
{
    base=
    case " $peers " in
    *' libev '*) base=libev ;;
    esac
    cpu_rounds "$timed" on_one_processor timers "$1"
    while read -r label program; do
        printf '| %s | %s |' "$1" "$label"
        for name in add_ns touch_ns cancel_ns fire_ns; do
            if [ -n "$base" ] && [ "$label" != "$base" ]; then
                printf ' %s |' "$(cpu_of "$label" $name $base)"
            else
                printf ' %s ns |' "$(cpu_of "$label" $name)"
            fi
        done
        echo
    done <"$timed"
}

# Posts on one thread, or between two that share a processor.
post_rows() # coalesced|own|wake SENDS
{
    cpu_rounds "$callers" on_one_processor "$1" "$2"
    while read -r label program; do
        printf '| %s | %s |' "$1" "$label"
        if [ "$1" = wake ]; then # valgrind lets no thread run in io_uring_enter
            printf ' |'
        else
            cell 1 measure_instructions "$program" "$1"
        fi
        cell 3 measure_calls total "$program" "$1"
        echo " $(cpu_of "$label" "$1_ns") |" \
            "$(cpu_of "$label" "$1_ns" raw) |"
    done <"$callers"
}

message_rows() # MESSAGES PRODUCERS
{
    cpu_rounds "$callers" on_all_processors messages "$1" "$2"
    while read -r label _; do
        echo "| $2 | $label | $(cpu_of "$label" message_ns) |" \
            "$(cpu_of "$label" message_wall_ns) |"
    done <"$callers"
}

model_rows() # TITLE REQUESTS CONNECTIONS WORK
{
    title=$1
    shift
    cpu_rounds "$models" on_all_processors "$@" 2
    while read -r label _; do
        printf '| %s | %s |' "$title" "$label"
        for name in requests_per_second cpu_ns; do
            printf ' %s |' "$(cpu_of "$label" $name "1,loop")"
        done
        for name in cpu_ns switches least most; do
            printf ' %s |' "$(cpu_of "$label" $name)"
        done
        echo
    done <"$models"
}

memory_rows() # CHANNELS
{
    while read -r label program; do
        figures=$("$program" register "$1")
        printf '| %s | %s |' "$1" "$label"
        for name in bytes_per_handle worst_bytes_per_handle caller_bytes \
            grown_mallocs again_mallocs wait_mallocs opened_bytes; do
            printf ' %s |' "$(echo "$figures" | measure_field $name)"
        done
        echo
    done <"$level"
}

# ---- The report ----

# As many channels as there may be descriptors, with some to spare.
most=$(awk '/^Max open files/ {
    limit = $5 == "unlimited" || $5 > 20000 ? 20000 : $5
    print limit - 1000
}' /proc/self/limits)

processor()
{
    awk -F ': *' '/^model name/ { print $2; exit }' /proc/cpuinfo
}

versions()
{
    for peer in $peers; do
        case $peer in
        libev)
            echo '#include <ev.h>
                  EV_VERSION_MAJOR EV_VERSION_MINOR' | cc -E - | awk '
                  END { print "libev", $1 "." $2 }'
            ;;
        *) echo "$peer $(pkg-config --modversion "$peer")" ;;
        esac
    done | paste -sd ',' - | sed 's/,/, /g'
}

table_head()
{
    cat <<END
$(date -u +%Y-%m-%d), $(uname -srm), $(nproc) x $(processor)
$(cc --version | head -n 1), $optimisation, static library
$(versions): as the system has them, static libraries if it has those

Median of $rounds rounds (least to most) in all that is time. Level-triggered
but for those with ",edge".
END
}

table_chain()
{
    cat <<END
Chain: tokens travel a ring of eventfds; an event is its share of a wait, the
dispatch, a read and a write. CPU: to raw in the same round.

| channels | tokens | engine | instructions/event | system calls/event | CPU |
|---|---|---|---|---|---|
END
    chain_rows "$all" chain 1000 100
    chain_rows "$all" chain 1000 1
    many_rows "$most" 100
    many_rows "$most" 1
}

table_company()
{
    cat <<END

In company: the same beside a timer that is far from due and a post that is not
sent, as a server has them. CPU: to libev.

| channels | tokens | engine | instructions/event | system calls/event | CPU |
|---|---|---|---|---|---|
END
    base=libev
    chain_rows "$timed" company 1000 100
    chain_rows "$timed" company 1000 1
    base=
}

table_change()
{
    cat <<END

The same, with 100 tokens in 1000 channels, and each handler also changes what
is watched. readd: it stops and starts itself. toggle: it asks for writing too,
and then no more. move: it pauses itself and resumes its neighbour.

| change | engine | instructions/event | system calls/event | epoll_ctl/event | CPU |
|---|---|---|---|---|---|
END
    change_rows readd 1000 100
    change_rows toggle 1000 100
    change_rows move 1000 100
}

table_echo()
{
    cat <<END

Echo: 64 bytes over loopback TCP; the client is the same for all, a process of
its own on the same processor, and not counted.

| connections | engine | instructions/request | system calls/request | CPU |
|---|---|---|---|---|
END
    echo_rows 100
}

table_requests()
{
    cat <<END

Requests: answered with the same bytes over loopback TCP, by what an engine has
for connections: sessions, uv_tcp_t, bufferevents, and send(2) and recv(2) by
hand. The client is as above. "16 at once": it sends sixteen together.

| bytes, connections | engine | instructions/request | system calls/request | mallocs/request | CPU |
|---|---|---|---|---|---|
END
    stream_rows '64, 64' 100000 request 64 64
    stream_rows '64, 1' 50000 request 1 64
    stream_rows '64, 1000' 100000 request 1000 64
    stream_rows '1024, 64' 100000 request 64 1024
    measure_briefly
    stream_rows '65536, 64' 10000 request 64 65536
    measure_usually
    stream_rows '64, 64, 16 at once' 500000 pipeline 64 16
}

table_transfers()
{
    cat <<END

Transfers: 1 GiB through one connection, in blocks of 64 KiB. The client takes
and gives as fast as it can; what strace counts is of a slow server.

| direction | engine | system calls/block | mallocs/block | CPU |
|---|---|---|---|---|
END
    stream_rows received 16384 receive 1
    stream_rows sent 16384 send 1
}

table_accepts()
{
    cat <<END

Accepts: connections come, 64 at once, and end; the server closes them. The
memory of a session is the library's, that of a uv_tcp_t the caller's.

| at once | engine | instructions/connection | system calls/connection | mallocs/connection | CPU |
|---|---|---|---|---|---|
END
    measure_briefly
    stream_rows 64 20000 accept 64
    measure_usually
}

table_idle()
{
    cat <<END

Idle connections: bytes for each in the caller's structs, allocated by the
library when all are open and when each has had a request and an answer, and
resident at these times.

| connections | engine | caller's | allocated | and used | resident | and used |
|---|---|---|---|---|---|---|
END
    idle_rows 9000
}

table_timers()
{
    cat <<END

Timers, CPU time for each: of libev in nanoseconds, of the others to libev in
the same round. add: starting one among so many. touch: restarting it, later.
fire: all are due.

| timers | engine | add | touch | cancel | fire |
|---|---|---|---|---|---|
END
    timer_rows 100000
    timer_rows 1000000
}

table_posts()
{
    cat <<END

Posts. coalesced: to a loop that has not yet got the last one. own: a hundred
that send themselves again, on the loop's thread. wake: two loops on two threads
wake each other, on one processor; strace delays the sender, so that the other
one may find a post before it has fallen asleep, and there are calls less.

| post | engine | instructions | system calls | CPU, ns | CPU to raw |
|---|---|---|---|---|---|
END
    post_rows coalesced 5000000
    post_rows own 500000
    post_rows wake 100000
}

table_messages()
{
    cat <<END

Messages from other threads, on $(nproc) processors: posts of ours, and for the
others a queue with a mutex and a post.

| producers | engine | CPU, ns per message | elapsed, ns per message |
|---|---|---|---|
END
    message_rows 1000000 1
    message_rows 1000000 4
}

table_models()
{
    cat <<END

Models of a server: requests of 64 bytes, each a job, on $(nproc) processors
that the client shares. "2,handed": two loops, of which one accepts. Ratios are
to one loop in the same round; CPU time (ns), and how often a thread of the
server fell asleep, are for a request; least and most are the connections of a
loop or process.

| work | model | requests/s, ratio | CPU, ratio | CPU | asleep | least | most |
|---|---|---|---|---|---|---|---|
END
    model_rows 'none' 200000 64 0
    model_rows '20 us' 40000 64 200
}

table_memory()
{
    cat <<END

Memory: bytes and allocations for so many registered handles, beyond those of an
open engine without any. "Caller's" is in the structs that the library has its
user provide for each.

| handles | engine | bytes each | worst from 1000 on | caller's | mallocs while growing | registering all again | waiting | open, bytes |
|---|---|---|---|---|---|---|---|---|
END
    memory_rows 1000
    memory_rows "$most"
}

table_size()
{
    echo
    for backend in $backends; do
        library=$(find "bench-$backend" -name 'libreactor.so.*.*.*')
        strip -o "$scratch/stripped.so" "$library"
        echo "Library with $backend: $(wc -c <"$scratch/stripped.so") bytes" \
            "stripped, $(
                nm -D --defined-only "$scratch/stripped.so" | grep -c ' T '
            ) symbols exported."
    done
}

table_commands()
{
    cat <<END

The commands, in build; two lengths each, and the difference counts:
    taskset -c 0 valgrind --tool=callgrind bench-epoll/bench/bench_loop chain $measure_short 1000 100
    strace -c -f bench-epoll/bench/bench_loop chain $measure_few_calls 1000 100
One length, in turn with the other engines:
    taskset -c 0 bench-epoll/bench/bench_loop chain 300000 1000 100
    taskset -c 0 bench-epoll/bench/bench_loop echo 100000 100
    taskset -c 0 bench-epoll/bench/bench_loop request 100000 64 64
    taskset -c 0 bench-epoll/bench/bench_loop accept 20000 64
    bench-epoll/bench/bench_loop idle 9000
    taskset -c 0 bench-epoll/bench/bench_loop timers 1000000
    taskset -c 0 bench-epoll/bench/bench_loop wake 100000
    bench-epoll/bench/bench_loop messages 1000000 4
    bench-epoll/bench/bench_models loops 200000 64 0 2
    bench-epoll/bench/bench_loop register $most
bench/main.c has all workloads.
END
}

tables='chain company change echo requests transfers accepts idle timers posts messages models memory size'
# A list of words.
# shellcheck disable=SC2086
[ $# -ne 0 ] || set -- $tables
for table; do
    case " $tables " in
    *" $table "*) ;;
    *)
        echo "no table $table; the tables are $tables" >&2
        exit 2
        ;;
    esac
done
table_head
for table; do
    "table_$table"
done
table_commands
