/* SPDX-License-Identifier: MIT */
/* Several processes at one socket: crashes, and reloads. */
#include "examples/crowd.h"
#include "examples/peer.h"
#include "examples/program.h"

#include "support/scale.h"

#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WORKERS = 3, CLIENTS = 24 };

/* ---- The processes ---- */

struct family {
    struct program program;
    unsigned port;
    int supervisor; /* of the generation that is there now */
    int workers[WORKERS];
};

static int await_worker(struct program *program, int supervisor)
{
    char words[32];

    snprintf(words, sizeof words, "%d: worker ", supervisor);
    return (int)program_await_number(program, words);
}

static void note_generation(struct family *family)
{
    const char *line = program_await(&family->program, ": listening on ");
    int i;

    family->supervisor = (int)strtol(line, NULL, 10);
    family->port = (unsigned)strtol(strrchr(line, ':') + 1, NULL, 10);
    for (i = 0; i < WORKERS; i++)
        family->workers[i] = await_worker(&family->program, family->supervisor);
}

static void start_by(struct family *family, const char *path)
{
    program_start(
        &family->program,
        &(struct program_setup){
            .path = path, .arguments = {"processes", "127.0.0.1:0", "3"}});
    note_generation(family);
}

static void start(struct family *family)
{
    start_by(family, MODELS);
}

/* All of them end, and the first has succeeded: what they said stays. */
static void end(struct family *family)
{
    assert_int_equal(kill(family->supervisor, SIGTERM), 0);
    assert_int_equal(program_finish(&family->program), 0);
}

static void stop(struct family *family)
{
    end(family);
    program_free(&family->program);
}

/* So many lines contain it. */
static unsigned count_lines(const struct program *program, const char *words)
{
    const char *place = program->text;
    unsigned found = 0;

    while ((place = strstr(place, words)) != NULL) {
        place += strlen(words);
        found++;
    }
    return found;
}

/* ---- Clients ---- */

static const char message[] = "what is sent comes back";

/* False if the connection is lost. */
static bool talk(int peer)
{
    char bytes[sizeof message];
    size_t size = 0;

    if (peer_try_send(peer, message, sizeof message) < 0)
        return false;
    while (size < sizeof message) {
        int count;

        if (!peer_await(peer, -1, PROGRAM_PATIENCE_MS))
            return false;
        count = peer_try_receive(peer, bytes + size, sizeof message - size);
        if (count == 0 || count == -2)
            return false;
        size += count > 0 ? (size_t)count : 0;
    }
    assert_memory_equal(bytes, message, sizeof message);
    return true;
}

/* It is among those that its worker has counted. */
static int connect_and_talk(unsigned port)
{
    int peer = peer_connect(port);

    assert_true(talk(peer));
    return peer;
}

static void finish(int peer)
{
    assert_true(talk(peer));
    peer_finish(peer);
    peer_expect_end(peer);
    peer_close(peer);
}

/* ---- Crashes ---- */

/* Each in turn at first, or nobody might be lost; then any, the same ones in
   every run. */
static int victim(uint64_t crashes)
{
    static uint32_t state = 1;

    if (crashes < WORKERS)
        return (int)crashes;
    state = state * 1664525 + 1013904223;
    return (int)((state >> 16) % WORKERS);
}

/* Whose connections were lost, by its word. */
static unsigned kill_worker(struct family *family, int index)
{
    char words[64];
    const char *line;

    snprintf(words, sizeof words, "worker %d has ended (-1, signal 9), ",
             family->workers[index]);
    assert_int_equal(kill(family->workers[index], SIGKILL), 0);
    line = program_await(&family->program, words);
    return (unsigned)strtoul(strstr(line, "9), ") + 4, NULL, 10);
}

static unsigned crash(struct family *family, int index)
{
    unsigned lost = kill_worker(family, index);

    family->workers[index] = await_worker(&family->program, family->supervisor);
    return lost;
}

