/* SPDX-License-Identifier: MIT */
/*
 * Posts: a stack that any thread pushes on and the loop empties (R. K. Treiber,
 * "Systems Programming: Coping with Parallelism", 1986), and a list of the
 * loop's own, in the order of sending.
 *
 * The stack's head is one word, in which the loop also says that it is about to
 * wait, or closed: so a sender learns in the very step that publishes its post
 * whether it has to wake the loop. Of many senders only the one that replaces
 * ASLEEP rings. tests/loop/wake_protocol.pml is the model of it.
 *
 * Who rings still touches the loop, which may have run the post, and be about
 * to close, by then. The loop knows that there is one such sender whenever it
 * finds ASLEEP replaced; reactor_loop_close() waits until as many have rung.
 */
#include "loop/loop_state.h"

#include <assert.h>
#include <errno.h>

/* Of the head; anything else is the newest post. */
#define NOTHING ((uintptr_t)0)
#define ASLEEP  ((uintptr_t)1)
#define CLOSED  ((uintptr_t)2)

/* So often at most is the kernel asked to wake the loop. */
#define RINGS_MAX 64

enum post_state { IDLE, PENDING };

_Static_assert(sizeof(_Atomic uint32_t) == sizeof(uint32_t),
               "a field of a public struct can be used as an atomic one");

/* Not atomic in the header, for C++. */
static _Atomic uint32_t *state_of(struct reactor_post *post)
{
    return (_Atomic uint32_t *)&post->state;
}

/* A head that is a post. It is a number, so that it can say something else. */
static struct reactor_post *post_of(uintptr_t head)
{
    /* NOLINTNEXTLINE(performance-no-int-to-ptr) */
    return (struct reactor_post *)head;
}

/*
 * True if it was idle. It is an exchange also where it is pending: what the
 * caller wrote before must be seen by the function, which is called after
 * another exchange. A load could be overtaken by it.
 */
static bool make_pending(struct reactor_post *post)
{
    return atomic_exchange_explicit(state_of(post), PENDING,
                                    memory_order_acq_rel) == IDLE;
}

static void make_idle(struct reactor_post *post)
{
    (void)atomic_exchange_explicit(state_of(post), IDLE, memory_order_acq_rel);
}

/* ---- The list ---- */

static void append(struct ri_posts *posts, struct reactor_post *post)
{
    post->next = NULL;
    if (posts->first == NULL)
        posts->first = post;
    else
        posts->last->next = post;
    posts->last = post;
    posts->count++;
}

static struct reactor_post *take_first(struct ri_posts *posts)
{
    struct reactor_post *post = posts->first;

    posts->first = post->next;
    posts->count--;
    return post;
}

/* Turns what was taken off the stack round, and appends it. */
static void append_reversed(struct ri_posts *posts, struct reactor_post *newest)
{
    struct reactor_post *oldest = NULL;

    while (newest != NULL) {
        struct reactor_post *older = newest->next;

        newest->next = oldest;
        oldest = newest;
        newest = older;
    }
    while (oldest != NULL) {
        struct reactor_post *newer = oldest->next;

        append(posts, oldest);
        oldest = newer;
    }
}

/* ---- Senders ---- */

/*
 * What the kernel refuses, for it has no memory, it may do a moment later; and
 * nobody rings again until the loop has come round.
 */
static int ring(struct ri_posts *posts, struct reactor *reactor)
{
    int error = reactor_wake(reactor);
    int tries = RINGS_MAX;

    while (error != 0 && --tries > 0) {
        ri_thread_yield();
        error = reactor_wake(reactor);
    }
    atomic_fetch_add_explicit(&posts->rung, 1, memory_order_release);
    return error; /* the loop may be gone by now */
}

static int push(struct reactor_post *post)
{
    struct ri_posts *posts = &post->loop->posts;
    struct reactor *reactor = post->loop->reactor;
    uintptr_t head = atomic_load_explicit(&posts->head, memory_order_relaxed);

    do {
        if (head == CLOSED) {
            make_idle(post);
            return -ECANCELED;
        }
        post->next = head == ASLEEP ? NULL : post_of(head);
    } while (!atomic_compare_exchange_weak_explicit(
        &posts->head, &head, (uintptr_t)post, memory_order_release,
        memory_order_relaxed));
    return head == ASLEEP ? ring(posts, reactor) : 0;
}

static int send_in_turn(struct reactor_post *post)
{
    if (post->loop->is_closing) {
        make_idle(post);
        return -ECANCELED;
    }
    append(&post->loop->posts, post);
    return 0;
}

int reactor_post_send(struct reactor_post *post)
{
    if (post == NULL)
        return -EINVAL;
    if (ri_is_inherited(post->loop->reactor))
        return -ECHILD;
    if (!make_pending(post))
        return 0;
    return ri_is_own_turn(post->loop) ? send_in_turn(post) : push(post);
}

int ri_post_send_from_signal(struct reactor_post *post)
{
    if (ri_is_inherited(post->loop->reactor))
        return -ECHILD;
    return make_pending(post) ? push(post) : 0;
}

/* ---- The loop ---- */

