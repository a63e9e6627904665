#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds for 64-bit Windows and runs every test under Wine, without a display,
# after installing what that takes. For Debian and its kin.
#
#     sh tests/run_wine.sh [CTEST-ARGUMENT...]   for instance: -R conformance
#
# LIBREACTOR_TEST_BACKENDS=iocp chooses the backend. The last line counts the
# tests: N passed, N failed, N skipped. Wine's own files are kept below build/
# and are gone at the end.
set -u

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd) || exit
# shellcheck source=cmake/setup.sh
. "$root/cmake/setup.sh"
# shellcheck source=tests/scripts/backends.sh
. "$root/tests/scripts/backends.sh"

toolchain=$root/cmake/mingw-w64-x86_64.cmake
cmocka=$root/build/cmocka-windows

setup_require mingw mingw-c++ wine cmake make || exit
if [ ! -e "$cmocka/lib/libcmocka.a" ]; then
    mkdir -p "$cmocka"
    sh "$root/tests/scripts/cmocka_cross.sh" "$cmocka" \
        --toolchain "$toolchain" >"$cmocka/setup.log" 2>&1 || {
        cat "$cmocka/setup.log" >&2
        exit 1
    }
fi

build_tests() # DIR ARGUMENT...
{
    setup_build "$@" --toolchain "$toolchain" \
        -DCMAKE_FIND_ROOT_PATH="$cmocka" -DLIBREACTOR_WERROR=ON \
        -DLIBREACTOR_WINE="taskset;--cpu-list;$processor;$wine"
}

why_not() # BACKEND
{
    true
}

# Slow, as emulators are.
export LIBREACTOR_SLOW=1
export WINEPREFIX="$root/build/wine" WINEARCH=win64 WINEDEBUG=-all
# No questions about Mono and Gecko.
export WINEDLLOVERRIDES='mscoree,mshtml='
unset DISPLAY

wineserver=$(PATH=$PATH:/usr/lib/wine command -v wineserver)
end_wine()
{
    trap - EXIT
    "$wineserver" --kill
    "$wineserver" --wait
    rm -rf "$WINEPREFIX"
}
trap end_wine EXIT
trap 'exit 1' HUP INT TERM

# Wine's services live on in the background. They must not inherit the pipes of
# ctest, which reads from each test until nobody is left to write.
rm -rf "$WINEPREFIX"
mkdir -p "$WINEPREFIX"
PATH=$PATH:/usr/lib/wine
wine=$(command -v wine64 || command -v wine)

# Nearly every call of Windows is a message to Wine's server and one back. On a
# virtual machine each of them may first have to wake a processor that idles,
# which takes ten times as long as all the rest: so all are on one that does not.
processor=$(taskset --cpu-list --pid $$ | sed 's/.*: *\([0-9]*\).*/\1/')
{
    taskset --cpu-list "$processor" "$wineserver" --persistent
    "$wine" wineboot --init
} >/dev/null 2>&1 </dev/null

test_backends windows "${LIBREACTOR_TEST_BACKENDS:-iocp stub}" "$@"