static void only_the_crashed_workers_connections_are_lost(void **state)
{
    unsigned rounds = WORKERS + scaled(20, 120), round, all = 0;
    struct family family;
    int peers[CLIENTS], i;

    (void)state;
    start(&family);
    for (i = 0; i < CLIENTS; i++)
        peers[i] = connect_and_talk(family.port);
    for (round = 0; round < rounds; round++) {
        unsigned counted = crash(&family, victim(round)), lost = 0;

        for (i = 0; i < CLIENTS; i++) {
            if (talk(peers[i]))
                continue;
            lost++;
            peer_close(peers[i]);
            peers[i] = connect_and_talk(family.port);
        }
        assert_int_equal(lost, counted);
        all += lost;
    }
    assert_true(all >= CLIENTS);
    for (i = 0; i < CLIENTS; i++)
        finish(peers[i]);
    stop(&family);
}

/*
 * Connections that were being made may be lost before a worker has counted
 * them, and those alone: nobody leaves here, and who is lost comes back.
 */
static void crashes_under_load_lose_what_is_counted(void **state)
{
    int64_t end_ns =
        reactor_now_ns() + (int64_t)scaled(2, 30) * INT64_C(1000000000);
    uint64_t counted = 0, crashes = 0, lost;
    struct family family;
    struct crowd crowd;

    (void)state;
    start(&family);
    crowd_start(&crowd, family.port, CLIENTS, 0);
    while (crashes < WORKERS || reactor_now_ns() < end_ns) {
        uint64_t answers = atomic_load(&crowd.answers);

        crowd_await(&crowd, answers + 1 + crashes * 389 % 1000);
        counted += crash(&family, victim(crashes));
        crashes++;
    }
    crowd_await_losses(&crowd, counted);
    crowd_stop(&crowd);
    stop(&family);
    lost = atomic_load(&crowd.lost);
    print_message("%llu crashes, %llu connections lost, %llu counted, %llu "
                  "before an answer; %llu answers\n",
                  (unsigned long long)crashes, (unsigned long long)lost,
                  (unsigned long long)counted,
                  (unsigned long long)atomic_load(&crowd.unmet),
                  (unsigned long long)atomic_load(&crowd.answers));
    assert_true(lost > 0);
    assert_true(lost <= counted);
    assert_true(counted <= lost + atomic_load(&crowd.unmet));
    assert_true(atomic_load(&crowd.refused) == 0);
    assert_true(atomic_load(&crowd.wrong) == 0);
}

#define MS           INT64_C(1000000)
#define SHORT_NS     (200 * MS)
#define DELAY_NS     (10 * MS)
#define LONG_WAIT_NS (160 * MS)

/*
 * How long it has lived is known at most: from when it could be there to when
 * its end was read. Where that is too long, on a machine that stands still, its
 * delay is known to be the shortest at least.
 */
static void who_crashes_at_once_comes_back_later_each_time(void **state)
{
    int64_t there_ns = reactor_now_ns(), due_ns = DELAY_NS;
    int64_t give_up_ns = there_ns + PROGRAM_PATIENCE_MS * MS;
    struct family family;

    (void)state;
    start(&family);
    while (due_ns < LONG_WAIT_NS) {
        int64_t before_ns = reactor_now_ns();

        assert_true(before_ns < give_up_ns);
        (void)kill_worker(&family, 0);
        due_ns = reactor_now_ns() - there_ns < SHORT_NS ? 2 * due_ns : DELAY_NS;
        family.workers[0] = await_worker(&family.program, family.supervisor);
        assert_true(reactor_now_ns() - before_ns >= due_ns);
        there_ns = before_ns + due_ns;
    }
    peer_close(connect_and_talk(family.port));
    stop(&family);
}

/* ---- Stop and reload ---- */

static void let_all_finish(int number)
{
    struct family family;
    int peers[CLIENTS], i;

    start(&family);
    for (i = 0; i < CLIENTS; i++)
        peers[i] = connect_and_talk(family.port);
    assert_int_equal(kill(family.supervisor, number), 0);
    for (i = 0; i < CLIENTS; i++)
        finish(peers[i]);
    assert_int_equal(program_finish(&family.program), 0);
    assert_int_equal(count_lines(&family.program, "has ended (0, signal 0)"),
                     WORKERS);
    program_free(&family.program);
}

