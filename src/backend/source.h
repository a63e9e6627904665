/* SPDX-License-Identifier: MIT */
#ifndef BACKEND_SOURCE_H
#define BACKEND_SOURCE_H

/*
 * A source is our record of one registered handle; sources live in a table
 * that never moves or frees one before the reactor closes. So the waiting
 * thread may read a source at any moment, without a lock, while others change
 * it, and what protects it is the **generation**:
 *
 * - every change (register, reregister, deregister) gives the source a new
 *   generation; of its two lowest bits, 1 means registered, 0 being changed and
 *   2 free, so that RI_GENERATION_SPARE_BIT is clear in a registration's;
 * - what goes to the kernel is a **token**, place and generation, never an
 *   address; an event whose token is not the source's current one is stale;
 * - a reader takes the generation, the fields, and the generation again: equal
 *   to the token both times means that the fields belong to it.
 *
 * A change is made in the kernel first and published here after it, so that a
 * failed one leaves no trace. In between, an event with the new token looks
 * stale to the waiting thread, which therefore asks again after
 * ri_sources_settle(), that is, when the changes in progress are complete.
 *
 * Every access is an atomic one; release stores and acquire loads keep the
 * fields between the two generations without a fence (on x86, plain moves).
 */

#include <reactor.h>

#include "platform/platform.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define RI_INTEREST_DIRECTIONS (REACTOR_READABLE | REACTOR_WRITABLE)
#define RI_INTEREST_READINESS  (RI_INTEREST_DIRECTIONS | REACTOR_PRIORITY)
#define RI_INTEREST_ALL        (RI_INTEREST_READINESS | REACTOR_EDGE | REACTOR_ONESHOT)

#define RI_GENERATION_SPARE_BIT UINT32_C(2)

#define RI_SOURCE_NONE UINT32_MAX

/* A registration in plain words: what is, or is about to be, published. */
struct ri_registration {
    void *user_data;
    reactor_handle handle;
    uint32_t interest;
    uint32_t index;
    uint32_t generation;
};

/*
 * What a backend keeps with each source: the identity of the handle, or what
 * its own header says. It stays when the source is freed and taken again, and
 * never moves: an operation of the kernel may own memory in it. Under the lock,
 * unless that header says otherwise.
 */
#ifdef RI_BACKEND_SOURCE
#include RI_BACKEND_SOURCE
#else
struct ri_backend_source {
    uint32_t identity;
};
#endif

struct ri_source {
    _Atomic(void *) user_data;
    _Atomic(reactor_handle) handle;
    _Atomic uint32_t interest;
    _Atomic uint32_t generation;
    _Atomic uint32_t disarmed; /* the generation that a oneshot fired in */
    uint32_t next_free;        /* under the lock */
    struct ri_backend_source backend;
};

/*
 * The place is the chunk, and the bytes before the source in there: to find it
 * costs no arithmetic, as an index would for every event.
 */
struct ri_token {
    uint32_t generation;
    uint16_t offset;
    uint16_t chunk;
};

/*
 * The first source is nobody's and never registered, so that its token can
 * stand for what is not a source, and reading it is safe.
 */
#define RI_TOKEN_NOBODYS ((struct ri_token){.generation = 1})

#define RI_SOURCES_PER_CHUNK 128u
#define RI_SOURCE_CHUNKS_MAX (UINT32_C(1) << 16)

_Static_assert(RI_SOURCES_PER_CHUNK * sizeof(struct ri_source) <= 0x10000,
               "an offset has 16 bits");

/* Where the chunks are. It grows by being copied; older ones stay readable. */
struct ri_source_directory {
    struct ri_source_directory *older;
    uint32_t capacity;
    _Atomic(struct ri_source *) chunks[];
};

struct ri_sources {
    struct ri_mutex lock;                          /* held for every change */
    _Atomic(_Atomic(struct ri_source *) *) chunks; /* the directory's */
    struct ri_source_directory *directory;
    uint32_t chunk_count;
    uint32_t used;       /* sources ever taken: the indices below it */
    uint32_t first_free; /* RI_SOURCE_NONE: none */
    _Atomic uint32_t registered;
    _Atomic uint32_t changes; /* published or retired; wraps */
};

int ri_sources_init(struct ri_sources *sources);
void ri_sources_destroy(struct ri_sources *sources);

static inline struct ri_source *ri_sources_chunk(struct ri_sources *sources,
                                                 uint32_t chunk)
{
    _Atomic(struct ri_source *) *chunks =
        atomic_load_explicit(&sources->chunks, memory_order_acquire);

    return atomic_load_explicit(&chunks[chunk], memory_order_acquire);
}

/* Any thread. Index must have come out of ri_sources_take(). */
static inline struct ri_source *ri_sources_at(struct ri_sources *sources,
                                              uint32_t index)
{
    struct ri_source *chunk =
        ri_sources_chunk(sources, index / RI_SOURCES_PER_CHUNK);

    return &chunk[index % RI_SOURCES_PER_CHUNK];
}

