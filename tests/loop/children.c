/* SPDX-License-Identifier: MIT */
#include "loop/children.h"

#include <string.h>

static void take_note(void *user_data, int exit_code, int signal)
{
    struct note *note = user_data;

    note->calls++;
    note->exit_code = exit_code;
    note->signal = signal;
    if (note->act != NULL)
        note->act(note); /* the note may be gone afterwards */
}

void note_init(struct note *note, struct reactor_loop *loop)
{
    memset(note, 0, sizeof(*note));
    reactor_child_init(&note->watch, loop, take_note, note);
}

void note_start(struct note *note, struct reactor_loop *loop, intptr_t process)
{
    note_init(note, loop);
    assert_ok(reactor_child_start(&note->watch, process));
}

static void do_deeds(struct note *note)
{
    deeds_do(note->deeds);
}

void note_start_deeds(struct note *note, struct reactor_loop *loop,
                      intptr_t process, struct deeds *deeds)
{
    note_start(note, loop, process);
    note->deeds = deeds;
    note->act = do_deeds;
}

void assert_told(const struct note *note, int exit_code, int signal)
{
    assert_int_equal(note->calls, 1);
    assert_int_equal(note->exit_code, exit_code);
    assert_int_equal(note->signal, signal);
}
