# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# A file of shell claims sources this, defines each claim as a function whose
# name begins with claim_, and ends with run_claim "$@": the argument is the
# claim to run, without the prefix. A claim that does not hold prints why and
# exits 1; one that cannot be tried here exits 77.

set -u
scratch=$(mktemp -d) || exit
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

fail()
{
    printf 'does not hold: %s\n' "$*"
    exit 1
}

skip_because()
{
    printf 'skipped: %s\n' "$*"
    exit 77
}

# Runs COMMAND with its output in $output and its exit status in $status.
# Claims read them, shellcheck does not see that.
# shellcheck disable=SC2034
run() # COMMAND...
{
    output=$("$@" 2>&1 </dev/null)
    status=$?
}

expect_success()
{
    [ "$status" -eq 0 ] || fail "exit status $status, output: $output"
}

expect_failure()
{
    [ "$status" -ne 0 ] || fail "exit status 0, output: $output"
}

expect_output() # TEXT: somewhere in the output
{
    case $output in
    *"$1"*) ;;
    *) fail "no \"$1\" in the output: $output" ;;
    esac
}

expect_equal() # MEASURED EXPECTED
{
    [ "$1" = "$2" ] || fail "got \"$1\" and not \"$2\""
}

run_claim() # CLAIM
{
    "claim_$1"
}
