/* SPDX-License-Identifier: MIT */
/* The sessions of a loop, by their ids. */
#include "net/session_state.h"

#include <errno.h>
#include <stdatomic.h>

/* An id: the number of the session in the process, and its slot in the loop. */
#define SLOT_BITS 24
#define SLOTS_MAX (UINT32_C(1) << SLOT_BITS)

static _Atomic uint64_t sessions_so_far;

static int grow(struct ri_session_table *table)
{
    uint32_t capacity = table->capacity != 0 ? 2 * table->capacity : 16;
    struct reactor_session **slots;
    uint32_t *free;
    uint32_t i;

    if (table->capacity >= SLOTS_MAX)
        return -ENOMEM;
    slots = ri_reallocate(table->slots, capacity * sizeof(void *));
    if (slots == NULL)
        return -ENOMEM;
    table->slots = slots;
    free = ri_reallocate(table->free, capacity * sizeof(*free));
    if (free == NULL)
        return -ENOMEM;
    table->free = free;
    for (i = table->capacity; i < capacity; i++) {
        slots[i] = NULL;
        free[i] = i;
    }
    table->capacity = capacity;
    return 0;
}

/* free[count] and those behind it are free. */
int ri_session_enrol(struct ri_session_table *table,
                     struct reactor_session *session)
{
    uint32_t slot;
    int error = table->count == table->capacity ? grow(table) : 0;

    if (error != 0)
        return error;
    slot = table->free[table->count++];
    table->slots[slot] = session;
    session->id =
        (atomic_fetch_add(&sessions_so_far, 1) + 1) << SLOT_BITS | slot;
    return 0;
}

void ri_session_strike(struct ri_session_table *table,
                       const struct reactor_session *session)
{
    uint32_t slot = (uint32_t)session->id & (SLOTS_MAX - 1);

    if (table->slots[slot] != session)
        return;
    table->slots[slot] = NULL;
    table->free[--table->count] = slot;
}

struct reactor_session *reactor_session_find(struct reactor_loop *loop,
                                             uint64_t id)
{
    struct ri_net *net = loop != NULL ? ri_net_find(loop) : NULL;
    uint32_t slot = (uint32_t)id & (SLOTS_MAX - 1);
    struct reactor_session *session;

    if (net == NULL || slot >= net->sessions.capacity)
        return NULL;
    session = net->sessions.slots[slot];
    return session != NULL && session->id == id ? session : NULL;
}

size_t reactor_session_count(struct reactor_loop *loop)
{
    const struct ri_net *net = loop != NULL ? ri_net_find(loop) : NULL;

    return net != NULL ? net->sessions.count : 0;
}

/* Closing one calls nobody: none comes or goes meanwhile. */
void reactor_session_close_all(struct reactor_loop *loop, int64_t linger_ns)
{
    struct ri_net *net = loop != NULL ? ri_net_find(loop) : NULL;
    uint32_t slot;

    for (slot = 0; net != NULL && slot < net->sessions.capacity; slot++)
        reactor_session_close(net->sessions.slots[slot], linger_ns);
}
