/* SPDX-License-Identifier: MIT */
/*
 * Eight threads post messages to sessions, while the system takes and gives
 * bytes one by one, or as it happens: none is lost, none comes twice, none is
 * torn, and those of each thread stay in their order.
 */
#include "support/claim.h"
#include "support/fault.h"
#include "support/scale.h"
#include "support/talks.h"
#include "support/thread.h"

#include <stdatomic.h>
#include <string.h>

#define THREADS  8
#define SESSIONS 3
#define SLOTS    16 /* messages that a thread has under way */

#define HEAD_SIZE 8
#define BODY_MAX  40

/* ---- Messages ---- */

struct message {
    struct reactor_post post;
    struct producer *producer;
    _Atomic bool is_free;
    uint32_t number;
    struct message *next; /* of those that wait to be written */
};

struct producer {
    struct exchange *exchange;
    unsigned thread;
    struct message messages[SLOTS];
};

/* One side writes, the other reads. */
struct line {
    struct exchange *exchange;
    uint64_t id; /* of the session that writes */
    struct message *first;
    struct message *last;
    uint32_t wanted[THREADS]; /* the number that comes next */
    unsigned arrived;
};

struct exchange {
    struct reactor_loop *loop;
    unsigned messages; /* of each thread to each session */
    struct producer producers[THREADS];
    struct line lines[SESSIONS];
    unsigned arrived;
    unsigned refusals;
    bool has_failed;
};

static size_t body_size(unsigned thread, uint32_t number)
{
    return (number * 7 + thread * 13) % BODY_MAX;
}

static unsigned char body_byte(unsigned thread, uint32_t number, size_t i)
{
    return (unsigned char)(thread * 101 + number * 31 + i * 7);
}

/* Its size. */
static size_t compose(unsigned thread, uint32_t number, unsigned char *out)
{
    size_t size = body_size(thread, number);
    size_t i;

    memset(out, 0, HEAD_SIZE);
    out[0] = (unsigned char)thread;
    memcpy(out + 4, &number, sizeof(number));
    for (i = 0; i < size; i++)
        out[HEAD_SIZE + i] = body_byte(thread, number, i);
    return HEAD_SIZE + size;
}

/* ---- Those who write ---- */

static struct line *line_of(const struct message *message)
{
    return &message->producer->exchange->lines[message->number % SESSIONS];
}

static int write_message(const struct message *message)
{
    struct line *line = line_of(message);
    unsigned char bytes[HEAD_SIZE + BODY_MAX];
    size_t size =
        compose(message->producer->thread, message->number / SESSIONS, bytes);

    return reactor_session_write(
        reactor_session_find(line->exchange->loop, line->id), bytes, size);
}

/* As far as there is room. */
static void write_waiting(struct line *line)
{
    int error = 0;

    while (line->first != NULL && error == 0) {
        struct message *message = line->first;

        error = write_message(message);
        if (error == -EAGAIN) {
            line->exchange->refusals++;
            return;
        }
        line->exchange->has_failed |= error != 0;
        line->first = message->next;
        atomic_store(&message->is_free, true);
    }
}

static void on_message(void *user_data)
{
    struct message *message = user_data;
    struct line *line = line_of(message);
    bool is_first = line->first == NULL;

    message->next = NULL;
    if (is_first)
        line->first = message;
    else
        line->last->next = message;
    line->last = message;
    if (is_first)
        write_waiting(line);
}

static void on_drained(void *user_data, struct reactor_session *session)
{
    (void)session;
    write_waiting(user_data);
}

static int produce(void *context)
{
    struct producer *producer = context;
    uint32_t count = producer->exchange->messages * SESSIONS;
    uint32_t number;

    for (number = 0; number < count; number++) {
        struct message *message = &producer->messages[number % SLOTS];
        int error;

        while (!atomic_load(&message->is_free))
            thread_yield();
        atomic_store(&message->is_free, false);
        message->number = number;
        error = reactor_post_send(&message->post);
        if (error != 0)
            return error;
    }
    return 0;
}

/* ---- Those who read ---- */

/* The size of the message that is at the front: 0 if it is not whole yet. */
static size_t check_message(struct line *line, const unsigned char *bytes,
                            size_t size)
{
    unsigned char wanted[HEAD_SIZE + BODY_MAX];
    size_t wanted_size;

    if (size == 0)
        return 0;
    if (bytes[0] >= THREADS) {
        line->exchange->has_failed = true;
        return 0;
    }
    wanted_size = compose(bytes[0], line->wanted[bytes[0]], wanted);
    if (memcmp(bytes, wanted, size < wanted_size ? size : wanted_size) != 0)
        line->exchange->has_failed = true;
    if (size < wanted_size)
        return 0;
    line->wanted[bytes[0]]++;
    line->exchange->arrived++;
    return wanted_size;
}

