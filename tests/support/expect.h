/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_EXPECT_H
#define SUPPORT_EXPECT_H

/* What a test expects of the next wait. A failure names the caller's line. */

#include "support/claim.h"

/* For what must come: only a machine that stands still is later. */
#define PATIENCE_MS 15000

/* For what must not come. */
#define SILENCE_MS 10

#define DIRECTIONS     (REACTOR_READABLE | REACTOR_WRITABLE)
#define READINESS_ALL  (DIRECTIONS | REACTOR_PRIORITY)
#define FLAGS          (REACTOR_READ_CLOSED | REACTOR_WRITE_CLOSED | REACTOR_ERROR)
#define INTEREST_ALL   (READINESS_ALL | REACTOR_EDGE | REACTOR_ONESHOT)
#define INTEREST_MIXES (INTEREST_ALL + 1)

/* The next wait reports this handle and nothing else; its readiness. */
#define await_readiness(reactor, handle)                                       \
    await_event_at(reactor, handle, __FILE__, __LINE__).readiness
#define await_event(reactor, handle)                                           \
    await_event_at(reactor, handle, __FILE__, __LINE__)

/* The next wait reports a wake and nothing else. */
#define await_wake(reactor) await_wake_at(reactor, __FILE__, __LINE__)

/* Waits report nothing. */
#define assert_silent(reactor) assert_silent_at(reactor, __FILE__, __LINE__)

/* Waits report nothing, and the processor is left alone meanwhile. */
#define assert_idle(reactor) assert_idle_at(reactor, __FILE__, __LINE__)

/* Whatever was refused, the reactor still does its main job. */
#define assert_works(reactor) assert_works_at(reactor, __FILE__, __LINE__)

struct reactor_event await_event_at(struct reactor *reactor,
                                    reactor_handle handle, const char *file,
                                    int line);
void await_wake_at(struct reactor *reactor, const char *file, int line);
void assert_silent_at(struct reactor *reactor, const char *file, int line);
void assert_idle_at(struct reactor *reactor, const char *file, int line);
void assert_works_at(struct reactor *reactor, const char *file, int line);

/* True for a mix of interest bits that the backend honours. */
bool is_supported(uint32_t interest);

/* The mixes of EDGE and ONESHOT, level first; supported or not. */
#define TRIGGER_COUNT 4
extern const uint32_t triggers[TRIGGER_COUNT];

#endif /* SUPPORT_EXPECT_H */
