/* SPDX-License-Identifier: MIT */
#include "command_server/commands.h"

static const int64_t second_ns = INT64_C(1000000000);
static const int64_t ms_ns = INT64_C(1000000);

void command_del(struct call *call)
{
    int64_t removed = 0;

    for (int i = 1; i < call->count; i++) {
        struct node *node = store_find(call->store, call->arguments[i]);

        if (node != NULL) {
            store_remove(call->store, node);
            removed++;
        }
    }
    reply_integer(call->reply, removed);
}

/* One that is named twice counts twice. */
void command_exists(struct call *call)
{
    int64_t found = 0;

    for (int i = 1; i < call->count; i++)
        found += store_find(call->store, call->arguments[i]) != NULL;
    reply_integer(call->reply, found);
}

void command_type(struct call *call)
{
    static const char *const names[] = {[TYPE_STRING] = "string",
                                        [TYPE_LIST] = "list",
                                        [TYPE_SET] = "set",
                                        [TYPE_HASH] = "hash",
                                        [TYPE_SORTED_SET] = "zset"};
    const struct node *node = store_find(call->store, call->arguments[1]);

    reply_status(call->reply, node != NULL ? names[node->type] : "none");
}

void command_dbsize(struct call *call)
{
    reply_integer(call->reply, (int64_t)call->store->keys.count);
}

void command_flushall(struct call *call)
{
    store_clear(call->store);
    reply_status(call->reply, "OK");
}

/* ---- Expiry ---- */

static void expire(struct call *call, int64_t unit_ns)
{
    struct node *node = store_find(call->store, call->arguments[1]);
    int64_t delay_ns;

    if (!read_delay(call, call->arguments[2], unit_ns, &delay_ns))
        return;
    if (node == NULL) {
        reply_integer(call->reply, 0);
    } else if (delay_ns <= 0) {
        store_remove(call->store, node);
        reply_integer(call->reply, 1);
    } else if (store_expire(call->store, node, delay_ns)) {
        reply_integer(call->reply, 1);
    } else {
        reply_no_memory(call);
    }
}

void command_expire(struct call *call)
{
    expire(call, second_ns);
}

void command_pexpire(struct call *call)
{
    expire(call, ms_ns);
}

void command_persist(struct call *call)
{
    struct node *node = store_find(call->store, call->arguments[1]);
    bool expires = node != NULL && node->expiry != NULL;

    if (expires)
        store_persist(node);
    reply_integer(call->reply, expires);
}

/* -2: there is no such key, -1: it stays; else rounded. */
static void reply_remaining(struct call *call, int64_t unit_ns)
{
    const struct node *node = store_find(call->store, call->arguments[1]);
    int64_t remaining_ns = node != NULL ? store_remaining_ns(node) : -1;

    if (remaining_ns < 0)
        reply_integer(call->reply, node != NULL ? -1 : -2);
    else
        reply_integer(call->reply, (remaining_ns + unit_ns / 2) / unit_ns);
}

void command_ttl(struct call *call)
{
    reply_remaining(call, second_ns);
}

void command_pttl(struct call *call)
{
    reply_remaining(call, ms_ns);
}
