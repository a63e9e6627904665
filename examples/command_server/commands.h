/* SPDX-License-Identifier: MIT */
#ifndef COMMAND_SERVER_COMMANDS_H
#define COMMAND_SERVER_COMMANDS_H

/* What clients can ask for. */

#include "command_server/reply.h"
#include "command_server/request.h"
#include "command_server/store.h"

/* What commands see of the server. */
struct facts {
    struct store store;
    size_t memory_max;
    uint64_t commands;
    size_t clients;
};

struct call {
    struct facts *facts;
    struct store *store;
    struct reply *reply;
    const struct argument *arguments; /* the command's name is the first */
    int count;
    uint64_t client_id;
    bool is_last; /* the client has to leave */
};

/* Executes a request of one argument at least; the reply gets an answer. */
void command_execute(struct call *call);

/* ---- For those that make up the commands ---- */

typedef void command_fn(struct call *call);

command_fn command_append, command_client, command_command, command_config,
    command_dbsize, command_decr, command_decrby, command_del, command_echo,
    command_exists, command_expire, command_flushall, command_get,
    command_getset, command_hdel, command_hello, command_hexists, command_hget,
    command_hgetall, command_hlen, command_hset, command_incr, command_incrby,
    command_info, command_llen, command_lpop, command_lpush, command_lrange,
    command_mget, command_mset, command_persist, command_pexpire, command_ping,
    command_psetex, command_pttl, command_quit, command_rpop, command_rpush,
    command_sadd, command_scard, command_select, command_set, command_setex,
    command_setnx, command_sismember, command_smembers, command_spop,
    command_srem, command_strlen, command_ttl, command_type, command_zadd,
    command_zcard, command_zpopmin, command_zscore;

/* Whether an argument is this word, in letters of any case. */
bool argument_is(struct argument argument, const char *word);

/* A number as Redis takes it: no blanks, no plus, no zeros before it. */
bool argument_integer(struct argument argument, int64_t *out);

/* Finds a key of a type: false, and an error is the reply, if it is of another.
 *out is NULL if there is none. */
bool find_typed(struct call *call, enum type type, struct node **out);

/* As that, and adds it; false also if there is no memory. */
bool find_or_add(struct call *call, enum type type, struct node **out);

/* Nothing is left in it. */
void remove_if_empty(struct call *call, struct node *node);

/* The key is to expire in so many units; false: an error is the reply. */
bool read_delay(struct call *call, struct argument argument, int64_t unit_ns,
                int64_t *out);

void reply_no_memory(struct call *call);
void reply_syntax(struct call *call);
void reply_not_integer(struct call *call);

#endif /* COMMAND_SERVER_COMMANDS_H */
