/* SPDX-License-Identifier: MIT */
/* Addresses: what is read, what is written, and what is refused. */
#include "support/claim.h"

#include <reactor/net.h>

#include <string.h>

static const struct {
    const char *text;
    const char *formatted; /* NULL: the same */
    enum reactor_family family;
    int port;
} good[] = {
    {"127.0.0.1:80", NULL, REACTOR_FAMILY_IPV4, 80},
    {"0.0.0.0:0", NULL, REACTOR_FAMILY_IPV4, 0},
    {"255.255.255.255:65535", NULL, REACTOR_FAMILY_IPV4, 65535},
    {"192.0.2.1", "192.0.2.1:0", REACTOR_FAMILY_IPV4, 0},
    {"192.0.2.1:00080", "192.0.2.1:80", REACTOR_FAMILY_IPV4, 80},
    {"[::1]:80", NULL, REACTOR_FAMILY_IPV6, 80},
    {"[::]:0", NULL, REACTOR_FAMILY_IPV6, 0},
    {"[::1]", "[::1]:0", REACTOR_FAMILY_IPV6, 0},
    {"::1", "[::1]:0", REACTOR_FAMILY_IPV6, 0},
    {"::", "[::]:0", REACTOR_FAMILY_IPV6, 0},
    {"2001:DB8:0:0:0:0:0:1", "[2001:db8::1]:0", REACTOR_FAMILY_IPV6, 0},
    {"[2001:db8:0:1:1:1:1:1]:1", NULL, REACTOR_FAMILY_IPV6, 1},
    {"[::ffff:192.0.2.1]:1", NULL, REACTOR_FAMILY_IPV6, 1},
    {"[fe80::1%7654]:22", NULL, REACTOR_FAMILY_IPV6, 22},
    {"*:8080", "[::]:8080", REACTOR_FAMILY_IPV6, 8080},
    {"*", "[::]:0", REACTOR_FAMILY_IPV6, 0},
    {"unix:/run/a.sock", NULL, REACTOR_FAMILY_UNIX, -1},
    {"unix:relative", NULL, REACTOR_FAMILY_UNIX, -1},
    {"unix:/a%20b%25", NULL, REACTOR_FAMILY_UNIX, -1},
    {"unix:/a b", "unix:/a%20b", REACTOR_FAMILY_UNIX, -1},
    {"unix:%41", "unix:A", REACTOR_FAMILY_UNIX, -1},
    {"unix:%40at", "unix:%40at", REACTOR_FAMILY_UNIX, -1},
    {"unix:/\xc3\xa9", "unix:/%c3%a9", REACTOR_FAMILY_UNIX, -1},
};

static void what_is_read_is_written_again(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(good); i++) {
        const char *expected =
            good[i].formatted != NULL ? good[i].formatted : good[i].text;
        char text[REACTOR_ADDRESS_TEXT_MAX];
        struct reactor_address address, again;

        assert_ok(reactor_address_parse(&address, good[i].text));
        assert_int_equal(reactor_address_format(&address, text, sizeof(text)),
                         (int)strlen(expected));
        assert_string_equal(text, expected);
        assert_int_equal(reactor_address_family(&address), good[i].family);
        assert_int_equal(reactor_address_port(&address),
                         good[i].port >= 0 ? good[i].port : -EAFNOSUPPORT);
        assert_ok(reactor_address_parse(&again, text));
        assert_int_equal(reactor_address_is_equal(&address, &again), 1);
    }
}

static const char *const bad[] = {
    "",
    " 127.0.0.1",
    "127.0.0.1 ",
    "127.0.0.1:",
    "127.0.0.1:x",
    "127.0.0.1:-1",
    "127.0.0.1:+1",
    "127.0.0.1: 1",
    "127.0.0.1:65536",
    "127.0.0.1:4294967297",
    "127.0.0.1:18446744073709551617",
    "127.0.0.1:1:",
    "127.0.0",
    "127.1",
    "1.2.3.4.5",
    "256.0.0.1",
    "0x7f.0.0.1",
    "2130706433",
    "localhost",
    "localhost:80",
    ":80",
    ":",
    "[::1",
    "::1]",
    "[]",
    "[]:80",
    "[::1]80",
    "[::1]:",
    "[::1]:65536",
    "[::1]:80x",
    "[[::1]]",
    "[127.0.0.1]:80",
    "[localhost]:80",
    ":::1",
    "1::2::3",
    "12345::1",
    "::1:",
    "[::1%]:80",
    "fe80::1%",
    "fe80::1%0",
    "fe80::1%4294967296",
    "fe80::1%1x",
    "127.0.0.1%1",
    "**:80",
    "*80",
    "unix:",
    "unix:@",
    "unix:%",
    "unix:%4",
    "unix:%zz",
    "unix:%4z",
    "unix:/a%00b",
    "unix:%00a",
    "UNIX:/a",
};

