/* SPDX-License-Identifier: MIT */
/* net.h without a loop: see src/backend/stub.c. */
#include <reactor/net.h>

#include <errno.h>
#include <stdbool.h>

static int refuse(bool arguments_are_valid)
{
    return arguments_are_valid ? -ENOSYS : -EINVAL;
}

int reactor_address_parse(struct reactor_address *out, const char *text)
{
    return refuse(out != NULL && text != NULL);
}

/* It is as in the header. NOLINTNEXTLINE(readability-non-const-parameter) */
int reactor_address_format(const struct reactor_address *address, char *text,
                           size_t capacity)
{
    (void)capacity;
    return refuse(address != NULL && text != NULL);
}

int reactor_address_from_native(struct reactor_address *out, const void *native,
                                size_t size)
{
    (void)size;
    return refuse(out != NULL && native != NULL);
}

const void *reactor_address_native(const struct reactor_address *address,
                                   size_t *size)
{
    (void)address;
    if (size != NULL)
        *size = 0;
    return NULL;
}

enum reactor_family
reactor_address_family(const struct reactor_address *address)
{
    (void)address;
    return REACTOR_FAMILY_NONE;
}

int reactor_address_port(const struct reactor_address *address)
{
    (void)address;
    return -EAFNOSUPPORT;
}

int reactor_address_set_port(struct reactor_address *address, int port)
{
    (void)port;
    return refuse(address != NULL);
}

int reactor_address_is_equal(const struct reactor_address *a,
                             const struct reactor_address *b)
{
    (void)a;
    (void)b;
    return 1; /* all are empty */
}

int reactor_address_of(reactor_handle handle, struct reactor_address *out)
{
    (void)handle;
    return refuse(out != NULL);
}

void reactor_handle_close(reactor_handle handle)
{
    (void)handle;
}

int reactor_address_of_peer(reactor_handle handle, struct reactor_address *out)
{
    (void)handle;
    return refuse(out != NULL);
}

void reactor_lookup_init(struct reactor_lookup *lookup,
                         struct reactor_loop *loop, reactor_lookup_fn *function,
                         void *user_data)
{
    (void)lookup;
    (void)loop;
    (void)function;
    (void)user_data;
}

int reactor_lookup_start(struct reactor_lookup *lookup,
                         struct reactor_pool *pool, const char *host, int port,
                         int64_t timeout_ns)
{
    (void)pool;
    (void)port;
    (void)timeout_ns;
    return refuse(lookup != NULL && host != NULL);
}

void reactor_lookup_stop(struct reactor_lookup *lookup)
{
    (void)lookup;
}

void reactor_listener_init(struct reactor_listener *listener,
                           struct reactor_loop *loop,
                           reactor_accept_fn *function, void *user_data)
{
    (void)listener;
    (void)loop;
    (void)function;
    (void)user_data;
}

int reactor_listener_start(struct reactor_listener *listener,
                           const struct reactor_address *address,
                           const struct reactor_listener_options *options)
{
    (void)options;
    return refuse(listener != NULL && address != NULL);
}

int reactor_listener_start_handle(
    struct reactor_listener *listener, reactor_handle handle,
    const struct reactor_listener_options *options)
{
    (void)handle;
    (void)options;
    return refuse(listener != NULL);
}

void reactor_listener_stop(struct reactor_listener *listener)
{
    (void)listener;
}

reactor_handle reactor_listener_hand_over(struct reactor_listener *listener)
{
    (void)listener;
    return REACTOR_INVALID_HANDLE;
}

int reactor_listener_pause(struct reactor_listener *listener)
{
    return refuse(listener != NULL);
}

int reactor_listener_resume(struct reactor_listener *listener)
{
    return refuse(listener != NULL);
}

void reactor_listener_release(struct reactor_listener *listener)
{
    (void)listener;
}

int reactor_listener_address(const struct reactor_listener *listener,
                             struct reactor_address *out)
{
    return refuse(listener != NULL && out != NULL);
}

uint32_t reactor_listener_count(const struct reactor_listener *listener)
{
    (void)listener;
    return 0;
}

reactor_handle reactor_listener_handle(const struct reactor_listener *listener)
{
    (void)listener;
    return REACTOR_INVALID_HANDLE;
}

void reactor_connector_init(struct reactor_connector *connector,
                            struct reactor_loop *loop,
                            reactor_connect_fn *function, void *user_data)
{
    (void)connector;
    (void)loop;
    (void)function;
    (void)user_data;
}

int reactor_connector_start(struct reactor_connector *connector,
                            const struct reactor_address *addresses,
                            size_t count, int64_t timeout_ns)
{
    (void)count;
    (void)timeout_ns;
    return refuse(connector != NULL && addresses != NULL);
}

int reactor_connector_start_host(struct reactor_connector *connector,
                                 struct reactor_pool *pool, const char *host,
                                 int port, int64_t timeout_ns)
{
    (void)pool;
    (void)port;
    (void)timeout_ns;
    return refuse(connector != NULL && host != NULL);
}

void reactor_connector_stop(struct reactor_connector *connector)
{
    (void)connector;
}

