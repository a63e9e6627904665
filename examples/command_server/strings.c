/* SPDX-License-Identifier: MIT */
#include "command_server/commands.h"

#include <inttypes.h>
#include <stdio.h>

static const int64_t second_ns = INT64_C(1000000000);
static const int64_t ms_ns = INT64_C(1000000);

static void reply_blob(struct reply *reply, const struct blob *blob)
{
    reply_bulk(reply, blob->bytes, blob->size);
}

/* ---- Read ---- */

void command_get(struct call *call)
{
    struct node *node;

    if (!find_typed(call, TYPE_STRING, &node))
        return;
    if (node != NULL)
        reply_blob(call->reply, node->value.blob);
    else
        reply_null(call->reply);
}

void command_strlen(struct call *call)
{
    struct node *node;

    if (find_typed(call, TYPE_STRING, &node))
        reply_integer(call->reply, node != NULL ? node->value.blob->size : 0);
}

void command_mget(struct call *call)
{
    reply_array(call->reply, (size_t)call->count - 1);
    for (int i = 1; i < call->count; i++) {
        const struct node *node = store_find(call->store, call->arguments[i]);

        if (node != NULL && node->type == TYPE_STRING)
            reply_blob(call->reply, node->value.blob);
        else
            reply_null(call->reply);
    }
}

/* ---- Write ---- */

/* Whatever the key has had; NULL: no memory. */
static struct node *set(struct call *call, struct argument key,
                        struct argument value)
{
    struct node *node = store_find(call->store, key);

    if (node != NULL && node->type != TYPE_STRING)
        store_make_string(node);
    if (node == NULL)
        node = store_add(call->store, key, TYPE_STRING);
    if (node == NULL)
        return NULL;
    if (blob_set(&node->value.blob, value))
        return node;
    remove_if_empty(call, node);
    return NULL;
}

struct set_options {
    bool has_expiry, only_new, only_old, keeps_expiry;
    int64_t delay_ns;
};

static bool read_expiry(struct call *call, int at, int64_t unit_ns,
                        struct set_options *options)
{
    if (at == call->count || options->has_expiry) {
        reply_syntax(call);
        return false;
    }
    if (!read_delay(call, call->arguments[at], unit_ns, &options->delay_ns))
        return false;
    if (options->delay_ns <= 0) {
        reply_error(call->reply, "ERR invalid expire time in 'set' command");
        return false;
    }
    options->has_expiry = true;
    return true;
}

static bool read_set_options(struct call *call, struct set_options *options)
{
    for (int i = 3; i < call->count; i++) {
        struct argument word = call->arguments[i];

        if (argument_is(word, "nx")) {
            options->only_new = true;
        } else if (argument_is(word, "xx")) {
            options->only_old = true;
        } else if (argument_is(word, "keepttl")) {
            options->keeps_expiry = true;
        } else if (argument_is(word, "ex") || argument_is(word, "px")) {
            if (!read_expiry(call, ++i,
                             argument_is(word, "ex") ? second_ns : ms_ns,
                             options))
                return false;
        } else {
            reply_syntax(call);
            return false;
        }
    }
    if ((options->only_new && options->only_old) ||
        (options->keeps_expiry && options->has_expiry)) {
        reply_syntax(call);
        return false;
    }
    return true;
}

static bool set_with(struct call *call, struct argument value,
                     const struct set_options *options)
{
    struct node *node = set(call, call->arguments[1], value);

    if (node != NULL && !options->keeps_expiry)
        store_persist(node);
    if (node != NULL && options->has_expiry &&
        !store_expire(call->store, node, options->delay_ns)) {
        store_remove(call->store, node);
        node = NULL;
    }
    if (node == NULL)
        reply_no_memory(call);
    return node != NULL;
}

