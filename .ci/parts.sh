# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The parts of .ci/run, which sources this in the root of the tree. Each returns
# other than 0 if it fails, having printed why.

jobs=${setup_jobs:?is set by cmake/setup.sh}
# Tests wait more than they compute.
at_once=$((2 * jobs))

# Checks of the package and of the texts are alike in every build: the part
# "tests" has made them. The part "release" looks at the budgets. Of the others a
# part may leave out what others run as well, but not in the night.
library_only=()
leave_out() # LABEL...
{
    local label labels='package|structure|readme|budget'
    for label in "$@"; do
        [ -n "${LIBREACTOR_NIGHTLY:-}" ] || labels+="|$label"
    done
    library_only=(--label-exclude "^($labels)\$")
}
leave_out

export UBSAN_OPTIONS=print_stacktrace=1

build() # NAME ARGUMENT...
{
    local name=$1
    shift
    echo "build $name"
    setup_build "build/ci-$name" -DLIBREACTOR_WERROR=ON \
        -DCMAKE_BUILD_TYPE=Debug \
        -DLIBREACTOR_NIGHTLY="${LIBREACTOR_NIGHTLY:-0}" "$@"
}

test_build() # NAME CTEST-ARGUMENT...
{
    local name=$1
    shift
    ctest --test-dir "build/ci-$name" --parallel $at_once --timeout 300 \
        --output-on-failure --no-tests=error "$@"
}

# The sweep of faults over net, which is the same on all backends, and long.
net_sweep='fault_(older_)?(connections|datagrams|ends|sessions)'

# CTest arguments of a part: what it leaves out on io_uring.
not_on_io_uring=()

# Only io_uring may be denied by a kernel.
is_denied() # NAME
{
    local program=build/ci-$1/tests/support/can_open
    [ -x "$program" ] && ! "$program"
}

# A part may leave a backend to others as well, but not in the night.
native_backends=(epoll poll io_uring)

only_on() # BACKEND...
{
    [ -n "${LIBREACTOR_NIGHTLY:-}" ] || native_backends=("$@")
}

# The library's own tests, with CMAKE-ARGUMENT..., on each of those.
build_and_test() # NAME CMAKE-ARGUMENT...
{
    local name=$1 backend tests status=0
    shift
    for backend in "${native_backends[@]}"; do
        build "$name-$backend" -DLIBREACTOR_BACKEND="$backend" "$@" ||
            status=1
        is_denied "$name-$backend" && continue
        tests=("${library_only[@]}")
        [ "$backend" != io_uring ] || tests+=("${not_on_io_uring[@]}")
        test_build "$name-$backend" "${tests[@]}" || status=1
    done
    return $status
}

own_sources() # FOLDER...
{
    find "$@" -name '*.[ch]' | sort
}

part_tests()
{
    sh tests/run.sh
}

# The two commands as a newcomer has them: a fresh clone, and no terminal.
part_commands()
{
    local clone status=0
    clone=$(mktemp -d) || return
    git clone --quiet . "$clone/libreactor" &&
        (cd / && sh "$clone/libreactor/examples/demo.sh" --seconds 3) &&
        (cd "$clone/libreactor/tests" && LIBREACTOR_TEST_BACKENDS=stub \
            sh run.sh --label-exclude package) &&
        [ -z "$(git -C "$clone/libreactor" status --porcelain)" ] || status=1
    rm -rf "$clone"
    return $status
}

part_structure()
{
    local status=0 check
    for check in floors files shellcheck report; do
        echo "== $check"
        sh tests/structure/$check.sh || status=1
    done
    return $status
}

part_format()
{
    own_sources include src examples bench tests |
        xargs clang-format --dry-run --Werror
}

# With warnings as errors each compiler builds every backend: gcc in "release"
# and "tsan-gcc", clang in "asan" and "tsan-clang". The stub is left.
part_gcc()
{
    build gcc-stub -DCMAKE_C_COMPILER=gcc -DLIBREACTOR_BACKEND=stub &&
        test_build gcc-stub "${library_only[@]}"
}

part_clang()
{
    build clang-stub -DCMAKE_C_COMPILER=clang -DLIBREACTOR_BACKEND=stub &&
        test_build clang-stub "${library_only[@]}"
}

# As it is shipped: optimised, and without a single assert. The test of the
# budgets is skipped where a tool is missing; here that is a failure.
# The part "tests" runs all backends optimised and without asserts, too.
part_release()
{
    local native_backends=(epoll poll io_uring)
    only_on epoll
    build_and_test release -DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=Release &&
        sh bench/budget.sh build/ci-release-epoll/bench epoll Release ''
}

# Of memory poll has little of its own; and what stands above a reactor is the
# same on io_uring as on epoll.
part_asan()
{
    local native_backends=(epoll poll io_uring) not_on_io_uring=()
    only_on epoll io_uring
    [ -n "${LIBREACTOR_NIGHTLY:-}" ] ||
        not_on_io_uring=(--exclude-regex
            "^($net_sweep|fault_older_.*|net_.*|test_.*)\$")
    build_and_test asan -DCMAKE_C_COMPILER=clang \
        -DLIBREACTOR_SANITIZE=address,undefined
}

