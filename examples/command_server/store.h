/* SPDX-License-Identifier: MIT */
#ifndef COMMAND_SERVER_STORE_H
#define COMMAND_SERVER_STORE_H

/* Keys and their values, and when they expire. */

#include <stdbool.h>

#include "command_server/table.h"
#include "reactor/loop.h"

struct blob {
    uint32_t size, capacity;
    char bytes[];
};

/* A ring: the first is at `first`, the last may be before it. */
struct list {
    struct blob **items;
    size_t capacity, first, count; /* the capacity is a power of two, or 0 */
};

struct store {
    struct reactor_loop *loop;
    struct table keys;
};

/* ---- Keys ---- */

struct node *store_find(struct store *store, struct argument key);

/* A key that has none gets an empty value; NULL: no memory. A string's blob is
   NULL until it is set. */
struct node *store_add(struct store *store, struct argument key,
                       enum type type);
void store_remove(struct store *store, struct node *node);

/* The value goes, the key and when it expires stay: it has an unset string. */
void store_make_string(struct node *node);
void store_clear(struct store *store);

/* A timer of the loop removes the key. False: no memory. */
bool store_expire(struct store *store, struct node *node, int64_t delay_ns);
void store_persist(struct node *node);

/* Nanoseconds; -1 if it does not expire. */
int64_t store_remaining_ns(const struct node *node);

/* ---- Values ---- */

/* Replaces what is in *blob, which may be NULL; false: no memory. */
bool blob_set(struct blob **blob, struct argument bytes);
bool blob_append(struct blob **blob, struct argument bytes);

struct blob **list_at(const struct list *list, size_t index);
bool list_push(struct list *list, struct argument bytes, bool at_front);
/* The caller's; there is one. */
struct blob *list_pop(struct list *list, bool at_front);

#endif /* COMMAND_SERVER_STORE_H */
