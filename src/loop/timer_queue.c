/* SPDX-License-Identifier: MIT */
/*
 * A timer is filed by the highest of the wheel's digits (base 256) in which its
 * tick and the present one differ: that digit's place is the level, its value
 * the slot. So at every level only slots ahead of the present one are filled,
 * all of a level are over before any of the next one begins, and the first slot
 * in time is the lowest bit of the lowest level. When time gets to a slot its
 * timers are filed anew: at least one level lower, in the end in the heap.
 */
#include "loop/timer_queue.h"

#include "base/bits.h"
#include "base/compiler.h"

#include <assert.h>
#include <stddef.h>

#define DIGIT_BITS  8u
#define STATE_COUNT 4u

/* So many of a slot's timers are looked at to tell when the first is due. */
#define LOOK_AT_MOST 8

static uint64_t tick_of(int64_t time_ns)
{
    assert(time_ns >= 0);
    return (uint64_t)time_ns >> RI_TICK_SHIFT;
}

static uint32_t number_of(const struct reactor_timer *timer)
{
    return timer->place / STATE_COUNT;
}

static void set_place(struct reactor_timer *timer, enum ri_timer_state state,
                      uint32_t number)
{
    timer->place = number * STATE_COUNT + (uint32_t)state;
}

/* ---- The heap ---- */

static bool is_before(const struct reactor_timer *a,
                      const struct reactor_timer *b)
{
    if (a->deadline_ns != b->deadline_ns)
        return a->deadline_ns < b->deadline_ns;
    return a->order < b->order;
}

/* Makes the later of two roots the first child of the other. */
static struct reactor_timer *meld(struct reactor_timer *a,
                                  struct reactor_timer *b)
{
    struct reactor_timer *root = is_before(a, b) ? a : b;
    struct reactor_timer *child = root == a ? b : a;

    child->next = root->child;
    if (child->next != NULL)
        child->next->previous = child;
    child->previous = root;
    root->child = child;
    return root;
}

/*
 * Makes one tree of siblings: melds them in pairs, and the pairs from the last
 * to the first. Two passes are what keeps the heap's promise.
 */
static struct reactor_timer *meld_siblings(struct reactor_timer *sibling)
{
    struct reactor_timer *pairs = NULL; /* a stack, through previous */
    struct reactor_timer *root = NULL;

    while (sibling != NULL) {
        struct reactor_timer *pair = sibling;
        struct reactor_timer *other = sibling->next;

        sibling = other != NULL ? other->next : NULL;
        if (other != NULL)
            pair = meld(pair, other);
        pair->previous = pairs;
        pairs = pair;
    }
    while (pairs != NULL) {
        struct reactor_timer *pair = pairs;

        pairs = pair->previous;
        root = root != NULL ? meld(root, pair) : pair;
    }
    if (root != NULL) {
        root->next = NULL;
        root->previous = NULL;
    }
    return root;
}

static void heap_add(struct ri_timer_queue *queue, struct reactor_timer *timer)
{
    set_place(timer, RI_TIMER_SOON, 0);
    timer->child = NULL;
    timer->next = NULL;
    timer->previous = NULL;
    queue->soon = queue->soon != NULL ? meld(queue->soon, timer) : timer;
}

static void heap_remove(struct ri_timer_queue *queue,
                        struct reactor_timer *timer)
{
    struct reactor_timer *orphan = meld_siblings(timer->child);

    if (timer == queue->soon) {
        queue->soon = orphan;
        return;
    }
    /* `previous` is the parent of a first child, else the sibling before. */
    if (timer->previous->child == timer)
        timer->previous->child = timer->next;
    else
        timer->previous->next = timer->next;
    if (timer->next != NULL)
        timer->next->previous = timer->previous;
    if (orphan != NULL)
        queue->soon = meld(queue->soon, orphan);
}

/* ---- The wheel ---- */

static void slot_add(struct ri_timer_queue *queue, uint32_t slot,
                     struct reactor_timer *timer)
{
    struct reactor_timer *head = queue->slots[slot];
    uint32_t level = slot / RI_TIMER_SLOTS;

    set_place(timer, RI_TIMER_FILED, slot);
    timer->next = head;
    timer->previous = NULL;
    queue->slots[slot] = timer;
    if (head != NULL) {
        head->previous = timer;
        return;
    }
    queue->filled[level][slot % RI_TIMER_SLOTS / 64] |= UINT64_C(1)
                                                        << slot % 64;
    queue->levels |= 1u << level;
}

