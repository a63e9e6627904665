/* SPDX-License-Identifier: MIT */
/*
 * Whether a knote's event is there: the filters of the BSDs, told in terms of
 * poll(2).
 */
#include "shim.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* tcpi_state, as linux/tcp.h has it; libc's header is without TCP_INFO_*. */
static bool is_past_sending(unsigned state)
{
    return state == TCP_FIN_WAIT1 || state == TCP_FIN_WAIT2 ||
           state == TCP_CLOSING || state == TCP_LAST_ACK ||
           state == TCP_TIME_WAIT || state == TCP_CLOSE;
}

enum file shim_file_of(int descriptor)
{
    struct stat status;
    int type = 0;
    socklen_t size = sizeof(type);

    if (shim_find_queue(descriptor) != NULL)
        return FILE_QUEUE;
    if (fstat(descriptor, &status) != 0)
        return FILE_OTHER;
    if (S_ISFIFO(status.st_mode))
        return FILE_PIPE;
    if (!S_ISSOCK(status.st_mode))
        return FILE_OTHER;
    if (getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
        type == SOCK_STREAM)
        return FILE_STREAM_SOCKET;
    return FILE_SOCKET;
}

static int poll_now(int descriptor)
{
    struct pollfd asked = {.fd = descriptor,
                           .events = POLLIN | POLLOUT | POLLPRI | POLLRDHUP};

    return poll(&asked, 1, 0) > 0 ? asked.revents : 0;
}

bool shim_is_broken_pipe(int descriptor)
{
    return shim_file_of(descriptor) == FILE_PIPE &&
           (poll_now(descriptor) & (POLLERR | POLLHUP)) != 0;
}

/* poll(2) calls a socket whose own end was shut down writable, and no more. */
static bool has_shut_down_writing(int descriptor)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof(info);

    if (getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) == 0)
        return is_past_sending(info.tcpi_state);
    /* A stream of AF_UNIX: nothing is sent, but whether it may be is told. */
    return send(descriptor, "", 0, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 &&
           errno == EPIPE;
}

struct state {
    bool is_idle; /* a stream socket before connect(2) */
    bool has_input;
    bool has_output;
    bool has_urgent;
    bool is_at_end; /* of reading */
    bool is_broken; /* for writing */
    bool has_error;
    int size; /* bytes to read */
};

static struct state state_of(const struct knote *knote)
{
    int descriptor = (int)knote->asked.ident;
    int now = poll_now(descriptor);
    struct state state = {
        .has_input = (now & POLLIN) != 0,
        .has_output = (now & POLLOUT) != 0,
        .has_urgent = (now & POLLPRI) != 0,
        .is_at_end = (now & (POLLHUP | POLLRDHUP)) != 0,
        .is_broken = (now & POLLHUP) != 0,
        .has_error = (now & POLLERR) != 0,
    };

    if (knote->file == FILE_PIPE) {
        state.is_at_end |= state.has_error; /* both ends tell of the other */
        state.is_broken |= state.has_error;
        state.has_error = false;
    } else if (knote->file == FILE_STREAM_SOCKET) {
        state.is_idle = (now & (POLLHUP | POLLRDHUP | POLLERR)) == POLLHUP;
        if (knote->kind == KIND_WRITE && state.has_output && !state.is_broken &&
            !state.has_error)
            state.is_broken = has_shut_down_writing(descriptor);
    }
    if (ioctl(descriptor, FIONREAD, &state.size) != 0)
        state.size = state.has_input;
    return state;
}

static bool end(const struct state *state, struct kevent *out)
{
    out->flags |= EV_EOF;
    /* Which error it is Linux tells only by taking it away. */
    out->fflags = state->has_error ? ECONNRESET : 0;
    return true;
}

static bool look_at_reading(const struct knote *knote,
                            const struct state *state, struct kevent *out)
{
    out->data = state->size;
    if (state->is_at_end)
        return end(state, out);
    if (state->has_error)
        return true;
    if (knote->asked.fflags & NOTE_LOWAT)
        return state->size >= knote->asked.data;
    return state->has_input;
}

/* How much room there is, it does not tell: one byte. */
static bool look_at_writing(const struct knote *knote,
                            const struct state *state, struct kevent *out)
{
    out->data = 1;
    if (state->is_broken)
        return end(state, out);
    if (state->has_error)
        return true;
    if ((knote->asked.fflags & NOTE_LOWAT) && knote->file != FILE_PIPE)
        return state->has_output && knote->asked.data <= 1;
    return state->has_output;
}

static bool look_at_descriptor(const struct knote *knote, struct kevent *out)
{
    struct state state = state_of(knote);

    out->fflags = 0;
    if (state.is_idle)
        return false;
    switch (knote->kind) {
    case KIND_READ:
        return look_at_reading(knote, &state, out);
    case KIND_WRITE:
        return look_at_writing(knote, &state, out);
    default:
#ifdef EVFILT_EXCEPT
        out->fflags = knote->asked.fflags & NOTE_OOB;
#endif
        return state.has_urgent && out->fflags != 0;
    }
}

static bool look_at_queue(struct queue *queue, struct kevent *out)
{
    shim_harvest(queue);
    out->data = queue->in_line;
    return queue->in_line > 0;
}

bool shim_look(const struct knote *knote, struct kevent *out)
{
    *out = knote->asked;
    out->flags =
        (KQUEUE_SHIM_FLAGS)(knote->asked.flags & ~KQUEUE_SHIM_HIDDEN_FLAGS);
    if (knote->kind == KIND_USER)
        return knote->is_triggered;
    if (knote->watched != NULL) {
        out->fflags = 0;
        return look_at_queue(knote->watched, out);
    }
    return look_at_descriptor(knote, out) || knote->is_always;
}
