/* SPDX-License-Identifier: MIT */
/*
 * A transfer in both directions at once, from one session to another, as fast
 * as the line is: what arrives is what was sent. scripts/net_lossy.sh runs this
 * over a line that is slow and loses packets; LIBREACTOR_TRANSFER_KIB says how
 * much goes each way.
 */
#include "support/doors.h"
#include "support/scale.h"

#include <stdlib.h>
#include <string.h>

/* In all; on a line that is slow, too. */
#define DEADLINE_NS (10 * PATIENCE_NS)

#define PART 3000 /* of what is written at once */

/* One end: what it has written and read, and a sum of it each. */
struct end {
    struct talk talk;
    uint64_t state; /* of the bytes to be written */
    uint64_t size;
    uint64_t written;
    uint64_t read;
    uint64_t sum_written;
    uint64_t sum_read;
    unsigned refusals;
};

/* FNV-1a (Fowler, Noll, Vo). */
static uint64_t add_up(uint64_t sum, const unsigned char *bytes, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++)
        sum = (sum ^ bytes[i]) * UINT64_C(0x100000001b3);
    return sum;
}

static uint64_t make_bytes(uint64_t state, unsigned char *out, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++) {
        state = state * UINT64_C(6364136223846793005) + 1;
        out[i] = (unsigned char)(state >> 56);
    }
    return state;
}

/* Until there is no room, or all is written. */
static void write_on(struct end *end)
{
    unsigned char bytes[PART];

    while (end->written < end->size) {
        uint64_t left = end->size - end->written;
        size_t size = left < PART ? (size_t)left : PART;
        uint64_t next = make_bytes(end->state, bytes, size);
        int error = reactor_session_write(end->talk.session, bytes, size);

        if (error == -EAGAIN) {
            end->refusals++;
            return;
        }
        assert_ok(error);
        end->state = next;
        end->written += size;
        end->sum_written = add_up(end->sum_written, bytes, size);
    }
    assert_ok(reactor_session_finish(end->talk.session));
}

static void on_connected(void *user_data, struct reactor_session *session)
{
    (void)session;
    write_on(user_data);
}

static void on_drained(void *user_data, struct reactor_session *session)
{
    (void)session;
    write_on(user_data);
}

static size_t on_data(void *user_data, struct reactor_session *session,
                      const void *bytes, size_t size)
{
    struct end *end = user_data;

    (void)session;
    end->read += size;
    end->sum_read = add_up(end->sum_read, bytes, size);
    return size;
}

static struct reactor_session_options end_options(void)
{
    struct reactor_session_options options = talk_options();

    options.connected = on_connected;
    options.drained = on_drained;
    options.data = on_data;
    return options;
}

static void open_end(struct end *end, struct reactor_loop *loop, uint64_t seed,
                     uint64_t size)
{
    *end = (struct end){.state = seed, .size = size};
    end->talk.loop = loop;
}

static void let_in(struct door *door)
{
    const struct reactor_session_options options = end_options();
    struct end *end = door->context;

    assert_ok(reactor_session_open(&end->talk.session, door->loop,
                                   door->guests[--door->count], &options, end));
    write_on(end);
}

static uint64_t size_of_transfer(void)
{
    const char *kib = getenv("LIBREACTOR_TRANSFER_KIB");

    return UINT64_C(1024) *
           (kib != NULL ? strtoull(kib, NULL, 10) : scaled(8192, 262144));
}

static void what_arrives_is_what_was_sent(void **state)
{
    const struct reactor_session_options options = end_options();
    struct reactor_loop *loop = open_loop();
    int64_t give_up_ns = reactor_now_ns() + DEADLINE_NS;
    uint64_t size = size_of_transfer();
    struct end host, guest;
    struct door door;

    (void)state;
    open_end(&host, loop, 1, size);
    open_end(&guest, loop, 2, size);
    door_open(&door, loop, NULL);
    door.then = let_in;
    door.context = &host;
    assert_ok(reactor_session_connect(&guest.talk.session, loop, &door.address,
                                      1, DEADLINE_NS, &options, &guest));
    while (host.talk.calls[TALK_CLOSED] + guest.talk.calls[TALK_CLOSED] < 2)
        turn_or_fail(loop, give_up_ns, "both to have ended", __FILE__,
                     __LINE__);
    assert_closed(&host.talk, REACTOR_CLOSED_FINISHED, 0);
    assert_closed(&guest.talk, REACTOR_CLOSED_FINISHED, 0);
    assert_true(host.read == size && guest.read == size);
    assert_true(host.sum_read == guest.sum_written);
    assert_true(guest.sum_read == host.sum_written);
    door_close(&door);
    reactor_loop_close(loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(what_arrives_is_what_was_sent),
    };

    return run_claims(claims);
}
