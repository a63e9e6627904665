#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds and runs every test of this machine, on each backend in turn, after
# installing what that takes:
#
#     sh tests/run.sh [CTEST-ARGUMENT...]        for instance: -R conformance
#
# LIBREACTOR_TEST_BACKENDS="epoll poll" chooses the backends; io_uring is
# skipped where there is no liburing 2.3 to be had, or the kernel denies it.
# LIBREACTOR_NIGHTLY=1 takes the long versions of the tests. The last line
# counts the tests of all backends: N passed, N failed, N skipped.
set -u

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd) || exit
# shellcheck source=cmake/setup.sh
. "$root/cmake/setup.sh"
# shellcheck source=tests/scripts/backends.sh
. "$root/tests/scripts/backends.sh"

case $(uname -s) in
Linux) backends='epoll poll stub io_uring' ;;
Darwin | DragonFly | FreeBSD | NetBSD | OpenBSD) backends='kqueue poll stub' ;;
*) backends='poll stub' ;;
esac
backends=${LIBREACTOR_TEST_BACKENDS:-$backends}

setup_require compiler c++ cmake make cmocka pkg-config || exit
case " $backends " in
*' io_uring '*) setup_require liburing || true ;;
esac
# What tests can do without: those that need it are skipped, and say so.
for wish in glib spin redis-tools; do
    setup_require $wish || true
done

build_tests() # DIR ARGUMENT...
{
    setup_build "$@"
}

# Why it can't be tested here, if so.
why_not() # BACKEND
{
    [ "$1" != io_uring ] || setup_has liburing ||
        echo 'there is no liburing 2.3 or later'
}

test_backends tests "$backends" "$@"
