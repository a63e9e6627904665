#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds cmocka for another system, as a static library, from the sources of the
# Debian release that this machine runs:
#
#     sh tests/scripts/cmocka_cross.sh DIR CMAKE-ARGUMENT...
#
# fills DIR/include and DIR/lib. The arguments name the toolchain file, by its
# whole path, and what that wants to know. For Debian and its kin, with cmake
# and what the toolchain needs. The lists of source packages are the script's
# own: nothing below /etc/apt changes.
set -eu

mkdir -p "$1"
dir=$(CDPATH='' cd -- "$1" && pwd)
shift
work=$dir/work
rm -rf "$work"
mkdir -p "$work/parts" "$work/lists/partial"

# The machine's own archives, asked for sources instead of packages.
for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ ! -e "$list" ] || sed -n 's/^deb\(-src\)\{0,1\} /deb-src /p' "$list" \
        >"$work/parts/$(basename "$list" .list).list"
done
for list in /etc/apt/sources.list.d/*.sources; do
    [ ! -e "$list" ] || sed 's/^Types:.*/Types: deb-src/' "$list" \
        >"$work/parts/$(basename "$list")"
done

own_apt_get() # ARGUMENT...
{
    apt-get -o DPkg::Lock::Timeout=300 -o APT::Sandbox::User= \
        -o Dir::Etc::sourcelist=- -o Dir::Etc::sourceparts="$work/parts" \
        -o Dir::State::lists="$work/lists" -o Dir::Cache="$work" "$@"
}

# apt-get puts what it gets into the working directory.
cd "$work"
own_apt_get -qq update
own_apt_get -qq source --download-only --tar-only cmocka
cmake -E tar xf cmocka_*.orig.tar.*
mv cmocka-* source
# The older way of asking for a static library, and the newer one.
cmake -S source -B build -DCMAKE_BUILD_TYPE=Release -DWITH_EXAMPLES=OFF \
    -DWITH_STATIC_LIB=ON -DBUILD_SHARED_LIBS=OFF "$@"
cmake --build build

mkdir -p "$dir/include" "$dir/lib"
cp source/include/*.h "$dir/include"
find build -name 'libcmocka*.a' ! -name '*.dll.a' \
    -exec cp {} "$dir/lib/libcmocka.a" ';'
[ -e "$dir/lib/libcmocka.a" ]
rm -rf "$work"
