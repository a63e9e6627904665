/* SPDX-License-Identifier: MIT */
#include "fault/point.h"

#include "support/claim.h"
#include "support/windows/fault_balance.h"
#include "support/windows/headers.h"

bool is_each_another(void)
{
    return point.call == FAULT_allocate || point.call == FAULT__beginthreadex;
}

/* ---- What a fault may do to a step ---- */

bool must_cope(void)
{
    switch ((int)point.call) {
    case FAULT_CloseHandle: /* there is nothing else to do */
    case FAULT_SetHandleInformation:
    case FAULT_WSACleanup:
    case FAULT_closesocket:
    case FAULT_getpeername: /* then the socket has no identity */
    case FAULT_getsockname:
        return true;
    case FAULT_CancelIoEx: /* it has ended by itself */
        return point.error == ERROR_NOT_FOUND;
    case FAULT_NtRemoveIoCompletionEx: /* the core waits again, or the backend
                                        */
        return point.error == STATUS_TIMEOUT ||
               point.error == STATUS_CANCELLED || point.error == FAULT_SHORT;
    default:
        return point.error == WSAEWOULDBLOCK;
    }
}

bool must_refuse(void)
{
    switch ((int)point.call) {
    case FAULT_CreateIoCompletionPort:
    case FAULT_NtCreateFile:
    case FAULT_WSAStartup:
    case FAULT__beginthreadex:
        return true;
    default:
        return false;
    }
}

/*
 * What is open but no socket can't be waited for, and is not what was
 * registered.
 */
bool is_answer(int result)
{
    if (point.call == FAULT_getsockopt && point.error == WSAENOTSOCK)
        return result == -EPERM || result == -ENOENT || result == -ENOTSOCK;
    if ((point.call == FAULT_recvfrom || point.call == FAULT_sendto) &&
        point.error == WSAECONNRESET)
        return result == -ECONNREFUSED; /* an ICMP message said so */
    if (point.call == FAULT_bind && point.error == WSAEACCES)
        return result == -EADDRINUSE; /* somebody has it for himself */
    if (point.call == FAULT_GetExitCodeProcess && result == -EINVAL)
        return point.error == ERROR_INVALID_HANDLE; /* it is no process */
    return result == -fault_answer(point.error);
}

bool is_refused_late(const struct reactor_event *event)
{
    return (point.call == FAULT_CancelIoEx ||
            point.call == FAULT_NtDeviceIoControlFile) &&
           (event->readiness & REACTOR_ERROR) != 0;
}

bool is_lie(void)
{
    return point.call == FAULT_getsockopt && point.error == WSAENOTSOCK;
}

bool may_report_less(void)
{
    return point.call == FAULT_NtRemoveIoCompletionEx;
}

bool may_take_for_pollable(void)
{
    return false;
}

bool may_keep_open(void)
{
    return false;
}

bool is_vital_to_net(void)
{
    return point.call == FAULT_getpeername || point.call == FAULT_getsockname;
}

/* What can't be made ours is let go. */
bool may_lose_accepted(void)
{
    return point.call == FAULT_ioctlsocket;
}

bool owes_nothing(void)
{
    return fault_winsock_starts() == 0 && fault_polls() == 0 &&
           fault_threads() == 0;
}

/* ---- What scenarios need of the system ---- */

/* Each has a helper. Sockets by the thousand take too long under Wine. */
const unsigned chunks_to_fill = 2;

unsigned count_waits(void)
{
    return fault_count(FAULT_NtRemoveIoCompletionEx);
}

/* There is only one. */
bool deny_newest_wait(unsigned nth)
{
    (void)nth;
    return false;
}

/* A port takes what it is given. */
void fill_bell(reactor_handle handle)
{
    (void)handle;
}
