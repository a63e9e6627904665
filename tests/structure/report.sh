#!/bin/sh
# SPDX-License-Identifier: MIT
# Figures about the shape of the code, beside what is aimed at. They inform and
# fail nothing: a split made for a number is worse than a long function.
#
#     sh tests/structure/report.sh [TREE]
set -eu

tree=${1:-$(dirname -- "$0")/../..}
cd -- "$tree"
sources=$(find src -name '*.[ch]' | sort)
bodies=$(find src -name '*.c' | sort)
tests=$(find tests -name '*.[ch]' | sort)

row() # WHAT MEASURED AIM
{
    printf '%-52s %-22s %s\n' "$@"
}

# PERCENTAGE... of the numbers read, each as nearest rank; 100 is the largest.
percentiles()
{
    sort -n | awk -v wanted="$*" '
        { value[NR] = $1 }
        END {
            count = split(wanted, percentage, " ")
            for (i = 1; i <= count; i++) {
                rank = int((percentage[i] * NR + 99) / 100)
                line = line (i == 1 ? "" : "/") value[rank]
            }
            print line
        }'
}

# clang-format puts the braces of a function, and no others, in column one. A
# function begins where its declaration does: after a blank line or a comment.
function_lengths() # FILE...
{
    awk '
        /^\{/ { inside = 1 }
        /^\}/ && inside { print FNR - start + 1, FILENAME; inside = 0 }
        !inside && (FNR == 1 || /^$|^#|^\}|\*\/$/) { start = FNR + 1 }
    ' "$@"
}

lines_of() # FILE...
{
    cat "$@" | wc -l
}

ratio() # NUMERATOR DENOMINATOR
{
    awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f\n", b ? a / b : 0 }'
}

# Blank lines count neither as comment nor as code.
comment_ratio() # FILE
{
    awk '
        /^[ \t]*$/ { next }
        inside || /^[ \t]*\/\*/ { comment++; inside = !/\*\// ; next }
        { code++ }
        END { printf "%.2f\n", code ? comment / code : 0 }
    ' "$1"
}

# File names of this project have no blanks: the lists are split on purpose.
# shellcheck disable=SC2086
{
    portable=$(printf '%s\n' $sources | grep -v -e ^src/platform -e ^src/backend)
    # An include guard is no condition.
    conditions=$(grep -hE '^[ 	]*#[ 	]*(if|ifdef|ifndef|elif)' $portable |
        grep -cvE 'ifndef [A-Z_]+_H$' || true)
    thousand=$(ratio "$(lines_of $portable)" 1000)

    row WHAT MEASURED AIM
    row '.c files: lines, median/largest' \
        "$(for file in $bodies; do lines_of "$file"; done |
            percentiles 50 100)" '200/450'
    row 'largest .c file' \
        "$(wc -l $bodies | sort -n | awk '$2 != "total" { n = $2 } END { print n }')"
    row 'functions: lines, median/p90/longest' \
        "$(function_lengths $bodies | percentiles 50 90 100)" '12/35/60'
    row 'longest function is in' \
        "$(function_lengths $bodies | sort -n | awk '{ n = $2 } END { print n }')"
    row '#if per thousand lines, outside platform and backend' \
        "$(ratio "$conditions" "$thousand")" '1'
    row 'reactor.h: comment lines per code line' \
        "$(comment_ratio include/reactor.h)" '1 to 2'
    row 'test lines per source line' \
        "$(ratio "$(lines_of $tests)" "$(lines_of $sources)")" '0.8'
}