static void who_is_connected_may_finish(void **state)
{
    (void)state;
    let_all_finish(SIGTERM);
}

static void an_interrupt_stops_it_likewise(void **state)
{
    (void)state;
    let_all_finish(SIGINT);
}

static void assert_nothing_was_lost(struct crowd *crowd)
{
    assert_true(atomic_load(&crowd->answers) > 0);
    assert_true(atomic_load(&crowd->refused) == 0);
    assert_true(atomic_load(&crowd->lost) == 0);
    assert_true(atomic_load(&crowd->unmet) == 0);
    assert_true(atomic_load(&crowd->wrong) == 0);
}

/* Those who are there finish with the former generation. */
static void nobody_is_refused_or_lost_by_a_reload(void **state)
{
    unsigned rounds = scaled(10, 200), round;
    struct family family;
    struct crowd crowd;

    (void)state;
    start(&family);
    crowd_start(&crowd, family.port, CLIENTS, 3);
    for (round = 0; round < rounds; round++) {
        int before = connect_and_talk(family.port), meanwhile;

        assert_int_equal(kill(family.supervisor, SIGHUP), 0);
        meanwhile = connect_and_talk(family.port);
        note_generation(&family);
        finish(before);
        finish(meanwhile);
    }
    crowd_stop(&crowd);
    stop(&family);
    print_message("%u reloads, %llu connections, %llu answers\n", rounds,
                  (unsigned long long)atomic_load(&crowd.connections),
                  (unsigned long long)atomic_load(&crowd.answers));
    assert_nothing_was_lost(&crowd);
}

/* Some of the signals come while the successor starts, or when it is there: who
   is connected keeps the former one there, too. */
static void who_is_asked_to_reload_twice_has_one_successor(void **state)
{
    unsigned rounds = scaled(5, 50), round, i;
    struct family family;
    struct crowd crowd;

    (void)state;
    start(&family);
    crowd_start(&crowd, family.port, CLIENTS, 3);
    for (round = 0; round < rounds; round++) {
        int before = connect_and_talk(family.port), former = family.supervisor;

        for (i = 0; i < 50; i++) {
            assert_int_equal(kill(former, SIGHUP), 0);
            sched_yield();
        }
        note_generation(&family);
        assert_int_equal(kill(former, SIGHUP), 0);
        finish(before);
    }
    crowd_stop(&crowd);
    end(&family);
    assert_int_equal(count_lines(&family.program, ": successor "), rounds);
    assert_int_equal(count_lines(&family.program, ": listening on "),
                     rounds + 1);
    program_free(&family.program);
    assert_nothing_was_lost(&crowd);
}

/* They have its output, too, which is at its end when the last one has ended.
 */
static void workers_end_when_their_supervisor_is_killed(void **state)
{
    struct family family;

    (void)state;
    start(&family);
    peer_close(connect_and_talk(family.port));
    assert_int_equal(kill(family.supervisor, SIGKILL), 0);
    assert_int_equal(program_finish(&family.program), -SIGKILL);
    program_free(&family.program);
}

/* ---- Successors that do not take over ---- */

/* A name for the program, in a folder of its own. */
struct name {
    char folder[64], path[80];
};

static void make_name(struct name *name)
{
    snprintf(name->folder, sizeof name->folder, "/tmp/libreactor-XXXXXX");
    assert_non_null(mkdtemp(name->folder));
    snprintf(name->path, sizeof name->path, "%s/models", name->folder);
    assert_int_equal(symlink(MODELS, name->path), 0);
}

static void remove_name(const struct name *name)
{
    assert_int_equal(unlink(name->path), 0);
}

