/* SPDX-License-Identifier: MIT */
/*
 * Texts and bytes that nobody has meant as addresses: they are refused, or read
 * as addresses that say of themselves what they are. LIBREACTOR_SEED=n replays
 * one run.
 */
#include "support/claim.h"
#include "support/scale.h"

#include <reactor/net.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Chance ---- */

static uint64_t random_state;

/* SplitMix64 (Steele, Lea, Flood, 2014). */
static uint64_t random_number(void)
{
    uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static size_t below(size_t count)
{
    return (size_t)(random_number() % count);
}

static void begin_run(uint64_t number)
{
    const char *replayed = getenv("LIBREACTOR_SEED");

    random_state = replayed != NULL ? strtoull(replayed, NULL, 0) : number;
}

/* ---- What must hold of whatever is read ---- */

/* In memory of just that size, so that tools see what is read beyond it. */
static char *exact_copy(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);

    assert_non_null(copy);
    memcpy(copy, text, size);
    return copy;
}

static void assert_same(const struct reactor_address *a,
                        const struct reactor_address *b)
{
    assert_int_equal(reactor_address_is_equal(a, b), 1);
    assert_int_equal(reactor_address_family(a), reactor_address_family(b));
    assert_int_equal(reactor_address_port(a), reactor_address_port(b));
}

/* What it is written as is read as the same, and written so again. */
static void assert_round_trip(const struct reactor_address *address)
{
    char text[REACTOR_ADDRESS_TEXT_MAX], again[REACTOR_ADDRESS_TEXT_MAX];
    struct reactor_address other;
    int length = reactor_address_format(address, text, sizeof(text));

    assert_true(length > 0);
    assert_int_equal(strlen(text), length);
    if (reactor_address_parse(&other, text) != 0)
        fail_msg("%s is not read again", text);
    assert_same(address, &other);
    assert_int_equal(reactor_address_format(&other, again, sizeof(again)),
                     length);
    assert_string_equal(again, text);
    assert_error(reactor_address_format(address, text, (size_t)length),
                 -ENOSPC);
}

static void assert_native_round_trip(const struct reactor_address *address)
{
    struct reactor_address other;
    size_t size;
    const void *native = reactor_address_native(address, &size);

    assert_non_null(native);
    assert_ok(reactor_address_from_native(&other, native, size));
    assert_same(address, &other);
}

static bool is_refusal(int error)
{
    return error == -EINVAL || error == -ENODEV || error == -ENAMETOOLONG ||
           error == -ENOTSUP;
}

static void read_text(const char *text)
{
    struct reactor_address address, untouched;
    char *copy = exact_copy(text);
    int error;

    memset(&untouched, 0x5a, sizeof(untouched));
    address = untouched;
    error = reactor_address_parse(&address, copy);
    free(copy);
    if (error != 0) {
        assert_true(is_refusal(error));
        assert_memory_equal(&address, &untouched, sizeof(address));
        return;
    }
    assert_int_not_equal(reactor_address_family(&address), REACTOR_FAMILY_NONE);
    assert_round_trip(&address);
    assert_native_round_trip(&address);
}

/* ---- Texts ---- */

static const char *const corpus[] = {
    "192.0.2.1:80",
    "255.255.255.255:65535",
    "0.0.0.0",
    "[2001:db8::1]:80",
    "[::ffff:192.0.2.1]:1",
    "[fe80::1%1]:443",
    "[fe80::abcd%lo]:443",
    "::1",
    "1:2:3:4:5:6:7:8",
    "fe80::1%2",
    "*:80",
    "*",
    "unix:/run/a.sock",
    "unix:@name",
    "unix:@a%00b",
    "unix:relative/%25path%20here",
};

static const char *const pieces[] = {
    "unix:",
    "@",
    "%",
    "%00",
    "%41",
    "%2",
    "[",
    "]",
    "]:",
    ":",
    "::",
    "*",
    ".",
    "0",
    "00",
    "255",
    "256",
    "65535",
    "1",
    "65536",
    "/",
    "fe80",
    "lo",
    "-1",
    " ",
    "+1",
    "\n",
    "\xff\x80",
    "1e3",
    "0x10",
    "99999999999999999999",
};

#define TEXT_ROOM 512

/* Parts are repeated, left out, changed, and put where they do not belong. */
static void mutate(char *text)
{
    size_t length = strlen(text);
    size_t at = below(length + 1);
    const char *piece = pieces[below(COUNT_OF(pieces))];
    size_t size = strlen(piece);

    switch (below(4)) {
    case 0: /* put in */
        if (length + size + 1 > TEXT_ROOM)
            return;
        memmove(text + at + size, text + at, length - at + 1);
        memcpy(text + at, piece, size);
        break;
    case 1: /* left out */
        size = below(length - at + 1);
        memmove(text + at, text + at + size, length - at - size + 1);
        break;
    case 2: /* changed */
        if (at < length)
            text[at] = (char)(1 + below(255));
        break;
    default: /* repeated */
        size = below(length - at + 1);
        if (length + size + 1 > TEXT_ROOM)
            return;
        memmove(text + at + size, text + at, length - at + 1);
        break;
    }
}

