#!/bin/sh
# SPDX-License-Identifier: MIT
# The system calls that the kernel sees the library make, in all scenarios of
# the given programs, belong to the calls of fault_calls.h, or are below with
# the reason why they do not.
#
#     sh tests/fault/traced_calls.sh FAULT_CALLS_H PROGRAM...
set -eu

calls=$1
shift

skip()
{
    echo "skipped: $1"
    exit 77
}

unhooked()
{
    cat <<'END'
brk mmap munmap mprotect madvise    of malloc
futex                               of locks and conditions
sched_yield                         has nothing to tell
rt_sigaction rt_sigprocmask         of the start of a thread, of a write
rt_sigpending rt_sigtimedwait       of a write to a pipe
restart_syscall rt_sigreturn        goes on after a signal
prctl                               of a thread's name, which may be lost
END
}

# The C library's name, where the kernel has others for it.
names()
{
    sed -n 's/^ *X(\([a-z0-9_]*\),.*/\1/p' "$calls"
    cat <<'END'
clock_gettime64
clone
clone3
epoll_pwait
eventfd2
fcntl64
fstat64
io_uring_enter
io_uring_register
io_uring_setup
ioctl
newfstatat
pidfd_open
ppoll_time64
recvfrom
recvmmsg_time64
sendto
stat64
statx
unlinkat
END
}

command -v strace >/dev/null || skip 'there is no strace'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
strace -o "$work/trace" true 2>/dev/null || skip 'strace may not trace here'

for program; do
    echo "$program"
    strace -f -o "$work/trace" "$program" --trace
    awk '
        { call = $2; sub(/\(.*/, "", call) }
        /write\(-1, "enters the library"/ { inside[$1] = 1; next }
        /write\(-1, "leaves the library"/ { inside[$1] = 0; next }
        inside[$1] && $2 ~ /^[a-z_0-9]+\(/ { print call }
    ' "$work/trace" >>"$work/made"
done
sort -u "$work/made" >"$work/seen"
grep -q '^write$' "$work/seen" || {
    echo 'no wake was traced' >&2
    exit 2
}
{
    names
    unhooked | sed 's/   .*//' | tr -s ' ' '\n'
} | sort -u >"$work/known"

echo "seen: $(tr '\n' ' ' <"$work/seen")"
comm -23 "$work/seen" "$work/known" >"$work/missing"
[ ! -s "$work/missing" ] || {
    echo "made by the library, but not of $calls:" >&2
    cat "$work/missing" >&2
    exit 1
}
