#!/bin/sh
# SPDX-License-Identifier: MIT
# Tests the kqueue backend on Linux: on a shim of kqueue(2), not on BSD. Builds
# the shim after each system's header and runs its own tests; then every test
# there is on it, with kqueue as FreeBSD and as NetBSD 9 have it, after
# installing what that takes. For the other systems the library is compiled.
#
#     sh tests/run_kqueue.sh [CTEST-ARGUMENT...]   for instance: -R conformance
#
# LIBREACTOR_TEST_FLAVOURS="freebsd netbsd9 openbsd dragonfly macos" runs the
# tests on those, and leaves the others out: tests/support/kqueue/README.md has
# what they are. LIBREACTOR_SANITIZE=address,undefined builds with sanitizers.
# The last line counts the tests: N passed, N failed, N skipped.
set -u

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd) || exit
# shellcheck source=cmake/setup.sh
. "$root/cmake/setup.sh"
# shellcheck source=tests/scripts/backends.sh
. "$root/tests/scripts/backends.sh"

shim=$root/tests/support/kqueue
flavours=${LIBREACTOR_TEST_FLAVOURS:-freebsd netbsd9}
sanitizers=${LIBREACTOR_SANITIZE:-}
summary_note='run on a shim, not on BSD'
name=kqueue$(echo "${sanitizers:+-$sanitizers}" | tr , -)

setup_require compiler cmake make cmocka pkg-config || exit

# The flavour comes after the last hyphen.
flavour_of() # BACKEND
{
    echo "${1##*-}"
}

build_shim() # DIR ARGUMENT...
{
    (
        root=$shim
        setup_build "$@" -DKQUEUE_SHIM="$(flavour_of "$backend")"
    )
}

# The library and its tests know nothing of the shim: what they find is a header
# and a library of the system. No BSD has a queue of a socket's errors, and its
# kqueue(2) could not tell of it.
build_with_shim() # DIR ARGUMENT...
{
    flavour=$(flavour_of "$backend")
    library=$builds/$name-shim-$flavour/libkqueue_shim.so
    setup_build "$@" -DLIBREACTOR_BACKEND=kqueue \
        -DLIBREACTOR_HAVE_IP_RECVERR=OFF \
        -DCMAKE_C_FLAGS="-isystem $shim/$flavour" \
        -DCMAKE_C_STANDARD_LIBRARIES="$library" \
        -DCMAKE_REQUIRED_LIBRARIES="$library" \
        -DCMAKE_EXE_LINKER_FLAGS="${sanitizers:+-fsanitize=$sanitizers}"
}

build_tests() # DIR ARGUMENT...
{
    set -- "$@" -DLIBREACTOR_WERROR=ON \
        -DLIBREACTOR_SANITIZE="$sanitizers"
    echo "$summary_note"
    case $backend in
    shim-*) build_shim "$@" ;;
    compile-*) build_with_shim "$@" -DLIBREACTOR_BUILD_TESTS=OFF ;;
    *) build_with_shim "$@" ;;
    esac
}

why_not() # BACKEND
{
    true
}

runs=
for flavour in $flavours; do
    [ -f "$shim/$flavour/sys/event.h" ] || {
        echo "there is no flavour $flavour" >&2
        exit 1
    }
    runs="$runs shim-$flavour $flavour"
done
if [ -z "${LIBREACTOR_TEST_FLAVOURS:-}" ]; then
    for flavour in netbsd10 openbsd dragonfly macos; do
        runs="$runs shim-$flavour compile-$flavour"
    done
fi

cat <<'END'
left out: package, for nobody can use a package that is built against a shim
left out: fault_traced_calls, for the kernel sees the calls of the shim
left out: structure, readme, budget, which tests/run.sh runs
END
test_backends "$name" "$runs" \
    -LE 'package|structure|readme|budget' -E fault_traced_calls "$@"
