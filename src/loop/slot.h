/* SPDX-License-Identifier: MIT */
#ifndef LOOP_SLOT_H
#define LOOP_SLOT_H

/*
 * Active handlers by number. What the reactor carries as user data is a token,
 * the number of a slot and its generation, never an address: what was fetched
 * before a stop finds nobody, or somebody else's generation.
 */

#include <reactor/loop.h>

#include <stdbool.h>
#include <stdint.h>

#define RI_SLOT_NONE UINT32_C(0) /* the first slot is nobody's */

/* The bits of a pointer; RI_SLOT_NARROW takes the fewest there may be. */
#ifdef RI_SLOT_NARROW
#define RI_SLOT_TOKEN_MAX ((uintptr_t)UINT32_MAX)
#else
#define RI_SLOT_TOKEN_MAX UINTPTR_MAX
#endif

/* With 32 bits there are 2^20 slots, of 2^12 generations. */
#define RI_SLOT_INDEX_BITS (RI_SLOT_TOKEN_MAX > UINT32_MAX ? 32 : 20)
#define RI_SLOT_INDEX_MASK (((uintptr_t)1 << RI_SLOT_INDEX_BITS) - 1)
#define RI_SLOT_GENERATION_MASK                                                \
    ((uint32_t)(RI_SLOT_TOKEN_MAX >> RI_SLOT_INDEX_BITS))

struct ri_slot {
    union {
        struct reactor_handler *handler;
        uint32_t next_free;
    } is;
    uint32_t generation; /* odd: taken */
};

struct ri_slots {
    struct ri_slot *slots;
    uint32_t used;       /* ever taken, the first one included */
    uint32_t capacity;   /* there is memory for */
    uint32_t first_free; /* or RI_SLOT_NONE */
};

int ri_slots_init(struct ri_slots *slots);
void ri_slots_destroy(struct ri_slots *slots);

/* Finds a free slot, which stays free; -ENOMEM. */
int ri_slots_find_free(struct ri_slots *slots, uint32_t *index);

/* Takes the slot that was found, and gives it its next generation. */
void ri_slots_take(struct ri_slots *slots, uint32_t index,
                   struct reactor_handler *handler);
void ri_slots_give_back(struct ri_slots *slots, uint32_t index);

/* The handler of the first taken slot from this one on, or NULL. */
struct reactor_handler *ri_slots_next(const struct ri_slots *slots,
                                      uint32_t index);

/* A pointer to nothing: only its bits count, so it is no optimiser's matter. */
static inline void *ri_slot_token(uint32_t index, uint32_t generation)
{
    /* NOLINTNEXTLINE(performance-no-int-to-ptr) */
    return (void *)((uintptr_t)generation << RI_SLOT_INDEX_BITS | index);
}

static inline uint32_t ri_slot_generation_after(uint32_t generation,
                                                uint32_t steps)
{
    return (generation + steps) & RI_SLOT_GENERATION_MASK;
}

/* The slot that a token names, and whether it is still what it was then. */
static inline const struct ri_slot *ri_slots_find(const struct ri_slots *slots,
                                                  const void *token)
{
    return &slots->slots[(uintptr_t)token & RI_SLOT_INDEX_MASK];
}

static inline bool ri_slot_is_current(const struct ri_slot *slot,
                                      const void *token)
{
    return slot->generation ==
           (uint32_t)((uintptr_t)token >> RI_SLOT_INDEX_BITS);
}

#endif /* LOOP_SLOT_H */
