/* SPDX-License-Identifier: MIT */
#include "backend/passage.h"

int ri_passage_init(struct ri_passage *passage)
{
    passage->is_taken = false;
    passage->is_awaited = false;
    passage->count = 0;
    return ri_condition_init(&passage->left);
}

void ri_passage_destroy(struct ri_passage *passage)
{
    ri_condition_destroy(&passage->left);
}

void ri_passage_enter(struct ri_passage *passage)
{
    passage->is_taken = true;
}

void ri_passage_pass(struct ri_passage *passage)
{
    passage->count++;
    if (passage->is_awaited) {
        passage->is_awaited = false;
        ri_condition_wake_all(&passage->left);
    }
}

void ri_passage_leave(struct ri_passage *passage)
{
    passage->is_taken = false;
    ri_passage_pass(passage);
}

void ri_passage_await(struct ri_passage *passage, struct ri_mutex *lock)
{
    uint32_t count = passage->count;

    passage->is_awaited = passage->is_taken;
    while (passage->is_taken && passage->count == count)
        ri_condition_wait(&passage->left, lock);
}
