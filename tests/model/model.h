/* SPDX-License-Identifier: MIT */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

/*
 * What a reactor owes its caller, without a reactor: for every number, what it
 * names, what is registered for it, and what the next waits must and may say.
 * It makes no call of the library but for the facts about the backend.
 */

#include <reactor.h>
#include <stdbool.h>
#include <stddef.h>

enum model_object {
    MODEL_CLOSED,
    MODEL_FILE, /* a regular file: nothing to wait for */
    MODEL_STREAM,
};

/* One number. */
struct model_handle {
    /* What it names. */
    enum model_object object;
    unsigned unread;
    bool is_full;     /* a write would block */
    bool peer_shut;   /* the peer sends no more */
    bool peer_closed; /* the peer is gone */

    /* What is registered for it. */
    bool registered;
    bool lost; /* for an object that this number doesn't name any more */
    uint32_t interest;
    void *user_data;

    /* What waits have to say of it. */
    bool armed;
    unsigned repeats;     /* an edge: how often what happened may be reported */
    uint32_t due;         /* what was asked for and is so */
    uint32_t owed;        /* must be reported */
    uint32_t past;        /* was due at some time since the last wait */
    unsigned reported_by; /* the last wait that did */
};

#define MODEL_HANDLES 240

struct model {
    struct model_handle handles[MODEL_HANDLES];
    unsigned wait; /* the number of the present or else the next one */
    unsigned ghosts;
    bool wake_owed;
    bool shut_down;
};

void model_init(struct model *model);

/* The reactor was replaced by a new one. */
void model_reopen(struct model *model);

/* The reactor was given to a child; what was lost is deregistered already. */
void model_inherit(struct model *model);

/* ---- What happens to the handles ---- */

void model_open(struct model_handle *handle, enum model_object object);
void model_close(struct model_handle *handle);
void model_changed(struct model_handle *handle); /* its stream, in a field */

/* ---- What is called, and must return this ---- */

int model_register(struct model *model, struct model_handle *handle,
                   uint32_t interest, void *user_data);
int model_reregister(struct model *model, struct model_handle *handle,
                     uint32_t interest, void *user_data);
int model_deregister(struct model_handle *handle);

/* ---- Waits: report each event, end ---- */

/* NULL, or what is wrong with the event. */
const char *model_report(struct model *model, struct model_handle *handle,
                         const struct reactor_event *event);
const char *model_report_wake(struct model *model,
                              const struct reactor_event *event);

/* What is owed and this wait hasn't reported: registrations and the wake. */
size_t model_owed(const struct model *model);

void model_wait_end(struct model *model);

size_t model_registered(const struct model *model);

#endif /* MODEL_MODEL_H */
