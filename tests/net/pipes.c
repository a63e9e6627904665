/* SPDX-License-Identifier: MIT */
/* Sessions with pipes, terminals and Unix sockets: what POSIX systems have. */
#include "support/signals.h"
#include "support/talks.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static bool is_blocking(int handle)
{
    return (fcntl(handle, F_GETFL) & O_NONBLOCK) == 0;
}

static void open_pipe(int ends[2])
{
    assert_ok(pipe(ends));
}

static void a_pipe_is_read_to_its_end(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct talk talk;
    int ends[2];

    (void)state;
    open_pipe(ends);
    talk_open(&talk, loop, 'p', ends[0], NULL);
    assert_int_equal(write(ends[1], "hello", 5), 5);
    await_that(loop, talk.size == 5);
    assert_error(reactor_session_write(talk.session, "x", 1), -EPIPE);
    close(ends[1]);
    await_closed(&talk);
    assert_int_equal(talk.calls[TALK_ENDED], 1);
    assert_closed(&talk, REACTOR_CLOSED_FINISHED, 0);
    reactor_loop_close(loop);
}

static void a_pipe_is_written_to_its_end(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct talk talk;
    char text[8];
    int ends[2];

    (void)state;
    open_pipe(ends);
    talk_open(&talk, loop, 'p', ends[1], NULL);
    assert_ok(reactor_session_write(talk.session, "hello", 5));
    assert_ok(reactor_session_finish(talk.session));
    await_closed(&talk);
    assert_closed(&talk, REACTOR_CLOSED_FINISHED, 0);
    assert_int_equal(read(ends[0], text, sizeof(text)), 5);
    assert_int_equal(read(ends[0], text, sizeof(text)), 0);
    close(ends[0]);
    reactor_loop_close(loop);
}

static void a_full_pipe_is_waited_for(void **state)
{
    static char bytes[1 << 20], text[1 << 16];
    struct reactor_loop *loop = open_loop();
    struct talk talk;
    size_t got = 0;
    int ends[2];

    (void)state;
    open_pipe(ends);
    talk_open(&talk, loop, 'p', ends[1], NULL);
    assert_ok(reactor_session_write(talk.session, bytes, sizeof(bytes)));
    assert_true(reactor_session_waiting(talk.session) > 0);
    while (got < sizeof(bytes)) {
        ssize_t count = read(ends[0], text, sizeof(text));

        assert_true(count > 0);
        got += (size_t)count;
        turn_once(loop);
    }
    assert_int_equal(reactor_session_waiting(talk.session), 0);
    close(ends[0]);
    reactor_loop_close(loop);
}

/* The signal that comes with it is taken away, wherever it goes. */
static void a_pipe_without_reader_is_an_error_and_no_signal(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct talk talk;
    sigset_t pending;
    int ends[2];

    (void)state;
    signal(SIGPIPE, SIG_DFL); /* which would end this program */
    open_pipe(ends);
    talk_open(&talk, loop, 'p', ends[1], NULL);
    close(ends[0]);
    assert_error(reactor_session_write(talk.session, "x", 1), -EPIPE);
    assert_int_equal(talk.calls[TALK_CLOSED], 0);
    await_closed(&talk);
    assert_closed(&talk, REACTOR_CLOSED_ERROR, -EPIPE);
    assert_ok(sigpending(&pending));
    assert_int_equal(sigismember(&pending, SIGPIPE), 0);
    reactor_loop_close(loop);
}

static void a_pending_signal_of_the_users_stays(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct talk talk;
    sigset_t mask, former, pending;
    int ends[2], number;

    (void)state;
    sigemptyset(&mask);
    sigaddset(&mask, SIGPIPE);
    assert_ok(pthread_sigmask(SIG_BLOCK, &mask, &former));
    assert_ok(raise(SIGPIPE));
    open_pipe(ends);
    talk_open(&talk, loop, 'p', ends[1], NULL);
    close(ends[0]);
    assert_error(reactor_session_write(talk.session, "x", 1), -EPIPE);
    assert_ok(sigpending(&pending));
    assert_int_equal(sigismember(&pending, SIGPIPE), 1);
    assert_ok(sigwait(&mask, &number));
    assert_ok(pthread_sigmask(SIG_SETMASK, &former, NULL));
    reactor_loop_close(loop);
}

static void a_handle_gets_its_mode_back(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct talk talk;
    int ends[2], other;

    (void)state;
    open_pipe(ends);
    other = dup(ends[0]);
    assert_true(is_blocking(other));
    talk_open(&talk, loop, 'p', ends[0], NULL);
    assert_false(is_blocking(other));
    reactor_session_abort(talk.session);
    assert_true(is_blocking(other));
    close(other);
    close(ends[1]);
    reactor_loop_close(loop);
}

static void what_is_no_stream_is_refused(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_session *session = NULL;
    struct pair datagrams = datagram_pair();
    int file = open("/", O_RDONLY);
    reactor_handle listener = open_listener().handle;

    (void)state;
    assert_error(reactor_session_open(&session, loop, file, NULL, NULL),
                 -EPERM);
    assert_error(
        reactor_session_open(&session, loop, datagrams.mine, NULL, NULL),
        -EPERM);
    assert_error(reactor_session_open(&session, loop, listener, NULL, NULL),
                 -ENOTCONN);
    assert_error(reactor_session_open(&session, loop, -1, NULL, NULL), -EBADF);
    assert_null(session);
    assert_true(is_blocking(file));
    close(file);
    close(listener);
    close_pair(&datagrams);
    reactor_loop_close(loop);
}

