/* SPDX-License-Identifier: MIT */
#ifndef BENCH_SERVER_H
#define BENCH_SERVER_H

/*
 * The one server of the process: an engine with streams, which runs until so
 * many events have been counted. Functions return 0 or a negative errno value.
 */

#include "ledger.h"
#include "stream.h"

/* Opens the engine, and the memory for so many streams, all zeros. */
int server_open(const struct allocator *allocator, int streams);
void server_close(void);

struct engine *server_engine(void);
struct stream *server_stream(int number);

/* From callbacks: an event has happened; all is over, as nothing works. */
void server_count(void);
void server_fail(int error);

/* Whether all events were counted that are expected. */
bool server_is_done(void);

/* So many events are to be counted from now on. */
void server_expect(int64_t events);

/* Runs until they were counted, or some function has failed. */
int server_run(void);

/* The same, and prints what they have cost. */
int server_measure(void);

#endif /* BENCH_SERVER_H */
