# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# What the commands of this repository need, and how to get it. Source it with
# $root set to the top of the source tree, then:
#
#     setup_require NEED...        installs those that are missing
#     setup_build DIR ARGUMENT...  configures DIR with ARGUMENT... and builds it
#
# When nothing is missing neither root nor the network is touched. With
# LIBREACTOR_NO_INSTALL=1 whatever is missing is listed, and that is a failure.
#
# A need is compiler, c++, cmake, make, cmocka, liburing, pkg-config,
# clang-sanitizers, mingw and mingw-c++ (compilers for 64-bit Windows), wine,
# llvm (its tools for files of any system), go-x-sys (Go's tables of system
# constants), redis-tools (redis-cli and redis-benchmark), or glib, libev,
# libevent and libuv (for developing); anything else is a program, most often in
# a package of the same name.

: "${root:?must be the top of the source tree}"
setup_jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null) || setup_jobs=2

setup_has_program()
{
    command -v "$1" >/dev/null 2>&1
}

# A compiler alone is not enough: Debian's gcc comes without the C library's
# headers, so the proof is a program that links.
setup_compiles() # LANGUAGE COMPILER...
{
    language=$1
    shift
    for compiler; do
        scratch=$(mktemp -d) || return 1
        # $compiler is split on purpose: CC may hold options as well.
        # shellcheck disable=SC2086
        echo '#include <errno.h>
              int main(void) { return errno; }' |
            $compiler -x "$language" -o "$scratch/program" - >/dev/null 2>&1 &&
            found=yes || found=no
        rm -rf "$scratch"
        [ "$found" = no ] || return 0
    done
    return 1
}

# 3.21 is what cmake_minimum_required() in CMakeLists.txt asks for.
setup_cmake_is_recent()
{
    cmake --version 2>/dev/null | awk '
        NR == 1 && /^cmake version [0-9]+\.[0-9]+/ {
            split($3, version, ".")
            recent = version[1] * 1000 + version[2] >= 3021
        }
        END { exit !recent }'
}

# libev comes without a file for pkg-config.
setup_has_libev()
{
    scratch=$(mktemp -d) || return 1
    # $CC is split on purpose: it may hold options as well.
    # shellcheck disable=SC2086
    echo '#include <ev.h>
          int main(void) { return ev_version_major() != 4; }' |
        ${CC:-cc} -x c -o "$scratch/program" - -lev >/dev/null 2>&1 &&
        found=yes || found=no
    rm -rf "$scratch"
    [ "$found" = yes ]
}

# Where Debian has it; what starts it from the PATH is in another package.
setup_has_wine()
{
    setup_has_program wine64 || setup_has_program wine ||
        setup_has_program /usr/lib/wine/wine64
}

setup_has() # NEED
{
    case $1 in
    compiler) setup_compiles c "${CC:-cc}" "${CC:-gcc}" "${CC:-clang}" ;;
    c++) setup_compiles c++ "${CXX:-c++}" "${CXX:-g++}" "${CXX:-clang++}" ;;
    cmake) setup_cmake_is_recent ;;
    make) setup_has_program ninja || setup_has_program make ;;
    cmocka) pkg-config --exists cmocka >/dev/null 2>&1 ;;
    liburing) pkg-config --exists 'liburing >= 2.3' >/dev/null 2>&1 ;;
    glib) pkg-config --exists glib-2.0 >/dev/null 2>&1 ;;
    libev) setup_has_libev ;;
    libevent) pkg-config --exists libevent >/dev/null 2>&1 ;;
    libuv) pkg-config --exists libuv >/dev/null 2>&1 ;;
    clang-sanitizers) setup_compiles c 'clang -fsanitize=thread' ;;
    mingw) setup_has_program x86_64-w64-mingw32-gcc-win32 ;;
    mingw-c++) setup_has_program x86_64-w64-mingw32-g++-win32 ;;
    wine) setup_has_wine ;;
    redis-tools)
        setup_has_program redis-cli && setup_has_program redis-benchmark
        ;;
    go-x-sys) [ -d /usr/share/gocode/src/golang.org/x/sys/unix ] ;;
    llvm) setup_has_program llvm-nm && setup_has_program llvm-objdump ;;
    *) setup_has_program "$1" ;;
    esac
}

setup_missing() # NEED...
{
    for need; do
        setup_has "$need" || printf '%s ' "$need"
    done
}

setup_package_manager()
{
    for manager in apt-get dnf apk pkg brew; do
        if setup_has_program "$manager"; then
            echo "$manager"
            return 0
        fi
    done
    return 1
}