void reactor_post_init(struct reactor_post *post, struct reactor_loop *loop,
                       reactor_post_fn *function, void *user_data)
{
    struct ri_posts *posts;

    assert(post != NULL && loop != NULL);
    assert(function != NULL);
    posts = &loop->posts;
    post->loop = loop;
    post->function = function;
    post->user_data = user_data;
    post->next = NULL;
    atomic_init(state_of(post), IDLE);
    post->reserved = 0;
    posts->is_used = true;
    loop->is_simple = false;
    if (posts->is_prepared && !posts->is_asleep)
        (void)ri_posts_fall_asleep(posts);
}

void ri_posts_init(struct ri_posts *posts)
{
    atomic_init(&posts->head, NOTHING);
    atomic_init(&posts->rung, 0);
}

/* Puts `next` in the place of what is there. */
static void take_stack(struct ri_posts *posts, uintptr_t next)
{
    uintptr_t head =
        atomic_exchange_explicit(&posts->head, next, memory_order_acquire);

    if (posts->is_asleep && head != ASLEEP)
        posts->owed++;
    posts->is_asleep = false;
    if (head != NOTHING && head != ASLEEP)
        append_reversed(posts, post_of(head));
}

static bool is_worth_taking(const struct ri_posts *posts)
{
    uintptr_t head = atomic_load_explicit(&posts->head, memory_order_relaxed);

    return posts->is_asleep || (head != NOTHING && head != CLOSED);
}

void ri_posts_collect_sent(struct ri_posts *posts)
{
    if (is_worth_taking(posts))
        take_stack(posts, NOTHING);
}

bool ri_posts_fall_asleep(struct ri_posts *posts)
{
    uintptr_t head = NOTHING;

    posts->is_asleep = atomic_compare_exchange_strong_explicit(
        &posts->head, &head, ASLEEP, memory_order_relaxed,
        memory_order_relaxed);
    return posts->is_asleep;
}

static void run_first(struct reactor_loop *loop)
{
    struct reactor_post *post = take_first(&loop->posts);
    reactor_post_fn *function = post->function;
    void *user_data = post->user_data;
    bool is_internal = (post->reserved & RI_INTERNAL) != 0;
    int64_t began = is_internal ? 0 : ri_call_begin(loop);

    make_idle(post); /* from here on it may be sent again, or be gone */
    function(user_data);
    ri_call_end(loop, "post", user_data, began);
}

uint32_t ri_posts_run(struct reactor_loop *loop)
{
    struct ri_posts *posts = &loop->posts;
    uint32_t most = posts->count < loop->budget ? posts->count : loop->budget;
    uint32_t called = 0;

    while (called < most && posts->first != NULL) {
        called++;
        run_first(loop);
        if (ri_turn_is_over(loop))
            break;
    }
    return called;
}

void ri_posts_run_last(struct reactor_loop *loop)
{
    while (loop->posts.first != NULL && !ri_is_inherited(loop->reactor)) {
        loop->numbers.callbacks++;
        run_first(loop);
    }
}

void ri_posts_refuse(struct ri_posts *posts)
{
    if (atomic_load_explicit(&posts->head, memory_order_relaxed) != CLOSED)
        take_stack(posts, CLOSED);
}

void ri_posts_wait_for_senders(struct ri_posts *posts)
{
    while (atomic_load_explicit(&posts->rung, memory_order_acquire) !=
           posts->owed)
        ri_thread_yield();
}

const struct reactor_post *ri_posts_on_stack(const struct ri_posts *posts)
{
    uintptr_t head = atomic_load_explicit(&posts->head, memory_order_acquire);

    return head <= CLOSED ? NULL : post_of(head);
}

bool ri_posts_are_pending(const struct ri_posts *posts)
{
    return posts->first != NULL || ri_posts_on_stack(posts) != NULL;
}

/* Those who were about to ring are the parent's. */
void ri_posts_after_fork(struct ri_posts *posts)
{
    uintptr_t asleep = ASLEEP;

    (void)atomic_compare_exchange_strong(&posts->head, &asleep, NOTHING);
    atomic_store(&posts->rung, 0);
    posts->owed = 0;
    posts->is_asleep = false;
}

/* Takes a post out of the list; false if it is not there. */
static bool unlink_post(struct ri_posts *posts, struct reactor_post *post)
{
    struct reactor_post **link = &posts->first;
    struct reactor_post *previous = NULL;

    while (*link != NULL && *link != post) {
        previous = *link;
        link = &previous->next;
    }
    if (*link == NULL)
        return false;
    *link = post->next;
    if (posts->last == post)
        posts->last = previous;
    posts->count--;
    return true;
}

int reactor_post_cancel(struct reactor_post *post)
{
    struct ri_posts *posts;

    if (post == NULL ||
        atomic_load_explicit(state_of(post), memory_order_relaxed) == IDLE)
        return 0;
    posts = &post->loop->posts;
    /* With nothing on the stack, what is asleep or closed has to stay so. */
    if (ri_posts_on_stack(posts) != NULL)
        ri_posts_collect(posts);
    if (!unlink_post(posts, post))
        return 0;
    make_idle(post);
    return 1;
}
