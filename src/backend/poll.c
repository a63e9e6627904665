/* SPDX-License-Identifier: MIT */
/*
 * poll(2): any POSIX system. What it does, and what follows from it:
 *
 * (a) It has no memory: every call is handed the whole list, and costs time in
 *     proportion to it. The waiting thread keeps a list of its own and brings
 *     it up to date when something has changed.
 * (b) A poll() that is running keeps a reference to every file in its list: a
 *     close(2) in another thread takes effect for the peer only when that
 *     poll() returns. So every change makes the waiting thread pass, and remove
 *     waits until it has.
 * (c) It takes anything: files are always ready, a closed descriptor answers
 *     POLLNVAL for ever. Both are found by us: fstat(2) when registering, and
 *     silence after a POLLNVAL.
 * (d) A negative descriptor is passed over: a silent registration is left out.
 * (e) There is no edge, and nothing like it can be built from it.
 * (f) ppoll(2) takes nanoseconds; with poll(2) it is milliseconds, rounded up.
 */
#include "backend/backend.h"
#include "backend/passage.h"
#include "backend/poll_events.h"
#include "backend/wake_flag.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <time.h>

const char ri_backend_name[] = "poll";
const uint32_t ri_backend_supported_interest =
    RI_INTEREST_READINESS | REACTOR_ONESHOT; /* fact (e) */

/* What poll() is handed; the doorbell comes first. One block of memory. */
struct poll_list {
    struct ri_token *tokens; /* whose descriptors they are */
    uint32_t capacity;
    uint32_t count;
    struct pollfd polls[];
};

struct ri_backend {
    struct ri_sources *sources;
    struct ri_doorbell doorbell;
    struct poll_list *list;
    struct poll_list *larger;  /* takes over from `list`; NULL: no need */
    uint32_t changes;          /* those that the list contains */
    uint32_t last;             /* the place that was reported last */
    struct ri_passage passage; /* through poll() */
    struct ri_wake_flag wake;
};

/* ---- The list: fact (a) ---- */

static struct poll_list *allocate_list(uint32_t capacity)
{
    struct poll_list *list;
    size_t each = sizeof(list->polls[0]) + sizeof(list->tokens[0]);

    if (capacity > (SIZE_MAX - sizeof(*list)) / each)
        return NULL;
    list = ri_allocate(sizeof(*list) + capacity * each);
    if (list == NULL)
        return NULL;
    list->tokens = (void *)&list->polls[capacity];
    list->capacity = capacity;
    list->count = 0;
    return list;
}

/* Room for one registration more, and the doorbell. */
static int reserve(struct ri_backend *backend)
{
    struct poll_list *newest =
        backend->larger != NULL ? backend->larger : backend->list;
    uint32_t needed = ri_sources_registered(backend->sources) + 2;
    struct poll_list *list;

    if (needed <= newest->capacity)
        return 0;
    list = allocate_list(needed + needed / 4);
    if (list == NULL)
        return -ENOMEM;
    ri_release(backend->larger);
    backend->larger = list;
    return 0;
}

static void append(struct poll_list *list, reactor_handle handle, short events,
                   struct ri_token token)
{
    assert(list->count < list->capacity);
    list->polls[list->count].fd = handle;
    list->polls[list->count].events = events;
    list->tokens[list->count] = token;
    list->count++;
}

static void update_list(struct ri_backend *backend)
{
    struct ri_source *source;
    uint32_t index = 0;

    if (backend->changes == ri_sources_changes(backend->sources))
        return;
    if (backend->larger != NULL) {
        ri_release(backend->list);
        backend->list = backend->larger;
        backend->larger = NULL;
    }
    backend->list->count = 0;
    append(backend->list, backend->doorbell.listen, POLLIN, RI_TOKEN_NOBODYS);
    for (; (source = ri_sources_next(backend->sources, &index)); index++) {
        struct ri_registration wanted =
            ri_sources_registration(backend->sources, index);
        short events = (short)ri_poll_events_of(wanted.interest);

        if (events != 0 && !ri_source_is_disarmed(source)) /* fact (d) */
            append(backend->list, wanted.handle, events, ri_token_of(&wanted));
    }
    backend->changes = ri_sources_changes(backend->sources);
}

