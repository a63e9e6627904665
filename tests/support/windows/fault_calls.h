/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_WINDOWS_FAULT_CALLS_H
#define SUPPORT_WINDOWS_FAULT_CALLS_H

/*
 * NTSTATUS values of the kernel's own functions, and codes of Windows and
 * Winsock of the others; of the C library's, errno values. Their names are in
 * support/windows/headers.h.
 *
 * Codes that the library's arguments rule out are in as proof that the answer
 * is passed on. STATUS_CANCELLED is what the first packet says that is taken: a
 * poll ended with the thread that had sent it. Left to fault/iocp.c is what
 * means that a socket is gone, which ends its registration.
 */

#include <errno.h>

/* clang-format off */
#define FAULT_CALLS(X)                                                         \
    X(CancelIoEx,            ERROR_INVALID_HANDLE, ERROR_NOT_ENOUGH_MEMORY,    \
                             ERROR_NOT_FOUND, ERROR_NO_SYSTEM_RESOURCES)       \
    X(CloseHandle,           ERROR_INVALID_HANDLE)                             \
    X(CreateIoCompletionPort, ERROR_INVALID_HANDLE, ERROR_INVALID_PARAMETER,   \
                             ERROR_NOT_ENOUGH_MEMORY,                          \
                             ERROR_NO_SYSTEM_RESOURCES)                        \
    X(DuplicateHandle,       ERROR_ACCESS_DENIED, ERROR_INVALID_HANDLE,        \
                             ERROR_NOT_ENOUGH_MEMORY)                          \
    X(FlsAlloc,              ERROR_NOT_ENOUGH_MEMORY)                          \
    X(FlsSetValue,           ERROR_NOT_ENOUGH_MEMORY)                          \
    X(GetExitCodeProcess,    ERROR_ACCESS_DENIED, ERROR_INVALID_HANDLE)        \
    X(GetHandleInformation,  ERROR_INVALID_HANDLE)                             \
    X(NtCreateFile,          STATUS_ACCESS_DENIED,                             \
                             STATUS_INSUFFICIENT_RESOURCES,                    \
                             STATUS_INVALID_PARAMETER, STATUS_NO_MEMORY,       \
                             STATUS_OBJECT_NAME_NOT_FOUND,                     \
                             STATUS_OBJECT_PATH_NOT_FOUND,                     \
                             STATUS_QUOTA_EXCEEDED,                            \
                             STATUS_TOO_MANY_OPENED_FILES)                     \
    X(NtDeviceIoControlFile, STATUS_ACCESS_DENIED,                             \
                             STATUS_INSUFFICIENT_RESOURCES,                    \
                             STATUS_INVALID_DEVICE_REQUEST,                    \
                             STATUS_INVALID_PARAMETER, STATUS_NO_MEMORY,       \
                             STATUS_QUOTA_EXCEEDED)                            \
    X(NtRemoveIoCompletionEx, STATUS_ACCESS_DENIED, STATUS_CANCELLED,          \
                             STATUS_INVALID_HANDLE, STATUS_INVALID_PARAMETER,  \
                             STATUS_NO_MEMORY, STATUS_TIMEOUT, FAULT_SHORT)    \
    X(PostQueuedCompletionStatus, ERROR_INVALID_HANDLE,                        \
                             ERROR_NOT_ENOUGH_MEMORY,                          \
                             ERROR_NO_SYSTEM_RESOURCES)                        \
    X(_beginthreadex,        EACCES, EAGAIN)                                   \
    X(RegisterWaitForSingleObject,                                             \
                             ERROR_INVALID_HANDLE, ERROR_NOT_ENOUGH_MEMORY)    \
    X(SetConsoleCtrlHandler, ERROR_INVALID_PARAMETER, ERROR_NOT_ENOUGH_MEMORY) \
    X(WSACleanup,            WSAEINPROGRESS, WSAENETDOWN, WSANOTINITIALISED)   \
    X(WSAIoctl,              WSAEFAULT, WSAEINPROGRESS, WSAEINVAL,             \
                             WSAENETDOWN, WSAENOTSOCK, WSAEOPNOTSUPP)          \
    X(WSAStartup,            WSAEFAULT, WSAEINPROGRESS, WSAEPROCLIM,           \
                             WSASYSNOTREADY, WSAVERNOTSUPPORTED)               \
    X(getpeername,           WSAEFAULT, WSAEINPROGRESS, WSAENETDOWN,           \
                             WSAENOTCONN, WSAENOTSOCK, WSANOTINITIALISED)      \
    X(getsockname,           WSAEFAULT, WSAEINPROGRESS, WSAEINVAL,             \
                             WSAENETDOWN, WSAENOTSOCK, WSANOTINITIALISED)      \
    X(getsockopt,            WSAEFAULT, WSAEINPROGRESS, WSAEINVAL,             \
                             WSAENETDOWN, WSAENOPROTOOPT, WSAENOTSOCK,         \
                             WSANOTINITIALISED)

/* What the library has to make of each. */
#define FAULT_ANSWERS(X)                                                       \
    X(ENOMEM, /* the allocator's */  ENOMEM)                                   \
    X(EACCES, /* of a thread */      ENOMEM)                                   \
    X(EAGAIN,                        EAGAIN)                                   \
    X(ERROR_ACCESS_DENIED,           EPERM)                                    \
    X(ERROR_INVALID_HANDLE,          EBADF)                                    \
    X(ERROR_INVALID_PARAMETER,       EINVAL)                                   \
    X(ERROR_NOT_ENOUGH_MEMORY,       ENOMEM)                                   \
    X(ERROR_NO_SYSTEM_RESOURCES,     ENOMEM)                                   \
    X(STATUS_ACCESS_DENIED,          EPERM)                                    \
    X(STATUS_INSUFFICIENT_RESOURCES, ENOMEM)                                   \
    X(STATUS_INVALID_DEVICE_REQUEST, ENOSYS)                                   \
    X(STATUS_INVALID_HANDLE,         EBADF)                                    \
    X(STATUS_INVALID_PARAMETER,      EINVAL)                                   \
    X(STATUS_NO_MEMORY,              ENOMEM)                                   \
    X(STATUS_OBJECT_NAME_NOT_FOUND,  ENOENT)                                   \
    X(STATUS_OBJECT_PATH_NOT_FOUND,  ENOENT)                                   \
    X(STATUS_QUOTA_EXCEEDED,         ENOMEM)                                   \
    X(STATUS_TOO_MANY_OPENED_FILES,  EMFILE)                                   \
    X(WSAEFAULT,                     EFAULT)                                   \
    X(WSAEINPROGRESS,                EINPROGRESS)                              \
    X(WSAEINVAL,                     EINVAL)                                   \
    X(WSAENETDOWN,                   ENETDOWN)                                 \
    X(WSAENOPROTOOPT,                ENOPROTOOPT)                              \
    X(WSAENOTSOCK,                   ENOTSOCK)                                 \
    X(WSAEOPNOTSUPP,                 ENOTSUP)                                  \
    X(WSAEPROCLIM,                   EMFILE)                                   \
    X(WSANOTINITIALISED,             EINVAL)                                   \
    X(WSASYSNOTREADY,                ENETDOWN)                                 \
    X(WSAVERNOTSUPPORTED,            ENOSYS)
/* clang-format on */

#endif /* SUPPORT_WINDOWS_FAULT_CALLS_H */
