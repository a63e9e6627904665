/* SPDX-License-Identifier: MIT */
#include "model/model.h"

#include "support/expect.h"
#include "support/handles.h"

#include <errno.h>
#include <string.h>

#define ENDS (REACTOR_READ_CLOSED | REACTOR_WRITE_CLOSED)

void model_init(struct model *model)
{
    memset(model, 0, sizeof(*model));
    model->wait = 1;
}

void model_reopen(struct model *model)
{
    size_t i;

    for (i = 0; i < MODEL_HANDLES; i++)
        (void)model_deregister(&model->handles[i]);
    model->wake_owed = false;
    model->shut_down = false;
}

static bool is_backend(const char *name)
{
    return strcmp(reactor_backend_name(), name) == 0;
}

/*
 * What has happened may be reported once; by kqueue in each direction, also if
 * the first report has both.
 */
static void allow_repeats(struct model_handle *handle)
{
    handle->repeats = is_backend("kqueue") ? 2 : 1;
}

static void allow_all_repeats(struct model *model)
{
    size_t i;

    for (i = 0; i < MODEL_HANDLES; i++)
        allow_repeats(&model->handles[i]);
}

void model_inherit(struct model *model)
{
    model->wake_owed = false;
    allow_all_repeats(model);
}

/* ---- What is so, and who is told ---- */

static uint32_t truth_of(const struct model_handle *handle)
{
    uint32_t truth = 0;

    if (handle->peer_closed && closing_ends_both())
        return DIRECTIONS | ENDS;
    if (handle->unread > 0)
        truth |= REACTOR_READABLE;
    if (!handle->is_full)
        truth |= REACTOR_WRITABLE;
    if (handle->peer_shut || handle->peer_closed)
        truth |= REACTOR_READABLE | REACTOR_READ_CLOSED;
    return truth;
}

/*
 * A half-close is told to readers, an end to everyone who isn't paused; by
 * kqueue in the directions that were asked for.
 */
static uint32_t asked_for(uint32_t interest)
{
    uint32_t asked = interest & READINESS_ALL;

    if ((asked & REACTOR_WRITABLE) || asked == REACTOR_PRIORITY ||
        (asked != 0 && !is_backend("kqueue")))
        asked |= REACTOR_WRITE_CLOSED;
    if (asked & REACTOR_READABLE)
        asked |= REACTOR_READ_CLOSED;
    return asked;
}

static bool is_edge(const struct model_handle *handle)
{
    return (handle->interest & (REACTOR_EDGE | REACTOR_ONESHOT)) ==
           REACTOR_EDGE;
}

/* An edge owes what became so, level and oneshot owe what is so. */
static void look(struct model_handle *handle)
{
    uint32_t before = handle->due;

    handle->due = 0;
    if (handle->registered && !handle->lost)
        handle->due = truth_of(handle) & asked_for(handle->interest);
    if (is_edge(handle))
        handle->owed |= handle->due & ~before;
    else
        handle->owed = handle->armed ? handle->due : 0;
    handle->owed &= handle->due;
    handle->past |= handle->due;
}

void model_changed(struct model_handle *handle)
{
    allow_repeats(handle);
    look(handle);
}

void model_open(struct model_handle *handle, enum model_object object)
{
    handle->object = object;
    handle->unread = 0;
    handle->is_full = handle->peer_shut = handle->peer_closed = false;
}

void model_close(struct model_handle *handle)
{
    handle->object = MODEL_CLOSED;
    handle->lost = handle->registered;
    look(handle);
}

/* ---- Calls ---- */

static int refuse_change(const struct model *model, uint32_t interest)
{
    if ((interest & ~(uint32_t)INTEREST_ALL) != 0)
        return -EINVAL;
    if (model->shut_down)
        return -ECANCELED;
    return is_supported(interest) ? 0 : -ENOTSUP;
}

static void begin_registration(struct model_handle *handle, uint32_t interest,
                               void *user_data)
{
    handle->registered = true;
    handle->lost = false;
    handle->interest = interest;
    handle->user_data = user_data;
    handle->armed = true;
    handle->due = 0;
    handle->owed = 0;
    handle->past = 0;
    model_changed(handle);
}

int model_register(struct model *model, struct model_handle *handle,
                   uint32_t interest, void *user_data)
{
    int error = refuse_change(model, interest);

    if (error != 0)
        return error;
    if (handle->object == MODEL_CLOSED)
        return -EBADF;
    if (handle->registered && !handle->lost) {
        if (is_backend("kqueue")) /* the question has it looked at anew */
            allow_repeats(handle);
        return -EEXIST;
    }
    if (handle->object == MODEL_FILE)
        return -EPERM;
    begin_registration(handle, interest, user_data);
    return 0;
}