static void write_successor(const struct name *name, const char *command)
{
    FILE *file = fopen(name->path, "w");

    assert_non_null(file);
    assert_true(fprintf(file, "#!/bin/sh\n%s\n", command) > 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(name->path, 0700), 0);
}

static void expect_failure(struct family *family, int before, const char *words)
{
    assert_int_equal(kill(family->supervisor, SIGHUP), 0);
    (void)program_await(&family->program, words);
    assert_true(talk(before));
    finish(connect_and_talk(family->port));
}

/* Until there is one that can. */
static void where_no_successor_can_start_all_goes_on(void **state)
{
    struct family family;
    struct name name = {.path = ""};
    int before;

    (void)state;
    make_name(&name);
    start_by(&family, name.path);
    before = connect_and_talk(family.port);
    remove_name(&name);
    expect_failure(&family, before, ": successor 0");
    write_successor(&name, "exit 3");
    expect_failure(&family, before, "the successor has ended: 3");
    remove_name(&name);
    assert_int_equal(symlink(MODELS, name.path), 0);
    assert_int_equal(kill(family.supervisor, SIGHUP), 0);
    note_generation(&family);
    finish(before);
    remove_name(&name);
    assert_int_equal(rmdir(name.folder), 0);
    end(&family);
    assert_int_equal(count_lines(&family.program, ": listening on "), 2);
    program_free(&family.program);
}

/* It never takes over. The program has ended when nobody has its output any
   more. */
static void a_stop_while_it_reloads_is_the_end_of_both(void **state)
{
    struct family family;
    struct name name = {.path = ""};

    (void)state;
    make_name(&name);
    start_by(&family, name.path);
    remove_name(&name);
    write_successor(&name, "exec sleep 60");
    assert_int_equal(kill(family.supervisor, SIGHUP), 0);
    assert_true(program_await_number(&family.program, ": successor ") > 0);
    assert_int_equal(kill(family.supervisor, SIGTERM), 0);
    assert_int_equal(program_finish(&family.program), 0);
    program_free(&family.program);
    remove_name(&name);
    assert_int_equal(rmdir(name.folder), 0);
}

/* ---- What a successor inherits ---- */

/* How many handles a process has open; 0 where that can't be asked. */
static unsigned handles_of(int process)
{
    unsigned handles = 0;
    char path[32];
    DIR *folder;

    snprintf(path, sizeof path, "/proc/%d/fd", process);
    folder = opendir(path);
    if (folder == NULL)
        return 0;
    while (readdir(folder) != NULL)
        handles++;
    (void)closedir(folder);
    return handles;
}

static void the_handles_of_a_generation_do_not_stay(void **state)
{
    unsigned handles, round;
    struct family family;

    (void)state;
    if (handles_of((int)getpid()) == 0)
        skip();
    start(&family);
    handles = handles_of(family.supervisor);
    for (round = 0; round < 2; round++) {
        assert_int_equal(kill(family.supervisor, SIGHUP), 0);
        note_generation(&family);
        assert_int_equal(handles_of(family.supervisor), handles);
    }
    stop(&family);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        PROGRAM_CLAIM(only_the_crashed_workers_connections_are_lost),
        PROGRAM_CLAIM(crashes_under_load_lose_what_is_counted),
        PROGRAM_CLAIM(who_crashes_at_once_comes_back_later_each_time),
        PROGRAM_CLAIM(who_is_connected_may_finish),
        PROGRAM_CLAIM(an_interrupt_stops_it_likewise),
        PROGRAM_CLAIM(nobody_is_refused_or_lost_by_a_reload),
        PROGRAM_CLAIM(who_is_asked_to_reload_twice_has_one_successor),
        PROGRAM_CLAIM(workers_end_when_their_supervisor_is_killed),
        PROGRAM_CLAIM(where_no_successor_can_start_all_goes_on),
        PROGRAM_CLAIM(a_stop_while_it_reloads_is_the_end_of_both),
        PROGRAM_CLAIM(the_handles_of_a_generation_do_not_stay),
    };

    return cmocka_run_group_tests(claims, NULL, NULL);
}
