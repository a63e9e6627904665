/* SPDX-License-Identifier: MIT */
/*
 * The driver of the benchmarks, linked with one engine:
 *
 * - bench_ENGINE chain|company|readd|toggle|move EVENTS CHANNELS TOKENS [KIND]
 * - bench_ENGINE echo REQUESTS CONNECTIONS
 * - bench_ENGINE request REQUESTS CONNECTIONS BYTES
 * - bench_ENGINE pipeline REQUESTS CONNECTIONS AT-ONCE
 * - bench_ENGINE receive|send BLOCKS CONNECTIONS
 * - bench_ENGINE accept CONNECTIONS AT-ONCE
 * - bench_ENGINE idle|resident CONNECTIONS
 * - bench_ENGINE register CHANNELS
 * - bench_ENGINE timers TIMERS
 * - bench_ENGINE coalesced|own|wake SENDS
 * - bench_ENGINE messages MESSAGES PRODUCERS
 *
 * workload.h says what they do. The first number is the length of the run. It
 * prints lines of a name and a number, for bench/measure.sh. Exit status 3: the
 * engine does not have what the workload takes.
 */
#include "workload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* How a workload is asked for: by so many numbers, and perhaps a kind. */
struct entry {
    const char *name;
    int (*measure)(const struct workload *workload);
    int numbers;
    bool has_kind;
};

static const struct entry entries[] = {
    {"chain", measure_chain, 3, true},
    {"company", measure_company, 3, true},
    {"readd", measure_readd, 3, true},
    {"toggle", measure_toggle, 3, true},
    {"move", measure_move, 3, true},
    {"echo", measure_echo, 2, false},
    {"request", measure_request, 3, false},
    {"pipeline", measure_pipeline, 3, false},
    {"receive", measure_receive, 2, false},
    {"send", measure_send, 2, false},
    {"accept", measure_accept, 2, false},
    {"idle", measure_idle, 1, false},
    {"resident", measure_resident, 1, false},
    {"register", measure_register, 1, false},
    {"timers", measure_timers, 1, false},
    {"coalesced", measure_coalesced, 1, false},
    {"own", measure_own, 1, false},
    {"wake", measure_wake, 1, false},
    {"messages", measure_messages, 2, false},
};

/* As much as the system lets us have; opening tells if it is not enough. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static bool parse_number(const char *text, int64_t most, int64_t *out)
{
    char *end;
    long long number = strtoll(text, &end, 10);

    *out = number;
    return end != text && *end == '\0' && number >= 1 && number <= most;
}

static bool parse_kind(const char *text, enum ring_kind *out)
{
    static const char *const names[] = {"eventfd", "socketpair", "pipe"};
    int i;

    for (i = 0; i < 3; i++)
        if (strcmp(text, names[i]) == 0) {
            *out = (enum ring_kind)i;
            return true;
        }
    return false;
}

static const struct entry *find(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof(entries) / sizeof(entries[0]); i++)
        if (strcmp(name, entries[i].name) == 0)
            return &entries[i];
    return NULL;
}

static bool parse(const struct entry *entry, int count, char **words,
                  struct workload *workload)
{
    const int64_t most = 1 << 24;
    int64_t *numbers[] = {&workload->length, &workload->count,
                          &workload->tokens};
    int i;

    if (count < entry->numbers || count > entry->numbers + entry->has_kind)
        return false;
    for (i = 0; i < entry->numbers; i++)
        if (!parse_number(words[i], i == 0 ? INT64_MAX / 2 : most, numbers[i]))
            return false;
    if (entry->has_kind && workload->tokens > workload->count)
        return false;
    return count == entry->numbers ||
           parse_kind(words[count - 1], &workload->kind);
}

int main(int argc, char **argv)
{
    struct workload workload = {.kind = ring_leanest_kind};
    const struct entry *entry = argc < 2 ? NULL : find(argv[1]);
    int error;

    if (entry == NULL || !parse(entry, argc - 2, argv + 2, &workload)) {
        fprintf(stderr,
                "usage: %s WORKLOAD LENGTH [NUMBER...] [KIND], "
                "as bench/main.c says\n",
                argv[0]);
        return 2;
    }
    raise_descriptor_limit();
    error = entry->measure(&workload);
    if (error == 0)
        return 0;
    fprintf(stderr, "%s: %s: %s\n", engine_name, argv[1], strerror(-error));
    return error == -ENOTSUP ? 3 : 1;
}
