#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds and runs every test of this machine, on each backend in turn, after
# installing what that takes:
#
#     sh tests/run.sh [CTEST-ARGUMENT...]        for instance: -R conformance
#
# LIBREACTOR_TEST_BACKENDS="epoll poll" chooses the backends;
# LIBREACTOR_NIGHTLY=1 takes the long versions of the tests. The last line
# counts the tests of all backends: N passed, N failed, N skipped.
set -u

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd) || exit
# shellcheck source=cmake/setup.sh
. "$root/cmake/setup.sh"
# shellcheck source=tests/scripts/backends.sh
. "$root/tests/scripts/backends.sh"

case $(uname -s) in
Linux) backends='epoll poll stub' ;;
*) backends='poll stub' ;;
esac
backends=${LIBREACTOR_TEST_BACKENDS:-$backends}

setup_require compiler c++ cmake make cmocka pkg-config || exit

build_tests() # DIR ARGUMENT...
{
    setup_build "$@"
}

test_backends tests "$backends" "$@"
