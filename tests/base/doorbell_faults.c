/* SPDX-License-Identifier: MIT */
/*
 * The doorbell without pipe2(2): opening it takes calls of fcntl(2), and each
 * of them may be refused. The linker sends them here (ld(1), --wrap).
 */
#include "platform/platform.h"

#include "support/claim.h"

#include <fcntl.h>
#include <stdarg.h>

/* The names are the linker's choice. */
/* NOLINTBEGIN(bugprone-reserved-identifier) */
int __real_fcntl(int handle, int command, ...);
int __wrap_fcntl(int handle, int command, ...);

static int calls_to_refusal; /* 1: the next one is refused; 0: none is */

int __wrap_fcntl(int handle, int command, ...)
{
    va_list arguments;
    int argument;

    if (calls_to_refusal > 0 && --calls_to_refusal == 0) {
        errno = EIO;
        return -1;
    }
    if (command == F_GETFD || command == F_GETFL)
        return __real_fcntl(handle, command);
    va_start(arguments, command);
    argument = va_arg(arguments, int);
    va_end(arguments);
    return __real_fcntl(handle, command, argument);
}
/* NOLINTEND(bugprone-reserved-identifier) */

/* claim_end() counts what stays open. */
static void opening_fails_with_any_of_its_calls_and_leaves_nothing(void **state)
{
    int refusals = 0;

    (void)state;
    for (;;) {
        struct ri_doorbell opened = {-2, -2};
        int error;

        calls_to_refusal = refusals + 1;
        error = ri_doorbell_open(&opened);
        if (calls_to_refusal > 0) {
            calls_to_refusal = 0;
            assert_ok(error);
            ri_doorbell_close(&opened);
            break;
        }
        assert_error(error, -EIO);
        assert_int_equal(opened.listen, -2);
        assert_int_equal(opened.button, -2);
        refusals++;
    }
    assert_int_equal(refusals, 6); /* three for each end */
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(
            opening_fails_with_any_of_its_calls_and_leaves_nothing),
    };

    return run_claims(claims);
}
