/* SPDX-License-Identifier: MIT */
#include "net/buffer.h"

#include "platform/platform.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/* A loop keeps so many bytes at most. */
#define KEPT_MAX ((size_t)4 << 20)

/* ---- Stock ---- */

static size_t room_on(unsigned shelf)
{
    return ((sizeof(struct ri_block) + RI_BLOCK_SIZE) << shelf) -
           sizeof(struct ri_block);
}

/* The shelf of blocks that hold so much; RI_BLOCK_SIZES: of none. */
static unsigned shelf_for(size_t size)
{
    unsigned shelf = 0;

    while (shelf < RI_BLOCK_SIZES && room_on(shelf) < size)
        shelf++;
    return shelf;
}

static struct ri_block *allocate(size_t size)
{
    struct ri_block *block;

    if (size > SIZE_MAX - sizeof(*block))
        return NULL;
    block = ri_allocate(sizeof(*block) + size);
    if (block == NULL)
        return NULL;
    *block = (struct ri_block){.capacity = size};
    return block;
}

struct ri_block *ri_block_take(struct ri_stock *stock, size_t size)
{
    unsigned shelf = shelf_for(size);
    struct ri_block *block;

    if (shelf == RI_BLOCK_SIZES)
        return allocate(size);
    block = stock->shelves[shelf];
    if (block == NULL)
        return allocate(room_on(shelf));
    stock->shelves[shelf] = block->next;
    stock->size -= block->capacity;
    block->next = NULL;
    return block;
}

void ri_block_give(struct ri_stock *stock, struct ri_block *block)
{
    unsigned shelf;

    if (block == NULL)
        return;
    shelf = shelf_for(block->capacity);
    if (shelf == RI_BLOCK_SIZES || block->capacity > KEPT_MAX - stock->size) {
        ri_release(block);
        return;
    }
    block->begin = block->end = 0;
    block->next = stock->shelves[shelf];
    stock->shelves[shelf] = block;
    stock->size += block->capacity;
}

void ri_block_fill(struct ri_block *block, const void *bytes, size_t size)
{
    assert(size <= block->capacity - block->end);
    if (size > 0)
        memcpy(block->bytes + block->end, bytes, size);
    block->end += size;
}

void ri_stock_release(struct ri_stock *stock)
{
    struct ri_block *block;
    unsigned i;

    for (i = 0; i < RI_BLOCK_SIZES; i++)
        while ((block = stock->shelves[i]) != NULL) {
            stock->shelves[i] = block->next;
            ri_release(block);
        }
    *stock = (struct ri_stock){0};
}

/* ---- Queue ---- */

static size_t room_of(const struct ri_block *block)
{
    return block != NULL ? block->capacity - block->end : 0;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void link_block(struct ri_queue *queue, struct ri_block *block)
{
    block->next = NULL;
    if (queue->first == NULL)
        queue->first = block;
    else
        queue->last->next = block;
    queue->last = block;
}

/* There is room: in the last block, and in `spare` behind it. */
static void copy(struct ri_queue *queue, struct ri_block *spare,
                 const unsigned char *bytes, size_t size)
{
    size_t part = least(size, room_of(queue->last));

    if (part > 0)
        ri_block_fill(queue->last, bytes, part);
    assert(part == size || spare != NULL);
    if (part == size || spare == NULL)
        return;
    if (queue->last != spare)
        link_block(queue, spare);
    ri_block_fill(spare, bytes + part, size - part);
}

int ri_queue_append(struct ri_queue *queue, struct ri_stock *stock,
                    const struct ri_piece *pieces, int count, size_t size)
{
    size_t room = room_of(queue->last);
    struct ri_block *spare = NULL;
    int i;

    if (size > room) {
        spare = ri_block_take(stock, size - room);
        if (spare == NULL)
            return -ENOMEM;
    }
    for (i = 0; i < count; i++)
        copy(queue, spare, pieces[i].bytes, pieces[i].size);
    queue->size += size;
    return 0;
}

void ri_queue_append_block(struct ri_queue *queue, struct ri_block *block)
{
    link_block(queue, block);
    queue->size += block->end - block->begin;
}

int ri_queue_pieces(const struct ri_queue *queue, struct ri_piece *pieces,
                    int capacity)
{
    const struct ri_block *block = queue->first;
    int count = 0;

    for (; block != NULL && count < capacity; block = block->next)
        pieces[count++] = (struct ri_piece){
            .bytes = block->bytes + block->begin,
            .size = block->end - block->begin,
        };
    return count;
}

static void drop_first(struct ri_queue *queue, struct ri_stock *stock)
{
    struct ri_block *block = queue->first;

    queue->first = block->next;
    if (queue->first == NULL)
        queue->last = NULL;
    ri_block_give(stock, block);
}

void ri_queue_consume(struct ri_queue *queue, struct ri_stock *stock,
                      size_t size)
{
    assert(size <= queue->size);
    queue->size -= size;
    while (queue->first != NULL) {
        struct ri_block *block = queue->first;
        size_t part = least(size, block->end - block->begin);

        block->begin += part;
        size -= part;
        if (block->begin < block->end)
            return;
        drop_first(queue, stock);
    }
}

void ri_queue_clear(struct ri_queue *queue, struct ri_stock *stock)
{
    while (queue->first != NULL)
        drop_first(queue, stock);
    queue->size = 0;
}
