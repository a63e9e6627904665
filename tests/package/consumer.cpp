// SPDX-License-Identifier: MIT
// The same as consumer.c for C++17.
#include <reactor.h>

#include <cerrno>
#include <iostream>
#include <memory>
#include <string_view>
#include <unistd.h>

namespace
{

struct reactor_closer {
    void operator()(struct reactor *reactor) const
    {
        reactor_close(reactor);
    }
};
using reactor_pointer = std::unique_ptr<struct reactor, reactor_closer>;

int fail(std::string_view what, int error)
{
    std::cerr << what << ": " << reactor_strerror(error) << '\n';
    return 1;
}

int watch_pipe(struct reactor *reactor)
{
    int ends[2];
    reactor_event event{};

    if (pipe(ends) != 0)
        return fail("pipe", -errno);
    if (int error = reactor_register(reactor, ends[0], REACTOR_READABLE, ends);
        error < 0)
        return fail("register", error);
    if (write(ends[1], "!", 1) != 1)
        return fail("write", -errno);
    if (int count = reactor_wait(reactor, &event, 1, 1000);
        count != 1 || event.user_data != ends || event.handle != ends[0] ||
        (event.readiness & REACTOR_READABLE) == 0)
        return fail("wait", count);
    return 0;
}

} // namespace

int main()
{
    constexpr std::string_view backend = EXPECTED_BACKEND;
    struct reactor *opened = nullptr;

    std::cout << reactor_backend_name() << ' ' << reactor_version() << '\n';
    if (reactor_backend_name() != backend ||
        reactor_version() != std::string_view(EXPECTED_VERSION))
        return fail("this is not the library that was built", 0);
    int error = reactor_open(&opened);
    reactor_pointer reactor(error == 0 ? opened : nullptr);
    if constexpr (backend == "stub")
        return error == -ENOSYS ? 0 : fail("open", error);
    if (error < 0)
        return fail("open", error);
    return watch_pipe(reactor.get());
}
