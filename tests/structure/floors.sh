#!/bin/sh
# SPDX-License-Identifier: MIT
# The floors of src/, lowest first: a file includes its own floor and lower
# ones only, and what belongs to an operating system stays in platform/ and
# backend/. Prints each violation as FILE:LINE: REASON and then fails.
#
#     sh tests/structure/floors.sh [TREE]
set -eu

tree=${1:-$(dirname -- "$0")/../..}
cd -- "$tree"
files=$(find src -name '*.[ch]' | sort)
[ -n "$files" ] || {
    echo "no sources in $tree/src" >&2
    exit 2
}

# File names of this project have no blanks: the list is split on purpose.
# shellcheck disable=SC2086
awk '
BEGIN {
    floor["base"] = 0
    floor["platform"] = 1
    floor["backend"] = 2
    floor["core"] = 3
    floor["loop"] = 4
    floor["net"] = floor["work"] = 5

    # A public header counts as the floor that implements it. reactor.h is
    # also the vocabulary of all floors: masks, events, error values.
    floor_of_public["reactor.h"] = 0
    floor_of_public["reactor/loop.h"] = 4
    floor_of_public["reactor/net.h"] = 5
    floor_of_public["reactor/work.h"] = 5

    # No header of these declares a function that makes a system call, but for
    # stdio.h, which is here for snprintf.
    split("assert ctype errno float inttypes limits stdalign stdarg " \
          "stdatomic stdbool stddef stdint stdio string", names, " ")
    for (i in names)
        harmless[names[i] ".h"] = 1

    systems = "_WIN32|_WIN64|_MSC_VER|__MINGW32__|__CYGWIN__|__linux__|" \
        "__linux|__APPLE__|__MACH__|__FreeBSD__|__NetBSD__|__OpenBSD__|" \
        "__DragonFly__|__sun|_AIX|__HAIKU__|__unix__|__ANDROID__"
}

function violation(reason) {
    print FILENAME ":" FNR ": " reason
    violations++
}

function exists(path,    line, found) {
    found = (getline line < path) >= 0
    close(path)
    return found
}

function of_the_system(folder) {
    return folder == "platform" || folder == "backend"
}

# Two headers come from the folder of the system that is built for.
function check_own(name, folder,    target) {
    if (exists("include/" name)) {
        if (!(name in floor_of_public))
            violation("includes " name ", a public header of unknown floor")
        else if (floor_of_public[name] > floor[folder])
            violation("includes " name ", which is of a higher floor")
        return
    }
    if (name == "platform_types.h" || name == "native_sockets.h")
        name = "platform/posix/" name
    target = name
    sub(/\/.*/, "", target)
    if (!exists("src/" name))
        violation("includes " name ", which is neither in src nor in include")
    else if (!(target in floor) || floor[target] > floor[folder])
        violation("includes " name ", which is of a higher floor")
    else if (floor[folder] == 5 && target == "loop")
        violation("includes " name " instead of reactor/loop.h")
    if (name !~ /\.h$/)
        violation("includes " name ", which is no header")
}

FNR == 1 {
    folder = FILENAME
    sub(/^src\//, "", folder)
    sub(/\/.*/, "", folder)
    if (!(folder in floor))
        violation("is on no floor")
}

/^[ \t]*#[ \t]*include/ {
    name = $0
    # What a backend keeps with each source; its files are checked themselves.
    if (folder == "backend" && name ~ /include RI_BACKEND_SOURCE$/)
        next
    if (!match(name, /["<][^">]+[">]/)) {
        violation("includes what only the preprocessor knows")
        next
    }
    name = substr(name, RSTART + 1, RLENGTH - 2)
    if ($0 ~ /"/ || exists("include/" name))
        check_own(name, folder)
    else if (!of_the_system(folder) && !(name in harmless))
        violation("includes <" name ">, which is for platform and backend")
}

/^[ \t]*#[ \t]*(if|ifdef|ifndef|elif)/ { in_condition = 1 }
in_condition {
    if (!of_the_system(folder) &&
        (" " $0 " ") ~ ("[^A-Za-z0-9_](" systems ")[^A-Za-z0-9_]"))
        violation("depends on the operating system")
    in_condition = /\\$/
}

END { exit violations > 0 }
' $files
