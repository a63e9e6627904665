/* SPDX-License-Identifier: MIT */
#ifndef FAULT_NET_H
#define FAULT_NET_H

/*
 * Steps of net's scenarios. A fault may strike in a turn, and what is under way
 * is told of it then: it ends, in order and with the error. So these are tries,
 * which say whether all went well; if not they have left nothing behind, and
 * the same once more goes well.
 */

#include "fault/scenario.h"
#include "support/talks.h"

/* Tries it on a loop, and again if the fault has ended it. */
void survive(bool (*try)(struct reactor_loop *loop));

/* A turn that calls somebody; one that is refused is done again. */
void turn(struct reactor_loop *loop);

/* As TRY() and TRY_OK(). */
#define TRY_NET(step)    (was_refused_by_net(tried = (step)) ? (step) : tried)
#define TRY_NET_OK(step) assert_ok(TRY_NET(step))

bool was_refused_by_net(int result);

/*
 * The fault is what a callback was told of, and it is none that the library has
 * to cope with. It is over.
 */
void expect_told(int error);

/* It was done; or the fault has ended what it was to be done to. */
void expect_done(int result);

/* ---- Sessions ---- */

/* A session with a pair's `mine`; the handle is closed by it. */
void open_talk(struct talk *talk, struct reactor_loop *loop,
               const struct pair *pair,
               const struct reactor_session_options *options);

/* A turn, unless it is closed: to be done until what is wanted has come. */
bool goes_on(const struct talk *talk);

/* Unless it is closed; what is refused is done again. */
void write_to(struct talk *talk, const void *bytes, size_t size);

/* Waits for its end: true if it is the one that is wanted, else the fault's. */
bool ends_as(struct talk *talk, enum reactor_closed reason, int error);

/* The peer ends its direction, and then the session ends in order. */
bool ends_with_peer(struct talk *talk, const struct pair *pair);

/* The peer goes away, which a session that lingers takes for its end. */
bool closes(struct talk *talk, const struct pair *pair);

/* ---- The other end of a session ---- */

#define PATTERN_SIZE (1u << 19)

struct other_end {
    reactor_handle handle;
    bool is_socket;
    bool has_ended; /* or was reset */
    size_t size;
    unsigned char bytes[PATTERN_SIZE];
};

/* There is one at a time, as it is large. */
struct other_end *take_other_end(const struct pair *pair);

/* Writes there, where it is gone only if the fault has ended it. */
void send_there(const struct other_end *end, const void *bytes, size_t size);

/* Reads what is there. */
void read_there(struct other_end *end);

/* Reads until so much has come, or it is closed. */
void await_there(struct other_end *end, const struct talk *talk, size_t size);

/* All that has come is the beginning of this, or if `is_all` the whole. */
void expect_there(const struct other_end *end, const void *bytes, size_t size,
                  bool is_all);

/* Bytes of which each place has its own. */
const unsigned char *pattern(void);

/* More than a stream takes twice: its peer has to read several times. */
#define BIG_SIZE (PATTERN_SIZE - 16)

#endif /* FAULT_NET_H */