static void outdate_list(struct ri_backend *backend)
{
    backend->changes = ri_sources_changes(backend->sources) - 1;
}

/* ---- Open, close, fork ---- */

int ri_backend_open(struct ri_backend **out, struct ri_sources *sources)
{
    struct ri_backend *backend = ri_allocate(sizeof(*backend));
    int error = -ENOMEM;

    if (backend == NULL)
        return error;
    backend->sources = sources;
    backend->larger = NULL;
    backend->last = 0;
    ri_wake_flag_init(&backend->wake);
    backend->list = allocate_list(8);
    if (backend->list == NULL)
        goto release_backend;
    error = ri_passage_init(&backend->passage);
    if (error != 0)
        goto release_list;
    error = ri_doorbell_open(&backend->doorbell);
    if (error != 0)
        goto destroy_passage;
    outdate_list(backend);
    *out = backend;
    return 0;

destroy_passage:
    ri_passage_destroy(&backend->passage);
release_list:
    ri_release(backend->list);
release_backend:
    ri_release(backend);
    return error;
}

void ri_backend_close(struct ri_backend *backend, bool inherited)
{
    ri_doorbell_close(&backend->doorbell);
    if (!inherited) /* else those who waited for it did not come along */
        ri_passage_destroy(&backend->passage);
    ri_release(backend->larger);
    ri_release(backend->list);
    ri_release(backend);
}

reactor_handle ri_backend_handle(const struct ri_backend *backend)
{
    (void)backend;
    return REACTOR_INVALID_HANDLE;
}

int ri_backend_after_fork(struct ri_backend *backend)
{
    struct ri_doorbell doorbell;
    int error = ri_doorbell_open(&doorbell);

    if (error != 0)
        return error;
    error = ri_passage_init(&backend->passage);
    if (error != 0) {
        ri_doorbell_close(&doorbell);
        return error;
    }
    ri_doorbell_close(&backend->doorbell);
    backend->doorbell = doorbell;
    ri_wake_flag_lower(&backend->wake);
    outdate_list(backend);
    return 0;
}

/* ---- Changes ---- */

/* Makes the waiting thread pass: fact (b). */
static int interrupt(struct ri_backend *backend)
{
    return backend->passage.is_taken ? ri_doorbell_ring(&backend->doorbell) : 0;
}

static uint32_t *identity_at(struct ri_backend *backend, uint32_t index)
{
    return &ri_sources_at(backend->sources, index)->backend.identity;
}

int ri_backend_add(struct ri_backend *backend,
                   const struct ri_registration *wanted,
                   const struct ri_registration *replaced)
{
    uint32_t identity;
    int error = ri_handle_inspect(wanted->handle, &identity);

    if (error != 0)
        return error;
    if (wanted->handle == backend->doorbell.listen ||
        wanted->handle == backend->doorbell.button)
        return -EINVAL;
    if (replaced != NULL && *identity_at(backend, replaced->index) == identity)
        return -EEXIST;
    error = reserve(backend);
    if (error != 0)
        return error;
    error = interrupt(backend);
    if (error == 0)
        *identity_at(backend, wanted->index) = identity;
    return error;
}

int ri_backend_modify(struct ri_backend *backend,
                      const struct ri_registration *wanted)
{
    uint32_t identity;
    int error = ri_handle_inspect(wanted->handle, &identity);

    if (error == 0 && *identity_at(backend, wanted->index) == identity)
        return interrupt(backend);
    return error == 0 || error == -EPERM ? -ENOENT : error;
}

void ri_backend_remove(struct ri_backend *backend,
                       const struct ri_registration *retired)
{
    (void)retired; /* the list is brought up to date by its thread */
    if (interrupt(backend) == 0)
        ri_passage_await(&backend->passage, &backend->sources->lock);
}

/* ---- Wait ---- */

