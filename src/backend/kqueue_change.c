/* SPDX-License-Identifier: MIT */
/* kqueue(2): what is registered becomes knotes. The facts are in kqueue.h. */
#include "backend/kqueue.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#ifdef EV_DISPATCH
#define EV_ONCE    EV_DISPATCH
#define ONCE_STAYS true
#else
#define EV_ONCE    EV_ONESHOT
#define ONCE_STAYS false /* fact (e) */
#endif

#ifdef EV_RECEIPT
#define RECEIPT EV_RECEIPT
#else
#define RECEIPT 0 /* fact (f) */
#endif

static const struct timespec at_once;

/* ---- Knotes ---- */

/* What adds each kind, but for its descriptor, its token and its flags. */
static const struct knote_kind {
    uint8_t bit;
    struct kevent blank;
} kinds[] = {
    {RI_KNOTE_READ, {.filter = EVFILT_READ}},
    {RI_KNOTE_WRITE, {.filter = EVFILT_WRITE}},
    {RI_KNOTE_EXCEPT, {.filter = EVFILT_EXCEPT, .fflags = NOTE_OOB}},
};

#define KIND_COUNT (RI_HAVE_EXCEPT ? 3 : 2)

enum trigger { TRIGGER_LEVEL, TRIGGER_EDGE, TRIGGER_ONCE };

static bool is_silent(uint32_t interest)
{
    return (interest & RI_INTEREST_READINESS) == 0;
}

static uint8_t trigger_of(uint32_t interest)
{
    if (interest & REACTOR_ONESHOT)
        return TRIGGER_ONCE;
    return interest & REACTOR_EDGE ? TRIGGER_EDGE : TRIGGER_LEVEL;
}

static unsigned enable_flag_of(uint32_t interest)
{
    return is_silent(interest) ? EV_DISABLE : EV_ENABLE; /* fact (d) */
}

static unsigned flags_of(uint32_t interest)
{
    static const unsigned flags[] = {[TRIGGER_LEVEL] = 0,
                                     [TRIGGER_EDGE] = EV_CLEAR,
                                     [TRIGGER_ONCE] = EV_ONCE};

    return EV_ADD | flags[trigger_of(interest)] | enable_flag_of(interest);
}

/*
 * Even what is silent has a knote: fact (b). Any that is there will do, since
 * not every descriptor takes RI_KNOTE_READ.
 */
static uint8_t knotes_of(uint32_t interest, uint8_t there)
{
    if (!is_silent(interest))
        return ri_knotes_of(interest);
    return there != 0 ? there : RI_KNOTE_READ;
}

/* ---- Changes ---- */

static struct ri_backend_source *
part_of(struct ri_backend *backend, const struct ri_registration *registration)
{
    return &ri_sources_at(backend->sources, registration->index)->backend;
}

struct changes {
    struct kevent list[2 * sizeof(kinds) / sizeof(kinds[0])];
    ri_kevent_count count;
    uint8_t knotes;  /* those that there are to be then, */
    uint8_t trigger; /* and their enum trigger */
};

static void set_token(struct kevent *change,
                      const struct ri_registration *registration, uint32_t mark)
{
    struct ri_token token = ri_token_of(registration);
    uint32_t narrow;

    token.generation |= mark;
    narrow = ri_narrow_generation(token.generation) | registration->index;
    memcpy(&change->udata, RI_UDATA_NARROW ? (void *)&narrow : (void *)&token,
           RI_UDATA_NARROW ? sizeof(narrow) : sizeof(token));
}

static void append(struct changes *changes, const struct knote_kind *kind,
                   unsigned flags, const struct ri_registration *registration,
                   uint32_t mark)
{
    struct kevent *change = &changes->list[changes->count++];

    *change = kind->blank;
    change->ident = (uintptr_t)registration->handle;
    change->flags = (unsigned short)(flags | RECEIPT);
    if (kind->bit == RI_KNOTE_WRITE &&
        !(registration->interest & REACTOR_WRITABLE)) {
        change->fflags = NOTE_LOWAT; /* fact (l) */
        change->data = INT_MAX;
    }
    set_token(change, registration, mark);
}

/*
 * Each change's answer, an errno value, is in its `data` then. An error of the
 * call itself means that nothing was changed.
 */
static int submit(struct ri_backend *backend, struct changes *changes)
{
    struct kevent *list = changes->list;
    ri_kevent_count count = changes->count;
    ri_kevent_count i;

    if (RECEIPT != 0) {
        if (kevent(backend->queue, list, count, list, count, &at_once) >= 0)
            return 0;
        for (i = 0; i < count; i++)
            list[i].data = 0;
        return errno == EINTR ? 0 : -errno; /* fact (f) */
    }
    for (i = 0; i < count; i++) {
        int result = kevent(backend->queue, &list[i], 1, NULL, 0, &at_once);

        list[i].data = result < 0 && errno != EINTR ? errno : 0;
    }
    return 0;
}