static void a_terminal_is_a_session(void **state)
{
    struct reactor_loop *loop;
    struct talk talk;
    struct pair terminal;

    (void)state;
    if (!terminal_pair(&terminal))
        skip_because("there are no terminals here");
    loop = open_loop();
    talk_open(&talk, loop, 't', terminal.mine, NULL);
    assert_int_equal(write(terminal.peer, "hello\n", 6), 6);
    await_that(loop, talk.size >= 5);
    assert_memory_equal(talk.bytes, "hello", 5);
    close_handle(terminal.peer);
    await_that(loop, talk.calls[TALK_ENDED] + talk.calls[TALK_CLOSED] > 0);
    reactor_loop_close(loop);
}

/* ---- A child ---- */

static void become_cat(int input, int output)
{
    dup2(input, 0);
    dup2(output, 1);
    execlp("cat", "cat", (char *)NULL);
    _exit(127);
}

static void a_childs_input_and_output_are_sessions(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct talk in, out;
    int to[2], from[2], status;
    pid_t child;

    (void)state;
    open_pipe(to);
    open_pipe(from);
    (void)fcntl(to[1], F_SETFD, FD_CLOEXEC);
    (void)fcntl(from[0], F_SETFD, FD_CLOEXEC);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        become_cat(to[0], from[1]);
    close(to[0]);
    close(from[1]);
    talk_open(&in, loop, 'i', to[1], NULL);
    talk_open(&out, loop, 'o', from[0], NULL);
    assert_ok(reactor_session_write(in.session, "through the cat", 15));
    assert_ok(reactor_session_finish(in.session));
    await_closed(&out);
    assert_closed(&in, REACTOR_CLOSED_FINISHED, 0);
    assert_closed(&out, REACTOR_CLOSED_FINISHED, 0);
    assert_int_equal(out.size, 15);
    assert_memory_equal(out.bytes, "through the cat", 15);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    reactor_loop_close(loop);
}

/* ---- Unix sockets ---- */

struct door {
    struct reactor_loop *loop;
    struct talk guest;
};

static void let_in(void *user_data, reactor_handle handle,
                   const struct reactor_address *peer)
{
    struct door *door = user_data;

    (void)peer;
    talk_open(&door->guest, door->loop, 'g', handle, NULL);
}

static void a_unix_path_is_listened_to(void **state)
{
    struct reactor_listener_options options = REACTOR_LISTENER_OPTIONS_INIT;
    char path[] = "/tmp/libreactor-test-XXXXXX", text[128];
    struct reactor_loop *loop = open_loop();
    struct reactor_address address, other;
    struct reactor_listener listener, second;
    struct reactor_session_options client = talk_options();
    struct talk talk;
    struct door door = {.loop = loop};

    (void)state;
    assert_non_null(mkdtemp(path));
    snprintf(text, sizeof(text), "unix:%s/socket", path);
    assert_ok(reactor_address_parse(&address, text));
    options.flags = REACTOR_LISTEN_REPLACE;
    reactor_listener_init(&listener, loop, let_in, &door);
    reactor_listener_init(&second, loop, let_in, &door);
    assert_ok(reactor_listener_start(&listener, &address, &options));
    assert_error(reactor_listener_start(&second, &address, &options),
                 -EADDRINUSE);
    assert_ok(reactor_listener_address(&listener, &other));
    assert_int_equal(reactor_address_is_equal(&address, &other), 1);

    memset(&talk, 0, sizeof(talk));
    talk.loop = loop;
    assert_ok(reactor_session_connect(&talk.session, loop, &address, 1,
                                      PATIENCE_NS, &client, &talk));
    await_that(loop, talk.calls[TALK_CONNECTED] == 1);
    assert_ok(reactor_session_write(talk.session, "hello", 5));
    await_that(loop, door.guest.size == 5);

    /* Left by somebody who has died. */
    close(reactor_listener_hand_over(&listener));
    assert_ok(access(text + 5, F_OK));
    assert_error(reactor_listener_start(&second, &address, NULL), -EADDRINUSE);
    assert_ok(reactor_listener_start(&second, &address, &options));
    reactor_listener_stop(&second);
    assert_int_equal(access(text + 5, F_OK), -1);
    assert_ok(rmdir(path));
    reactor_loop_close(loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(a_pipe_is_read_to_its_end),
        CLAIM_WITHOUT_REACTOR(a_pipe_is_written_to_its_end),
        CLAIM_WITHOUT_REACTOR(a_full_pipe_is_waited_for),
        CLAIM_WITHOUT_REACTOR(a_pipe_without_reader_is_an_error_and_no_signal),
        CLAIM_WITHOUT_REACTOR(a_pending_signal_of_the_users_stays),
        CLAIM_WITHOUT_REACTOR(a_handle_gets_its_mode_back),
        CLAIM_WITHOUT_REACTOR(what_is_no_stream_is_refused),
        CLAIM_WITHOUT_REACTOR(a_terminal_is_a_session),
        CLAIM_WITHOUT_REACTOR(a_childs_input_and_output_are_sessions),
        CLAIM_WITHOUT_REACTOR(a_unix_path_is_listened_to),
    };

    return run_claims(claims);
}
