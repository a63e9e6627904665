#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds the demo, installing first what that takes, and runs it:
#
#     sh examples/demo.sh [--seconds N] [--connections N] [--port N] [--keep]
#
# All arguments go to the program; --help lists them.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# shellcheck source=cmake/setup.sh
. "$root/cmake/setup.sh"

build=$root/build/demo
setup_require compiler cmake make
setup_build "$build" -DCMAKE_BUILD_TYPE=Release \
    -DLIBREACTOR_BUILD_TESTS=OFF -DLIBREACTOR_BUILD_EXAMPLES=ON \
    -DLIBREACTOR_BUILD_BENCH=OFF \
    -DCMAKE_RUNTIME_OUTPUT_DIRECTORY="$build/bin"
exec "$build/bin/reactor_demo" "$@"