void command_set(struct call *call)
{
    struct set_options options = {.delay_ns = 0};
    bool exists;

    if (!read_set_options(call, &options))
        return;
    exists = store_find(call->store, call->arguments[1]) != NULL;
    if ((options.only_new && exists) || (options.only_old && !exists))
        reply_null(call->reply);
    else if (set_with(call, call->arguments[2], &options))
        reply_status(call->reply, "OK");
}

static void set_expiring(struct call *call, int64_t unit_ns)
{
    struct set_options options = {.has_expiry = false};

    if (read_expiry(call, 2, unit_ns, &options) &&
        set_with(call, call->arguments[3], &options))
        reply_status(call->reply, "OK");
}

void command_setex(struct call *call)
{
    set_expiring(call, second_ns);
}

void command_psetex(struct call *call)
{
    set_expiring(call, ms_ns);
}

void command_setnx(struct call *call)
{
    static const struct set_options plain;

    if (store_find(call->store, call->arguments[1]) != NULL)
        reply_integer(call->reply, 0);
    else if (set_with(call, call->arguments[2], &plain))
        reply_integer(call->reply, 1);
}

void command_getset(struct call *call)
{
    size_t before = call->reply->size;
    struct node *node;

    if (!find_typed(call, TYPE_STRING, &node))
        return;
    command_get(call);
    node = set(call, call->arguments[1], call->arguments[2]);
    if (node != NULL) {
        store_persist(node);
        return;
    }
    call->reply->size = before;
    reply_no_memory(call);
}

/* All or, if memory ends, some of them. */
void command_mset(struct call *call)
{
    if (call->count % 2 == 0) {
        reply_error(call->reply,
                    "ERR wrong number of arguments for 'mset' command");
        return;
    }
    for (int i = 1; i < call->count; i += 2) {
        struct node *node =
            set(call, call->arguments[i], call->arguments[i + 1]);

        if (node == NULL) {
            reply_no_memory(call);
            return;
        }
        store_persist(node);
    }
    reply_status(call->reply, "OK");
}

void command_append(struct call *call)
{
    struct argument added = call->arguments[2];
    struct node *node;

    if (!find_or_add(call, TYPE_STRING, &node))
        return;
    if (node->value.blob != NULL &&
        node->value.blob->size + added.size > ARGUMENT_BYTES_MAX) {
        reply_error(call->reply, "ERR string exceeds maximum allowed size");
    } else if (blob_append(&node->value.blob, added)) {
        reply_integer(call->reply, node->value.blob->size);
    } else {
        reply_no_memory(call);
        remove_if_empty(call, node);
    }
}

/* ---- Count ---- */

static void add(struct call *call, int64_t number)
{
    char text[24];
    int64_t sum = 0;
    struct node *node;
    int length;

    if (!find_typed(call, TYPE_STRING, &node))
        return;
    if (node != NULL &&
        !argument_integer(
            (struct argument){node->value.blob->bytes, node->value.blob->size},
            &sum)) {
        reply_not_integer(call);
        return;
    }
    if (number > 0 ? sum > INT64_MAX - number : sum < INT64_MIN - number) {
        reply_error(call->reply, "ERR increment or decrement would overflow");
        return;
    }
    sum += number;
    length = snprintf(text, sizeof text, "%" PRId64, sum);
    if (set(call, call->arguments[1],
            (struct argument){text, (size_t)length}) == NULL)
        reply_no_memory(call);
    else
        reply_integer(call->reply, sum);
}

void command_incr(struct call *call)
{
    add(call, 1);
}

void command_decr(struct call *call)
{
    add(call, -1);
}

void command_incrby(struct call *call)
{
    int64_t number;

    if (argument_integer(call->arguments[2], &number))
        add(call, number);
    else
        reply_not_integer(call);
}

void command_decrby(struct call *call)
{
    int64_t number;

    if (!argument_integer(call->arguments[2], &number))
        reply_not_integer(call);
    else if (number == INT64_MIN)
        reply_error(call->reply, "ERR decrement would overflow");
    else
        add(call, -number);
}
