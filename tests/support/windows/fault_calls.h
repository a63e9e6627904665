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
    X(CreateFileW,           ERROR_ACCESS_DENIED, ERROR_NOT_ENOUGH_MEMORY,     \
                             ERROR_NOT_SUPPORTED)                              \
    X(CreateIoCompletionPort,                                                  \
                             ERROR_INVALID_HANDLE, ERROR_INVALID_PARAMETER,    \
                             ERROR_NOT_ENOUGH_MEMORY,                          \
                             ERROR_NO_SYSTEM_RESOURCES)                        \
    X(DeleteFileW,           ERROR_ACCESS_DENIED, ERROR_FILE_NOT_FOUND,        \
                             ERROR_NOT_ENOUGH_MEMORY)                          \
    X(DuplicateHandle,       ERROR_ACCESS_DENIED, ERROR_INVALID_HANDLE,        \
                             ERROR_NOT_ENOUGH_MEMORY)                          \
    X(FlsAlloc,              ERROR_NOT_ENOUGH_MEMORY)                          \
    X(FlsSetValue,           ERROR_NOT_ENOUGH_MEMORY)                          \
    X(GetExitCodeProcess,    ERROR_ACCESS_DENIED, ERROR_INVALID_HANDLE)        \
    X(GetFileInformationByHandleEx,                                            \
                             ERROR_INVALID_HANDLE, ERROR_NOT_SUPPORTED)        \
    X(GetHandleInformation,  ERROR_INVALID_HANDLE)                             \
    X(GetProcessAffinityMask,                                                  \
                             ERROR_INVALID_HANDLE)                             \
    X(MultiByteToWideChar,   ERROR_INVALID_PARAMETER,                          \
                             ERROR_NO_UNICODE_TRANSLATION)                     \
    X(NtCreateFile,          STATUS_ACCESS_DENIED,                             \
                             STATUS_INSUFFICIENT_RESOURCES,                    \
                             STATUS_INVALID_PARAMETER, STATUS_NO_MEMORY,       \
                             STATUS_OBJECT_NAME_NOT_FOUND,                     \
                             STATUS_OBJECT_PATH_NOT_FOUND,                     \
                             STATUS_QUOTA_EXCEEDED,                            \
                             STATUS_TOO_MANY_OPENED_FILES)                     \
    X(NtDeviceIoControlFile,                                                   \
                             STATUS_ACCESS_DENIED,                             \
                             STATUS_INSUFFICIENT_RESOURCES,                    \
                             STATUS_INVALID_DEVICE_REQUEST,                    \
                             STATUS_INVALID_PARAMETER, STATUS_NO_MEMORY,       \
                             STATUS_QUOTA_EXCEEDED)                            \
    X(NtRemoveIoCompletionEx,                                                  \
                             STATUS_ACCESS_DENIED, STATUS_CANCELLED,           \
                             STATUS_INVALID_HANDLE, STATUS_INVALID_PARAMETER,  \
                             STATUS_NO_MEMORY, STATUS_TIMEOUT, FAULT_SHORT)    \
    X(PostQueuedCompletionStatus,                                              \
                             ERROR_INVALID_HANDLE, ERROR_NOT_ENOUGH_MEMORY,    \
                             ERROR_NO_SYSTEM_RESOURCES)                        \
    X(RegisterWaitForSingleObject,                                             \
                             ERROR_INVALID_HANDLE, ERROR_NOT_ENOUGH_MEMORY)    \
    X(SetConsoleCtrlHandler,                                                   \
                             ERROR_INVALID_PARAMETER, ERROR_NOT_ENOUGH_MEMORY) \
    X(SetHandleInformation,  ERROR_INVALID_HANDLE)                             \
    X(SetThreadGroupAffinity,                                                  \
                             ERROR_INVALID_PARAMETER)                          \
    X(WSACleanup,            WSAEINPROGRESS, WSAENETDOWN, WSANOTINITIALISED)   \
    X(WSAIoctl,              WSAEFAULT, WSAEINPROGRESS, WSAEINVAL,             \
                             WSAENETDOWN, WSAENOTSOCK, WSAEOPNOTSUPP)          \
    X(WSASend,               WSAECONNRESET, WSAENETDOWN, WSAENOBUFS,           \
                             WSAENOTCONN, WSAESHUTDOWN, WSAEWOULDBLOCK,        \
                             FAULT_SHORT)                                      \
    X(WSASocketW,            WSAEAFNOSUPPORT, WSAEINVAL, WSAEMFILE,            \
                             WSAENETDOWN, WSAENOBUFS)                          \
    X(WSAStartup,            WSAEFAULT, WSAEINPROGRESS, WSAEPROCLIM,           \
                             WSASYSNOTREADY, WSAVERNOTSUPPORTED)               \
    X(_beginthreadex,        EACCES, EAGAIN)                                   \
    X(accept,                WSAECONNRESET, WSAEMFILE, WSAENETDOWN,            \
                             WSAENOBUFS, WSAEWOULDBLOCK)                       \
    X(bind,                  WSAEACCES, WSAEADDRINUSE, WSAEADDRNOTAVAIL,       \
                             WSAENETDOWN, WSAENOBUFS)                          \
    X(closesocket,           WSAENETDOWN, WSAENOTSOCK)                         \
    X(connect,               WSAEADDRNOTAVAIL, WSAECONNREFUSED,                \
                             WSAENETUNREACH, WSAENOBUFS, WSAETIMEDOUT)         \
    X(getaddrinfo,           WSAHOST_NOT_FOUND, WSANO_RECOVERY, WSATRY_AGAIN,  \
                             WSA_NOT_ENOUGH_MEMORY)                            \
    X(getpeername,           WSAEFAULT, WSAEINPROGRESS, WSAENETDOWN,           \
                             WSAENOTCONN, WSAENOTSOCK, WSANOTINITIALISED)      \
    X(getsockname,           WSAEFAULT, WSAEINPROGRESS, WSAEINVAL,             \
                             WSAENETDOWN, WSAENOTSOCK, WSANOTINITIALISED)      \
    X(getsockopt,            WSAEFAULT, WSAEINPROGRESS, WSAEINVAL,             \
                             WSAENETDOWN, WSAENOPROTOOPT, WSAENOTSOCK,         \
                             WSANOTINITIALISED)                                \
    X(ioctlsocket,           WSAEFAULT, WSAENETDOWN, WSAENOTSOCK)              \
    X(listen,                WSAEADDRINUSE, WSAEMFILE, WSAENETDOWN,            \
                             WSAENOBUFS)                                       \
    X(recv,                  WSAECONNABORTED, WSAECONNRESET, WSAENETDOWN,      \
                             WSAETIMEDOUT, WSAEWOULDBLOCK, FAULT_SHORT)        \
    X(recvfrom,              WSAECONNRESET, WSAENETDOWN, WSAENOBUFS,           \
                             WSAEWOULDBLOCK)                                   \
    X(send,                  WSAECONNRESET, WSAENETDOWN, WSAENOBUFS,           \
                             WSAENOTCONN, WSAESHUTDOWN, WSAEWOULDBLOCK,        \
                             FAULT_SHORT)                                      \
    X(sendto,                WSAEACCES, WSAECONNRESET, WSAEMSGSIZE,            \
                             WSAENETDOWN, WSAENOBUFS, WSAEWOULDBLOCK)          \
    X(setsockopt,            WSAEFAULT, WSAEINVAL, WSAENETDOWN,                \
                             WSAENOPROTOOPT)                                   \
    X(shutdown,              WSAEINVAL, WSAENETDOWN)

