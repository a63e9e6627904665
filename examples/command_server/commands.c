/* SPDX-License-Identifier: MIT */
#include "command_server/commands.h"

#include <stdlib.h>
#include <string.h>

#include "command_server/memory.h"

enum { ANY_COUNT = -1, NAME_BYTES_MAX = 16 };

/* Adds to what is stored: refused when that is too much. */
enum { GROWS = 1 };

struct command {
    const char *name;
    command_fn *function;
    int least, most; /* arguments, the name is one */
    int flags;
};

/* In the order of strcmp(). */
static const struct command commands[] = {
    {"append", command_append, 3, 3, GROWS},
    {"client", command_client, 2, ANY_COUNT, 0},
    {"command", command_command, 1, ANY_COUNT, 0},
    {"config", command_config, 2, ANY_COUNT, 0},
    {"dbsize", command_dbsize, 1, 1, 0},
    {"decr", command_decr, 2, 2, GROWS},
    {"decrby", command_decrby, 3, 3, GROWS},
    {"del", command_del, 2, ANY_COUNT, 0},
    {"echo", command_echo, 2, 2, 0},
    {"exists", command_exists, 2, ANY_COUNT, 0},
    {"expire", command_expire, 3, 3, GROWS},
    {"flushall", command_flushall, 1, 2, 0},
    {"flushdb", command_flushall, 1, 2, 0},
    {"get", command_get, 2, 2, 0},
    {"getset", command_getset, 3, 3, GROWS},
    {"hdel", command_hdel, 3, ANY_COUNT, 0},
    {"hello", command_hello, 1, ANY_COUNT, 0},
    {"hexists", command_hexists, 3, 3, 0},
    {"hget", command_hget, 3, 3, 0},
    {"hgetall", command_hgetall, 2, 2, 0},
    {"hlen", command_hlen, 2, 2, 0},
    {"hset", command_hset, 4, ANY_COUNT, GROWS},
    {"incr", command_incr, 2, 2, GROWS},
    {"incrby", command_incrby, 3, 3, GROWS},
    {"info", command_info, 1, ANY_COUNT, 0},
    {"llen", command_llen, 2, 2, 0},
    {"lpop", command_lpop, 2, 3, 0},
    {"lpush", command_lpush, 3, ANY_COUNT, GROWS},
    {"lrange", command_lrange, 4, 4, 0},
    {"mget", command_mget, 2, ANY_COUNT, 0},
    {"mset", command_mset, 3, ANY_COUNT, GROWS},
    {"persist", command_persist, 2, 2, 0},
    {"pexpire", command_pexpire, 3, 3, GROWS},
    {"ping", command_ping, 1, 2, 0},
    {"psetex", command_psetex, 4, 4, GROWS},
    {"pttl", command_pttl, 2, 2, 0},
    {"quit", command_quit, 1, ANY_COUNT, 0},
    {"rpop", command_rpop, 2, 3, 0},
    {"rpush", command_rpush, 3, ANY_COUNT, GROWS},
    {"sadd", command_sadd, 3, ANY_COUNT, GROWS},
    {"scard", command_scard, 2, 2, 0},
    {"select", command_select, 2, 2, 0},
    {"set", command_set, 3, ANY_COUNT, GROWS},
    {"setex", command_setex, 4, 4, GROWS},
    {"setnx", command_setnx, 3, 3, GROWS},
    {"sismember", command_sismember, 3, 3, 0},
    {"smembers", command_smembers, 2, 2, 0},
    {"spop", command_spop, 2, 2, 0},
    {"srem", command_srem, 3, ANY_COUNT, 0},
    {"strlen", command_strlen, 2, 2, 0},
    {"ttl", command_ttl, 2, 2, 0},
    {"type", command_type, 2, 2, 0},
    {"zadd", command_zadd, 4, ANY_COUNT, GROWS},
    {"zcard", command_zcard, 2, 2, 0},
    {"zpopmin", command_zpopmin, 2, 3, 0},
    {"zscore", command_zscore, 3, 3, 0},
};

/* ---- Execution ---- */

static int compare(const void *name, const void *command)
{
    return strcmp(name, ((const struct command *)command)->name);
}

static char lower(char letter)
{
    return (char)(letter >= 'A' && letter <= 'Z' ? letter - 'A' + 'a' : letter);
}

