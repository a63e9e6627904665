#!/bin/sh
# SPDX-License-Identifier: MIT
# Does what README.md tells its reader to do: every fenced block is compiled,
# configured or run, in the order of the text, in a copy of the tree.
#
#     sh tests/readme/blocks.sh TREE SCRATCH
#
# The line before a block says in a comment what is done with it:
#
#     <!-- test: file NAME -->            it is written to SCRATCH/NAME
#     <!-- test: run in FOLDER -->        sh runs it in SCRATCH/FOLDER
#     <!-- test: run in FOLDER with P ... --> the same, if there are programs P
#     <!-- test: output -->               what the last one run has printed
#     <!-- test: consumer NAME -->        it ends the CMakeLists.txt of a program
#     <!-- not tested: REASON -->
#
# A block without such a line is a failure. SCRATCH is also the home directory;
# the copy is SCRATCH/libreactor, the reader's own folder SCRATCH/program.
set -eu

tree=$(CDPATH='' cd -- "$1" && pwd)
mkdir -p "$2"
scratch=$(CDPATH='' cd -- "$2" && pwd)
compiler=${CC:-cc}

rm -rf "${scratch:?}"/*
mkdir -p "$scratch/libreactor" "$scratch/program" "$scratch/blocks" \
    "$scratch/bin"
for part in CMakeLists.txt CMakePresets.json LICENSE README.md bench cmake \
    docs examples include src tests; do
    cp -R "$tree/$part" "$scratch/libreactor/$part"
done
# The reader's cc is the compiler of this build.
ln -s "$(command -v "$compiler")" "$scratch/bin/cc"
HOME=$scratch
PATH=$scratch/bin:$PATH
export HOME PATH

fail() # REASON
{
    echo "README.md:$line: $1" >&2
    exit 1
}

# Writes block N to blocks/N.text, and "N LINE DIRECTIVE" to standard output.
extract()
{
    awk -v folder="$scratch/blocks" '
        /^```/ && !inside {
            inside = ++count
            printf "%d %d %s\n", count, FNR, directive
            printf "" > (folder "/" count ".text")
            next
        }
        /^```/ {
            close(folder "/" inside ".text")
            inside = 0
            directive = ""
            next
        }
        inside { print > (folder "/" inside ".text"); next }
        { directive = "" }
        /^<!-- (test|not tested): .* -->$/ {
            directive = $0
            gsub(/^<!-- | -->$/, "", directive)
        }
        END {
            if (inside)
                print inside, FNR, "unclosed"
        }' "$scratch/libreactor/README.md"
}

first_missing() # PROGRAM...
{
    for program; do
        command -v "$program" >/dev/null && continue
        echo "$program"
        return 0
    done
    return 1
}

run_block() # FOLDER
{
    (cd "$scratch/$1" && sh -eu "$text" </dev/null) \
        >"$scratch/output" 2>"$scratch/errors" || {
        cat "$scratch/output" "$scratch/errors" >&2
        fail 'the commands failed'
    }
}

compare_output()
{
    diff -u "$text" "$scratch/output" >&2 || fail 'the output is another one'
}

# The program is the one that the README begins with.
build_consumer() # NAME
{
    consumer=$scratch/$1
    mkdir "$consumer"
    cp "$scratch/program/example.c" "$consumer"
    {
        echo 'cmake_minimum_required(VERSION 3.21)'
        echo 'project(consumer LANGUAGES C)'
        echo 'add_executable(example example.c)'
        cat "$text"
    } >"$consumer/CMakeLists.txt"
    ln -s "$scratch/libreactor" "$consumer/libreactor"
    {
        cmake -S "$consumer" -B "$consumer/build" -DCMAKE_C_COMPILER=cc \
            -DCMAKE_PREFIX_PATH="$scratch/reactor" \
            -DFETCHCONTENT_SOURCE_DIR_LIBREACTOR="$scratch/libreactor" &&
            cmake --build "$consumer/build" &&
            echo hello | "$consumer/build/example"
    } >"$scratch/output" 2>&1 || {
        cat "$scratch/output" >&2
        fail "the consumer $1 failed"
    }
}

extract >"$scratch/blocks/list"
[ -s "$scratch/blocks/list" ] || {
    echo 'README.md has no fenced blocks' >&2
    exit 1
}

while read -r number line verb what argument folder with programs; do
    text=$scratch/blocks/$number.text
    case "$verb $what" in
    'test: file') cp "$text" "$scratch/$argument" ;;
    'test: run')
        [ "$argument" = in ] || fail 'run in which folder?'
        # A list of words.
        # shellcheck disable=SC2086
        if missing=$(first_missing $programs); then
            echo "README.md:$line: not run, there is no $missing"
            continue
        fi
        run_block "$folder"
        ;;
    'test: output') compare_output ;;
    'test: consumer') build_consumer "$argument" ;;
    'not tested:')
        [ -n "$argument$folder" ] || fail 'not tested, for which reason?'
        ;;
    unclosed*) fail 'a fenced block is not closed' ;;
    *) fail 'nothing says how this block is tested' ;;
    esac
    echo "README.md:$line: $verb $what $argument $folder $with $programs"
done <"$scratch/blocks/list"
