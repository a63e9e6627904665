/* SPDX-License-Identifier: MIT */
#include "net/resolver.h"

#include "support/claim.h"
#include "support/thread.h"

#include <reactor/net.h>

#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

_Atomic bool gate_is_open;
_Atomic unsigned held;
_Atomic unsigned held_max;
_Atomic int living_answers;

static struct addrinfo *answer(const char *host, struct addrinfo *next)
{
    struct reactor_address address;
    struct addrinfo *info = calloc(1, sizeof(*info) + sizeof(address));
    const void *native;
    size_t size;

    if (info == NULL || reactor_address_parse(&address, host) != 0)
        abort();
    native = reactor_address_native(&address, &size);
    info->ai_addr = (struct sockaddr *)(void *)(info + 1);
    memcpy(info->ai_addr, native, size);
    info->ai_addrlen = (socklen_t)size;
    info->ai_family = info->ai_addr->sa_family;
    info->ai_next = next;
    atomic_fetch_add(&living_answers, 1);
    return info;
}

/* The C library has names of its own for what they take. */
/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */
void freeaddrinfo(struct addrinfo *info)
{
    while (info != NULL) {
        struct addrinfo *next = info->ai_next;

        free(info);
        atomic_fetch_sub(&living_answers, 1);
        info = next;
    }
}

static void hold(void)
{
    unsigned now = atomic_fetch_add(&held, 1) + 1;
    unsigned most = atomic_load(&held_max);

    while (now > most && !atomic_compare_exchange_weak(&held_max, &most, now))
        continue;
    while (!atomic_load(&gate_is_open))
        thread_yield();
    atomic_fetch_sub(&held, 1);
}

const struct refusal refusals[REFUSALS] = {
    {"none", EAI_NONAME, -ENOENT}, {"again", EAI_AGAIN, -EAGAIN},
    {"fail", EAI_FAIL, -EIO},      {"memory", EAI_MEMORY, -ENOMEM},
    {"family", EAI_FAMILY, -EIO},  {"system", EAI_SYSTEM, -ENFILE},
    {"empty", 0, -ENOENT},
};

int getaddrinfo(const char *host, const char *service,
                const struct addrinfo *hints, struct addrinfo **out)
{
    size_t i;

    *out = NULL;
    if (service != NULL || hints->ai_socktype != SOCK_STREAM)
        return EAI_SERVICE;
    for (i = 0; i < COUNT_OF(refusals); i++) {
        if (strcmp(host, refusals[i].host) != 0)
            continue;
        errno = ENFILE;
        return refusals[i].code;
    }
    if (strcmp(host, "held") == 0)
        hold();
    *out = answer("127.0.0.1", NULL);
    if (strcmp(host, "two") == 0)
        *out = answer("::1", *out);
    for (i = 1; strcmp(host, "many") == 0 && i < 100; i++)
        *out = answer("127.0.0.1", *out);
    return 0;
}
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
