/* SPDX-License-Identifier: MIT */
/*
 * The array of a sorted set is a heap: no node is greater than those at twice
 * its position and one or two more. So the least is the first.
 */
#include "command_server/commands.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_less(const struct node *a, const struct node *b)
{
    size_t size = a->size < b->size ? a->size : b->size;
    int order;

    if (a->value.score < b->value.score || a->value.score > b->value.score)
        return a->value.score < b->value.score;
    order = memcmp(a->key, b->key, size);
    return order != 0 ? order < 0 : a->size < b->size;
}

static void swap(struct table *table, size_t a, size_t b)
{
    struct node *node = table->nodes[a];

    table->nodes[a] = table->nodes[b];
    table->nodes[b] = node;
    table->nodes[a]->position = a;
    table->nodes[b]->position = b;
}

static size_t sift_up(struct table *table, size_t at)
{
    while (at > 0 && is_less(table->nodes[at], table->nodes[(at - 1) / 2])) {
        swap(table, at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
    return at;
}

static void sift_down(struct table *table, size_t at)
{
    for (;;) {
        size_t least = at;

        for (size_t i = 2 * at + 1; i <= 2 * at + 2 && i < table->count; i++)
            if (is_less(table->nodes[i], table->nodes[least]))
                least = i;
        if (least == at)
            return;
        swap(table, at, least);
        at = least;
    }
}

/* The node at that position, if there is one, may be less or greater than it
   was. */
static void restore_order(struct table *table, size_t at)
{
    if (at < table->count)
        sift_down(table, sift_up(table, at));
}

static bool read_score(struct argument argument, double *out)
{
    char text[64], *end;

    if (argument.size == 0 || argument.size >= sizeof text)
        return false;
    memcpy(text, argument.bytes, argument.size);
    text[argument.size] = '\0';
    *out = strtod(text, &end);
    /* What is no number is nowhere between them. */
    return end == text + argument.size && *out >= -HUGE_VAL && *out <= HUGE_VAL;
}

static void reply_score(struct reply *reply, double score)
{
    char text[40];

    snprintf(text, sizeof text, "%.17g", score);
    reply_text(reply, text);
}

/* 1 if the member is new, 0 if it was there, -1: no memory. */
static int set_score(struct table *table, struct argument name, double score)
{
    struct node *member = table_find(table, name);
    bool is_new = member == NULL;

    if (is_new)
        member = table_add(table, name);
    if (member == NULL)
        return -1;
    member->value.score = score;
    restore_order(table, member->position);
    return is_new;
}

static bool are_scores(struct call *call)
{
    double score;

    if (call->count % 2 != 0) {
        reply_syntax(call);
        return false;
    }
    for (int i = 2; i < call->count; i += 2) {
        if (!read_score(call->arguments[i], &score)) {
            reply_error(call->reply, "ERR value is not a valid float");
            return false;
        }
    }
    return true;
}

void command_zadd(struct call *call)
{
    int64_t added = 0;
    int result = 0;
    struct node *node;

    if (!are_scores(call) || !find_or_add(call, TYPE_SORTED_SET, &node))
        return;
    for (int i = 2; i < call->count && result >= 0; i += 2) {
        double score = 0;

        read_score(call->arguments[i], &score);
        result = set_score(node->value.table, call->arguments[i + 1], score);
        added += result;
    }
    if (result >= 0)
        reply_integer(call->reply, added);
    else
        reply_no_memory(call);
    remove_if_empty(call, node);
}

void command_zcard(struct call *call)
{
    struct node *node;

    if (find_typed(call, TYPE_SORTED_SET, &node))
        reply_integer(call->reply,
                      node != NULL ? (int64_t)node->value.table->count : 0);
}

void command_zscore(struct call *call)
{
    const struct node *member = NULL;
    struct node *node;

    if (!find_typed(call, TYPE_SORTED_SET, &node))
        return;
    if (node != NULL)
        member = table_find(node->value.table, call->arguments[2]);
    if (member != NULL)
        reply_score(call->reply, member->value.score);
    else
        reply_null(call->reply);
}

static void pop_least(struct reply *reply, struct table *table)
{
    struct node *least = table->nodes[0];

    reply_bulk(reply, least->key, least->size);
    reply_score(reply, least->value.score);
    table_remove(table, least);
    restore_order(table, 0);
}

void command_zpopmin(struct call *call)
{
    int64_t count = 1;
    struct node *node;

    if (call->count == 3 &&
        (!argument_integer(call->arguments[2], &count) || count < 0)) {
        reply_error(call->reply, "ERR value is out of range, must be positive");
        return;
    }
    if (!find_typed(call, TYPE_SORTED_SET, &node))
        return;
    if (node == NULL)
        count = 0;
    else if ((uint64_t)count > node->value.table->count)
        count = (int64_t)node->value.table->count;
    reply_array(call->reply, 2 * (size_t)count);
    for (; count > 0; count--)
        pop_least(call->reply, node->value.table);
    if (node != NULL)
        remove_if_empty(call, node);
}
