#!/bin/sh
# SPDX-License-Identifier: MIT
# Looks through every shell script of the tree; 77 without shellcheck.
set -eu

cd -- "$(dirname -- "$0")/.."
command -v shellcheck >/dev/null 2>&1 || {
    echo 'skipped: shellcheck is not installed'
    exit 77
}
find . -path ./.git -prune -o -path './build*' -prune -o -name '*.sh' -print |
    sort | xargs shellcheck -x .ci/run
