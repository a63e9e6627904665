#!/bin/sh
# SPDX-License-Identifier: MIT
# Compares the constants and the struct of our headers with the tables of Go's
# x/sys, which were made on those systems (Debian: golang-golang-x-sys-dev).
#
#     sh tests/support/kqueue/compare_with_go.sh [FOLDER-OF-X-SYS-UNIX]
#
# 77 and a reason where there are none. NetBSD's are older than 10: netbsd10 is
# held to them in what it shares with netbsd9.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
tables=${1:-/usr/share/gocode/src/golang.org/x/sys/unix}
compiler=${CC:-cc}

[ -f "$tables/zerrors_freebsd_amd64.go" ] || {
    echo 'skipped: golang-golang-x-sys-dev is not installed'
    exit 77
}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Those that our header has as well: NAME VALUE
constants() # SYSTEM
{
    sed -n 's/^[[:space:]]*\(EVFILT_[A-Z]*\|EV_[A-Z]*\|NOTE_[A-Z]*\)[[:space:]]*= \(-\{0,1\}0x[0-9a-f]*\)$/\1 \2/p' \
        "$tables/zerrors_$1_amd64.go"
}

# Go's name of a member, and its type: NAME TYPE
members() # SYSTEM
{
    awk '/^type Kevent_t struct/ { inside = 1; next }
        inside && /^}/ { exit }
        inside && $1 !~ /^Pad/ { print tolower($1), $2 }' \
        "$tables/ztypes_$1_amd64.go"
}

# Asserts for the compiler. Only what is defined in ours can differ.
asserts() # SYSTEM
{
    cat <<'END'
#include <sys/event.h>
#define HAS(member, type)                                                      \
    _Generic(((struct kevent *)0)->member, type : 1, default : 0)
#define TYPE(member, type) _Static_assert(HAS(member, type), #member)
END
    constants "$1" | while read -r name value; do
        # OpenBSD has reserved one more flag since.
        [ "$flavour $name" != 'openbsd EV_SYSFLAGS' ] || continue
        printf '#ifdef %s\n_Static_assert((%s) == (%s), "%s");\n#endif\n' \
            "$name" "$name" "$value" "$name"
    done
    members "$1" | while read -r member type; do
        case $type in
        uint64) type=uint64_t ;;
        int64) type=int64_t ;;
        uint32) type=uint32_t ;;
        uint16) type=uint16_t ;;
        int16) type=int16_t ;;
        '*byte') type='void *' ;;
        '[4]uint64') type='uint64_t *' ;;
        esac
        # What was intptr_t is void * since.
        [ "$flavour $member" != 'netbsd10 udata' ] || type='void *'
        echo "TYPE($member, $type);"
    done
}

status=0
for flavour in freebsd netbsd9 netbsd10 openbsd dragonfly macos; do
    system=${flavour%%[0-9]*}
    [ "$flavour" != macos ] || system=darwin
    asserts "$system" >"$scratch/$flavour.c"
    count=$(grep -c -e '_Static_assert((' -e '^TYPE' "$scratch/$flavour.c")
    if "$compiler" -std=c11 -fsyntax-only -isystem "$here/$flavour" \
        "$scratch/$flavour.c"; then
        echo "$flavour: agrees ($count asserts)"
    else
        status=1
    fi
done
exit $status