# Each backend with one of the two; the model and the sweep of net have one
# thread, and what stands above a reactor is the same on poll as on epoll.
part_tsan_gcc()
{
    local library_only native_backends=(epoll poll io_uring) status=0
    local arguments=(-DCMAKE_C_COMPILER=gcc -DLIBREACTOR_SANITIZE=thread)
    only_on epoll
    leave_out fault model
    build_and_test tsan-gcc "${arguments[@]}" || status=1
    [ -z "${LIBREACTOR_NIGHTLY:-}" ] || return $status
    only_on poll
    leave_out fault model net work examples
    build_and_test tsan-gcc "${arguments[@]}" || status=1
    return $status
}

part_tsan_clang()
{
    local library_only native_backends=(epoll poll io_uring)
    only_on io_uring
    leave_out model
    [ -n "${LIBREACTOR_NIGHTLY:-}" ] || library_only+=(--exclude-regex
        "^$net_sweep\$")
    build_and_test tsan-clang -DCMAKE_C_COMPILER=clang \
        -DLIBREACTOR_SANITIZE=thread
}

# CMake puts the emulator, which since 3.29 is called a test launcher, before
# each test program. The examples are left out: as processes that a test starts,
# valgrind does not look into them, and a limit that is set within it does not
# reach them. The sweep of faults is a process for each of thousands, and looks
# for leaks itself.
#
# valgrind runs one thread at a time; without --fair-sched one that never blocks
# can keep the others out for minutes.
#
# valgrind 3.19 does not let go of its lock in io_uring_enter(2): a thread that
# waits on a ring stops the others, and no signal is handled meanwhile. So of
# io_uring only those programs run in which no other thread and no signal has
# anything to do then; without pidfd_open(2) children are told of by signals.
# Of poll it would find what it finds of epoll: who differs is the kernel; and
# io_uring, of which it sees the least, is for the night.
#
# valgrind keeps the limit of descriptors itself: what accept(2) has beyond it,
# it closes, and nobody is left who waits. To a child of fork() all is lost that
# other threads held, like what a look-up was at. Of net there is nothing on
# io_uring that is not there on epoll, and some of it has threads.
part_valgrind()
{
    local native_backends=(epoll poll io_uring)
    only_on epoll
    local launcher='valgrind;--quiet;--fair-sched=yes;--error-exitcode=99'
    launcher="$launcher;--leak-check=full"
    local never='net_(exhaustion|fork|fork_inside)'
    never="$never|work_(runtime_fork|server_doors)"
    local library_only=(--label-exclude
        '^(package|structure|readme|budget|examples|fault)$'
        --exclude-regex "^($never)\$")
    local with_threads='deregister|fork_threads|races|shutdown|signals|stress'
    local loops_with='child|child_without_pidfd|fork|post_threads|processes'
    with_threads="conformance_($with_threads|threads|wait|wake)"
    loops_with="loop_($loops_with|run|signal|stop)"
    local not_on_io_uring=(--exclude-regex
        "^($with_threads|$loops_with|net_.*|work_.*)$")
    LIBREACTOR_SLOW=1 build_and_test valgrind -DCMAKE_C_COMPILER=gcc \
        -DCMAKE_CROSSCOMPILING_EMULATOR="$launcher" \
        -DCMAKE_TEST_LAUNCHER="$launcher"
}

# No flakes. The model repeats itself 50,000 times in one run, and the sweep of
# faults goes over the same programs again and again.
part_repeat()
{
    local library_only times=2 backend status=0
    local native_backends=(epoll io_uring)
    only_on epoll # the sanitizers' parts run the others
    [ -z "${LIBREACTOR_NIGHTLY:-}" ] || times=50
    leave_out model fault
    for backend in "${native_backends[@]}"; do
        build "repeat-$backend" -DLIBREACTOR_BACKEND="$backend" \
            -DLIBREACTOR_NIGHTLY=OFF || status=1
        is_denied "repeat-$backend" ||
            LIBREACTOR_NIGHTLY='' test_build "repeat-$backend" \
                "${library_only[@]}" --repeat until-fail:$times || status=1
    done
    return $status
}

# What only programs do, the tests among them, and for which the library has
# stricter rules:
#   bugprone-implicit-widening-of-multiplication-result: small constants
#   cert-env33-c: an example runs a command
#   cert-err33-c: wants to know whether a line could be printed
#   clang-analyzer-core.*: does not know that cmocka's skip() never returns
#   clang-analyzer-unix.Malloc: loses the head of a list that is unlinked
#   concurrency-mt-unsafe: getenv() and exit() in programs of one thread
#   performance-no-int-to-ptr: numbers as user data
#   readability-function-cognitive-complexity: counts cmocka's macros
programs_may="-bugprone-implicit-widening-of-multiplication-result,\
-cert-env33-c,-cert-err33-c,-clang-analyzer-core.*,\
-clang-analyzer-unix.Malloc,-concurrency-mt-unsafe,\
-performance-no-int-to-ptr,-readability-function-cognitive-complexity"

