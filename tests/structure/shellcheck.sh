#!/bin/sh
# SPDX-License-Identifier: MIT
# Every shell script of the tree passes shellcheck. Exits 77 without it.
set -eu

cd -- "$(dirname -- "$0")/../.."
command -v shellcheck >/dev/null || {
    echo 'skipped: there is no shellcheck'
    exit 77
}
scripts=$(find . -type d \( -name .git -o -name 'build*' \) -prune \
    -o -type f \( -name '*.sh' -o -path './.ci/*' \) -print)

# File names of this project have no blanks: the list is split on purpose.
# shellcheck disable=SC2086
shellcheck --external-sources $scripts
