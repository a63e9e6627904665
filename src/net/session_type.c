/* SPDX-License-Identifier: MIT */
/*
 * Options of sessions: those of a server's sessions are all the same, so they
 * are kept once.
 */
#include "net/session_state.h"

#include "base/versioned.h"

#include <errno.h>
#include <string.h>

#define KNOWN_FLAGS                                                            \
    (REACTOR_SESSION_DELAY | REACTOR_SESSION_KEEP_ALIVE |                      \
     REACTOR_SESSION_PAUSED)

/* So many are looked at: where each session has options of its own, looking for
   others that are the same is in vain. */
#define COMPARED_MAX 16

static uint32_t or_default(uint32_t value, uint32_t preset)
{
    return value != 0 ? value : preset;
}

/* Callbacks stay as they are; what is 0 gets its default. */
static int normalize(const struct reactor_session_options *options,
                     struct reactor_session_options *out)
{
    int error;

    memset(out, 0, sizeof(*out));
    error = ri_read_versioned(out, sizeof(*out), options);
    if (error != 0)
        return error;
    out->size = sizeof(*out);
    if ((out->flags & ~KNOWN_FLAGS) != 0 || out->reserved != 0 ||
        out->idle_timeout_ns < 0 || out->read_timeout_ns < 0 ||
        out->write_timeout_ns < 0)
        return -EINVAL;
    out->high = or_default(out->high, UINT32_C(64) << 10);
    out->low = or_default(out->low, out->high / 4);
    out->write_limit = or_default(out->write_limit, UINT32_C(16) << 20);
    out->read_limit = or_default(out->read_limit, UINT32_C(1) << 20);
    return out->low <= out->high ? 0 : -EINVAL;
}

static struct ri_session_type *
find_type(const struct ri_net *net,
          const struct reactor_session_options *options)
{
    struct ri_session_type *type = net->types;
    int left = COMPARED_MAX;

    for (; type != NULL && left > 0; type = type->next, left--)
        if (memcmp(&type->options, options, sizeof(*options)) == 0)
            return type;
    return NULL;
}

static void list(struct ri_net *net, struct ri_session_type *type)
{
    type->next = net->types;
    type->link = &net->types;
    if (type->next != NULL)
        type->next->link = &type->next;
    net->types = type;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The listener is not the type's, but each session's. */
int ri_session_type_hold(struct ri_net *net,
                         const struct reactor_session_options *options,
                         struct ri_session_type **out)
{
    struct reactor_session_options wanted;
    struct ri_session_type *type;
    int error = normalize(options, &wanted);

    if (error != 0)
        return error;
    wanted.listener = NULL;
    type = find_type(net, &wanted);
    if (type == NULL) {
        type = ri_allocate(sizeof(*type));
        if (type == NULL)
            return -ENOMEM;
        *type = (struct ri_session_type){.next = NULL};
        memcpy(&type->options, &wanted, sizeof(wanted));
        type->has_timeouts = wanted.idle_timeout_ns > 0 ||
                             wanted.read_timeout_ns > 0 ||
                             wanted.write_timeout_ns > 0;
        type->stage_size =
            least(RI_STAGE_SIZE, least(wanted.low, wanted.write_limit));
        type->read_size = least(RI_SCRATCH_SIZE, wanted.read_limit);
        list(net, type);
    }
    type->references++;
    *out = type;
    return 0;
}

void ri_session_type_drop(struct ri_session_type *type)
{
    if (--type->references > 0)
        return;
    *type->link = type->next;
    if (type->next != NULL)
        type->next->link = type->link;
    ri_release(type);
}
