#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks the model of the posts, wake_protocol.pml, with spin(1): as it is it
# has no error, and broken in any of the ways that it names it has. Exits 77
# without spin or a C compiler.
#
#     sh tests/loop/wake_protocol.sh [COMPILER]
#
# LIBREACTOR_NIGHTLY=1 checks a bigger model too, which needs a gigabyte.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
compiler=${1:-cc}
for program in spin "$compiler"; do
    command -v "$program" >/dev/null || {
        echo "skipped: there is no $program"
        exit 77
    }
done
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
cd -- "$scratch"

# Prints what the search of the model has found.
search() # DEFINITION...
{
    spin "$@" -a "$here/wake_protocol.pml" >spin.log || {
        cat spin.log
        exit 1
    }
    # COLLAPSE keeps what is searched in half the memory.
    "$compiler" -O2 -w -DSAFETY -DCOLLAPSE -o pan pan.c
    ./pan -m10000 -w20
}

proved() # DEFINITION...
{
    search "$@" >found
    if grep -q 'errors: 0$' found && ! grep -q 'max search depth' found; then
        states=$(awk '/states, stored/ { print $1 }' found)
        echo "proved:  ${*:-as it is} ($states states)"
    else
        cat found
        echo "failed: $* has an error"
        exit 1
    fi
}

refuted() # THE_ERROR DEFINITION...
{
    error=$1
    shift
    search "$@" >found
    if grep -q "assertion violated.*$error" found; then
        echo "refuted: $*"
    else
        cat found
        echo "failed: $* has to violate $error"
        exit 1
    fi
}

proved
proved -DSHARED=0
proved -DSHARED=3 -DOWN=0
proved -DSENDERS=3 -DOWN=0
[ -z "${LIBREACTOR_NIGHTLY:-}" ] || proved -DSENDERS=3 -DOWN=0 -DSHARED=2

refuted 'calls\[p\]==accepted\[p\]' -DSLEEP_UNSEEN
refuted 'seen\[p\]>=promised\[p\]' -DCLEAR_LATE
refuted 'seen\[p\]>=promised\[p\]' -DLOOK_FIRST
refuted 'is_gone' -DNO_WAIT
refuted 'count>0' -DNO_RING
refuted 'calls\[(first-1)\]' -DNOT_REVERSED
