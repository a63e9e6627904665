/* SPDX-License-Identifier: MIT */
/* What clients ask about the server and their connection. */
#include "command_server/commands.h"

#include <inttypes.h>
#include <stdio.h>

#include "command_server/memory.h"
#include "reactor.h"

void command_ping(struct call *call)
{
    if (call->count == 1)
        reply_status(call->reply, "PONG");
    else
        command_echo(call);
}

void command_echo(struct call *call)
{
    reply_bulk(call->reply, call->arguments[1].bytes, call->arguments[1].size);
}

void command_quit(struct call *call)
{
    reply_status(call->reply, "OK");
    call->is_last = true;
}

void command_select(struct call *call)
{
    int64_t number;

    if (!argument_integer(call->arguments[1], &number))
        reply_not_integer(call);
    else if (number != 0)
        reply_error(call->reply, "ERR DB index is out of range");
    else
        reply_status(call->reply, "OK");
}

/* Of the protocol's versions there is 2 only. */
void command_hello(struct call *call)
{
    int64_t version = 2;

    if (call->count > 1 &&
        (!argument_integer(call->arguments[1], &version) || version != 2)) {
        reply_error(call->reply, "NOPROTO unsupported protocol version");
        return;
    }
    if (call->count > 2) {
        reply_syntax(call);
        return;
    }
    reply_array(call->reply, 6);
    reply_text(call->reply, "server");
    reply_text(call->reply, "command_server");
    reply_text(call->reply, "proto");
    reply_integer(call->reply, 2);
    reply_text(call->reply, "id");
    reply_integer(call->reply, (int64_t)call->client_id);
}

void command_client(struct call *call)
{
    struct argument what = call->arguments[1];

    if (argument_is(what, "id"))
        reply_integer(call->reply, (int64_t)call->client_id);
    else if (argument_is(what, "getname"))
        reply_null(call->reply);
    else if (argument_is(what, "setname") || argument_is(what, "setinfo"))
        reply_status(call->reply, "OK");
    else
        reply_error(call->reply, "ERR unknown subcommand of 'client'");
}

/* Clients do without the list of commands, which they take for help. */
void command_command(struct call *call)
{
    reply_array(call->reply, 0);
}

static void reply_setting(struct reply *reply, const char *name,
                          const char *value)
{
    reply_array(reply, 2);
    reply_text(reply, name);
    reply_text(reply, value);
}

void command_config(struct call *call)
{
    char text[24];

    if (!argument_is(call->arguments[1], "get") || call->count != 3) {
        reply_error(call->reply, "ERR only CONFIG GET of one name is known");
        return;
    }
    snprintf(text, sizeof text, "%zu", call->facts->memory_max);
    if (argument_is(call->arguments[2], "save"))
        reply_setting(call->reply, "save", "");
    else if (argument_is(call->arguments[2], "appendonly"))
        reply_setting(call->reply, "appendonly", "no");
    else if (argument_is(call->arguments[2], "maxmemory"))
        reply_setting(call->reply, "maxmemory", text);
    else
        reply_array(call->reply, 0);
}

void command_info(struct call *call)
{
    const struct facts *facts = call->facts;
    char text[512];

    snprintf(text, sizeof text,
             "# Server\r\n"
             "reactor_backend:%s\r\n"
             "# Clients\r\n"
             "connected_clients:%zu\r\n"
             "# Memory\r\n"
             "used_memory:%zu\r\n"
             "maxmemory:%zu\r\n"
             "# Stats\r\n"
             "total_commands_processed:%" PRIu64 "\r\n"
             "# Keyspace\r\n"
             "db0:keys=%zu\r\n",
             reactor_backend_name(), facts->clients, memory_used(),
             facts->memory_max, facts->commands, facts->store.keys.count);
    reply_text(call->reply, text);
}
