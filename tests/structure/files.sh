#!/bin/sh
# SPDX-License-Identifier: MIT
# What holds for every file: it names its licence first, an include guard
# spells the path, no path of somebody's machine and no note of work left to do
# stays behind. Prints each violation as FILE:LINE: REASON and then fails.
#
#     sh tests/structure/files.sh [TREE]
set -eu

tree=${1:-$(dirname -- "$0")/../..}
cd -- "$tree"
files=$(find . -type d \( -name .git -o -name .cache -o -name 'build*' \) \
    -prune -o -type f \( -name '*.[ch]' -o -name '*.cpp' -o -name '*.sh' \
    -o -name '*.awk' -o -name '*.cmake' -o -name '*.in' -o -name '*.map' \
    -o -name '*.txt' -o -name '*.md' -o -name '*.json' -o -name '*.html' \
    -o -path './.ci/*' \) -print | sed 's,^\./,,' | sort)
[ -n "$files" ] || {
    echo "no files in $tree" >&2
    exit 2
}

# File names of this project have no blanks: the list is split on purpose.
# shellcheck disable=SC2086
awk '
BEGIN {
    # Spelled so that this file does not find itself.
    leftover = "(^|[^A-Za-z0-9_])(T[O]DO|F[I]XME|X[X]X|H[A]CK)([^A-Za-z0-9_]|$)"
    personal = "(^|[^A-Za-z0-9_.}~/*-])/(h[o]me|r[o]ot|U[s]ers|w[o]rk|m[n]t)/"
}

function violation(line, reason) {
    print file ":" line ": " reason
    violations++
}

# src/core/registry.h is included as core/registry.h: CORE_REGISTRY_H.
function guard_of(path) {
    sub(/^(src|include|tests|examples)\//, "", path)
    gsub(/[^A-Za-z0-9]/, "_", path)
    return toupper(path)
}

function end_file() {
    if (file == "")
        return
    if (wants_licence && !licensed)
        violation(1, "does not begin with an SPDX-License-Identifier")
    if (file ~ /\.h$/ && guard != guard_of(file))
        violation(guard_line, "guard " guard " is not " guard_of(file))
}

FNR == 1 {
    end_file()
    file = FILENAME
    # These have no comments, or show them to the reader.
    wants_licence = file !~ /\.(md|json|html)$/
    licensed = 0
    guard = ""
    guard_line = 1
}

(FNR == 1 || (FNR == 2 && first ~ /^#!/)) && /SPDX-License-Identifier: MIT/ {
    licensed = 1
}
FNR == 1 { first = $0 }
guard == "" && /^#ifndef / { guard = $2; guard_line = FNR }
$0 ~ leftover { violation(FNR, "a note of work left to do") }
$0 ~ personal { violation(FNR, "a path of one machine") }

END {
    end_file()
    exit violations > 0
}
' $files