static size_t on_data(void *user_data, struct reactor_session *session,
                      const void *bytes, size_t size)
{
    struct line *line = user_data;
    size_t consumed = 0, step;

    (void)session;
    do {
        step = check_message(line, (const unsigned char *)bytes + consumed,
                             size - consumed);
        consumed += step;
    } while (step > 0);
    return consumed;
}

/* ---- All together ---- */

static void open_line(struct exchange *exchange, struct line *line)
{
    struct reactor_session_options options = REACTOR_SESSION_OPTIONS_INIT;
    struct reactor_session *session;
    struct pair pair = stream_pair();

    *line = (struct line){.exchange = exchange};
    options.drained = on_drained;
    options.data = on_data;
    options.high = 300;
    assert_ok(reactor_session_open(&session, exchange->loop, pair.mine,
                                   &options, line));
    line->id = reactor_session_id(session);
    assert_ok(
        reactor_session_open(NULL, exchange->loop, pair.peer, &options, line));
}

static void prepare_producer(struct exchange *exchange, unsigned thread)
{
    struct producer *producer = &exchange->producers[thread];
    unsigned i;

    producer->exchange = exchange;
    producer->thread = thread;
    for (i = 0; i < SLOTS; i++) {
        struct message *message = &producer->messages[i];

        message->producer = producer;
        atomic_store(&message->is_free, true);
        reactor_post_init(&message->post, exchange->loop, on_message, message);
    }
}

/* How often there was no room. */
static unsigned post_from_all_threads(unsigned messages)
{
    static struct exchange exchange;
    struct thread *threads[THREADS];
    unsigned i, line;

    memset(&exchange, 0, sizeof(exchange));
    exchange.loop = open_loop();
    exchange.messages = messages;
    for (i = 0; i < SESSIONS; i++)
        open_line(&exchange, &exchange.lines[i]);
    for (i = 0; i < THREADS; i++)
        prepare_producer(&exchange, i);
    for (i = 0; i < THREADS; i++)
        threads[i] = thread_start(produce, &exchange.producers[i]);
    while (!exchange.has_failed &&
           exchange.arrived < messages * SESSIONS * THREADS)
        assert_true(reactor_loop_turn(exchange.loop, PATIENCE_NS) > 0);
    assert_false(exchange.has_failed);
    for (i = 0; i < THREADS; i++)
        assert_ok(thread_join(threads[i]));
    for (line = 0; line < SESSIONS; line++)
        for (i = 0; i < THREADS; i++)
            assert_int_equal(exchange.lines[line].wanted[i], messages);
    reactor_loop_close(exchange.loop);
    return exchange.refusals;
}

/* ---- What the system does ---- */

static int one_by_one(enum fault_call call)
{
    return fault_transfer_of(call) == FAULT_TRANSFER_OUT ? FAULT_SHORT : 0;
}

/* Until there was no room once: threads that take turns may leave some. */
static void bytes_go_one_by_one(void **state)
{
    int64_t give_up_ns = reactor_now_ns() + PATIENCE_NS;

    (void)state;
    fault_reset();
    fault_choose = one_by_one;
    while (post_from_all_threads(scaled(20, 5000)) == 0)
        assert_true(reactor_now_ns() < give_up_ns);
    fault_choose = NULL;
}

static int one_byte_in(enum fault_call call)
{
    return fault_transfer_of(call) == FAULT_TRANSFER_IN ? FAULT_SHORT : 0;
}

static void bytes_come_one_by_one(void **state)
{
    (void)state;
    fault_reset();
    fault_choose = one_byte_in;
    (void)post_from_all_threads(scaled(20, 5000));
    fault_choose = NULL;
}

/* Any thread may ask; transfers are the loop's. */
static int as_it_happens(enum fault_call call)
{
    static uint64_t random = 1;
    unsigned kind;

    if (fault_transfer_of(call) == FAULT_NO_TRANSFER)
        return 0;
    random = random * UINT64_C(6364136223846793005) + 1;
    kind = (unsigned)(random >> 60);
    if (kind < fault_passing_error_count)
        return fault_passing_errors[kind];
    return kind < 10 ? FAULT_SHORT : 0;
}

static void it_is_as_it_happens(void **state)
{
    (void)state;
    fault_reset();
    fault_choose = as_it_happens;
    (void)post_from_all_threads(scaled(100, 20000));
    fault_choose = NULL;
}

static void nothing_is_in_the_way(void **state)
{
    (void)state;
    fault_reset();
    (void)post_from_all_threads(scaled(3000, 100000));
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(nothing_is_in_the_way),
        CLAIM_WITHOUT_REACTOR(bytes_go_one_by_one),
        CLAIM_WITHOUT_REACTOR(bytes_come_one_by_one),
        CLAIM_WITHOUT_REACTOR(it_is_as_it_happens),
    };

    return run_claims(claims);
}
