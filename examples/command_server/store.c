/* SPDX-License-Identifier: MIT */
#include "command_server/store.h"

#include <string.h>

#include "command_server/memory.h"

enum { FIRST_ITEMS = 4 };

/* ---- Expiry ---- */

struct expiry {
    struct reactor_timer timer;
    struct store *store;
    struct node *node;
};

static void remove_expired(void *user_data, uint64_t missed)
{
    struct expiry *expiry = user_data;

    (void)missed;
    store_remove(expiry->store, expiry->node);
}

bool store_expire(struct store *store, struct node *node, int64_t delay_ns)
{
    if (node->expiry == NULL) {
        struct expiry *expiry = memory_resize(NULL, sizeof *expiry);

        if (expiry == NULL)
            return false;
        reactor_timer_init(&expiry->timer, store->loop, remove_expired, expiry);
        expiry->store = store;
        expiry->node = node;
        node->expiry = expiry;
    }
    reactor_timer_start(&node->expiry->timer, delay_ns, 0);
    return true;
}

void store_persist(struct node *node)
{
    if (node->expiry == NULL)
        return;
    reactor_timer_stop(&node->expiry->timer);
    memory_release(node->expiry);
    node->expiry = NULL;
}

int64_t store_remaining_ns(const struct node *node)
{
    return node->expiry != NULL
               ? reactor_timer_remaining_ns(&node->expiry->timer)
               : -1;
}

/* ---- Keys ---- */

static void release_list(struct list *list)
{
    while (list->count > 0)
        memory_release(list_pop(list, true));
    memory_release(list->items);
    memory_release(list);
}

static void release_table(struct table *table, bool has_blobs)
{
    while (table->count > 0) {
        struct node *last = table->nodes[table->count - 1];

        if (has_blobs)
            memory_release(last->value.blob);
        table_remove(table, last);
    }
    table_release(table);
    memory_release(table);
}

static void release_value(struct node *node)
{
    switch (node->type) {
    case TYPE_STRING:
        memory_release(node->value.blob);
        break;
    case TYPE_LIST:
        release_list(node->value.list);
        break;
    case TYPE_SET:
    case TYPE_SORTED_SET:
        release_table(node->value.table, false);
        break;
    case TYPE_HASH:
        release_table(node->value.table, true);
        break;
    }
}

struct node *store_find(struct store *store, struct argument key)
{
    return table_find(&store->keys, key);
}

static bool make_value(struct node *node, enum type type)
{
    static const struct table empty_table;
    static const struct list empty_list;

    node->type = type;
    switch (type) {
    case TYPE_STRING:
        node->value.blob = NULL;
        return true;
    case TYPE_LIST:
        node->value.list = memory_resize(NULL, sizeof empty_list);
        if (node->value.list != NULL)
            *node->value.list = empty_list;
        return node->value.list != NULL;
    case TYPE_SET:
    case TYPE_SORTED_SET:
    case TYPE_HASH:
        node->value.table = memory_resize(NULL, sizeof empty_table);
        if (node->value.table != NULL)
            *node->value.table = empty_table;
        return node->value.table != NULL;
    }
    return false;
}

struct node *store_add(struct store *store, struct argument key, enum type type)
{
    struct node *node = table_add(&store->keys, key);

    if (node != NULL && !make_value(node, type)) {
        table_remove(&store->keys, node);
        node = NULL;
    }
    return node;
}

void store_remove(struct store *store, struct node *node)
{
    store_persist(node);
    release_value(node);
    table_remove(&store->keys, node);
}

void store_make_string(struct node *node)
{
    release_value(node);
    node->type = TYPE_STRING;
    node->value.blob = NULL;
}

void store_clear(struct store *store)
{
    while (store->keys.count > 0)
        store_remove(store, store->keys.nodes[store->keys.count - 1]);
    table_release(&store->keys);
}

/* ---- Values ---- */

static bool reserve(struct blob **blob, size_t capacity)
{
    struct blob *resized = memory_resize(*blob, sizeof **blob + capacity);

    if (resized == NULL)
        return false;
    if (*blob == NULL)
        resized->size = 0;
    resized->capacity = (uint32_t)capacity;
    *blob = resized;
    return true;
}

/* Memory that is too much for the new bytes is given back. */
bool blob_set(struct blob **blob, struct argument bytes)
{
    if ((*blob == NULL || (*blob)->capacity < bytes.size ||
         (*blob)->capacity / 4 > bytes.size + 16) &&
        !reserve(blob, bytes.size))
        return false;
    if (bytes.size > 0)
        memcpy((*blob)->bytes, bytes.bytes, bytes.size);
    (*blob)->size = (uint32_t)bytes.size;
    return true;
}

bool blob_append(struct blob **blob, struct argument bytes)
{
    size_t size = (*blob != NULL ? (*blob)->size : 0) + bytes.size;

    if ((*blob == NULL || (*blob)->capacity < size) && !reserve(blob, 2 * size))
        return false;
    if (bytes.size > 0)
        memcpy((*blob)->bytes + (*blob)->size, bytes.bytes, bytes.size);
    (*blob)->size = (uint32_t)size;
    return true;
}

struct blob **list_at(const struct list *list, size_t index)
{
    return &list->items[(list->first + index) & (list->capacity - 1)];
}

/* What is before the first, at the begin of the array, moves behind it. */
static bool grow_list(struct list *list)
{
    size_t capacity = list->capacity > 0 ? 2 * list->capacity : FIRST_ITEMS;
    struct blob **items =
        memory_resize(list->items, capacity * sizeof(struct blob *));

    if (items == NULL)
        return false;
    if (list->first > 0)
        memcpy(items + list->capacity, items,
               list->first * sizeof(struct blob *));
    list->items = items;
    list->capacity = capacity;
    return true;
}

bool list_push(struct list *list, struct argument bytes, bool at_front)
{
    struct blob *item = NULL;

    if ((list->count == list->capacity && !grow_list(list)) ||
        !blob_set(&item, bytes))
        return false;
    if (at_front)
        list->first = (list->first - 1) & (list->capacity - 1);
    *list_at(list, at_front ? 0 : list->count) = item;
    list->count++;
    return true;
}

struct blob *list_pop(struct list *list, bool at_front)
{
    struct blob *item = *list_at(list, at_front ? 0 : list->count - 1);

    if (at_front)
        list->first = (list->first + 1) & (list->capacity - 1);
    list->count--;
    return item;
}
