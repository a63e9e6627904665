/* SPDX-License-Identifier: MIT */
/* Sets, and hashes. */
#include "command_server/commands.h"

#include <stdint.h>

#include "command_server/memory.h"

static size_t count_of(const struct node *node)
{
    return node != NULL ? node->value.table->count : 0;
}

static void reply_count(struct call *call, enum type type)
{
    struct node *node;

    if (find_typed(call, type, &node))
        reply_integer(call->reply, (int64_t)count_of(node));
}

static void reply_exists(struct call *call, enum type type)
{
    struct node *node;

    if (find_typed(call, type, &node))
        reply_integer(call->reply,
                      node != NULL && table_find(node->value.table,
                                                 call->arguments[2]) != NULL);
}

/* Removes those that are named, and says how many there were. */
static void remove_named(struct call *call, enum type type)
{
    int64_t removed = 0;
    struct node *node;

    if (!find_typed(call, type, &node))
        return;
    for (int i = 2; node != NULL && i < call->count; i++) {
        struct node *member = table_find(node->value.table, call->arguments[i]);

        if (member == NULL)
            continue;
        if (type == TYPE_HASH)
            memory_release(member->value.blob);
        table_remove(node->value.table, member);
        removed++;
    }
    reply_integer(call->reply, removed);
    if (node != NULL)
        remove_if_empty(call, node);
}

/* ---- Sets ---- */

void command_sadd(struct call *call)
{
    int64_t added = 0;
    struct node *node;

    if (!find_or_add(call, TYPE_SET, &node))
        return;
    for (int i = 2; i < call->count && added >= 0; i++) {
        struct table *table = node->value.table;

        if (table_find(table, call->arguments[i]) == NULL)
            added =
                table_add(table, call->arguments[i]) != NULL ? added + 1 : -1;
    }
    if (added >= 0)
        reply_integer(call->reply, added);
    else
        reply_no_memory(call);
    remove_if_empty(call, node);
}

void command_srem(struct call *call)
{
    remove_named(call, TYPE_SET);
}

void command_scard(struct call *call)
{
    reply_count(call, TYPE_SET);
}

void command_sismember(struct call *call)
{
    reply_exists(call, TYPE_SET);
}

void command_smembers(struct call *call)
{
    struct node *node;

    if (!find_typed(call, TYPE_SET, &node))
        return;
    reply_array(call->reply, count_of(node));
    for (size_t i = 0; i < count_of(node) && !call->reply->has_failed; i++) {
        const struct node *member = node->value.table->nodes[i];

        reply_bulk(call->reply, member->key, member->size);
    }
}

/* A linear congruence: what comes next is no secret, and need not be. */
static size_t random_number(void)
{
    static uint32_t state = 1;

    state = state * 1664525 + 1013904223;
    return state >> 8;
}

/* Any one. */
void command_spop(struct call *call)
{
    struct node *node, *member;

    if (!find_typed(call, TYPE_SET, &node))
        return;
    if (node == NULL) {
        reply_null(call->reply);
        return;
    }
    member = node->value.table->nodes[random_number() % count_of(node)];
    reply_bulk(call->reply, member->key, member->size);
    table_remove(node->value.table, member);
    remove_if_empty(call, node);
}

/* ---- Hashes ---- */

/* 1 if the field is new, 0 if it was there, -1: no memory. */
static int set_field(struct table *table, struct argument name,
                     struct argument value)
{
    struct node *field = table_find(table, name);
    bool is_new = field == NULL;

    if (is_new)
        field = table_add(table, name);
    if (field == NULL)
        return -1;
    if (!blob_set(&field->value.blob, value)) {
        if (is_new)
            table_remove(table, field);
        return -1;
    }
    return is_new;
}

void command_hset(struct call *call)
{
    int64_t added = 0;
    int result = 0;
    struct node *node;

    if (call->count % 2 != 0) {
        reply_error(call->reply,
                    "ERR wrong number of arguments for 'hset' command");
        return;
    }
    if (!find_or_add(call, TYPE_HASH, &node))
        return;
    for (int i = 2; i < call->count && result >= 0; i += 2) {
        result = set_field(node->value.table, call->arguments[i],
                           call->arguments[i + 1]);
        added += result;
    }
    if (result >= 0)
        reply_integer(call->reply, added);
    else
        reply_no_memory(call);
    remove_if_empty(call, node);
}

void command_hget(struct call *call)
{
    const struct node *field = NULL;
    struct node *node;

    if (!find_typed(call, TYPE_HASH, &node))
        return;
    if (node != NULL)
        field = table_find(node->value.table, call->arguments[2]);
    if (field != NULL)
        reply_bulk(call->reply, field->value.blob->bytes,
                   field->value.blob->size);
    else
        reply_null(call->reply);
}

void command_hdel(struct call *call)
{
    remove_named(call, TYPE_HASH);
}

void command_hlen(struct call *call)
{
    reply_count(call, TYPE_HASH);
}

void command_hexists(struct call *call)
{
    reply_exists(call, TYPE_HASH);
}

void command_hgetall(struct call *call)
{
    struct node *node;

    if (!find_typed(call, TYPE_HASH, &node))
        return;
    reply_array(call->reply, 2 * count_of(node));
    for (size_t i = 0; i < count_of(node) && !call->reply->has_failed; i++) {
        const struct node *field = node->value.table->nodes[i];

        reply_bulk(call->reply, field->key, field->size);
        reply_bulk(call->reply, field->value.blob->bytes,
                   field->value.blob->size);
    }
}
