/* SPDX-License-Identifier: MIT */
#define WIN32_NO_STATUS
#include "backend/afd.h"

#include "platform/windows/windows_error.h"

#include <errno.h>
#include <stddef.h>
#include <winsock2.h>

#include <mswsock.h>
#include <winternl.h>
#undef WIN32_NO_STATUS
#include <ntstatus.h>

#define IOCTL_AFD_POLL 0x00012024

_Static_assert(sizeof(struct ri_afd_status) == sizeof(IO_STATUS_BLOCK) &&
                   offsetof(struct ri_afd_status, information) ==
                       offsetof(IO_STATUS_BLOCK, Information),
               "a status is an IO_STATUS_BLOCK");
_Static_assert(sizeof(struct ri_afd_poll_info) == 24 + sizeof(void *),
               "without padding of our own");

/* ---- Translation ---- */

uint32_t ri_afd_events_of(uint32_t interest)
{
    uint32_t events = RI_AFD_LOCAL_CLOSE;

    if (interest & RI_INTEREST_READINESS)
        events |= RI_AFD_ABORT | RI_AFD_CONNECT_FAIL;
    if (interest & REACTOR_READABLE)
        events |= RI_AFD_RECEIVE | RI_AFD_ACCEPT | RI_AFD_DISCONNECT;
    if (interest & REACTOR_WRITABLE)
        events |= RI_AFD_SEND;
    if (interest & REACTOR_PRIORITY)
        events |= RI_AFD_RECEIVE_EXPEDITED;
    return events;
}

uint32_t ri_afd_readiness_of(uint32_t events, uint32_t interest)
{
    uint32_t readiness = 0;

    if (events & (RI_AFD_RECEIVE | RI_AFD_ACCEPT))
        readiness |= REACTOR_READABLE;
    if (events & RI_AFD_SEND)
        readiness |= REACTOR_WRITABLE;
    if (events & RI_AFD_RECEIVE_EXPEDITED)
        readiness |= REACTOR_PRIORITY;
    if (events & RI_AFD_DISCONNECT)
        readiness |= REACTOR_READ_CLOSED;
    if (events & RI_AFD_ABORT)
        readiness |= REACTOR_READ_CLOSED | REACTOR_WRITE_CLOSED;
    if (events & RI_AFD_CONNECT_FAIL)
        readiness |= REACTOR_ERROR;
    return ri_readiness_complete(readiness, interest);
}

/* ---- Sockets and handles ---- */

/* More than anybody has; providers that answer in a circle have no end. */
#define LAYERS_MAX 64

static int ask_provider(uintptr_t socket, DWORD question, uintptr_t *answer)
{
    SOCKET found;
    DWORD size;

    if (WSAIoctl(socket, question, NULL, 0, &found, sizeof(found), &size, NULL,
                 NULL) != 0)
        return ri_error_of_windows((uint32_t)WSAGetLastError());
    *answer = found;
    return 0;
}

int ri_afd_resolve(reactor_handle handle, uintptr_t *base)
{
    uintptr_t socket = handle;
    int error = ask_provider(socket, SIO_BASE_HANDLE, base);
    int layer;

    for (layer = 0; error != 0 && layer < LAYERS_MAX; layer++) {
        if (ask_provider(socket, SIO_BSP_HANDLE_POLL, &socket) != 0)
            break;
        error = ask_provider(socket, SIO_BASE_HANDLE, base);
    }
    return error;
}

int ri_afd_open_helper(void *port, void **helper)
{
    static wchar_t device[] = L"\\Device\\Afd\\libreactor";
    UNICODE_STRING name = {.Length = sizeof(device) - sizeof(device[0]),
                           .MaximumLength = sizeof(device),
                           .Buffer = device};
    OBJECT_ATTRIBUTES attributes = {.Length = sizeof(attributes),
                                    .ObjectName = &name};
    IO_STATUS_BLOCK status;
    HANDLE opened;
    NTSTATUS result;

    result =
        NtCreateFile(&opened, SYNCHRONIZE, &attributes, &status, NULL, 0,
                     FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_OPEN, 0, NULL, 0);
    if (!NT_SUCCESS(result))
        return ri_error_of_status(result);
    if (CreateIoCompletionPort(opened, port, 0, 0) == NULL) {
        int error = ri_error_of_windows(GetLastError());

        CloseHandle(opened);
        return error;
    }
    *helper = opened;
    return 0;
}

/* ---- Polls ---- */

int ri_afd_send_poll(struct ri_source *source)
{
    struct ri_backend_source *own = &source->backend;
    NTSTATUS result;

    own->status.code = STATUS_PENDING;
    own->info = (struct ri_afd_poll_info){
        .timeout = INT64_MAX,
        .count = 1,
        .socket = own->socket,
        .events = own->wanted,
    };
    result = NtDeviceIoControlFile(
        own->helper, NULL, NULL, source, (IO_STATUS_BLOCK *)(void *)own,
        IOCTL_AFD_POLL, &own->info, sizeof(own->info), &own->info,
        sizeof(own->info));
    if (!NT_SUCCESS(result))
        return result == STATUS_OBJECT_TYPE_MISMATCH
                   ? -EBADF
                   : ri_error_of_status(result);
    own->asked = own->wanted;
    return 0;
}

int ri_afd_cancel_poll(struct ri_source *source)
{
    struct ri_backend_source *own = &source->backend;

    if (CancelIoEx(own->helper, (OVERLAPPED *)(void *)&own->status) ||
        GetLastError() == ERROR_NOT_FOUND) /* it has ended */
        return 0;
    return ri_error_of_windows(GetLastError());
}

bool ri_afd_has_told_close(struct ri_source *source)
{
    struct ri_backend_source *own = &source->backend;
    volatile int32_t *code = &own->status.code;
    bool has_succeeded = *code != STATUS_PENDING && NT_SUCCESS(*code);

    atomic_thread_fence(memory_order_acquire);
    return has_succeeded && (own->info.events & RI_AFD_LOCAL_CLOSE) != 0;
}