static void changed_texts_are_read_or_refused(void **state)
{
    unsigned runs = scaled(300000, 20000000);
    unsigned i;

    (void)state;
    for (i = 0; i < runs; i++) {
        char text[TEXT_ROOM];
        size_t changes;

        begin_run(i);
        changes = 1 + below(6);
        (void)snprintf(text, sizeof(text), "%s",
                       corpus[below(COUNT_OF(corpus))]);
        while (changes-- > 0)
            mutate(text);
        read_text(text);
    }
}

static void random_texts_are_read_or_refused(void **state)
{
    static const char alphabet[] = "0123456789abcdef:.[]%*@/unix ";
    unsigned runs = scaled(300000, 20000000);
    unsigned i;

    (void)state;
    for (i = 0; i < runs; i++) {
        char text[64];
        size_t length, k;

        begin_run(i);
        length = below(sizeof(text));
        for (k = 0; k < length; k++)
            text[k] = alphabet[below(sizeof(alphabet) - 1)];
        text[length] = '\0';
        read_text(text);
    }
}

/* Every length, around those that are too long as well. */
static void long_texts_are_read_or_refused(void **state)
{
    static const char *const heads[] = {"",  "unix:", "unix:@",
                                        "[", "[::1%", "1.2.3.4:"};
    static const char fillers[] = "a0:%/";
    size_t head, filler, length;
    char text[2 * TEXT_ROOM];

    (void)state;
    for (head = 0; head < COUNT_OF(heads); head++)
        for (filler = 0; filler < sizeof(fillers) - 1; filler++)
            for (length = 0; length < 600; length++) {
                size_t size = strlen(heads[head]);

                memcpy(text, heads[head], size);
                memset(text + size, fillers[filler], length);
                text[size + length] = '\0';
                read_text(text);
            }
}

/* ---- Bytes ---- */

/* Those of a real one, some of them changed, and a size that may not be its. */
static size_t make_bytes(unsigned char *bytes, size_t room)
{
    struct reactor_address address;
    size_t size = below(room), changes, i;
    const void *native;

    for (i = 0; i < size; i++)
        bytes[i] = (unsigned char)random_number();
    if (below(4) == 0 ||
        reactor_address_parse(&address, corpus[below(COUNT_OF(corpus))]) != 0)
        return size;
    native = reactor_address_native(&address, &i);
    memcpy(bytes, native, i);
    for (changes = below(4); changes > 0; changes--)
        bytes[below(i)] = (unsigned char)random_number();
    return below(2) == 0 ? i : size;
}

/*
 * Not a path that fills its place, without a zero, as only the system makes it;
 * or an abstract name where there are none.
 */
static bool reads_all_of(const char *text)
{
    struct reactor_address address;
    int error = reactor_address_parse(&address, text);

    return strncmp(text, "unix:", 5) != 0 ||
           (error != -ENAMETOOLONG && error != -ENOTSUP);
}

static void read_bytes(const unsigned char *bytes, size_t size)
{
    struct reactor_address address = {0};
    void *copy = malloc(size > 0 ? size : 1);
    char text[REACTOR_ADDRESS_TEXT_MAX];
    int error;

    assert_non_null(copy);
    memcpy(copy, bytes, size);
    error = reactor_address_from_native(&address, copy, size);
    free(copy);
    if (error != 0) {
        assert_true(error == -EINVAL || error == -ENAMETOOLONG);
        assert_int_equal(address.size, 0);
        return;
    }
    error = reactor_address_format(&address, text, sizeof(text));
    if (error == -EAFNOSUPPORT || error == -EINVAL) { /* or a nameless one */
        assert_int_equal(reactor_address_family(&address),
                         error == -EINVAL ? REACTOR_FAMILY_UNIX
                                          : REACTOR_FAMILY_NONE);
        return;
    }
    assert_true(error > 0);
    assert_native_round_trip(&address);
    if (reads_all_of(text))
        assert_round_trip(&address);
}

static void random_bytes_are_read_or_refused(void **state)
{
    unsigned runs = scaled(500000, 20000000);
    unsigned char bytes[200];
    unsigned i;

    (void)state;
    for (i = 0; i < runs; i++) {
        begin_run(i);
        memset(bytes, 0, sizeof(bytes));
        read_bytes(bytes, make_bytes(bytes, sizeof(bytes)));
    }
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(changed_texts_are_read_or_refused),
        CLAIM_WITHOUT_REACTOR(random_texts_are_read_or_refused),
        CLAIM_WITHOUT_REACTOR(long_texts_are_read_or_refused),
        CLAIM_WITHOUT_REACTOR(random_bytes_are_read_or_refused),
    };

    return run_claims(claims);
}