static void anything_else_is_refused(void **state)
{
    struct reactor_address address, before;
    size_t i;

    (void)state;
    memset(&address, 0x5a, sizeof(address));
    before = address;
    for (i = 0; i < COUNT_OF(bad); i++) {
        int error = reactor_address_parse(&address, bad[i]);

        if (error != -EINVAL)
            fail_msg("\"%s\": %d", bad[i], error);
        assert_memory_equal(&address, &before, sizeof(address));
    }
    assert_error(reactor_address_parse(NULL, "::1"), -EINVAL);
    assert_error(reactor_address_parse(&address, NULL), -EINVAL);
}

static void a_zone_that_is_not_there_is_told(void **state)
{
    struct reactor_address address;

    (void)state;
    assert_error(reactor_address_parse(&address, "fe80::1%nowhere9"), -ENODEV);
}

static void abstract_names_are_of_linux(void **state)
{
    char text[REACTOR_ADDRESS_TEXT_MAX];
    struct reactor_address address;
    int error = reactor_address_parse(&address, "unix:@a%00b");

    (void)state;
    if (error != 0) {
        assert_error(error, -ENOTSUP);
        return;
    }
    assert_true(reactor_address_format(&address, text, sizeof(text)) > 0);
    assert_string_equal(text, "unix:@a%00b");
}

/* unix(7): such a name has a family, and nothing or a zero behind it. */
static void unix_names_of_nothing_have_no_text(void **state)
{
    char text[REACTOR_ADDRESS_TEXT_MAX];
    struct reactor_address named, unnamed;
    const void *native;
    size_t size;

    (void)state;
    assert_ok(reactor_address_parse(&named, "unix:a"));
    native = reactor_address_native(&named, &size);
    assert_ok(reactor_address_from_native(&unnamed, native, size - 2));
    assert_error(reactor_address_format(&unnamed, text, sizeof(text)), -EINVAL);
}

static void paths_are_not_cut_short(void **state)
{
    char text[300] = "unix:", formatted[REACTOR_ADDRESS_TEXT_MAX];
    struct reactor_address address;
    size_t length, longest = 0;

    (void)state;
    for (length = 1; length < 200; length++) {
        int error;

        memset(text + 5, 'p', length);
        text[5 + length] = '\0';
        error = reactor_address_parse(&address, text);
        if (error != 0) {
            assert_error(error, -ENAMETOOLONG);
            continue;
        }
        assert_int_equal(longest, length - 1); /* nothing longer after that */
        longest = length;
        assert_int_equal(
            reactor_address_format(&address, formatted, sizeof(formatted)),
            (int)length + 5);
        assert_string_equal(formatted, text);
    }
    assert_true(longest >= 91); /* the smallest sun_path there is, less one */
}

static void the_longest_text_has_room(void **state)
{
    char text[400] = "unix:", formatted[REACTOR_ADDRESS_TEXT_MAX];
    struct reactor_address address;
    int i;

    (void)state;
    for (i = 0; i < 91; i++)
        memcpy(text + 5 + 3 * i, "%01", 4);
    assert_ok(reactor_address_parse(&address, text));
    assert_int_equal(
        reactor_address_format(&address, formatted, sizeof(formatted)),
        5 + 3 * 91);
    assert_string_equal(formatted, text);
}

static void a_text_that_does_not_fit_is_not_written(void **state)
{
    char text[] = "untouched text";
    struct reactor_address address;

    (void)state;
    assert_ok(reactor_address_parse(&address, "127.0.0.1:80"));
    assert_error(reactor_address_format(&address, text, 12), -ENOSPC);
    assert_error(reactor_address_format(&address, text, 0), -ENOSPC);
    assert_string_equal(text, "untouched text");
    assert_int_equal(reactor_address_format(&address, text, 13), 12);
    assert_error(reactor_address_format(&address, NULL, 100), -EINVAL);
    assert_error(reactor_address_format(NULL, text, 10), -EINVAL);
    memset(&address, 0, sizeof(address));
    assert_error(reactor_address_format(&address, text, 10), -EINVAL);
}

