/* SPDX-License-Identifier: MIT */
#include "command_server/commands.h"

#include "command_server/memory.h"

static void push(struct call *call, bool at_front)
{
    struct node *node;
    int i;

    if (!find_or_add(call, TYPE_LIST, &node))
        return;
    for (i = 2; i < call->count; i++)
        if (!list_push(node->value.list, call->arguments[i], at_front))
            break;
    if (i == call->count)
        reply_integer(call->reply, (int64_t)node->value.list->count);
    else
        reply_no_memory(call);
    remove_if_empty(call, node);
}

void command_lpush(struct call *call)
{
    push(call, true);
}

void command_rpush(struct call *call)
{
    push(call, false);
}

/* Without a count one item is the reply, with one an array. */
static void pop(struct call *call, bool at_front)
{
    bool is_array = call->count == 3;
    int64_t count = 1;
    struct node *node;

    if (is_array &&
        (!argument_integer(call->arguments[2], &count) || count < 0)) {
        reply_error(call->reply, "ERR value is out of range, must be positive");
        return;
    }
    if (!find_typed(call, TYPE_LIST, &node))
        return;
    if (node == NULL && is_array)
        reply_null_array(call->reply);
    else if (node == NULL)
        reply_null(call->reply);
    if (node == NULL)
        return;
    if ((uint64_t)count > node->value.list->count)
        count = (int64_t)node->value.list->count;
    if (is_array)
        reply_array(call->reply, (size_t)count);
    for (; count > 0; count--) {
        struct blob *item = list_pop(node->value.list, at_front);

        reply_bulk(call->reply, item->bytes, item->size);
        memory_release(item);
    }
    remove_if_empty(call, node);
}

void command_lpop(struct call *call)
{
    pop(call, true);
}

void command_rpop(struct call *call)
{
    pop(call, false);
}

void command_llen(struct call *call)
{
    struct node *node;

    if (find_typed(call, TYPE_LIST, &node))
        reply_integer(call->reply,
                      node != NULL ? (int64_t)node->value.list->count : 0);
}

/* Negative numbers count from the end; the range is cut to what there is. */
void command_lrange(struct call *call)
{
    int64_t first, last, count;
    struct node *node;

    if (!argument_integer(call->arguments[2], &first) ||
        !argument_integer(call->arguments[3], &last)) {
        reply_not_integer(call);
        return;
    }
    if (!find_typed(call, TYPE_LIST, &node))
        return;
    count = node != NULL ? (int64_t)node->value.list->count : 0;
    first = first < 0 ? first + count : first;
    last = last < 0 ? last + count : last;
    first = first < 0 ? 0 : first;
    last = last >= count ? count - 1 : last;
    reply_array(call->reply, first <= last ? (size_t)(last - first + 1) : 0);
    for (; first <= last && !call->reply->has_failed; first++) {
        const struct blob *item = *list_at(node->value.list, (size_t)first);

        reply_bulk(call->reply, item->bytes, item->size);
    }
}
