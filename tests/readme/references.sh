#!/bin/sh
# SPDX-License-Identifier: MIT
# What the documents refer to has to exist: linked files and headings, paths,
# options, presets, names of the code, and in docs/conformance.md the claims of
# the tests. No line is wider than 120 columns, but a table's.
# Prints each violation as FILE:LINE: REASON and then fails.
#
#     sh tests/readme/references.sh [TREE]
set -eu

cd -- "${1:-$(dirname -- "$0")/../..}"
set -- README.md CHANGELOG.md CONTRIBUTING.md docs/*.md

code=$(find include src bench examples tests -name '*.[ch]')
build="CMakeLists.txt CMakePresets.json $(find cmake tests examples bench \
    -name CMakeLists.txt -o -name '*.cmake' -o -name '*.sh')"

# The references of all documents: FILE:LINE KIND WHAT, blanks as +.
references()
{
    awk '
        function tell(kind, what) {
            if (kind == "name" && what ~ /LIBREACTOR_/)
                return
            gsub(/ /, "+", what)
            print FILENAME ":" FNR, kind, what
        }
        function each(kind, pattern,    rest) {
            rest = $0
            while (match(rest, pattern)) {
                tell(kind, substr(rest, RSTART, RLENGTH))
                rest = substr(rest, RSTART + RLENGTH)
            }
        }
        length($0) > 120 && !/^\|/ { tell("wide", length($0)) }
        /^```/ { fenced = !fenced }
        {
            each("option", "LIBREACTOR_[A-Z_]+[A-Z]")
            each("preset", "--preset [a-z]+")
            each("name", "(reactor|ri)_[a-z_]+\\(")
            each("name", "[A-Z]*(REACTOR|RI)_[A-Z_]+[A-Z]")
            each("path", "(src|include|tests|examples|bench|cmake|docs|\\.ci)" \
                         "/[A-Za-z0-9_./*-]*[A-Za-z0-9_/*]")
        }
        FILENAME ~ /conformance/ { each("claim", "`[a-z]+_[a-z0-9_]+`") }
        !fenced { each("link", "\\]\\([^)]*\\)") }
    ' "$@"
}

# As GitHub makes anchors of headings.
has_heading() # FILE ANCHOR
{
    awk -v anchor="$2" '
        /^```/ { fenced = !fenced }
        !fenced && /^#+ / {
            heading = tolower($0)
            sub(/^#+ /, "", heading)
            gsub(/[^a-z0-9 _-]/, "", heading)
            gsub(/ /, "-", heading)
            found = found || heading == anchor
        }
        END { exit !found }' "$1"
}

# Links are relative to the document; others are not followed.
link_is_alive() # DOCUMENT TARGET
{
    case $2 in
    *://* | mailto:*) return 0 ;;
    '#'*) target=$1 ;;
    *) target=$(dirname "$1")/${2%%#*} ;;
    esac
    [ -e "$target" ] || return 1
    case $2 in
    *'#'*) has_heading "$target" "${2#*#}" ;;
    esac
}

path_exists() # PATTERN
{
    # The pattern is meant to be expanded.
    # shellcheck disable=SC2086
    set -- $1
    [ -e "$1" ]
}

is_preset() # NAME
{
    grep -q "\"name\": \"$1\"" CMakePresets.json
}

# File names of this project have no blanks: the lists are split on purpose.
# shellcheck disable=SC2086
is_in()
{
    word=$1
    shift
    grep -qw -- "$word" "$@"
}

references "$@" | {
    status=0
    seen=0
    while read -r place kind what; do
        seen=$((seen + 1))
        case $kind in
        wide) reason="$what columns" ;;
        link)
            what=${what#??}
            what=${what%)}
            link_is_alive "${place%%:*}" "$what" && continue
            reason="dead link: $what"
            ;;
        path)
            path_exists "$what" && continue
            reason="no such file: $what"
            ;;
        preset)
            is_preset "${what#--preset+}" && continue
            reason="no such preset: ${what#--preset+}"
            ;;
        option)
            # shellcheck disable=SC2086
            is_in "$what" $build $code && continue
            reason="no such option: $what"
            ;;
        claim)
            what=${what#?}
            what=${what%?}
            # shellcheck disable=SC2086
            is_in "$what" $code && continue
            reason="no such claim: $what"
            ;;
        name)
            # shellcheck disable=SC2086
            is_in "${what%(}" $code && continue
            reason="no such name: ${what%(}"
            ;;
        esac
        echo "$place: $reason"
        status=1
    done
    echo "$seen references"
    [ "$seen" -gt 0 ] || exit 1
    exit "$status"
}
