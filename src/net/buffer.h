/* SPDX-License-Identifier: MIT */
#ifndef NET_BUFFER_H
#define NET_BUFFER_H

/*
 * Memory for bytes that wait. A block holds bytes in one piece; a queue is a
 * row of blocks. Blocks come in sizes, each the double of the former, and those
 * that are done with are kept, up to a limit, so that in the steady state
 * nothing is allocated.
 */

#include "platform/socket.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ri_block {
    struct ri_block *next;
    size_t begin; /* of what it holds */
    size_t end;
    size_t capacity;
    unsigned char bytes[];
};

/* What the smallest block holds; with its head it is 4 KiB. */
#define RI_BLOCK_SIZE (4096 - sizeof(struct ri_block))

/* The largest that is kept is 1 MiB with its head. */
#define RI_BLOCK_SIZES 9

struct ri_stock {
    struct ri_block *shelves[RI_BLOCK_SIZES]; /* one for each size */
    size_t size;                              /* of all that is kept */
};

/* Of at least `size` bytes, empty; NULL without memory. */
struct ri_block *ri_block_take(struct ri_stock *stock, size_t size);
void ri_block_give(struct ri_stock *stock, struct ri_block *block);

/* Copies so many bytes behind what it holds; there is room. */
void ri_block_fill(struct ri_block *block, const void *bytes, size_t size);

void ri_stock_release(struct ri_stock *stock);

struct ri_queue {
    struct ri_block *first;
    struct ri_block *last;
    size_t size;
};

/* Appends all or, without memory, nothing: 0 or -ENOMEM. */
int ri_queue_append(struct ri_queue *queue, struct ri_stock *stock,
                    const struct ri_piece *pieces, int count, size_t size);

/* The same for a whole block, which is not empty. */
void ri_queue_append_block(struct ri_queue *queue, struct ri_block *block);

/* Pieces from the front, capacity at most; how many. */
int ri_queue_pieces(const struct ri_queue *queue, struct ri_piece *pieces,
                    int capacity);

/* Takes `size` bytes away from the front. */
void ri_queue_consume(struct ri_queue *queue, struct ri_stock *stock,
                      size_t size);
void ri_queue_clear(struct ri_queue *queue, struct ri_stock *stock);

#endif /* NET_BUFFER_H */
