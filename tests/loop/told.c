/* SPDX-License-Identifier: MIT */
#include "loop/told.h"

#include "backend/backend.h"

/* ---- Calls of the backend ---- */

/* ld(1): --wrap. The names are the linker's choice. */

unsigned adds;
unsigned modifies;
unsigned removes;

static unsigned refusals;
static int refusal;

/* NOLINTBEGIN(bugprone-reserved-identifier) */

int __real_ri_backend_add(struct ri_backend *backend,
                          const struct ri_registration *wanted,
                          const struct ri_registration *replaced);
int __wrap_ri_backend_add(struct ri_backend *backend,
                          const struct ri_registration *wanted,
                          const struct ri_registration *replaced);
int __real_ri_backend_modify(struct ri_backend *backend,
                             const struct ri_registration *wanted);
int __wrap_ri_backend_modify(struct ri_backend *backend,
                             const struct ri_registration *wanted);
void __real_ri_backend_remove(struct ri_backend *backend,
                              const struct ri_registration *retired);
void __wrap_ri_backend_remove(struct ri_backend *backend,
                              const struct ri_registration *retired);

int __wrap_ri_backend_add(struct ri_backend *backend,
                          const struct ri_registration *wanted,
                          const struct ri_registration *replaced)
{
    adds++;
    return __real_ri_backend_add(backend, wanted, replaced);
}

int __wrap_ri_backend_modify(struct ri_backend *backend,
                             const struct ri_registration *wanted)
{
    modifies++;
    if (refusals > 0) {
        refusals--;
        return refusal;
    }
    return __real_ri_backend_modify(backend, wanted);
}

void __wrap_ri_backend_remove(struct ri_backend *backend,
                              const struct ri_registration *retired)
{
    removes++;
    __real_ri_backend_remove(backend, retired);
}

/* NOLINTEND(bugprone-reserved-identifier) */

void refuse(unsigned count, int error)
{
    refusals = count;
    refusal = error;
}

/* ---- What they have in common ---- */

struct reactor_loop *loop;
struct watch a;
struct watch ticker;

void begin(uint32_t interest)
{
    loop = open_loop();
    watch_start(&ticker, loop, 0, REACTOR_WRITABLE);
    watch_start(&a, loop, 'a', interest);
    adds = 0;
    modifies = 0;
    removes = 0;
    refuse(0, 0);
}

void end(void)
{
    watch_end(&a);
    watch_end(&ticker);
    reactor_loop_close(loop);
}

void go(unsigned turns)
{
    while (turns-- > 0)
        await_calls(loop);
}

void update(uint32_t interest)
{
    assert_ok(reactor_handler_update(&a.handler, interest));
}

void assert_calls(unsigned calls)
{
    assert_int_equal(a.probe.calls, calls);
}

void assert_cost(unsigned changes)
{
    assert_int_equal(modifies, changes);
    assert_int_equal(adds, 0);
    assert_int_equal(removes, 0);
    modifies = 0;
}
