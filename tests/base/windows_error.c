/* SPDX-License-Identifier: MIT */
/* What Windows answers, in errno values. */
#include "platform/windows/windows_error.h"

#include "support/claim.h"

#include <winsock2.h>

#include <string.h>

#define STATUS_INSUFFICIENT_RESOURCES ((int32_t)0xC000009A)
#define STATUS_TOO_MANY_OPENED_FILES  ((int32_t)0xC000011F)

/* Larger than any code of either kind. */
#define CODES_END 20000

static void winsock_and_windows_are_known(void **state)
{
    (void)state;
    assert_error(ri_error_of_windows(WSAECONNREFUSED), -ECONNREFUSED);
    assert_error(ri_error_of_windows(WSAENOTSOCK), -ENOTSOCK);
    assert_error(ri_error_of_windows(WSAEWOULDBLOCK), -EAGAIN);
    assert_error(ri_error_of_windows(ERROR_INVALID_HANDLE), -EBADF);
    assert_error(ri_error_of_windows(ERROR_NOT_ENOUGH_MEMORY), -ENOMEM);
    assert_error(ri_error_of_windows(ERROR_TOO_MANY_OPEN_FILES), -EMFILE);
}

static void what_the_kernel_answers_is_known(void **state)
{
    (void)state;
    assert_error(ri_error_of_status((int32_t)STATUS_INVALID_HANDLE), -EBADF);
    assert_error(ri_error_of_status(STATUS_INSUFFICIENT_RESOURCES), -ENOMEM);
    assert_error(ri_error_of_status(STATUS_TOO_MANY_OPENED_FILES), -EMFILE);
}

static void what_is_unknown_is_eio(void **state)
{
    (void)state;
    assert_error(ri_error_of_windows(CODES_END), -EIO);
    assert_error(ri_error_of_windows(UINT32_MAX), -EIO);
    assert_error(ri_error_of_status((int32_t)0xE0000000), -EIO);
}

static void every_error_has_words(void **state)
{
    uint32_t code;

    (void)state;
    for (code = 0; code < CODES_END; code++) {
        int error = ri_error_of_windows(code);

        assert_true(error < 0);
        assert_string_not_equal(reactor_strerror(error), "unknown error");
    }
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        cmocka_unit_test(winsock_and_windows_are_known),
        cmocka_unit_test(what_the_kernel_answers_is_known),
        cmocka_unit_test(what_is_unknown_is_eio),
        cmocka_unit_test(every_error_has_words),
    };

    return cmocka_run_group_tests(claims, NULL, NULL);
}