/*
 * Fact (g). A descriptor that was closed has EBADF for the stand-in as well. An
 * answer does not tell any more what the change was.
 */
static bool is_broken_pipe(const struct kevent *answer)
{
    return answer->filter == EVFILT_WRITE &&
           (answer->data == EPIPE || answer->data == EBADF);
}

/* An errno value; what has no urgent data says so in its own way: fact (l). */
static int error_of(const struct kevent *answer)
{
    bool is_except = RI_HAVE_EXCEPT && answer->filter == EVFILT_EXCEPT;

    return is_except && (answer->data == EINVAL || answer->data == EPERM)
               ? ENOTSUP
               : (int)answer->data;
}

/* The first error among the answers; of those of fact (g), only whether. */
static int first_error(const struct changes *changes, bool *is_broken)
{
    ri_kevent_count i;

    *is_broken = false;
    for (i = 0; i < changes->count; i++) {
        if (is_broken_pipe(&changes->list[i]))
            *is_broken = true;
        else if (changes->list[i].data != 0)
            return -error_of(&changes->list[i]);
    }
    return 0;
}

/* Takes away whatever there is; nothing else can become of it: fact (k). */
static void delete_knotes(struct ri_backend *backend,
                          const struct ri_registration *registration,
                          unsigned knotes)
{
    struct changes changes = {.count = 0};
    int i;

    for (i = 0; i < KIND_COUNT; i++)
        if (knotes & kinds[i].bit)
            append(&changes, &kinds[i], EV_DELETE, registration, 0);
    if (changes.count > 0)
        (void)submit(backend, &changes);
}

/* The change that adds, or modifies, the knote of fact (g). */
static int stand_in(struct ri_backend *backend,
                    const struct ri_registration *wanted)
{
    struct changes changes = {.count = 0};
    bool is_broken;
    int error;

    append(&changes, &kinds[0], flags_of(wanted->interest), wanted,
           RI_KNOTE_STANDS_IN);
    error = submit(backend, &changes);
    return error != 0 ? error : first_error(&changes, &is_broken);
}

/*
 * Has the changes made that lead to what is wanted. If one fails, nothing is
 * known of what there is then; *is_untouched tells whether something is.
 */
static int make(struct ri_backend *backend, struct changes *changes,
                const struct ri_registration *wanted, bool *is_untouched)
{
    struct ri_backend_source *part = part_of(backend, wanted);
    bool is_broken;
    int error = submit(backend, changes);

    *is_untouched = error != 0;
    if (error != 0)
        return error;
    error = first_error(changes, &is_broken);
    if (error == 0 && is_broken) {
        error = stand_in(backend, wanted);
        changes->knotes = RI_KNOTE_READ | (changes->knotes & RI_KNOTE_EXCEPT);
    }
    if (error != 0)
        return error;
    part->knotes = changes->knotes;
    part->trigger = changes->trigger;
    part->stands_in = is_broken;
    return 0;
}

/* What is registered at the index; silent if it is a oneshot that has fired. */
static struct ri_registration registered(struct ri_backend *backend,
                                         uint32_t index)
{
    struct ri_registration registration =
        ri_sources_registration(backend->sources, index);

    if (ri_source_is_disarmed(ri_sources_at(backend->sources, index)))
        registration.interest = 0;
    return registration;
}

/* A change that changes nothing, but asks whether the knote is there: (b). */
static void append_question(struct ri_backend *backend, struct changes *changes,
                            const struct knote_kind *kind, uint32_t index)
{
    struct ri_registration now = registered(backend, index);
    bool stands_in = part_of(backend, &now)->stands_in;

    append(changes, kind, enable_flag_of(now.interest), &now,
           stands_in ? RI_KNOTE_STANDS_IN : 0);
}

/* From the knotes that there are to those that are wanted; facts (b), (c). */
static void plan(struct ri_backend *backend, struct changes *changes,
                 const struct ri_registration *wanted)
{
    const struct ri_backend_source *part = part_of(backend, wanted);
    bool stays = is_silent(wanted->interest) && part->knotes != 0;
    bool is_asked = false;
    int i;

    changes->count = 0;
    changes->knotes = knotes_of(wanted->interest, part->knotes);
    changes->trigger = stays ? part->trigger : trigger_of(wanted->interest);
    for (i = 0; i < KIND_COUNT; i++) {
        bool is_there = (part->knotes & kinds[i].bit) != 0;
        bool is_wanted = (changes->knotes & kinds[i].bit) != 0;

        if (is_there && !(is_wanted && changes->trigger == part->trigger))
            append(changes, &kinds[i], EV_DELETE, wanted, 0);
        else if (is_there && !is_asked)
            append_question(backend, changes, &kinds[i], wanted->index);
        is_asked |= is_there;
        if (is_wanted)
            append(changes, &kinds[i], flags_of(wanted->interest), wanted, 0);
    }
}

