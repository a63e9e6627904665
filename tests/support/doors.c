/* SPDX-License-Identifier: MIT */
#include "support/doors.h"

#include <string.h>

/* ---- Listeners ---- */

void door_let_in(void *user_data, reactor_handle handle,
                 const struct reactor_address *peer)
{
    struct door *door = user_data;

    assert_non_null(peer);
    if (door->count < GUESTS_MAX)
        door->guests[door->count] = handle;
    else
        close_handle(handle);
    door->count++;
    if (door->then != NULL)
        door->then(door);
}

void door_tell(void *user_data, int error)
{
    struct door *door = user_data;

    assert_true(door->told_count < TOLD_MAX);
    door->told[door->told_count++] = error;
    if (door->then_told != NULL)
        door->then_told(door);
}

struct reactor_listener_options door_options(void)
{
    struct reactor_listener_options options = REACTOR_LISTENER_OPTIONS_INIT;

    options.told = door_tell;
    return options;
}

void door_open_at(struct door *door, struct reactor_loop *loop,
                  const char *address,
                  const struct reactor_listener_options *options)
{
    struct reactor_address at = address_from(address);

    memset(door, 0, sizeof(*door));
    door->loop = loop;
    reactor_listener_init(&door->listener, loop, door_let_in, door);
    assert_ok(reactor_listener_start(&door->listener, &at, options));
    assert_ok(reactor_listener_address(&door->listener, &door->address));
}

void door_open(struct door *door, struct reactor_loop *loop,
               const struct reactor_listener_options *options)
{
    door_open_at(door, loop, "127.0.0.1:0", options);
}

void door_close(struct door *door)
{
    unsigned i;

    reactor_listener_stop(&door->listener);
    for (i = 0; i < door->count && i < GUESTS_MAX; i++)
        close_handle(door->guests[i]);
}

void knock(const struct door *door, reactor_handle *clients, int count)
{
    const struct listener listener = {
        .port = (unsigned)reactor_address_port(&door->address)};
    int i;

    for (i = 0; i < count; i++)
        clients[i] = connect_to(&listener);
}

void leave(const reactor_handle *clients, int count)
{
    int i;

    for (i = 0; i < count; i++)
        close_handle(clients[i]);
}

/* ---- Addresses ---- */

struct reactor_address address_from(const char *text)
{
    struct reactor_address address;

    assert_ok(reactor_address_parse(&address, text));
    return address;
}

struct reactor_address local_address(int port)
{
    struct reactor_address address = address_from("127.0.0.1");

    assert_ok(reactor_address_set_port(&address, port));
    return address;
}

/* tcpmux (RFC 1078): no system hands it out, so no other test gets it. */
struct reactor_address deserted_address(void)
{
    return local_address(1);
}

/* ---- Connectors and look-ups ---- */

void on_over(void *user_data, int error, reactor_handle handle,
             const struct reactor_address *peer)
{
    struct errand *errand = user_data;

    errand->calls++;
    errand->error = error;
    errand->handle = handle;
    assert_int_equal(peer != NULL, error == 0);
    assert_int_equal(handle != REACTOR_INVALID_HANDLE, error == 0);
    if (peer != NULL)
        errand->peer = *peer;
    if (errand->then != NULL)
        errand->then(errand);
}

void on_found(void *user_data, int error,
              const struct reactor_address *addresses, size_t count)
{
    struct errand *errand = user_data;

    errand->calls++;
    errand->error = error;
    errand->found = count;
    assert_int_equal(count > 0, error == 0);
    if (count > 0)
        errand->first = addresses[0];
    if (errand->then != NULL)
        errand->then(errand);
}

/* ---- Datagrams ---- */

static void note(struct box *box, enum box_call call)
{
    if (box->then != NULL)
        box->then(box, call);
}

static void keep(struct box *box, const struct reactor_message *message)
{
    unsigned i = box->received++;

    if (i >= KEPT_MAX)
        return;
    box->sizes[i] = message->size;
    memcpy(box->first[i], message->bytes,
           message->size < 16 ? message->size : 16);
    box->truncated[i] = message->is_truncated != 0;
    box->from = *message->peer;
}

static void on_received(void *user_data, struct reactor_datagram *datagram,
                        const struct reactor_message *messages, size_t count)
{
    struct box *box = user_data;
    size_t i;

    assert_ptr_equal(datagram, box->datagram);
    assert_true(count > 0);
    box->calls++;
    if (count > box->most)
        box->most = count;
    for (i = 0; i < count; i++)
        keep(box, &messages[i]);
    note(box, BOX_RECEIVED);
}

static void on_failed(void *user_data, struct reactor_datagram *datagram,
                      int error, const struct reactor_address *peer)
{
    struct box *box = user_data;

    (void)datagram;
    box->failed++;
    box->error = error;
    box->knows_peer = peer != NULL;
    if (peer != NULL)
        box->peer = *peer;
    note(box, BOX_FAILED);
}

static void on_drained(void *user_data, struct reactor_datagram *datagram)
{
    struct box *box = user_data;

    (void)datagram;
    box->drained++;
    note(box, BOX_DRAINED);
}

static void on_closed(void *user_data, struct reactor_datagram *datagram)
{
    struct box *box = user_data;

    (void)datagram;
    box->closed++;
    box->datagram = NULL;
    note(box, BOX_CLOSED);
}

struct reactor_datagram_options box_options(void)
{
    struct reactor_datagram_options options = REACTOR_DATAGRAM_OPTIONS_INIT;

    options.received = on_received;
    options.failed = on_failed;
    options.drained = on_drained;
    options.closed = on_closed;
    return options;
}

void box_open(struct box *box, struct reactor_loop *loop, const char *local,
              const struct reactor_address *peer,
              const struct reactor_datagram_options *options)
{
    struct reactor_datagram_options usual = box_options();
    struct reactor_address address;

    memset(box, 0, sizeof(*box));
    box->loop = loop;
    if (local != NULL)
        address = address_from(local);
    assert_ok(reactor_datagram_open(&box->datagram, loop,
                                    local != NULL ? &address : NULL, peer,
                                    options != NULL ? options : &usual, box));
    assert_ok(reactor_address_of(reactor_datagram_handle(box->datagram),
                                 &box->address));
}

void box_send(const struct box *from, const struct box *to, const char *text)
{
    assert_ok(reactor_datagram_send(from->datagram, &to->address, text,
                                    strlen(text)));
}
