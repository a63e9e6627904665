/* SPDX-License-Identifier: MIT */
/* Knotes: how they come and go, and how they get into line. */
#include "shim.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

static const uint32_t edges[KINDS_OF_DESCRIPTORS] = {
    [KIND_READ] = EPOLLIN | EPOLLRDHUP | EPOLLET,
    [KIND_WRITE] = EPOLLOUT | EPOLLET,
#ifdef EVFILT_EXCEPT
    [KIND_EXCEPT] = EPOLLPRI | EPOLLET,
#endif
};

/* ---- The line ---- */

void shim_take_out(struct queue *queue, struct knote *knote)
{
    if (!knote->is_in_line)
        return;
    knote->newer->older = knote->older;
    knote->older->newer = knote->newer;
    knote->is_in_line = false;
    queue->in_line--;
}

void shim_put_last(struct queue *queue, struct knote *knote)
{
    knote->newer = &queue->line;
    knote->older = queue->line.older;
    knote->older->newer = knote;
    knote->newer->older = knote;
    knote->is_in_line = true;
    queue->in_line++;
}

void shim_notice(struct queue *queue, struct knote *knote)
{
    struct kevent found;

    if (!shim_look(knote, &found))
        return;
    knote->found = found;
    if (!knote->is_in_line)
        shim_put_last(queue, knote);
}

void shim_ring(struct queue *queue)
{
    bool should_ring = queue->in_line > 0 || queue->is_closed;
    eventfd_t count = 0;

    if (should_ring == queue->is_ringing)
        return;
    if (should_ring)
        (void)eventfd_write(queue->bell, 1);
    else
        (void)eventfd_read(queue->bell, &count);
    queue->is_ringing = should_ring;
}

/* ---- Knotes ---- */

struct knote *shim_find(const struct queue *queue, uintptr_t ident,
                        enum kind kind)
{
    struct knote *knote = queue->user_knotes;

    if (kind != KIND_USER)
        return ident < queue->row_count ? queue->rows[ident].knotes[kind]
                                        : NULL;
    while (knote != NULL && knote->asked.ident != ident)
        knote = knote->next;
    return knote;
}

static bool make_room(struct queue *queue, uintptr_t ident)
{
    size_t count = queue->row_count > 0 ? queue->row_count : 16;
    struct row *rows;

    if (ident < queue->row_count)
        return true;
    while (count <= ident)
        count *= 2;
    rows = realloc(queue->rows, count * sizeof(*rows));
    if (rows == NULL)
        return false;
    for (; queue->row_count < count; queue->row_count++)
        rows[queue->row_count] = (struct row){0};
    queue->rows = rows;
    return true;
}

/*
 * A disabled knote is out of its set, lest its edges make the queue readable.
 * An entry that was there already is left of a descriptor that was closed
 * unseen while its file lives on.
 */
static int watch(struct queue *queue, struct knote *knote)
{
    int set = queue->sets[knote->kind];
    int descriptor = (int)knote->asked.ident;
    struct epoll_event event = {.events = edges[knote->kind],
                                .data.u64 = (uint64_t)knote->serial << 32 |
                                            (uint32_t)descriptor};

    if (epoll_ctl(set, EPOLL_CTL_ADD, descriptor, &event) == 0)
        return 0;
    if (errno == EEXIST)
        return epoll_ctl(set, EPOLL_CTL_MOD, descriptor, &event) == 0 ? 0
                                                                      : errno;
    knote->is_always = errno == EPERM;
    return knote->is_always ? 0 : errno;
}

static void unwatch(struct queue *queue, const struct knote *knote)
{
    if (!knote->is_always)
        (void)epoll_ctl(queue->sets[knote->kind], EPOLL_CTL_DEL,
                        (int)knote->asked.ident, NULL);
}

int shim_enable(struct queue *queue, struct knote *knote)
{
    int error = 0;

    if (knote->is_disabled && knote->kind != KIND_USER)
        error = watch(queue, knote);
    if (error == 0)
        knote->is_disabled = false;
    return error;
}