# Enough of a kqueue(2) to compile for it, not to link.
kqueue_flags="-isystem $PWD/tests/support/kqueue/freebsd"

compiled_sources() # NAME
{
    sed -n 's/^ *"file": "\(.*\.c\)",*$/\1/p' \
        "build/ci-$1/compile_commands.json" | sort -u
}

# One process per file: with several, clang-tidy 14 mixes up their va_lists.
tidy() # NAME ARGUMENT..., the files on standard input
{
    local name=$1
    shift
    # Its standard error says why it could not look, if it could not.
    xargs -n 1 -P "$jobs" clang-tidy --quiet -p "build/ci-$name" "$@" \
        2> >(grep -v '^[0-9]* warnings\{0,1\} generated\.$')
}

# What stands above a backend is looked at once, unless it is night.
part_tidy()
{
    local backend more which='' status=0
    for backend in epoll poll io_uring kqueue stub; do
        more=()
        [ $backend != kqueue ] ||
            more=(-DLIBREACTOR_HAVE_KQUEUE=ON -DCMAKE_C_FLAGS="$kqueue_flags")
        cmake -S . -B "build/ci-tidy-$backend" -DCMAKE_C_COMPILER=clang \
            -DCMAKE_EXPORT_COMPILE_COMMANDS=ON \
            -DLIBREACTOR_BACKEND=$backend "${more[@]}" >/dev/null || status=1
        compiled_sources "tidy-$backend" | grep "^$PWD/src/$which" |
            tidy "tidy-$backend" || status=1
        [ -n "${LIBREACTOR_NIGHTLY:-}" ] || which='\(backend\|core\|.*/stub\.c\)'
    done
    compiled_sources tidy-epoll | grep -v "^$PWD/src/" |
        tidy tidy-epoll --checks="$programs_may" || status=1
    return $status
}

#   constParameter: signatures are given, by reactor.h or by a callback
#   redundantAssignment: does not know that a callback has read it meanwhile
#   redundantContinue: marks the empty body of a loop
#   unusedStructMember: a member of a union may be there for its alignment
#   variableScope: declarations stand at the top of a function
part_cppcheck()
{
    cppcheck --quiet --std=c11 --enable=warning,style,performance,portability \
        --error-exitcode=1 --suppress=constParameter \
        --suppress=redundantAssignment --suppress=redundantContinue \
        --suppress=unusedStructMember --suppress=variableScope \
        -D__linux__ -D__GNUC__ -D_GNU_SOURCE \
        -DRI_HAVE_PIPE2 -DRI_HAVE_PPOLL -DRI_HAVE_EPOLL_PWAIT2 \
        -DRI_HAVE_ACCEPT4 -DRI_HAVE_IP_RECVERR -DRI_HAVE_RECVMMSG \
        -DRI_HAVE_SOCK_CLOEXEC \
        -I include -I src -I src/platform/posix -I tests -I examples \
        -I tests/support/kqueue/freebsd \
        src examples bench tests
}

# At -O0 only: optimised code hides from it what it would find.
part_analyzer()
{
    local backend flags more status=0
    for backend in epoll poll io_uring kqueue stub; do
        flags='-O0 -fanalyzer'
        more=()
        if [ $backend = kqueue ]; then
            more=(-DLIBREACTOR_HAVE_KQUEUE=ON)
            flags+=" $kqueue_flags"
        fi
        build "analyzer-$backend" -DCMAKE_C_COMPILER=gcc \
            -DLIBREACTOR_BACKEND=$backend "${more[@]}" \
            -DCMAKE_C_FLAGS="$flags" \
            -DLIBREACTOR_BUILD_TESTS=OFF -DLIBREACTOR_BUILD_BENCH=OFF \
            -DLIBREACTOR_BUILD_EXAMPLES=OFF || status=1
    done
    return $status
}

# On a shim, not on BSD. The model, the loop and the pool run on the two that
# differ most, and with the sanitizers on the native backends. Of two patterns
# that leave out ctest takes the last one, so this has that of the script, too.
part_kqueue()
{
    local sanitizers status=0
    sh tests/run_kqueue.sh || status=1
    LIBREACTOR_TEST_FLAVOURS='openbsd macos' \
        sh tests/run_kqueue.sh -L 'base|conformance|fault|net' \
        -E "^($net_sweep|fault_traced_calls)\$" || status=1
    for sanitizers in address,undefined thread; do
        CC=clang LIBREACTOR_SANITIZE=$sanitizers \
            LIBREACTOR_TEST_FLAVOURS=freebsd \
            sh tests/run_kqueue.sh -L conformance || status=1
    done
    return $status
}

# As warnings are errors there, it is the check of the compiler as well.
part_windows()
{
    sh tests/run_wine.sh
}

# Compiled and linked only.
part_macos()
{
    sh tests/build_macos.sh
}

part_chroot()
{
    sh tests/scripts/bare_chroot.sh
}
