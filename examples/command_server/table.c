/* SPDX-License-Identifier: MIT */
#include "command_server/table.h"

#include <stdbool.h>
#include <string.h>

#include "command_server/memory.h"

enum { FIRST_BUCKETS = 8 };

static uint32_t seed;

void table_seed(uint32_t number)
{
    seed = number;
}

/* FNV-1a, by Fowler, Noll and Vo, and a last step that mixes the high bits into
   those that choose the bucket. A server for strangers would take SipHash. */
static uint32_t hash_of(struct argument key)
{
    uint32_t hash = UINT32_C(2166136261) ^ seed;

    for (size_t i = 0; i < key.size; i++)
        hash = (hash ^ (unsigned char)key.bytes[i]) * UINT32_C(16777619);
    return hash ^ hash >> 15;
}

static struct node **bucket_of(const struct table *table, uint32_t hash)
{
    return &table->buckets[hash & (table->bucket_count - 1)];
}

struct node *table_find(const struct table *table, struct argument key)
{
    uint32_t hash;
    struct node *node;

    if (table->count == 0)
        return NULL;
    hash = hash_of(key);
    node = *bucket_of(table, hash);
    while (node != NULL &&
           (node->hash != hash || node->size != key.size ||
            (key.size > 0 && memcmp(node->key, key.bytes, key.size) != 0)))
        node = node->next;
    return node;
}

static void link_node(struct table *table, struct node *node)
{
    struct node **bucket = bucket_of(table, node->hash);

    node->next = *bucket;
    *bucket = node;
}

/* Twice as many buckets, all at once: a million keys take some milliseconds,
   for which everybody waits. */
static bool grow(struct table *table)
{
    size_t count =
        table->bucket_count > 0 ? 2 * table->bucket_count : FIRST_BUCKETS;
    struct node **nodes =
        memory_resize(table->nodes, count * sizeof(struct node *));
    struct node **buckets;

    if (nodes == NULL)
        return false;
    table->nodes = nodes;
    buckets = memory_resize(NULL, count * sizeof(struct node *));
    if (buckets == NULL)
        return false;
    memory_release(table->buckets);
    table->buckets = buckets;
    table->bucket_count = count;
    for (size_t i = 0; i < count; i++)
        buckets[i] = NULL;
    for (size_t i = 0; i < table->count; i++)
        link_node(table, nodes[i]);
    return true;
}

struct node *table_add(struct table *table, struct argument key)
{
    struct node *node;

    if (table->count == table->bucket_count && !grow(table))
        return NULL;
    node = memory_resize(NULL, sizeof *node + key.size);
    if (node == NULL)
        return NULL;
    *node = (struct node){.position = table->count,
                          .hash = hash_of(key),
                          .size = (uint32_t)key.size};
    if (key.size > 0)
        memcpy(node->key, key.bytes, key.size);
    table->nodes[table->count++] = node;
    link_node(table, node);
    return node;
}

void table_remove(struct table *table, struct node *node)
{
    struct node **link = bucket_of(table, node->hash);
    struct node *last = table->nodes[--table->count];

    while (*link != node)
        link = &(*link)->next;
    *link = node->next;
    table->nodes[node->position] = last;
    last->position = node->position;
    memory_release(node);
}

void table_release(struct table *table)
{
    memory_release(table->buckets);
    memory_release(table->nodes);
    *table = (struct table){.count = 0};
}