int model_reregister(struct model *model, struct model_handle *handle,
                     uint32_t interest, void *user_data)
{
    int error = refuse_change(model, interest);

    if (error != 0)
        return error;
    if (handle->object == MODEL_CLOSED)
        return -EBADF;
    if (!handle->registered || handle->lost)
        return -ENOENT;
    begin_registration(handle, interest, user_data);
    return 0;
}

int model_deregister(struct model_handle *handle)
{
    if (!handle->registered)
        return handle->object == MODEL_CLOSED ? -EBADF : -ENOENT;
    handle->registered = handle->lost = false;
    look(handle);
    return 0;
}

/* ---- Waits ---- */

/*
 * epoll goes on with the old object while something keeps it alive, poll and
 * iocp with whatever the number names now, io_uring with either.
 */
static bool may_report_lost(const struct model *model)
{
    return model->ghosts > 0 || is_backend("io_uring") || is_backend("iocp") ||
           is_backend("poll");
}

static bool is_never_looked_at(const struct model_handle *handle)
{
    return (handle->interest & REACTOR_ONESHOT) && !oneshots_are_looked_at();
}

/*
 * A poll of io_uring tells why it was woken, which may be over by the wait, and
 * so does a oneshot that is not looked at again. Where streams do not stay
 * full, nobody knows whether they are.
 */
static uint32_t may_be_told(const struct model_handle *handle)
{
    bool may_be_over = is_backend("io_uring") || is_never_looked_at(handle);
    uint32_t may = handle->due | (may_be_over ? handle->past : 0);

    if (handle->is_full && !full_stays_full())
        may |= handle->interest & REACTOR_WRITABLE;
    return may;
}

/* It tells only why it was woken first: an end may come with the next wait. */
static uint32_t must_be_told(const struct model_handle *handle)
{
    uint32_t late = is_backend("io_uring") && !is_edge(handle) ? ENDS : 0;

    if (handle->unread > 0 && !ends_overtake_data())
        late = ENDS;
    return (handle->owed & DIRECTIONS) ? handle->owed & ~late : handle->owed;
}

static const char *check_readiness(const struct model *model,
                                   const struct model_handle *handle,
                                   uint32_t readiness)
{
    if (!handle->armed)
        return "a disarmed oneshot reports";
    if (may_be_told(handle) == 0)
        return "it has nothing to report";
    if (is_edge(handle) && handle->owed == 0 && handle->repeats == 0 &&
        model->ghosts == 0)
        return "an edge reports again, and nothing has happened";
    if (must_be_told(handle) & ~readiness)
        return "readiness is missing";
    if (readiness & READINESS_ALL & ~may_be_told(handle))
        return "readiness that isn't so, or wasn't asked for";
    if (readiness & ~(uint32_t)(READINESS_ALL | FLAGS))
        return "unknown readiness";
    return NULL;
}

const char *model_report(struct model *model, struct model_handle *handle,
                         const struct reactor_event *event)
{
    const char *wrong;

    if (!handle->registered)
        return "it isn't registered";
    if (event->user_data != handle->user_data)
        return "not its user data";
    if (handle->reported_by == model->wait)
        return "reported twice";
    handle->reported_by = model->wait;
    if (handle->lost)
        return may_report_lost(model) ? NULL : "its object was closed";
    wrong = check_readiness(model, handle, event->readiness);
    if (handle->interest & REACTOR_ONESHOT)
        handle->armed = false;
    if (handle->interest & (REACTOR_ONESHOT | REACTOR_EDGE))
        handle->owed = 0;
    if (handle->repeats > 0)
        handle->repeats--;
    return wrong;
}

const char *model_report_wake(struct model *model,
                              const struct reactor_event *event)
{
    bool owed = model->wake_owed;

    model->wake_owed = false;
    if (!owed)
        return "a wake, and nobody woke";
    if (event->user_data != NULL || event->readiness != REACTOR_WAKE)
        return "a wake that is something else besides";
    return NULL;
}

size_t model_owed(const struct model *model)
{
    size_t owed = model->wake_owed;
    size_t i;

    for (i = 0; i < MODEL_HANDLES; i++)
        if (model->handles[i].owed != 0 &&
            model->handles[i].reported_by != model->wait)
            owed++;
    return owed;
}

/* To get rid of ghosts, the whole set may have been made anew. */
void model_wait_end(struct model *model)
{
    size_t i;

    for (i = 0; i < MODEL_HANDLES; i++)
        if (!is_never_looked_at(&model->handles[i]))
            model->handles[i].past = model->handles[i].due;
    model->wait++;
    if (model->ghosts > 0)
        allow_all_repeats(model);
}

size_t model_registered(const struct model *model)
{
    size_t count = 0;
    size_t i;

    for (i = 0; i < MODEL_HANDLES; i++)
        count += model->handles[i].registered;
    return count;
}