/* What the library has to make of each. */
#define FAULT_ANSWERS(X)                                                       \
    X(ENOMEM, /* the allocator's */  ENOMEM)                                   \
    X(EACCES, /* of a thread */      ENOMEM)                                   \
    X(EAGAIN,                        EAGAIN)                                   \
    X(ERROR_ACCESS_DENIED,           EPERM)                                    \
    X(ERROR_FILE_NOT_FOUND,          ENOENT)                                   \
    X(ERROR_INVALID_HANDLE,          EBADF)                                    \
    X(ERROR_INVALID_PARAMETER,       EINVAL)                                   \
    X(ERROR_NOT_ENOUGH_MEMORY,       ENOMEM)                                   \
    X(ERROR_NOT_SUPPORTED,           ENOTSUP)                                  \
    X(ERROR_NO_SYSTEM_RESOURCES,     ENOMEM)                                   \
    X(ERROR_NO_UNICODE_TRANSLATION,  EINVAL)                                   \
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
    X(WSAEACCES,                     EACCES)                                   \
    X(WSAEADDRINUSE,                 EADDRINUSE)                               \
    X(WSAEADDRNOTAVAIL,              EADDRNOTAVAIL)                            \
    X(WSAEAFNOSUPPORT,               EAFNOSUPPORT)                             \
    X(WSAECONNABORTED,               ECONNABORTED)                             \
    X(WSAECONNREFUSED,               ECONNREFUSED)                             \
    X(WSAECONNRESET,                 ECONNRESET)                               \
    X(WSAEFAULT,                     EFAULT)                                   \
    X(WSAEINPROGRESS,                EINPROGRESS)                              \
    X(WSAEINVAL,                     EINVAL)                                   \
    X(WSAEMFILE,                     EMFILE)                                   \
    X(WSAEMSGSIZE,                   EMSGSIZE)                                 \
    X(WSAENETDOWN,                   ENETDOWN)                                 \
    X(WSAENETUNREACH,                ENETUNREACH)                              \
    X(WSAENOBUFS,                    ENOBUFS)                                  \
    X(WSAENOPROTOOPT,                ENOPROTOOPT)                              \
    X(WSAENOTCONN,                   ENOTCONN)                                 \
    X(WSAENOTSOCK,                   ENOTSOCK)                                 \
    X(WSAEOPNOTSUPP,                 ENOTSUP)                                  \
    X(WSAEPROCLIM,                   EMFILE)                                   \
    X(WSAESHUTDOWN,                  EPIPE)                                    \
    X(WSAETIMEDOUT,                  ETIMEDOUT)                                \
    X(WSAEWOULDBLOCK,                EAGAIN)                                   \
    X(WSAHOST_NOT_FOUND,             ENOENT)                                   \
    X(WSANOTINITIALISED,             EINVAL)                                   \
    X(WSANO_RECOVERY,                EIO)                                      \
    X(WSASYSNOTREADY,                ENETDOWN)                                 \
    X(WSATRY_AGAIN,                  EAGAIN)                                   \
    X(WSAVERNOTSUPPORTED,            ENOSYS)
/* clang-format on */

#endif /* SUPPORT_WINDOWS_FAULT_CALLS_H */
