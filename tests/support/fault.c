/* SPDX-License-Identifier: MIT */
#include "support/fault.h"

#include "support/allocator.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <string.h>

#ifdef _WIN32
#include "support/windows/headers.h"
#endif

#define NO_CALL FAULT_CALL_COUNT

/* Of later calls, and of outer functions, no note is taken. */
#define WAYS_MAX   8192
#define FRAMES_MAX 24

struct shared {
    _Atomic unsigned counts[FAULT_CALL_COUNT];
    _Atomic int denied[FAULT_CALL_COUNT];
    _Atomic unsigned call;
    _Atomic unsigned first; /* the count of calls at which it strikes */
    _Atomic unsigned last;
    _Atomic int error;
    _Atomic unsigned fired;
    _Atomic bool is_watched;
    _Atomic uintptr_t ways[FAULT_CALL_COUNT][WAYS_MAX];
};

int (*fault_choose)(enum fault_call call);

static struct shared *shared;
static bool is_marked;
static _Thread_local unsigned depth;
static _Thread_local unsigned fired_here;

#define FAULT_ERRORS(call, ...)                                                \
    static const int errors_of_##call[] = {__VA_ARGS__};
FAULT_CALLS(FAULT_ERRORS)
FAULT_ERRORS(allocate, ENOMEM)
#undef FAULT_ERRORS

#define FACTS(call, ...)                                                       \
    [FAULT_##call] = {#call, errors_of_##call,                                 \
                      sizeof(errors_of_##call) / sizeof(int)},
const struct fault_call_facts fault_calls[FAULT_CALL_COUNT] = {
    FAULT_CALLS(FACTS) FACTS(allocate, )};
#undef FACTS

/* ---- What is set ---- */

void fault_reset(void)
{
    if (shared == NULL)
        shared = fault_share(sizeof(*shared));
    assert(shared != NULL);
    memset(shared, 0, offsetof(struct shared, ways));
    fault_lift();
}

void fault_watch(void)
{
    atomic_store(&shared->is_watched, true);
}

void fault_mark(void)
{
    is_marked = true;
}

void fault_at(enum fault_call call, unsigned nth, int error,
              enum fault_duration duration)
{
    unsigned first = fault_count(call) + nth;

    atomic_store(&shared->error, error);
    atomic_store(&shared->first, first);
    atomic_store(&shared->last, duration == FAULT_ONCE ? first : UINT_MAX);
    atomic_store(&shared->call, call);
}

void fault_lift(void)
{
    atomic_store(&shared->call, NO_CALL);
}

void fault_deny(enum fault_call call, int error)
{
    atomic_store(&shared->denied[call], error);
}

/* ---- What is counted ---- */

unsigned fault_count(enum fault_call call)
{
    return atomic_load(&shared->counts[call]);
}

uintptr_t fault_way(enum fault_call call, unsigned nth)
{
    return nth <= WAYS_MAX ? atomic_load(&shared->ways[call][nth - 1]) : 0;
}

unsigned fault_fired(void)
{
    return atomic_load(&shared->fired);
}

unsigned fault_fired_here(void)
{
    return fired_here;
}

/* ---- Calls of the library ---- */

/* A write that fails, and shows in a trace. */
static void mark(const char *text)
{
    int saved = errno;

    if (is_marked && depth == 0)
        fault_show(text);
    errno = saved;
}

void fault_enter(void)
{
    mark(FAULT_MARK_ENTER);
    depth++;
}

bool fault_is_inside(void)
{
    return depth > 0;
}

void fault_leave(void)
{
    depth--;
    mark(FAULT_MARK_LEAVE);
}

/* A number for the functions that are being executed. */
static uintptr_t present_way(void)
{
    uintptr_t way = 0;
    void *frames[FRAMES_MAX];
    int count = fault_callers(frames, FRAMES_MAX);

    while (count > 0)
        way = way * 31 + (uintptr_t)frames[--count];
    return way;
}

int fault_of(enum fault_call call)
{
    unsigned count;
    int answer;

    if (depth == 0)
        return 0;
    answer = atomic_load(&shared->denied[call]);
    if (answer == 0 && fault_choose != NULL)
        answer = fault_choose(call);
    if (answer != 0)
        return answer;
    count = atomic_fetch_add(&shared->counts[call], 1) + 1;
    if (count <= WAYS_MAX && atomic_load(&shared->is_watched))
        atomic_store(&shared->ways[call][count - 1], present_way());
    if (call != atomic_load(&shared->call) ||
        count < atomic_load(&shared->first) ||
        count > atomic_load(&shared->last))
        return 0;
    atomic_fetch_add(&shared->fired, 1);
    fired_here++;
    return atomic_load(&shared->error);
}

void *fault_allocate(size_t size)
{
    return fault_of(FAULT_allocate) == 0 ? count_allocate(size) : NULL;
}

void *fault_reallocate(void *memory, size_t size)
{
    return fault_of(FAULT_allocate) == 0 ? count_reallocate(memory, size)
                                         : NULL;
}
