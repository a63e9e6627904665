#!/bin/sh
# SPDX-License-Identifier: MIT
# Claims about cmake/setup.sh, tried on a machine made of stubs.

directory=$(dirname -- "$0")
# shellcheck source=tests/scripts/claim.sh
. "$directory/claim.sh"
# shellcheck source=tests/scripts/stubs.sh
. "$directory/stubs.sh"

everything='compiler c++ cmake make cmocka pkg-config'
apt='noninteractive apt-get -o DPkg::Lock::Timeout=300'
apt="$apt install -y --no-install-recommends"

# What $manager is asked for, when the machine has nothing.
expect_installed_by() # MANAGER LINE
{
    make_machine
    add_manager "$1"
    # A list of words.
    # shellcheck disable=SC2086
    require $everything
    expect_success
    expect_calls "$2"
}

add_apt()
{
    add_manager apt-get
    echo "[ ! -e '$scratch/no-lists' ]" | stub apt-cache
}

expect_apt_installs_cmake() # LINE...
{
    add_compiler
    add_apt
    require compiler cmake
    expect_success
    expect_calls "$@"
}

make_user_of_sudo()
{
    make_machine
    add_compiler
    echo 'echo 1000' | stub id
    stub sudo <<END
echo "sudo \$1" >>"$calls"
[ "\$1" != -n ] || shift
exec "\$@"
END
}

claim_nothing_missing_runs_nothing()
{
    make_machine
    add_build_tools
    for manager in apt-get dnf apk pkg brew sudo; do
        add_manager "$manager"
    done
    # shellcheck disable=SC2086
    require $everything
    expect_success
    expect_no_calls
    expect_equal "$output" ''
}

claim_apt_get_installs_everything()
{
    make_machine
    add_apt
    # shellcheck disable=SC2086
    require $everything
    expect_success
    expect_calls \
        "$apt gcc libc6-dev g++ cmake make libcmocka-dev pkg-config"
    expect_output '+ env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg'
}

claim_apt_get_installs_only_what_is_missing()
{
    make_machine
    expect_apt_installs_cmake "$apt cmake"
}

claim_apt_get_updates_first_without_package_lists()
{
    make_machine
    touch "$scratch/no-lists"
    expect_apt_installs_cmake 'apt-get update' "$apt cmake"
}

claim_apt_get_updates_when_the_installation_fails()
{
    make_machine
    touch "$scratch/old-lists"
    expect_apt_installs_cmake "$apt cmake" 'apt-get update' "$apt cmake"
}

claim_apt_get_has_compilers_for_windows()
{
    make_machine
    add_apt
    touch "$store/x86_64-w64-mingw32-gcc-win32" \
        "$store/x86_64-w64-mingw32-g++-win32"
    chmod +x "$store"/x86_64-*
    require mingw mingw-c++
    expect_success
    expect_calls \
        "$apt gcc-mingw-w64-x86-64-win32 g++-mingw-w64-x86-64-win32"
}

# Without them, but with a compiler that could tell.
expect_libraries_by() # MANAGER LINE
{
    make_machine
    echo 'case $* in *-lev*) exit 1 ;; esac; cat >/dev/null' | stub cc
    echo 'exit 1' | stub pkg-config
    add_manager "$1"
    : | stub apt-cache
    require glib libev libevent libuv
    expect_success
    expect_calls "$2"
}

claim_apt_get_has_libraries_to_compare_with()
{
    expect_libraries_by apt-get \
        "$apt libglib2.0-dev libev-dev libevent-dev libuv1-dev"
}

claim_dnf_has_libraries_to_compare_with()
{
    line='dnf install -y --setopt=install_weak_deps=False'
    expect_libraries_by dnf \
        "$line glib2-devel libev-devel libevent-devel libuv-devel"
}

claim_apk_has_libraries_to_compare_with()
{
    expect_libraries_by apk \
        'apk add --no-cache glib-dev libev-dev libevent-dev libuv-dev'
}

claim_pkg_has_libraries_to_compare_with()
{
    expect_libraries_by pkg 'yes pkg install -y glib libev libevent libuv'
}

claim_brew_has_libraries_to_compare_with()
{
    expect_libraries_by brew 'brew install glib libev libevent libuv'
}

claim_spin_is_a_program()
{
    make_machine
    add_manager brew
    : | stub spin "$store"
    require spin
    expect_success
    expect_calls 'brew install spin'
}