static const struct command *find_command(struct argument name)
{
    char text[NAME_BYTES_MAX];

    if (name.size >= sizeof text)
        return NULL;
    for (size_t i = 0; i < name.size; i++)
        text[i] = lower(name.bytes[i]);
    text[name.size] = '\0';
    return bsearch(text, commands, sizeof commands / sizeof commands[0],
                   sizeof commands[0], compare);
}

static void run(struct call *call, const struct command *command)
{
    if (call->count < command->least ||
        (command->most != ANY_COUNT && call->count > command->most))
        reply_error(call->reply,
                    "ERR wrong number of arguments for '%s' command",
                    command->name);
    else if ((command->flags & GROWS) != 0 &&
             memory_used() > call->facts->memory_max)
        reply_error(call->reply, "OOM command not allowed when used memory > "
                                 "'maxmemory'.");
    else
        command->function(call);
}

/* A browser that was made to talk to this server is not heard out. */
static bool is_http(struct argument name)
{
    return argument_is(name, "post") || argument_is(name, "host:");
}

void command_execute(struct call *call)
{
    struct argument name = call->arguments[0];
    const struct command *command = find_command(name);

    reply_begin(call->reply);
    call->facts->commands++;
    if (command != NULL) {
        run(call, command);
    } else {
        reply_error(call->reply, "ERR unknown command '%.*s'",
                    (int)(name.size < 64 ? name.size : 64), name.bytes);
        call->is_last = is_http(name);
    }
    reply_end(call->reply);
}

/* ---- Arguments ---- */

bool argument_is(struct argument argument, const char *word)
{
    size_t i;

    for (i = 0; i < argument.size && word[i] != '\0'; i++)
        if (lower(argument.bytes[i]) != word[i])
            return false;
    return i == argument.size && word[i] == '\0';
}

bool argument_integer(struct argument argument, int64_t *out)
{
    bool is_negative = argument.size > 0 && argument.bytes[0] == '-';
    size_t i = is_negative;
    uint64_t number = 0, most = (uint64_t)INT64_MAX + is_negative;

    if (i == argument.size || argument.size > 20)
        return false;
    if (argument.bytes[i] == '0' && argument.size > 1)
        return false;
    for (; i < argument.size; i++) {
        unsigned digit = (unsigned char)argument.bytes[i] - (unsigned)'0';

        if (digit > 9 || number > (most - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *out = is_negative ? (int64_t)(0 - number) : (int64_t)number;
    return true;
}

/* ---- Keys ---- */

bool find_typed(struct call *call, enum type type, struct node **out)
{
    *out = store_find(call->store, call->arguments[1]);
    if (*out == NULL || (*out)->type == type)
        return true;
    reply_error(call->reply, "WRONGTYPE Operation against a key holding the "
                             "wrong kind of value");
    return false;
}

bool find_or_add(struct call *call, enum type type, struct node **out)
{
    if (!find_typed(call, type, out))
        return false;
    if (*out == NULL)
        *out = store_add(call->store, call->arguments[1], type);
    if (*out == NULL)
        reply_no_memory(call);
    return *out != NULL;
}

static bool is_empty(const struct node *node)
{
    switch (node->type) {
    case TYPE_STRING:
        return node->value.blob == NULL;
    case TYPE_LIST:
        return node->value.list->count == 0;
    case TYPE_SET:
    case TYPE_HASH:
    case TYPE_SORTED_SET:
        return node->value.table->count == 0;
    }
    return false;
}

void remove_if_empty(struct call *call, struct node *node)
{
    if (is_empty(node))
        store_remove(call->store, node);
}

bool read_delay(struct call *call, struct argument argument, int64_t unit_ns,
                int64_t *out)
{
    int64_t number;

    if (!argument_integer(argument, &number)) {
        reply_not_integer(call);
        return false;
    }
    if (number > INT64_MAX / 4 / unit_ns || number < -INT64_MAX / 4 / unit_ns) {
        reply_error(call->reply, "ERR invalid expire time");
        return false;
    }
    *out = number * unit_ns;
    return true;
}

/* ---- Errors ---- */

void reply_no_memory(struct call *call)
{
    reply_error(call->reply, "ERR no memory");
}

void reply_syntax(struct call *call)
{
    reply_error(call->reply, "ERR syntax error");
}

void reply_not_integer(struct call *call)
{
    reply_error(call->reply, "ERR value is not an integer or out of range");
}
