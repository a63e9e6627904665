#!/bin/sh
# SPDX-License-Identifier: MIT
# The two commands on a bare machine, which has a shell and a package manager
# and nothing else: what debootstrap(8) makes of this system's own release.
#
#     sh tests/scripts/bare_chroot.sh
#
# For root, with git(1), debootstrap(8) and unshare(1), on Debian and its kin.
# Prints the minutes each command took, the installation included.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
# shellcheck source=/dev/null
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
# The first archive of this machine that has that release. What is in quotes is
# for apt-get to expand.
# shellcheck disable=SC2016
mirror=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' \
    'Created-By: Packages' |
    awk -v suite="$suite" '$1 == suite && !found++ { print $2 }')
bare=$(mktemp -d /var/tmp/bare.XXXXXX)
trap 'rm -rf "$bare"' EXIT

log=$bare/bare_chroot.log
debootstrap --variant=minbase "$suite" "$bare" "$mirror" >"$log" 2>&1 || {
    cat "$log" >&2
    exit 1
}
for file in hosts resolv.conf apt/apt.conf.d apt/auth.conf.d \
    apt/sources.list.d apt/trusted.gpg.d; do
    [ ! -e "/etc/$file" ] || cp -RL "/etc/$file" "$bare/etc/${file%/*.d}"
done
git clone --quiet "$root" "$bare/libreactor"

# The mounts go with the namespace, before the trap removes what they hide.
in_bare() # COMMAND-LINE
{
    # The inner shell expands its own arguments.
    # shellcheck disable=SC2016
    unshare --mount --pid --fork sh -euc '
        mount -t proc proc "$1/proc"
        mount --rbind /dev "$1/dev"
        exec chroot "$1" /usr/bin/env -i PATH="$PATH" HOME=/root \
            DEBIAN_FRONTEND=noninteractive sh -c "$2"' \
        in_bare "$bare" "$1"
}

timed() # COMMAND-LINE
{
    start=$(date +%s)
    in_bare "$1" || {
        echo "failed on a bare machine: $1"
        exit 1
    }
    seconds=$(($(date +%s) - start))
    printf '%d min %02d s   %s\n' $((seconds / 60)) $((seconds % 60)) "$1" \
        >>"$bare/minutes"
}

for tool in cc gcc cmake make ninja pkg-config git; do
    if in_bare "command -v $tool"; then
        echo 'not a bare machine'
        exit 1
    fi
done
timed 'sh /libreactor/examples/demo.sh --seconds 3'
timed 'sh /libreactor/tests/run.sh'
printf '\non a bare %s:\n' "$suite"
cat "$bare/minutes"