claim_apt_get_has_the_tools_of_redis_without_the_server()
{
    make_machine
    add_apt
    : | stub redis-cli "$store"
    : | stub redis-benchmark "$store"
    require redis-tools
    expect_success
    expect_calls "$apt redis-tools"
}

claim_elsewhere_redis_is_one_package()
{
    make_machine
    add_manager brew
    : | stub redis-cli "$store"
    : | stub redis-benchmark "$store"
    require redis-tools
    expect_success
    expect_calls 'brew install redis'
}

claim_dnf_installs_everything()
{
    line='dnf install -y --setopt=install_weak_deps=False gcc glibc-devel'
    expect_installed_by dnf \
        "$line gcc-c++ cmake make libcmocka-devel pkgconf-pkg-config"
}

claim_apk_installs_everything()
{
    expect_installed_by apk \
        'apk add --no-cache gcc musl-dev g++ cmake make cmocka-dev pkgconf'
}

claim_pkg_installs_everything()
{
    expect_installed_by pkg \
        'yes pkg install -y llvm llvm cmake ninja cmocka pkgconf'
}

claim_brew_installs_all_but_the_compiler()
{
    make_machine
    add_compiler
    add_manager brew
    # shellcheck disable=SC2086
    require $everything
    expect_success
    expect_calls 'brew install cmake ninja cmocka pkgconf'
}

claim_brew_has_npm_in_node()
{
    make_machine
    add_manager brew
    : | stub npm "$store"
    require npm
    expect_success
    expect_calls 'brew install node'
}

claim_brew_cannot_install_the_compiler()
{
    make_machine
    add_manager brew
    rm "$store/cc"
    require compiler cmake
    expect_failure
    expect_calls 'brew install cmake'
    expect_output 'still missing after the installation: compiler'
}

claim_a_user_with_sudo_installs_without_being_asked()
{
    make_user_of_sudo
    add_manager dnf
    require compiler cmake
    expect_success
    expect_calls 'sudo -n' \
        'dnf install -y --setopt=install_weak_deps=False cmake'
}

claim_brew_is_never_run_by_sudo()
{
    make_user_of_sudo
    add_manager brew
    require compiler cmake
    expect_success
    expect_calls 'brew install cmake'
}

claim_root_does_not_use_sudo()
{
    make_user_of_sudo
    echo 'echo 0' | stub id
    expect_apt_installs_cmake "$apt cmake"
}

claim_no_install_lists_and_fails()
{
    make_machine
    add_apt
    settings=LIBREACTOR_NO_INSTALL=1
    require compiler make
    expect_failure
    expect_no_calls
    expect_output 'missing: compiler make'
    expect_output 'install -y --no-install-recommends gcc libc6-dev make'
}

claim_no_install_is_content_when_nothing_is_missing()
{
    make_machine
    add_build_tools
    settings=LIBREACTOR_NO_INSTALL=1
    require compiler make
    expect_success
}

claim_without_a_package_manager_it_fails()
{
    make_machine
    require cmake
    expect_failure
    expect_output 'missing: cmake'
    expect_output 'no known package manager'
}

claim_a_failing_package_manager_is_a_failure()
{
    make_machine
    add_manager dnf
    touch "$scratch/manager-is-broken"
    require cmake
    expect_failure
    expect_output 'the installation failed'
}

claim_cmake_before_3_21_counts_as_missing()
{
    make_machine
    add_cmake 3.20.6
    settings=LIBREACTOR_NO_INSTALL=1
    add_manager apk
    require cmake
    expect_failure
    expect_output 'missing: cmake'
    add_cmake 4.0.0
    require cmake
    expect_success
}

claim_a_compiler_that_cannot_link_counts_as_missing()
{
    make_machine
    echo 'exit 1' | stub cc
    settings=LIBREACTOR_NO_INSTALL=1
    add_manager apk
    require compiler
    expect_failure
    expect_output 'missing: compiler'
}

claim_the_compiler_named_by_CC_is_the_one_tried()
{
    make_machine
    add_compiler
    add_manager apk
    settings='CC=cc -std=c11'
    require compiler
    expect_success
    settings=CC=another
    require compiler
    expect_failure
    expect_output 'still missing after the installation: compiler'
}

run_claim "$@"