static void mark_empty(struct ri_timer_queue *queue, uint32_t slot)
{
    uint32_t level = slot / RI_TIMER_SLOTS;
    uint64_t *filled = queue->filled[level];

    filled[slot % RI_TIMER_SLOTS / 64] &= ~(UINT64_C(1) << slot % 64);
    if ((filled[0] | filled[1] | filled[2] | filled[3]) == 0)
        queue->levels &= ~(1u << level);
}

static void slot_remove(struct ri_timer_queue *queue,
                        struct reactor_timer *timer)
{
    uint32_t slot = number_of(timer);

    if (timer->next != NULL)
        timer->next->previous = timer->previous;
    if (timer->previous != NULL) {
        timer->previous->next = timer->next;
        return;
    }
    queue->slots[slot] = timer->next;
    if (timer->next == NULL)
        mark_empty(queue, slot);
}

/* The first filled one in time. */
static uint32_t first_slot(const struct ri_timer_queue *queue)
{
    const uint64_t *filled;
    uint32_t level;
    uint32_t i = 0;

    if (queue->levels == 0)
        return RI_TIMER_NEVER;
    level = ri_lowest_bit(queue->levels);
    filled = queue->filled[level];
    while (filled[i] == 0)
        i++;
    return level * RI_TIMER_SLOTS + i * 64 + ri_lowest_bit(filled[i]);
}

/* The tick that a slot begins with. */
static uint64_t start_of(const struct ri_timer_queue *queue, uint32_t slot)
{
    uint32_t shift = slot / RI_TIMER_SLOTS * DIGIT_BITS;
    uint64_t higher = queue->tick >> shift >> DIGIT_BITS;

    if (slot == RI_TIMER_NEVER)
        return UINT64_MAX;
    return (higher * RI_TIMER_SLOTS + slot % RI_TIMER_SLOTS) << shift;
}

static uint32_t slot_for(const struct ri_timer_queue *queue, uint64_t tick)
{
    uint32_t level = ri_highest_bit(tick ^ queue->tick) / DIGIT_BITS;
    uint64_t digit = tick >> level * DIGIT_BITS;

    assert(tick > queue->tick);
    return level * RI_TIMER_SLOTS + (uint32_t)(digit % RI_TIMER_SLOTS);
}

void ri_timer_queue_add(struct ri_timer_queue *queue,
                        struct reactor_timer *timer)
{
    uint64_t tick = tick_of(timer->deadline_ns);

    if (RI_UNLIKELY(timer->deadline_ns == REACTOR_FOREVER))
        slot_add(queue, RI_TIMER_NEVER, timer);
    else if (tick > queue->tick)
        slot_add(queue, slot_for(queue, tick), timer);
    else
        heap_add(queue, timer);
}

/* Time has got to the first slot: files what it has anew. */
static void bring_down(struct ri_timer_queue *queue, uint32_t slot)
{
    struct reactor_timer *timer = queue->slots[slot];

    queue->tick = start_of(queue, slot);
    queue->slots[slot] = NULL;
    mark_empty(queue, slot);
    while (timer != NULL) {
        struct reactor_timer *next = timer->next;

        ri_timer_queue_add(queue, timer);
        timer = next;
    }
}

/* ---- All of it ---- */

void ri_timer_queue_remove(struct ri_timer_queue *queue,
                           struct reactor_timer *timer)
{
    struct reactor_timer *last;

    switch (ri_timer_state(timer)) {
    case RI_TIMER_IDLE:
        return;
    case RI_TIMER_FRESH:
        last = queue->fresh[--queue->fresh_count];
        queue->fresh[number_of(timer)] = last;
        last->place = timer->place;
        break;
    case RI_TIMER_FILED:
        slot_remove(queue, timer);
        break;
    case RI_TIMER_SOON:
        heap_remove(queue, timer);
        break;
    }
    timer->place = RI_TIMER_IDLE;
}