/* Where there are none. */
static int add_knotes(struct ri_backend *backend,
                      const struct ri_registration *wanted)
{
    struct changes changes;
    bool is_untouched;
    int error;

    part_of(backend, wanted)->knotes = 0;
    plan(backend, &changes, wanted);
    error = make(backend, &changes, wanted, &is_untouched);
    if (error != 0 && !is_untouched)
        delete_knotes(backend, wanted, RI_KNOTES_ALL);
    return error;
}

/* After changes that failed half-way: fact (k). */
static void restore(struct ri_backend *backend, uint32_t index)
{
    struct ri_registration registration = registered(backend, index);

    delete_knotes(backend, &registration, RI_KNOTES_ALL);
    (void)add_knotes(backend, &registration);
}

/* Whether the knotes that are noted have to be there: fact (e). */
static bool has_certain_knotes(const struct ri_backend_source *part)
{
    return part->knotes != 0 && (ONCE_STAYS || part->trigger != TRIGGER_ONCE);
}

/* 0 if the handle names what was registered; -ENOENT if something else. */
static int recognise(struct ri_backend *backend,
                     const struct ri_registration *registration,
                     uint32_t identity)
{
    const struct ri_backend_source *part = part_of(backend, registration);
    struct changes changes = {.count = 0};
    bool is_broken;
    int error;
    int i;

    if (!has_certain_knotes(part))
        return part->identity == identity ? 0 : -ENOENT;
    for (i = 0; !(part->knotes & kinds[i].bit); i++)
        continue;
    append_question(backend, &changes, &kinds[i], registration->index);
    error = submit(backend, &changes);
    return error != 0 ? error : first_error(&changes, &is_broken);
}

/* -EEXIST unless its number is another's by now. */
static int expect_replaced(struct ri_backend *backend,
                           const struct ri_registration *replaced,
                           uint32_t identity)
{
    int error = recognise(backend, replaced, identity);

    if (error == 0)
        return -EEXIST;
    return error == -ENOENT ? 0 : error;
}

int ri_backend_add(struct ri_backend *backend,
                   const struct ri_registration *wanted,
                   const struct ri_registration *replaced)
{
    uint32_t identity;
    int error = ri_handle_inspect(wanted->handle, &identity); /* fact (m) */

    if (error != 0)
        return error;
    if (ri_kqueue_owns(backend, wanted->handle))
        return -EINVAL;
    if (RI_UDATA_NARROW && wanted->index >= RI_NARROW_INDEX_MAX)
        return -ENOSPC;
    if (replaced != NULL)
        error = expect_replaced(backend, replaced, identity);
    if (error == 0)
        error = add_knotes(backend, wanted);
    if (error == 0)
        part_of(backend, wanted)->identity = identity;
    return error;
}

/* Some may have gone: whatever is left is taken away. */
static int forget_uncertain(struct ri_backend *backend,
                            const struct ri_registration *wanted)
{
    struct ri_backend_source *part = part_of(backend, wanted);
    uint32_t identity;
    int error = ri_handle_inspect(wanted->handle, &identity);

    if (error == 0)
        error = recognise(backend, wanted, identity);
    if (error != 0)
        return error == -EPERM ? -ENOENT : error;
    delete_knotes(backend, wanted, part->knotes);
    part->knotes = 0;
    return 0;
}

int ri_backend_modify(struct ri_backend *backend,
                      const struct ri_registration *wanted)
{
    struct ri_backend_source *part = part_of(backend, wanted);
    struct changes changes;
    bool is_untouched;
    int error = 0;

    if (!has_certain_knotes(part))
        error = forget_uncertain(backend, wanted);
    if (error != 0)
        return error;
    plan(backend, &changes, wanted);
    error = make(backend, &changes, wanted, &is_untouched);
    if (error == -EBADF || error == -ENOENT) {
        delete_knotes(backend, wanted, RI_KNOTES_ALL); /* those of another */
        error = ri_handle_is_open(wanted->handle);
        return error != 0 ? error : -ENOENT;
    }
    if (error != 0 && !(is_untouched && part->knotes != 0))
        restore(backend, wanted->index);
    return error;
}

void ri_backend_remove(struct ri_backend *backend,
                       const struct ri_registration *retired)
{
    delete_knotes(backend, retired, part_of(backend, retired)->knotes);
}