/* It stays in line, if it is, and is passed over. */
void shim_disable(struct queue *queue, struct knote *knote)
{
    if (!knote->is_disabled && knote->kind != KIND_USER)
        unwatch(queue, knote);
    knote->is_disabled = true;
}

static bool is_inner(const struct queue *queue, int descriptor)
{
    int kind;

    for (kind = 0; kind < KINDS_OF_DESCRIPTORS; kind++)
        if (queue->sets[kind] == descriptor)
            return true;
    return queue->bell == descriptor;
}

static bool is_of_the_shim(int descriptor)
{
    const struct queue *queue = shim_queues;

    while (queue != NULL && !is_inner(queue, descriptor))
        queue = queue->next;
    return queue != NULL;
}

static int refusal(const struct queue *queue, const struct knote *knote)
{
    int descriptor = (int)knote->asked.ident;

    if (is_of_the_shim(descriptor) || knote->watched == queue ||
        (knote->watched != NULL && knote->kind != KIND_READ))
        return EINVAL;
#ifdef EVFILT_EXCEPT
    if (knote->kind == KIND_EXCEPT && knote->file != FILE_SOCKET &&
        knote->file != FILE_STREAM_SOCKET)
        return EINVAL;
#endif
    if (knote->kind == KIND_WRITE && shim_is_broken_pipe(descriptor))
        return KQUEUE_SHIM_BROKEN_PIPE;
    return 0;
}

static int attach_descriptor(struct queue *queue, struct knote *knote)
{
    int descriptor = (int)knote->asked.ident;
    int error;

    knote->file = shim_file_of(descriptor);
    if (knote->file == FILE_QUEUE)
        knote->watched = shim_find_queue(descriptor);
    error = refusal(queue, knote);
    if (error != 0)
        return error;
    if (!make_room(queue, knote->asked.ident))
        return ENOMEM;
    /* Even if it begins disabled: what cannot be watched is refused now. */
    error = watch(queue, knote);
    if (error != 0)
        return error;
    queue->rows[descriptor].knotes[knote->kind] = knote;
    return 0;
}

int shim_attach(struct queue *queue, const struct kevent *change,
                enum kind kind)
{
    static uint32_t serial;
    struct knote *knote = calloc(1, sizeof(*knote));
    int error = 0;

    if (knote == NULL)
        return ENOMEM;
    knote->asked = *change;
    knote->kind = kind;
    knote->serial = serial++;
    if (kind == KIND_USER) {
        knote->next = queue->user_knotes;
        queue->user_knotes = knote;
    } else {
        error = attach_descriptor(queue, knote);
    }
    if (error != 0) {
        free(knote);
        return error;
    }
    if (!(change->flags & EV_DISABLE) || KQUEUE_SHIM_QUEUES_DISABLED)
        shim_notice(queue, knote);
    if (change->flags & EV_DISABLE)
        shim_disable(queue, knote);
    return 0;
}

void shim_detach(struct queue *queue, struct knote *knote)
{
    struct knote **link = &queue->user_knotes;

    shim_take_out(queue, knote);
    if (knote->kind == KIND_USER) {
        while (*link != knote)
            link = &(*link)->next;
        *link = knote->next;
    } else {
        queue->rows[knote->asked.ident].knotes[knote->kind] = NULL;
        if (!knote->is_disabled)
            unwatch(queue, knote);
    }
    free(knote);
}

/* ---- What has happened ---- */

static void notice_edge(struct queue *queue, enum kind kind, uint64_t label)
{
    struct knote *knote = shim_find(queue, (uint32_t)label, kind);

    if (knote != NULL && knote->serial == label >> 32 && !knote->is_disabled)
        shim_notice(queue, knote);
}

static void harvest_set(struct queue *queue, enum kind kind)
{
    struct epoll_event events[64];
    int count;

    do {
        int i;

        count = epoll_wait(queue->sets[kind], events, 64, 0);
        for (i = 0; i < count; i++)
            notice_edge(queue, kind, events[i].data.u64);
    } while (count == 64);
}

void shim_harvest(struct queue *queue)
{
    enum kind kind;

    for (kind = 0; kind < KINDS_OF_DESCRIPTORS; kind++)
        harvest_set(queue, kind);
    shim_ring(queue);
}