static int poll_list(struct poll_list *list, int64_t timeout_ns)
{
#ifdef RI_HAVE_PPOLL
    struct timespec timeout = {.tv_sec = (time_t)(timeout_ns / RI_NS_PER_S),
                               .tv_nsec = (long)(timeout_ns % RI_NS_PER_S)};

    return ppoll(list->polls, list->count, timeout_ns < 0 ? NULL : &timeout,
                 NULL);
#else
    int64_t timeout_ms = (timeout_ns + RI_NS_PER_MS - 1) / RI_NS_PER_MS;

    return poll(list->polls, list->count,
                timeout_ns < 0 ? -1 : (int)timeout_ms); /* fact (f) */
#endif
}

/*
 * The doorbell is silenced before the flag is taken: who raises the flag in
 * between rings after it, and is heard again. Without the flag it was a change
 * that rang.
 */
static bool translate_doorbell(struct ri_backend *backend,
                               struct reactor_event *out)
{
    (void)ri_doorbell_silence(&backend->doorbell); /* else it is heard again */
    return ri_wake_flag_deliver(&backend->wake, out);
}

static bool translate(struct ri_backend *backend, uint32_t position,
                      struct reactor_event *out)
{
    struct pollfd *polled = &backend->list->polls[position];
    struct ri_token token = backend->list->tokens[position];
    struct ri_source *source;
    uint32_t interest;

    if (ri_token_is_nobodys(token))
        return translate_doorbell(backend, out);
    source = ri_sources_find(backend->sources, token);
    if (!ri_source_read(source, token.generation, out, &interest))
        return false;
    out->readiness = ri_poll_readiness_of((uint32_t)polled->revents, interest);
    if (polled->revents & POLLNVAL)
        source->backend.identity = RI_IDENTITY_NONE;
    if ((polled->revents & POLLNVAL) || (interest & REACTOR_ONESHOT)) {
        ri_source_disarm(source, token.generation); /* fact (c) */
        polled->fd = -1;
    }
    return out->readiness != 0;
}

/*
 * The list is in the order of places. Unlike positions, they stay when
 * something before them comes or goes.
 */
static uint32_t position_behind(const struct poll_list *list, uint32_t place)
{
    uint32_t low = 0;
    uint32_t high = list->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (ri_place_of(list->tokens[middle]) > place)
            high = middle;
        else
            low = middle + 1;
    }
    return low < list->count ? low : 0;
}

/* Starts behind the last one reported, so that small batches stay fair. */
static int translate_all(struct ri_backend *backend, int ready,
                         struct reactor_event *events, int capacity)
{
    uint32_t count = backend->list->count;
    uint32_t first = position_behind(backend->list, backend->last);
    int filled = 0;
    uint32_t i;

    for (i = 0; i < count && ready > 0 && filled < capacity; i++) {
        uint32_t position = (first + i) % count;

        if (backend->list->polls[position].revents == 0)
            continue;
        ready--;
        if (translate(backend, position, &events[filled])) {
            filled++;
            backend->last = ri_place_of(backend->list->tokens[position]);
        }
    }
    return filled;
}

int ri_backend_wait(struct ri_backend *backend, struct reactor_event *events,
                    int capacity, int64_t timeout_ns)
{
    int ready;
    int filled = 0;

    ri_mutex_lock(&backend->sources->lock);
    update_list(backend);
    ri_passage_enter(&backend->passage);
    ri_mutex_unlock(&backend->sources->lock);

    ready = poll_list(backend->list, timeout_ns);
    if (ready < 0)
        ready = -errno;

    ri_mutex_lock(&backend->sources->lock);
    ri_passage_leave(&backend->passage);
    if (ready > 0)
        filled = translate_all(backend, ready, events, capacity);
    ri_mutex_unlock(&backend->sources->lock);
    if (ready > 0 && filled == 0)
        return -EINTR;
    return ready < 0 ? ready : filled;
}

int ri_backend_wake(struct ri_backend *backend)
{
    int error;

    if (!ri_wake_flag_raise(&backend->wake))
        return 0;
    error = ri_doorbell_ring(&backend->doorbell);
    if (error != 0)
        ri_wake_flag_lower(&backend->wake);
    return error;
}
