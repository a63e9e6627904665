#!/bin/sh
# SPDX-License-Identifier: MIT
# Whatever the library calls can be failed by a test, or can't fail: every
# symbol that it leaves undefined is a call of fault_calls.h, or is below with
# the reason why it is not.
#
#     sh tests/fault/hooks_are_complete.sh NM ARCHIVE FAULT_CALLS_H
#
# What Windows exports is also known by a name with __imp_ before it.
set -eu

nm=$1
archive=$2
calls=$3

unhooked()
{
    cat <<'END'
malloc free realloc             the allocator, which tests replace
memset memcpy memmove memcmp    touch memory only
strchr strcmp strlen strncmp strnlen               the same
snprintf inet_ntop inet_pton htons ntohs           the same
__cmsg_nxthdr freeaddrinfo __sched_cpucount        the same
sigaddset sigemptyset sigismember                  the same
sigpending sigwait              asserted: the caller rules out every error
__errno_location _errno         answer with an address
GetLastError WSAGetLastError    answer with the last error
RtlNtStatusToDosError           answers from a table
__assert_fail _assert           end the process, and are not in a release
pthread_mutex_lock              asserted: the caller rules out every error
pthread_mutex_unlock            the same
pthread_mutex_destroy           its error is no one's concern: thread.c
pthread_cond_signal             asserted: the caller rules out every error
pthread_cond_broadcast          the same
pthread_join                    the same
pthread_sigmask sigfillset      the same
pthread_cond_destroy            the same
pthread_cond_wait               the same
sched_yield                     has nothing to tell, on Linux or elsewhere
AcquireSRWLockExclusive ReleaseSRWLockExclusive    fail at nothing
InitializeSRWLock InitializeConditionVariable      the same
WakeAllConditionVariable WakeConditionVariable     the same
WaitForSingleObject             on a thread or process of ours the same
SleepConditionVariableSRW       without a timeout the same
UnregisterWaitEx                of a wait the same
GetCurrentProcess Sleep         the same
QueryPerformanceCounter QueryPerformanceFrequency  the same since Windows XP
getpid pthread_self sysconf     fail at nothing
GetActiveProcessorCount GetActiveProcessorGroupCount GetCurrentThread the same
pthread_setname_np              its error is no one's concern: a thread without
                                a name is as good
GetModuleHandleW GetProcAddress the same, on Windows
GetCurrentThreadId SwitchToThread                  the same
pthread_getspecific FlsGetValue answer with what was set
vsnprintf __mingw_vsnprintf     touches memory only
io_uring_queue_exit             unmaps and closes, and returns nothing
_GLOBAL_OFFSET_TABLE_           of the linker
__stack_chk_fail                of the compiler
END
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# An archive lists what one member needs of another as undefined.
"$nm" -P "$archive" >"$work/symbols"
awk '$2 == "U" { sub(/^__imp_/, "", $1); print $1 }' "$work/symbols" |
    grep -Ev '^__(asan|tsan|ubsan|sanitizer|sancov|gcov|llvm)_' |
    sort -u >"$work/undefined"
awk 'NF > 2 && $2 != "U" { print $1 }' "$work/symbols" |
    sort -u >"$work/defined"
{
    sed -n 's/^ *X(\([A-Za-z0-9_]*\),.*/\1/p' "$calls"
    unhooked | sed 's/   .*//' | tr -s ' ' '\n'
} | sort -u >"$work/known"

comm -23 "$work/undefined" "$work/defined" >"$work/called"
grep -Eq '^(clock_gettime|QueryPerformanceCounter)$' "$work/called" || {
    echo "$archive does not even read the clock: not the library?" >&2
    exit 2
}
comm -23 "$work/called" "$work/known" >"$work/missing"
[ ! -s "$work/missing" ] || {
    echo "called by $archive, but not in $calls:" >&2
    cat "$work/missing" >&2
    exit 1
}
