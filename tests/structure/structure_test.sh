#!/bin/sh
# SPDX-License-Identifier: MIT
# Claims about the checks of this folder: each violation is made once, in a
# small tree of its own, and must be found where it is.

directory=$(dirname -- "$0")
# shellcheck source=tests/scripts/claim.sh
. "$directory/../scripts/claim.sh"

licence='/* SPDX-License-Identifier: MIT */'
tree=$scratch

write() # FILE LINE...
{
    mkdir -p "$tree/$(dirname -- "$1")"
    file=$tree/$1
    shift
    printf '%s\n' "$@" >"$file"
}

# A tree with one file on each floor, and nothing wrong.
make_tree()
{
    write include/reactor.h "$licence" '#ifndef REACTOR_H' '#ifdef _WIN32'
    write include/reactor/loop.h "$licence" '#ifndef REACTOR_LOOP_H'
    write src/base/map.h "$licence" '#ifndef BASE_MAP_H' '#include <stdint.h>'
    write src/platform/posix/clock.c "$licence" '#include <time.h>' \
        '#ifdef __APPLE__' '#include "base/map.h"'
    write src/backend/poll.c "$licence" '#include <poll.h>' \
        '#include "base/map.h"' '#include <reactor.h>'
    write src/core/reactor.c "$licence" '#include "base/map.h"'
    write src/core/reactor.h "$licence" '#ifndef CORE_REACTOR_H'
    write src/loop/timer.h "$licence" '#ifndef LOOP_TIMER_H'
    write src/net/session.c "$licence" '#include <reactor/loop.h>'
}

expect_floors_to_say() # TEXT
{
    run sh "$directory/floors.sh" "$tree"
    expect_equal "$status" 1
    expect_equal "$output" "$1"
}

expect_files_to_say() # TEXT
{
    run sh "$directory/files.sh" "$tree"
    expect_equal "$status" 1
    expect_equal "$output" "$1"
}

claim_a_good_tree_is_accepted()
{
    make_tree
    run sh "$directory/floors.sh" "$tree"
    expect_success
    expect_equal "$output" ''
    run sh "$directory/files.sh" "$tree"
    expect_success
    expect_equal "$output" ''
}

claim_a_tree_without_sources_is_refused()
{
    run sh "$directory/floors.sh" "$tree"
    expect_failure
    run sh "$directory/files.sh" "$tree"
    expect_failure
}

claim_an_include_upwards_is_found()
{
    make_tree
    write src/base/map.h "$licence" '#include "core/reactor.h"'
    expect_floors_to_say \
        'src/base/map.h:2: includes core/reactor.h, which is of a higher floor'
}

claim_an_include_upwards_by_angle_brackets_is_found()
{
    make_tree
    write src/core/reactor.c "$licence" '# include <reactor/loop.h>'
    text='src/core/reactor.c:2: includes reactor/loop.h'
    expect_floors_to_say "$text, which is of a higher floor"
}

claim_net_may_not_reach_into_the_loop()
{
    make_tree
    write src/net/session.c "$licence" '#include "loop/timer.h"'
    text='src/net/session.c:2: includes loop/timer.h'
    expect_floors_to_say "$text instead of reactor/loop.h"
}

claim_an_included_source_file_is_found()
{
    make_tree
    write src/base/map.c "$licence"
    write src/core/reactor.c '#include "base/map.c"'
    expect_floors_to_say \
        'src/core/reactor.c:1: includes base/map.c, which is no header'
}

claim_an_include_of_nothing_known_is_found()
{
    make_tree
    write src/core/reactor.c '#include "elsewhere.h"'
    text='src/core/reactor.c:1: includes elsewhere.h'
    expect_floors_to_say "$text, which is neither in src nor in include"
}

claim_an_include_by_macro_is_found()
{
    make_tree
    write src/core/reactor.c '#include HEADER'
    expect_floors_to_say \
        'src/core/reactor.c:1: includes what only the preprocessor knows'
}

claim_a_header_of_system_calls_is_found()
{
    make_tree
    write src/core/reactor.c '#include <unistd.h>'
    text='src/core/reactor.c:1: includes <unistd.h>'
    expect_floors_to_say "$text, which is for platform and backend"
}

claim_a_condition_on_the_system_is_found()
{
    make_tree
    # shellcheck disable=SC1003 # a line that ends in a backslash is meant
    write src/core/reactor.c '' \
        "#if defined(A) || \\" '    defined(__linux__)'
    expect_floors_to_say \
        'src/core/reactor.c:3: depends on the operating system'
}

claim_a_folder_on_no_floor_is_found()
{
    make_tree
    write src/util/helper.c "$licence"
    expect_floors_to_say 'src/util/helper.c:1: is on no floor'
}

claim_a_public_header_of_unknown_floor_is_found()
{
    make_tree
    write include/reactor/new.h "$licence"
    write src/net/session.c '#include <reactor/new.h>'
    text='src/net/session.c:1: includes reactor/new.h'
    expect_floors_to_say "$text, a public header of unknown floor"
}

claim_a_file_without_licence_is_found()
{
    make_tree
    write src/base/map.c 'int map;' "$licence"
    expect_files_to_say \
        'src/base/map.c:1: does not begin with an SPDX-License-Identifier'
}

claim_the_licence_may_follow_the_interpreter()
{
    make_tree
    write cmake/tool.sh '#!/bin/sh' '# SPDX-License-Identifier: MIT'
    run sh "$directory/files.sh" "$tree"
    expect_success
}

claim_a_guard_that_is_not_the_path_is_found()
{
    make_tree
    write src/base/map.h "$licence" '' '#ifndef MAP_H'
    expect_files_to_say 'src/base/map.h:3: guard MAP_H is not BASE_MAP_H'
}

# The texts looked for are pieced together, as the check reads this file too.
claim_a_note_of_work_left_is_found()
{
    make_tree
    for word in TO FIX; do
        case $word in
        TO) note=${word}DO ;;
        FIX) note=${word}ME ;;
        esac
        write src/base/map.c "$licence" "/* $note: later */"
        expect_files_to_say 'src/base/map.c:2: a note of work left to do'
    done
}

claim_a_path_of_one_machine_is_found()
{
    make_tree
    for place in home Users; do
        write docs/guide.md "See \`/$place/somebody/libreactor\`."
        expect_files_to_say 'docs/guide.md:1: a path of one machine'
    done
}

run_claim "$@"