void ri_timer_queue_start(struct ri_timer_queue *queue,
                          struct reactor_timer *timer, int64_t delay_ns)
{
    if (ri_timer_state(timer) != RI_TIMER_FRESH) {
        assert(!ri_timer_queue_is_full_of_fresh(queue));
        ri_timer_queue_remove(queue, timer);
        set_place(timer, RI_TIMER_FRESH, queue->fresh_count);
        queue->fresh[queue->fresh_count++] = timer;
    }
    timer->deadline_ns = delay_ns > 0 ? delay_ns : 0;
    timer->order = ++queue->started;
}

void ri_timer_queue_stamp(struct ri_timer_queue *queue, int64_t now_ns)
{
    uint64_t tick = tick_of(now_ns);
    uint32_t i;

    queue->now_ns = now_ns;
    /* The nearer the present, the fewer levels they have to come down. */
    if (tick > queue->tick && tick < start_of(queue, first_slot(queue)))
        queue->tick = tick;
    for (i = 0; i < queue->fresh_count; i++) {
        struct reactor_timer *timer = queue->fresh[i];

        if (timer->deadline_ns < REACTOR_FOREVER - now_ns)
            timer->deadline_ns += now_ns;
        else
            timer->deadline_ns = REACTOR_FOREVER;
        ri_timer_queue_add(queue, timer);
    }
    queue->fresh_count = 0;
}

struct reactor_timer *ri_timer_queue_due(struct ri_timer_queue *queue,
                                         int64_t now_ns)
{
    uint64_t tick = tick_of(now_ns);

    queue->now_ns = now_ns;
    /* One slot after the other, so that the heap never has more than a few. */
    while (queue->soon == NULL) {
        uint32_t slot = first_slot(queue);

        if (start_of(queue, slot) > tick) {
            if (tick > queue->tick)
                queue->tick = tick;
            return NULL;
        }
        bring_down(queue, slot);
    }
    return queue->soon->deadline_ns <= now_ns ? queue->soon : NULL;
}

int64_t ri_timer_queue_next_ns(const struct ri_timer_queue *queue)
{
    uint32_t slot = first_slot(queue);
    const struct reactor_timer *timer = queue->slots[slot];
    int64_t next_ns = REACTOR_FOREVER;
    int looked_at;

    if (queue->fresh_count != 0)
        return 0;
    if (queue->soon != NULL)
        return queue->soon->deadline_ns;
    if (slot == RI_TIMER_NEVER)
        return REACTOR_FOREVER;
    for (looked_at = 0; timer != NULL; looked_at++) {
        if (looked_at == LOOK_AT_MOST)
            return (int64_t)(start_of(queue, slot) << RI_TICK_SHIFT);
        if (timer->deadline_ns < next_ns)
            next_ns = timer->deadline_ns;
        timer = timer->next;
    }
    return next_ns;
}

/* The first timer of the first filled slot from this one on. */
static struct reactor_timer *
first_filed_from(const struct ri_timer_queue *queue, uint32_t slot)
{
    while (slot <= RI_TIMER_NEVER && queue->slots[slot] == NULL)
        slot++;
    return slot <= RI_TIMER_NEVER ? queue->slots[slot] : NULL;
}

/* The one after `timer` in the heap, parents first. */
static struct reactor_timer *next_in_heap(const struct reactor_timer *timer)
{
    if (timer->child != NULL)
        return timer->child;
    while (timer != NULL && timer->next == NULL) {
        const struct reactor_timer *sibling;

        /* Past those before it, which have been told, to the parent. */
        do {
            sibling = timer;
            timer = timer->previous;
        } while (timer != NULL && timer->child != sibling);
    }
    return timer != NULL ? timer->next : NULL;
}

struct reactor_timer *ri_timer_queue_walk(const struct ri_timer_queue *queue,
                                          const struct reactor_timer *timer)
{
    struct reactor_timer *next = NULL;
    uint32_t fresh = 0;

    if (timer != NULL) {
        switch (ri_timer_state(timer)) {
        case RI_TIMER_IDLE:
            return NULL;
        case RI_TIMER_FILED:
            return timer->next != NULL
                       ? timer->next
                       : first_filed_from(queue, number_of(timer) + 1);
        case RI_TIMER_SOON:
            next = next_in_heap(timer);
            return next != NULL ? next : queue->slots[first_slot(queue)];
        case RI_TIMER_FRESH:
            fresh = number_of(timer) + 1;
            break;
        }
    }
    if (fresh < queue->fresh_count)
        return queue->fresh[fresh];
    return queue->soon != NULL ? queue->soon : queue->slots[first_slot(queue)];
}
