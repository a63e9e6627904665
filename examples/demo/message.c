/* SPDX-License-Identifier: MIT */
#include "message.h"

#include <string.h>

#include "portable.h"
#include "reactor.h"

/* The last step of the splitmix64 generator: every bit depends on all. */
static uint64_t mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
}

static uint64_t checksum_of(const struct message *message)
{
    uint64_t words[MESSAGE_SIZE / sizeof(uint64_t)];
    uint64_t sum = 0;

    memcpy(words, message, sizeof words);
    for (size_t i = 0; i + 1 < sizeof words / sizeof words[0]; i++)
        sum = mix(sum ^ words[i]) + i;
    return sum;
}

uint64_t message_new_token(void)
{
    uint64_t token =
        mix((uint64_t)reactor_now_ns() ^ (uint64_t)process_number() << 32);

    memset(&token, 0xff, 1); /* occurs neither in ASCII nor in UTF-8 */
    return token;
}

void message_compose(struct message *message, uint64_t token,
                     uint64_t connection, uint64_t sequence, int64_t sent_at_ns)
{
    message->token = token;
    message->connection = connection;
    message->sequence = sequence;
    message->sent_at_ns = sent_at_ns;
    message->payload[0] = mix(connection + 1);
    message->payload[1] = mix(message->payload[0] ^ sequence);
    message->payload[2] = mix(message->payload[1]);
    message->checksum = checksum_of(message);
}

bool message_is_intact(const struct message *message)
{
    return message->checksum == checksum_of(message);
}