/* Any thread. What the token belongs to, or belonged to. */
static inline struct ri_source *ri_sources_find(struct ri_sources *sources,
                                                struct ri_token token)
{
    char *chunk = (char *)ri_sources_chunk(sources, token.chunk);

    return (struct ri_source *)(void *)(chunk + token.offset);
}

static inline struct ri_token
ri_token_of(const struct ri_registration *registration)
{
    uint32_t position = registration->index % RI_SOURCES_PER_CHUNK;
    struct ri_token token = {
        .generation = registration->generation,
        .offset = (uint16_t)(position * sizeof(struct ri_source)),
        .chunk = (uint16_t)(registration->index / RI_SOURCES_PER_CHUNK),
    };

    return token;
}

/* The place in one number, to be kept; 0 is nobody's. */
static inline uint32_t ri_place_of(struct ri_token token)
{
    return (uint32_t)token.chunk << 16 | token.offset;
}

static inline bool ri_token_is_nobodys(struct ri_token token)
{
    return ri_place_of(token) == 0;
}

/* ---- Changes: with the lock held ---- */

/*
 * Takes a free source into *index, to be published or given back; -ENOMEM,
 * or -ENOSPC when there are as many as tokens can tell apart.
 */
int ri_sources_take(struct ri_sources *sources, uint32_t *index);
void ri_sources_give_back(struct ri_sources *sources, uint32_t index);

/* The generation that the source's next publication must carry. */
uint32_t ri_source_next_generation(const struct ri_source *source);

/* Makes a registration visible, armed, in place of what the source held. */
void ri_sources_publish(struct ri_sources *sources,
                        const struct ri_registration *registration);

/* Ends the registration published at the index, and frees the source. */
void ri_sources_retire(struct ri_sources *sources, uint32_t index);

/*
 * Walks the registered sources: the first one at or after *index, which is set
 * to its index, or NULL. Sources may be retired during the walk.
 */
struct ri_source *ri_sources_next(struct ri_sources *sources, uint32_t *index);

/* What is published at the index. */
struct ri_registration ri_sources_registration(struct ri_sources *sources,
                                               uint32_t index);

/* ---- Reading, without the lock ---- */

/* Returns when no change that is in progress now is left. */
void ri_sources_settle(struct ri_sources *sources);

static inline uint32_t ri_sources_changes(struct ri_sources *sources)
{
    return atomic_load_explicit(&sources->changes, memory_order_relaxed);
}

static inline uint32_t ri_sources_registered(struct ri_sources *sources)
{
    return atomic_load_explicit(&sources->registered, memory_order_relaxed);
}

/*
 * Reads what an event needs into *out (but its readiness) and, unless that is
 * NULL, *interest. False if the source is not, or not any more, what the
 * generation belongs to; then *out is as it was, for it may lie over what is
 * yet to be translated.
 */
static inline bool ri_source_read(struct ri_source *source, uint32_t generation,
                                  struct reactor_event *out, uint32_t *interest)
{
    void *user_data;
    reactor_handle handle;

    if (atomic_load_explicit(&source->generation, memory_order_acquire) !=
        generation)
        return false;
    user_data = atomic_load_explicit(&source->user_data, memory_order_acquire);
    handle = atomic_load_explicit(&source->handle, memory_order_acquire);
    if (interest != NULL)
        *interest =
            atomic_load_explicit(&source->interest, memory_order_acquire);
    if (atomic_load_explicit(&source->generation, memory_order_relaxed) !=
        generation)
        return false;
    out->user_data = user_data;
    out->handle = handle;
    return true;
}

/*
 * A fired oneshot: the waiting thread says so for the generation it saw, so a
 * change that comes in between re-arms all the same.
 */
static inline void ri_source_disarm(struct ri_source *source,
                                    uint32_t generation)
{
    atomic_store_explicit(&source->disarmed, generation, memory_order_relaxed);
}

static inline bool ri_source_is_registered(const struct ri_source *source)
{
    return atomic_load_explicit(&source->generation, memory_order_relaxed) %
               2 ==
           1;
}

static inline bool ri_source_is_disarmed(struct ri_source *source)
{
    return atomic_load_explicit(&source->disarmed, memory_order_relaxed) ==
           atomic_load_explicit(&source->generation, memory_order_relaxed);
}

/* ---- Readiness, the same for every backend ---- */

/*
 * Completes the readiness that a backend has translated: a closed flag sets its
 * direction, an error both, as far as they were asked for (rule 5 of the
 * contract).
 */
static inline uint32_t ri_readiness_complete(uint32_t readiness,
                                             uint32_t interest)
{
    uint32_t flags = REACTOR_READ_CLOSED | REACTOR_WRITE_CLOSED | REACTOR_ERROR;

    if (readiness & REACTOR_READ_CLOSED)
        readiness |= REACTOR_READABLE;
    if (readiness & REACTOR_WRITE_CLOSED)
        readiness |= REACTOR_WRITABLE;
    if (readiness & REACTOR_ERROR)
        readiness |= RI_INTEREST_DIRECTIONS;
    return readiness & ((interest & RI_INTEREST_READINESS) | flags);
}

#endif /* BACKEND_SOURCE_H */
