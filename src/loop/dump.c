/* SPDX-License-Identifier: MIT */
/* The dump: a line for each thing that is active. It only looks. */
#include "loop/loop_state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define LINE_LENGTH 160

struct sink {
    reactor_write_fn *write;
    void *user_data;
};

RI_PRINTS(2, 3)
static void print(const struct sink *sink, const char *format, ...)
{
    char line[LINE_LENGTH];
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    if (length >= (int)sizeof(line)) {
        length = (int)sizeof(line) - 1;
        line[length - 1] = '\n';
    }
    if (length > 0)
        sink->write(sink->user_data, line, (size_t)length);
}

/* "rwp" and the trigger, as far as they are there. */
#define INTEREST_LENGTH 8

static const char *name_interest(uint32_t interest, char out[INTEREST_LENGTH])
{
    static const struct {
        uint32_t bit;
        char name;
    } bits[] = {
        {REACTOR_READABLE, 'r'}, {REACTOR_WRITABLE, 'w'},
        {REACTOR_PRIORITY, 'p'}, {REACTOR_EDGE, 'E'},
        {REACTOR_ONESHOT, 'O'},
    };
    char *end = out;
    size_t i;

    for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
        if (interest & bits[i].bit)
            *end++ = bits[i].name;
    if (end == out)
        *end++ = '-';
    *end = '\0';
    return out;
}

static void dump_handlers(const struct reactor_loop *loop,
                          const struct sink *sink)
{
    const struct reactor_handler *handler = NULL;

    while ((handler = ri_handlers_walk(loop, handler)) != NULL) {
        char wanted[INTEREST_LENGTH];
        char known[INTEREST_LENGTH];

        if (handler->flags & RI_INTERNAL)
            continue;

        print(sink,
              "handler %p: handle %" PRIiPTR ", interest %s, kernel %s, "
              "user data %p\n",
              (const void *)handler, (intptr_t)handler->handle,
              name_interest(handler->wanted, wanted),
              name_interest(handler->known, known), handler->user_data);
    }
}

static void dump_timers(const struct reactor_loop *loop,
                        const struct sink *sink)
{
    const struct reactor_timer *timer = NULL;
    int64_t now = ri_clock_now_ns();

    while ((timer = ri_timers_walk(loop, timer)) != NULL) {
        int64_t left_ns = ri_timers_left_ns(timer, now);

        print(sink,
              "timer %p: due in %" PRIi64 " ns, period %" PRIi64 " ns, "
              "user data %p\n",
              (const void *)timer, left_ns, timer->period_ns, timer->user_data);
    }
}

static void dump_posts(const struct reactor_post *post, const char *where,
                       const struct sink *sink)
{
    for (; post != NULL; post = post->next) {
        if (post->reserved & RI_INTERNAL)
            continue;
        print(sink, "post %p: %s, user data %p\n", (const void *)post, where,
              post->user_data);
    }
}

static void dump_signals(const struct reactor_loop *loop,
                         const struct sink *sink)
{
    const struct reactor_signal *signal = NULL;

    while ((signal = ri_signals_next(loop, signal)) != NULL)
        print(sink, "signal %p: number %d, user data %p\n",
              (const void *)signal, (int)signal->number, signal->user_data);
}

static void dump_children(const struct reactor_loop *loop,
                          const struct sink *sink)
{
    const struct reactor_child *child;

    for (child = loop->children; child != NULL; child = child->next)
        print(sink, "child %p: process %" PRIiPTR ", user data %p\n",
              (const void *)child, child->process, child->user_data);
}

static void dump_hooks(const struct reactor_loop *loop, const struct sink *sink)
{
    static const char *const names[RI_HOOK_PLACES] = {
        "before wait", "after wait", "before close", "on release"};
    int place;

    for (place = 0; place < RI_HOOK_PLACES; place++) {
        const struct reactor_hook *hook = loop->hooks.first[place];

        for (; hook != NULL; hook = hook->next)
            print(sink, "hook %p: %s, user data %p\n", (const void *)hook,
                  names[place], hook->user_data);
    }
}

int reactor_loop_dump(struct reactor_loop *loop, reactor_write_fn *write,
                      void *user_data)
{
    struct sink sink = {.write = write, .user_data = user_data};

    if (loop == NULL || write == NULL)
        return -EINVAL;
    print(&sink,
          "loop %p: %s, alive %" PRIi64 ", turns %" PRIu64 ", events %" PRIu64
          ", callbacks %" PRIu64 "\n",
          (void *)loop, reactor_backend_name(), reactor_loop_alive(loop),
          loop->numbers.turns, loop->numbers.events, loop->numbers.callbacks);
    dump_handlers(loop, &sink);
    dump_timers(loop, &sink);
    dump_posts(loop->posts.first, "pending", &sink);
    dump_posts(ri_posts_on_stack(&loop->posts), "sent", &sink);
    dump_signals(loop, &sink);
    dump_children(loop, &sink);
    dump_hooks(loop, &sink);
    return 0;
}