int reactor_session_open(struct reactor_session **out,
                         struct reactor_loop *loop, reactor_handle handle,
                         const struct reactor_session_options *options,
                         void *user_data)
{
    (void)out;
    (void)handle;
    (void)options;
    (void)user_data;
    return refuse(loop != NULL);
}

int reactor_session_connect(struct reactor_session **out,
                            struct reactor_loop *loop,
                            const struct reactor_address *addresses,
                            size_t count, int64_t timeout_ns,
                            const struct reactor_session_options *options,
                            void *user_data)
{
    (void)out;
    (void)count;
    (void)timeout_ns;
    (void)options;
    (void)user_data;
    return refuse(loop != NULL && addresses != NULL);
}

int reactor_session_connect_host(struct reactor_session **out,
                                 struct reactor_loop *loop,
                                 struct reactor_pool *pool, const char *host,
                                 int port, int64_t timeout_ns,
                                 const struct reactor_session_options *options,
                                 void *user_data)
{
    (void)out;
    (void)pool;
    (void)port;
    (void)timeout_ns;
    (void)options;
    (void)user_data;
    return refuse(loop != NULL && host != NULL);
}

int reactor_session_write(struct reactor_session *session, const void *bytes,
                          size_t size)
{
    return refuse(session != NULL && (bytes != NULL || size == 0));
}

int reactor_session_write_pieces(struct reactor_session *session,
                                 const struct reactor_piece *pieces, int count)
{
    return refuse(session != NULL && (pieces != NULL || count == 0));
}

size_t reactor_session_waiting(const struct reactor_session *session)
{
    (void)session;
    return 0;
}

int reactor_session_pause(struct reactor_session *session)
{
    return refuse(session != NULL);
}

int reactor_session_resume(struct reactor_session *session)
{
    return refuse(session != NULL);
}

const void *reactor_session_unread(const struct reactor_session *session,
                                   size_t *size)
{
    (void)session;
    if (size != NULL)
        *size = 0;
    return NULL;
}

int reactor_session_finish(struct reactor_session *session)
{
    return refuse(session != NULL);
}

void reactor_session_close(struct reactor_session *session, int64_t linger_ns)
{
    (void)session;
    (void)linger_ns;
}

void reactor_session_close_all(struct reactor_loop *loop, int64_t linger_ns)
{
    (void)loop;
    (void)linger_ns;
}

void reactor_session_abort(struct reactor_session *session)
{
    (void)session;
}

/* They are as in the header. NOLINTBEGIN(readability-non-const-parameter) */
int reactor_session_hand_over(struct reactor_session *session,
                              reactor_handle *out, void *bytes, size_t capacity,
                              size_t *size)
/* NOLINTEND(readability-non-const-parameter) */
{
    (void)bytes;
    (void)capacity;
    (void)size;
    return refuse(session != NULL && out != NULL);
}

int reactor_session_set_options(struct reactor_session *session,
                                const struct reactor_session_options *options,
                                void *user_data)
{
    (void)user_data;
    return refuse(session != NULL && options != NULL);
}

void *reactor_session_user_data(const struct reactor_session *session)
{
    (void)session;
    return NULL;
}

reactor_handle reactor_session_handle(const struct reactor_session *session)
{
    (void)session;
    return REACTOR_INVALID_HANDLE;
}

uint64_t reactor_session_id(const struct reactor_session *session)
{
    (void)session;
    return 0;
}

struct reactor_session *reactor_session_find(struct reactor_loop *loop,
                                             uint64_t id)
{
    (void)loop;
    (void)id;
    return NULL;
}

int reactor_session_numbers(const struct reactor_session *session,
                            struct reactor_session_numbers *out)
{
    return refuse(session != NULL && out != NULL);
}

size_t reactor_session_count(struct reactor_loop *loop)
{
    (void)loop;
    return 0;
}

int reactor_datagram_open(struct reactor_datagram **out,
                          struct reactor_loop *loop,
                          const struct reactor_address *local,
                          const struct reactor_address *peer,
                          const struct reactor_datagram_options *options,
                          void *user_data)
{
    (void)local;
    (void)peer;
    (void)options;
    (void)user_data;
    return refuse(out != NULL && loop != NULL);
}

int reactor_datagram_send(struct reactor_datagram *datagram,
                          const struct reactor_address *peer, const void *bytes,
                          size_t size)
{
    (void)peer;
    return refuse(datagram != NULL && (bytes != NULL || size == 0));
}

int reactor_datagram_pause(struct reactor_datagram *datagram)
{
    return refuse(datagram != NULL);
}

int reactor_datagram_resume(struct reactor_datagram *datagram)
{
    return refuse(datagram != NULL);
}

void reactor_datagram_close(struct reactor_datagram *datagram)
{
    (void)datagram;
}

reactor_handle reactor_datagram_handle(const struct reactor_datagram *datagram)
{
    (void)datagram;
    return REACTOR_INVALID_HANDLE;
}

size_t reactor_datagram_waiting(const struct reactor_datagram *datagram)
{
    (void)datagram;
    return 0;
}
