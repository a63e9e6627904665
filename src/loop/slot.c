/* SPDX-License-Identifier: MIT */
#include "loop/slot.h"

#include "platform/platform.h"

#include <errno.h>

/* By an eighth, and that: of many slots a ninth at most is not used yet. */
#define GROWTH 16u

static int grow(struct ri_slots *slots)
{
    uintptr_t capacity = (uintptr_t)slots->capacity;
    struct ri_slot *memory;

    capacity += capacity / 8 + GROWTH;
    if (capacity > RI_SLOT_INDEX_MASK)
        capacity = RI_SLOT_INDEX_MASK;
    if (capacity == slots->capacity)
        return -ENOMEM;
    memory = ri_reallocate(slots->slots, capacity * sizeof(*memory));
    if (memory == NULL)
        return -ENOMEM;
    slots->slots = memory;
    slots->capacity = (uint32_t)capacity;
    return 0;
}

int ri_slots_init(struct ri_slots *slots)
{
    int error;

    *slots = (struct ri_slots){.used = 1};
    error = grow(slots);
    if (error != 0)
        return error;
    /* The token of a wake is 0, which is not of this generation. */
    slots->slots[RI_SLOT_NONE] = (struct ri_slot){.generation = 2};
    return 0;
}

void ri_slots_destroy(struct ri_slots *slots)
{
    ri_release(slots->slots);
}

int ri_slots_find_free(struct ri_slots *slots, uint32_t *index)
{
    int error = 0;

    if (slots->first_free != RI_SLOT_NONE) {
        *index = slots->first_free;
        return 0;
    }
    if (slots->used == slots->capacity)
        error = grow(slots);
    if (error != 0)
        return error;
    *index = slots->used;
    slots->slots[*index].generation = 0;
    return 0;
}

static void advance(struct ri_slot *slot)
{
    slot->generation = ri_slot_generation_after(slot->generation, 1);
}

void ri_slots_take(struct ri_slots *slots, uint32_t index,
                   struct reactor_handler *handler)
{
    struct ri_slot *slot = &slots->slots[index];

    if (index == slots->used)
        slots->used++;
    else
        slots->first_free = slot->is.next_free;
    advance(slot);
    slot->is.handler = handler;
}

void ri_slots_give_back(struct ri_slots *slots, uint32_t index)
{
    struct ri_slot *slot = &slots->slots[index];

    advance(slot);
    slot->is.next_free = slots->first_free;
    slots->first_free = index;
}

struct reactor_handler *ri_slots_next(const struct ri_slots *slots,
                                      uint32_t index)
{
    for (; index < slots->used; index++)
        if (slots->slots[index].generation % 2 == 1)
            return slots->slots[index].is.handler;
    return NULL;
}
