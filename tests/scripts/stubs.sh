# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# A machine made of stubs, for claims about the scripts: $bin is the whole PATH
# and holds only what a claim puts there, and $calls lists what was run.

calls=${scratch:?is set by claim.sh}/calls
bin=$scratch/bin
store=$scratch/store
tree="$scratch/a tree"
source_tree=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)

stub() # PROGRAM [FOLDER], its script on standard input
{
    {
        echo '#!/bin/sh'
        cat
    } >"${2:-$bin}/$1"
    chmod +x "${2:-$bin}/$1"
}

# The machine has a shell and its everyday programs, and root.
make_machine()
{
    mkdir -p "$bin" "$tree/cmake" "$tree/examples" "$tree/tests/scripts"
    : >"$calls"
    for program in awk cat chmod date dirname env mkdir mktemp printf rm sed \
        sh tail touch; do
        ln -s "$(command -v "$program")" "$bin/$program"
    done
    echo 'echo 0' | stub id
    echo 'echo 2' | stub getconf
    echo 'echo Linux' | stub uname
    cp "$source_tree/cmake/setup.sh" "$tree/cmake"
    cp "$source_tree/examples/demo.sh" "$tree/examples"
    cp "$source_tree/tests/run.sh" "$source_tree/tests/run_wine.sh" \
        "$source_tree/tests/build_macos.sh" "$tree/tests"
    cp "$source_tree/tests/scripts/backends.sh" \
        "$source_tree/tests/scripts/summary.awk" "$tree/tests/scripts"
}

add_compiler() # [FOLDER]
{
    echo 'cat >/dev/null' | stub cc "${1:-$bin}"
    echo 'cat >/dev/null' | stub c++ "${1:-$bin}"
}

add_cmake() # VERSION [FOLDER]
{
    stub cmake "${2:-$bin}" <<END
if [ "\$1" = --version ]; then
    echo "cmake version $1"
    exit
fi
echo "cmake \$*" >>"$calls"
case \$* in
*--build*) [ ! -e "$scratch/build-is-broken" ] || {
    echo 'error: broken'
    exit 1
} ;;
esac
END
}

add_build_tools() # [FOLDER]
{
    add_compiler "${1:-$bin}"
    add_cmake 3.21.0 "${1:-$bin}"
    : | stub ninja "${1:-$bin}"
    : | stub pkg-config "${1:-$bin}"
}

# A package manager that notes its command line and installs all of the tools.
add_manager() # NAME
{
    stub "$1" <<END
echo "\${DEBIAN_FRONTEND:+noninteractive }\${ASSUME_ALWAYS_YES:+yes }$1 \$*" \
    >>"$calls"
[ ! -e "$scratch/manager-is-broken" ] || exit 1
case \$* in
*install* | *add*)
    mv "$store"/* "$bin" 2>/dev/null
    [ ! -e "$scratch/old-lists" ] || exit 1
    ;;
*update*) rm -f "$scratch/old-lists" "$scratch/no-lists" ;;
esac
:
END
    ln -sf "$(command -v mv)" "$bin/mv"
    mkdir -p "$store"
    add_build_tools "$store"
}

on_machine() # COMMAND...
{
    run env -i PATH="$bin" HOME="$scratch" TMPDIR="$scratch" "$@"
}

require() # NEED...
{
    # The single quotes are right: the inner shell expands these.
    # shellcheck disable=SC2016
    on_machine ${settings:+"$settings"} sh -c \
        'root=$0; . "$0/cmake/setup.sh"; setup_require "$@"' "$tree" "$@"
}

expect_calls() # LINE...
{
    expect_equal "$(cat "$calls")" "$(printf '%s\n' "$@")"
}

expect_no_calls()
{
    expect_equal "$(cat "$calls")" ''
}
