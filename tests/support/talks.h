/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_TALKS_H
#define SUPPORT_TALKS_H

/* What tests of net share: sessions that write down what is said to them. */

#include "support/loops.h"

#include <reactor/net.h>

/* What a talk was called with. */
enum talk_call {
    TALK_CONNECTED,
    TALK_DATA,
    TALK_DRAINED,
    TALK_ENDED,
    TALK_CLOSED,
    TALK_CALLS
};

/* Bytes that a talk keeps; what comes after is counted only. */
#define TALK_BYTES 4096

/*
 * The user data of a session: it counts, keeps what it was told and what it was
 * sent, writes its name into the journal, and then does what the test wants
 * done in a callback.
 */
struct talk {
    struct reactor_loop *loop;
    struct reactor_session *session; /* NULL once it is closed */
    size_t size;                     /* of all that was consumed */
    size_t offered;                  /* by the last call of `data` */
    size_t consume_most;             /* by one call; 0: all that there is */
    void (*then)(struct talk *self, enum talk_call call); /* NULL: nothing */
    void *context;
    enum reactor_closed reason;
    int error;
    unsigned calls[TALK_CALLS];
    bool consumes_nothing;
    char name; /* 0: not written down */
    char bytes[TALK_BYTES];
};

/* Options that call a talk; the rest is as by default. */
struct reactor_session_options talk_options(void);

/* A session with one end of a pair, and options that may be NULL. */
void talk_open(struct talk *talk, struct reactor_loop *loop, char name,
               reactor_handle handle,
               const struct reactor_session_options *options);

/* What most claims about one session begin and end with: `talk_ends` is its
 * pair. */
extern struct pair talk_ends;

struct reactor_loop *talk_begin(struct pair pair, struct talk *talk,
                                const struct reactor_session_options *options);
void talk_end(struct reactor_loop *loop);

/* So much that something waits. */
#define TALK_BIG ((size_t)4 << 20)
void talk_write_big(struct talk *talk);

/*
 * Fills the system's buffer until `size` bytes more have to wait: how many
 * bytes are new. One filling may not do: TCP makes room when bytes arrive that
 * were on their way.
 */
size_t talk_write_to_wait(struct talk *talk, size_t size);

/* Turns until it is so. */
#define await_that(loop, condition)                                            \
    do {                                                                       \
        int64_t give_up_ns = reactor_now_ns() + PATIENCE_NS;                   \
                                                                               \
        while (!(condition))                                                   \
            turn_or_fail(loop, give_up_ns, #condition, __FILE__, __LINE__);    \
    } while (0)

void turn_or_fail(struct reactor_loop *loop, int64_t give_up_ns,
                  const char *condition, const char *file, int line);

#define await_closed(talk)                                                     \
    await_that((talk)->loop, (talk)->calls[TALK_CLOSED] > 0)

/* It was closed once, for that reason. */
#define assert_closed(talk, wanted_reason, wanted_error)                       \
    do {                                                                       \
        assert_int_equal((talk)->calls[TALK_CLOSED], 1);                       \
        assert_int_equal((talk)->reason, wanted_reason);                       \
        assert_int_equal((talk)->error, wanted_error);                         \
    } while (0)

/* The other end of a pair, without a session: by the system's own calls. */
void send_text(reactor_handle handle, const char *text);

/* Reads so many bytes, while the loop turns; a zero is put behind them. */
void await_text(struct reactor_loop *loop, reactor_handle handle, char *text,
                size_t size);

#endif /* SUPPORT_TALKS_H */
