/* SPDX-License-Identifier: MIT */
#include "support/family.h"

#include "support/expect.h"
#include "support/process.h"

char family_tag[1];

struct family found_family(struct reactor *reactor, uint32_t interest)
{
    struct family family = {reactor, stream_pair(), stream_pair()};

    assert_ok(
        reactor_register(reactor, family.pair.mine, interest, family_tag));
    return family;
}

void dissolve_family(struct family *family)
{
    retire_pair(family->reactor, &family->pair);
    close_pair(&family->other);
}

void assert_undisturbed(struct family *family)
{
    assert_silent(family->reactor);
    send_byte(family->pair.peer);
    assert_ptr_equal(await_event(family->reactor, family->pair.mine).user_data,
                     family_tag);
    assert_ok(reactor_wake(family->reactor));
    drain(family->pair.mine);
    await_wake(family->reactor);
}

int use_inherited(void *context)
{
    struct family *family = context;
    struct reactor *reactor = family->reactor;
    reactor_handle mine = family->pair.mine;
    reactor_handle other = family->other.mine;
    struct reactor_event event;

    CHILD_EXPECT(reactor_wait(reactor, &event, 1, -1) == -ECHILD);
    CHILD_EXPECT(reactor_wait(reactor, &event, 1, 0) == -ECHILD);
    CHILD_EXPECT(reactor_wait(reactor, &event, 1, 5) == -ECHILD);
    CHILD_EXPECT(reactor_wait_until(reactor, &event, 1, 0) == -ECHILD);
    CHILD_EXPECT(reactor_register(reactor, other, 0, NULL) == -ECHILD);
    CHILD_EXPECT(reactor_register(reactor, mine, 0, NULL) == -ECHILD);
    CHILD_EXPECT(reactor_reregister(reactor, mine, 0, NULL) == -ECHILD);
    CHILD_EXPECT(reactor_deregister(reactor, mine) == -ECHILD);
    CHILD_EXPECT(reactor_deregister(reactor, other) == -ECHILD);
    CHILD_EXPECT(reactor_wake(reactor) == -ECHILD);
    CHILD_EXPECT(reactor_shutdown(reactor) == -ECHILD);
    CHILD_EXPECT(reactor_backend_handle(reactor) == REACTOR_INVALID_HANDLE);
    return 0;
}
