/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_HANDLES_H
#define SUPPORT_HANDLES_H

/*
 * Handles to test with, the same for every system. All of them are non-blocking
 * and close-on-exec. What can't be made fails the test. What changes the state
 * of a handle returns when the change can be seen at it.
 */

#include <reactor.h>
#include <stdbool.h>
#include <stddef.h>

struct pair {
    reactor_handle mine; /* what the test registers */
    reactor_handle peer;
};

/* ---- Making ---- */

struct pair stream_pair(void); /* the cheapest connected pair of streams */
struct pair tcp_pair(void);    /* over loopback */

/* `mine` is the end that is read or written; false where there are none. */
bool pipe_to_read(struct pair *out);
bool pipe_to_write(struct pair *out);

/* `mine` passes on what it is sent as it comes; false without terminals. */
bool terminal_pair(struct pair *out);

/*
 * Readable from the start, and nothing tells it from another one but the
 * number; false where there is no such thing.
 */
bool anonymous_handle(reactor_handle *out);

struct listener {
    reactor_handle handle;
    unsigned port;
};

struct listener open_listener(void); /* over loopback */

/* Returns when the connection is made; the listener need not accept it. */
reactor_handle connect_to(const struct listener *listener);

/* A connection that was refused. */
reactor_handle refused_connection(void);

/*
 * Datagrams that `mine` sends are refused, as `peer` takes none from others.
 * The second is false where the sender never learns of it.
 */
struct pair datagram_pair(void);
bool deaf_datagram_pair(struct pair *out);

/* One handle more for the same object. */
reactor_handle duplicate(reactor_handle handle);

/*
 * Gives what `object` names the number `number`, which is open or not, and
 * takes its own away. False where the system hands out numbers as it likes.
 */
bool move_to_number(reactor_handle object, reactor_handle number);

/* What a handle may have for a number, in ascending order from 0. */
reactor_handle nth_number(size_t n);
reactor_handle highest_number(void); /* nobody ever gets that far */

/* A number that was open once. */
reactor_handle closed_handle(void);

struct named_handle {
    const char *name;
    reactor_handle handle;
};

/* Handles that never block, and are refused; how many could be opened. */
size_t open_unpollable(struct named_handle *out, size_t room);

/* ---- Changing ---- */

void close_handle(reactor_handle handle);
void close_pair(const struct pair *pair);

/* Deregisters `mine` first. */
void retire_pair(struct reactor *reactor, const struct pair *pair);

void send_byte(reactor_handle from);     /* makes the peer readable */
void send_priority(reactor_handle from); /* out-of-band data */
size_t fill(reactor_handle handle);      /* until a write would block */
size_t drain(reactor_handle handle);     /* until a read would block */
bool is_at_end(reactor_handle handle);   /* a read returns 0 now */
void shut_writing(struct pair *pair);    /* the peer's half-close */
void shut_own(struct pair *pair);        /* both directions, by ourselves */
void close_peer(struct pair *pair);      /* `peer` becomes invalid */
void reset_by_peer(struct pair *tcp);    /* the same, with a reset */
void be_refused(struct pair *datagram);  /* an error pending, and no end */

/* ---- Looking ---- */

/* Whether the end of a stream is told while what came before it is unread. */
bool ends_overtake_data(void);

/* Whether a stream whose peer was closed tells at once that nobody reads it. */
bool closing_ends_both(void);

/*
 * Whether a stream that was filled stays full until its peer reads. If not,
 * some of it moves on to the peer later.
 */
bool full_stays_full(void);

/* Whether the system tells that we have shut down our own end. */
bool own_shutdown_is_seen(void);

/* Whether who sent a datagram is told, as an error, that it was refused. */
bool refusals_are_told(void);

/* Whether a read says so when the peer has reset a stream. If not, it ends. */
bool resets_are_told(void);

/*
 * Whether what was registered is forgotten as soon as its handle is closed,
 * also while a duplicate is open.
 */
bool closing_forgets(void);

/* Whether they can be asked for priority, though they have none. */
bool pipes_take_priority(void);

/* Whether what a oneshot will report is looked at again by the wait. */
bool oneshots_are_looked_at(void);

/*
 * Whether a nested reactor is looked at anew when it is asked. If not, it stays
 * readable until its next wait, whatever has become of what it was ready for.
 */
bool nesting_looks_again(void);

/* The system's own word, without a reactor. */
bool is_readable(reactor_handle handle);

size_t count_open_handles(void);

/* In ascending order; how many there are, whether they fit or not. */
size_t list_open_handles(reactor_handle *out, size_t room);

/* The open handles that another program would have, started by this one. */
size_t count_inheritable_handles(void);

/* How many handles a test may have open at the same time. */
size_t usable_handles(void);

#endif /* SUPPORT_HANDLES_H */