# Nothing is printed for what the manager has no package for: the compiler of
# macOS comes with Apple's command line tools.
setup_packages() # MANAGER NEED...
{
    manager=$1
    shift
    for need; do
        case $manager:$need in
        apt-get:compiler) echo gcc libc6-dev ;;
        apt-get:c++) echo g++ ;;
        apt-get:cmocka) echo libcmocka-dev ;;
        apt-get:liburing) echo liburing-dev ;;
        apt-get:glib) echo libglib2.0-dev ;;
        apt-get:libev) echo libev-dev ;;
        apt-get:libevent) echo libevent-dev ;;
        apt-get:libuv) echo libuv1-dev ;;
        apt-get:clang-sanitizers) echo libclang-rt-dev ;;
        apt-get:dpkg-shlibdeps) echo dpkg-dev ;;
        apt-get:mingw) echo gcc-mingw-w64-x86-64-win32 ;;
        apt-get:mingw-c++) echo g++-mingw-w64-x86-64-win32 ;;
        apt-get:wine) echo wine64 ;;
        apt-get:tc) echo iproute2 ;;
        apt-get:nft | dnf:nft | apk:nft) echo nftables ;;
        apt-get:go-x-sys) echo golang-golang-x-sys-dev ;;
        apt-get:redis-tools | apt-get:redis-server) echo "$need" ;;
        *:redis-tools | *:redis-server) echo redis ;;
        dnf:compiler) echo gcc glibc-devel ;;
        dnf:c++) echo gcc-c++ ;;
        dnf:cmocka) echo libcmocka-devel ;;
        dnf:liburing) echo liburing-devel ;;
        dnf:glib) echo glib2-devel ;;
        dnf:libev | dnf:libevent | dnf:libuv) echo "$need-devel" ;;
        dnf:tc) echo iproute-tc ;;
        dnf:pkg-config) echo pkgconf-pkg-config ;;
        apk:compiler) echo gcc musl-dev ;;
        apk:c++) echo g++ ;;
        apk:cmocka) echo cmocka-dev ;;
        apk:liburing) echo liburing-dev ;;
        apk:glib | apk:libev | apk:libevent | apk:libuv) echo "$need-dev" ;;
        apk:tc) echo iproute2 ;;
        apk:pkg-config) echo pkgconf ;;
        pkg:compiler | pkg:c++) echo llvm ;;
        pkg:pkg-config | brew:pkg-config) echo pkgconf ;;
        pkg:make | brew:make) echo ninja ;;
        brew:compiler | brew:c++) ;;
        brew:npm) echo node ;;
        *) echo "$need" ;;
        esac
    done
}

# Without a terminal sudo must not ask for a password.
setup_privileged() # WORD...
{
    if [ "$(id -u)" -eq 0 ] || ! setup_has_program sudo; then
        echo "$@"
    elif [ -t 0 ]; then
        echo sudo "$@"
    else
        echo sudo -n "$@"
    fi
}

# The exact command line. Homebrew refuses to run as root.
setup_command() # MANAGER PACKAGE...
{
    manager=$1
    shift
    case $manager in
    apt-get)
        setup_privileged env DEBIAN_FRONTEND=noninteractive apt-get \
            -o DPkg::Lock::Timeout=300 \
            install -y --no-install-recommends "$@"
        ;;
    dnf) setup_privileged dnf install -y --setopt=install_weak_deps=False "$@" ;;
    apk) setup_privileged apk add --no-cache "$@" ;;
    pkg) setup_privileged env ASSUME_ALWAYS_YES=yes pkg install -y "$@" ;;
    brew) echo brew install "$@" ;;
    esac
}

setup_run() # COMMAND-LINE
{
    echo "+ $1"
    sh -c "$1" </dev/null
}

setup_apt_knows() # PACKAGE...
{
    for package; do
        apt-cache show "$package" >/dev/null 2>&1 || return 1
    done
}

setup_install() # MANAGER PACKAGE...
{
    command=$(setup_command "$@")
    if [ "$1" != apt-get ]; then
        setup_run "$command"
        return
    fi
    shift
    # Fetching the package lists is slow: only if they lack a package, or are
    # too old to install from.
    if setup_apt_knows "$@" && setup_run "$command"; then
        return 0
    fi
    setup_run "$(setup_privileged apt-get update)" && setup_run "$command"
}

setup_require() # NEED...
{
    missing=$(setup_missing "$@")
    [ -n "$missing" ] || return 0
    echo "missing: $missing"
    manager=$(setup_package_manager) || {
        echo 'no known package manager here: please install these by hand' >&2
        return 1
    }
    # $missing and $packages are lists of words.
    # shellcheck disable=SC2086
    packages=$(setup_packages "$manager" $missing)
    if [ -n "${LIBREACTOR_NO_INSTALL:-}" ]; then
        echo 'not installed, because LIBREACTOR_NO_INSTALL is set; by hand:' >&2
        # shellcheck disable=SC2086
        echo "    $(setup_command "$manager" $packages)" >&2
        return 1
    fi
    # shellcheck disable=SC2086
    [ -z "$packages" ] || setup_install "$manager" $packages || {
        echo 'the installation failed; it needs root and the network' >&2
        return 1
    }
    # shellcheck disable=SC2086
    missing=$(setup_missing $missing)
    [ -z "$missing" ] || {
        echo "still missing after the installation: $missing" >&2
        echo '(a compiler that links, cmake 3.21 or later)' >&2
        return 1
    }
}

setup_configure() # DIR ARGUMENT...
{
    dir=$1
    shift
    # A cache keeps the generator it was made with, and refuses another.
    if [ ! -e "$dir/CMakeCache.txt" ] && setup_has_program ninja; then
        set -- -G Ninja "$@"
    fi
    cmake -S "$root" -B "$dir" "$@" >"$dir/setup.log" 2>&1
}

# A first failure may come from a cache that was made elsewhere or by tools
# since gone, so the second try has none. Output is shown only on failure.
setup_build() # DIR ARGUMENT...
{
    # Whoever is watching should know what takes a while.
    if [ -t 2 ] && [ ! -e "$1/CMakeCache.txt" ]; then
        echo "building in $1 ..." >&2
    fi
    mkdir -p "$1"
    if ! setup_configure "$@"; then
        rm -rf "$1/CMakeCache.txt" "$1/CMakeFiles"
        setup_configure "$@"
    fi && cmake --build "$1" --parallel "$setup_jobs" >"$1/setup.log" 2>&1 &&
        return
    cat "$1/setup.log" >&2
    return 1
}
