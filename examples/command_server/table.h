/* SPDX-License-Identifier: MIT */
#ifndef COMMAND_SERVER_TABLE_H
#define COMMAND_SERVER_TABLE_H

/*
 * A hash table of nodes, which have a key of any bytes and a value. They are in
 * an array as well, in an order that is the user's to change: so one can be
 * chosen at random, and a heap be made of them.
 */

#include <stddef.h>
#include <stdint.h>

#include "command_server/request.h"

enum type { TYPE_STRING, TYPE_LIST, TYPE_SET, TYPE_HASH, TYPE_SORTED_SET };

struct node {
    struct node *next;     /* of those with the same end of the hash */
    size_t position;       /* in the array */
    struct expiry *expiry; /* NULL: stays */
    union {
        struct blob *blob; /* strings, and fields of hashes */
        struct list *list;
        struct table *table; /* sets, hashes, sorted sets */
        double score;        /* members of sorted sets */
    } value;
    uint32_t hash;
    uint32_t size; /* of the key */
    enum type type;
    char key[];
};

/* All zeros is empty. */
struct table {
    struct node **buckets; /* a power of two */
    struct node **nodes;   /* `count` of them */
    size_t bucket_count, count;
};

/* Whoever chooses keys so that they all meet in a bucket has to guess this. */
void table_seed(uint32_t number);

struct node *table_find(const struct table *table, struct argument key);

/* Adds a node for a key that has none, as the last of the array; NULL: no
   memory. */
struct node *table_add(struct table *table, struct argument key);

/* The last node of the array takes its place. Its value is the caller's. */
void table_remove(struct table *table, struct node *node);

/* Frees the arrays of an empty one. */
void table_release(struct table *table);

#endif /* COMMAND_SERVER_TABLE_H */
