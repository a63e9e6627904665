#!/bin/sh
# SPDX-License-Identifier: MIT
# A transfer over a line of 1 Mbit/s that loses one packet of twenty, in a
# network namespace of its own: what the world outside sees of it is nothing.
#
#     sh tests/scripts/net_lossy.sh PROGRAM
set -eu

kib=160 # each way, and a second has 122

skip()
{
    echo "skipped: $1"
    exit 77
}

# Packets of a usual size, and one by one: not 64 KiB at once, as on loopback.
make_line()
{
    ip link set lo up mtu 1500 || skip 'the loopback interface stays down'
    ip link set lo gso_max_segs 1 || echo 'packets may go several at once'
    tc qdisc add dev lo root tbf rate 1mbit burst 4k latency 400ms ||
        skip 'this kernel does not shape traffic'
    nft -f - <<'END' || skip 'this kernel does not drop packets at random'
table inet lossy {
    counter lost { }
    chain input {
        type filter hook input priority filter; policy accept;
        numgen random mod 20 == 0 counter name lost drop
    }
}
END
}

packets_lost()
{
    nft list counter inet lossy lost |
        sed -n 's/.*packets \([0-9]*\).*/\1/p'
}

if [ "${1-}" = --inside ]; then
    make_line
    LIBREACTOR_TRANSFER_KIB=$kib "$2"
    lost=$(packets_lost)
    echo "packets lost: $lost"
    [ "$lost" -gt 0 ] || {
        echo 'the line has lost nothing: this has shown nothing' >&2
        exit 1
    }
    exit 0
fi

PATH=$PATH:/usr/sbin:/sbin # where Debian's users do not look
for tool in unshare ip tc nft; do
    command -v "$tool" >/dev/null 2>&1 || skip "there is no $tool"
done
as_root=
[ "$(id -u)" -eq 0 ] || as_root=--map-root-user
# One word, or none.
# shellcheck disable=SC2086
unshare --net $as_root true 2>/dev/null ||
    skip 'there may be no network namespaces here'
# shellcheck disable=SC2086
exec unshare --net $as_root sh "$0" --inside "$1"