static void ports_can_be_set(void **state)
{
    struct reactor_address address;

    (void)state;
    assert_ok(reactor_address_parse(&address, "[fe80::1%5]:1"));
    assert_ok(reactor_address_set_port(&address, 65535));
    assert_int_equal(reactor_address_port(&address), 65535);
    assert_error(reactor_address_set_port(&address, 65536), -EINVAL);
    assert_error(reactor_address_set_port(&address, -1), -EINVAL);
    assert_error(reactor_address_set_port(NULL, 1), -EINVAL);
    assert_int_equal(reactor_address_port(&address), 65535);
    assert_ok(reactor_address_parse(&address, "unix:/a"));
    assert_error(reactor_address_set_port(&address, 1), -EAFNOSUPPORT);
    memset(&address, 0, sizeof(address));
    assert_error(reactor_address_set_port(&address, 1), -EAFNOSUPPORT);
    assert_error(reactor_address_port(&address), -EAFNOSUPPORT);
    assert_error(reactor_address_port(NULL), -EAFNOSUPPORT);
}

static void all_parts_are_compared(void **state)
{
    static const char *const texts[] = {
        "127.0.0.1:1", "127.0.0.1:2",   "127.0.0.2:1",   "[::1]:1", "[::1]:2",
        "[::2]:1",     "[fe80::1%1]:1", "[fe80::1%2]:1", "unix:/a", "unix:/ab"};
    struct reactor_address a, b, empty;
    size_t i, k;

    (void)state;
    memset(&empty, 0, sizeof(empty));
    for (i = 0; i < COUNT_OF(texts); i++) {
        for (k = 0; k < COUNT_OF(texts); k++) {
            assert_ok(reactor_address_parse(&a, texts[i]));
            assert_ok(reactor_address_parse(&b, texts[k]));
            assert_int_equal(reactor_address_is_equal(&a, &b), i == k);
        }
        assert_int_equal(reactor_address_is_equal(&a, &empty), 0);
        assert_int_equal(reactor_address_is_equal(NULL, &a), 0);
    }
    assert_int_equal(reactor_address_is_equal(&empty, NULL), 1);
}

static void the_systems_addresses_come_and_go(void **state)
{
    struct reactor_address address, copy;
    const void *native;
    size_t size;

    (void)state;
    assert_ok(reactor_address_parse(&address, "[2001:db8::1]:443"));
    native = reactor_address_native(&address, &size);
    assert_ok(reactor_address_from_native(&copy, native, size));
    assert_int_equal(reactor_address_is_equal(&address, &copy), 1);
    assert_error(reactor_address_from_native(&copy, native, size - 1), -EINVAL);
    assert_error(reactor_address_from_native(&copy, native, 0), -EINVAL);
    assert_error(reactor_address_from_native(&copy, native, 129),
                 -ENAMETOOLONG);
    assert_error(reactor_address_from_native(NULL, native, size), -EINVAL);
    assert_error(reactor_address_from_native(&copy, NULL, size), -EINVAL);
    assert_int_equal(reactor_address_is_equal(&address, &copy), 1);
    memset(&address, 0, sizeof(address));
    assert_null(reactor_address_native(&address, &size));
    assert_int_equal(size, 0);
    assert_null(reactor_address_native(NULL, NULL));
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(what_is_read_is_written_again),
        CLAIM_WITHOUT_REACTOR(anything_else_is_refused),
        CLAIM_WITHOUT_REACTOR(a_zone_that_is_not_there_is_told),
        CLAIM_WITHOUT_REACTOR(abstract_names_are_of_linux),
        CLAIM_WITHOUT_REACTOR(unix_names_of_nothing_have_no_text),
        CLAIM_WITHOUT_REACTOR(paths_are_not_cut_short),
        CLAIM_WITHOUT_REACTOR(the_longest_text_has_room),
        CLAIM_WITHOUT_REACTOR(a_text_that_does_not_fit_is_not_written),
        CLAIM_WITHOUT_REACTOR(ports_can_be_set),
        CLAIM_WITHOUT_REACTOR(all_parts_are_compared),
        CLAIM_WITHOUT_REACTOR(the_systems_addresses_come_and_go),
    };

    return run_claims(claims);
}
