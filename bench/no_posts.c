/* SPDX-License-Identifier: MIT */
/* For engines that have no posts. */
#include "engine.h"

#include <errno.h>

const size_t engine_post_size = sizeof(struct post);
const bool engine_has_messages = false;

int engine_post_init(struct engine *engine, struct post *post)
{
    (void)engine;
    (void)post;
    return -ENOTSUP;
}

int engine_post_send(struct post *post)
{
    (void)post;
    return -ENOTSUP;
}
