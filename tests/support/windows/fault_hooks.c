/* SPDX-License-Identifier: MIT */
/*
 * The linker sends what names f to __wrap_f, and makes f itself known as
 * __real_f: ld(1), --wrap. Those names are the linker's choice. A function that
 * is declared as imported is called through a pointer, __imp_f; one that is not
 * (those of the kernel) by its name.
 */
#include "support/fault.h"

#include "backend/iocp.h"
#include "support/windows/fault_balance.h"
#include "support/windows/fault_layers.h"
#include "support/windows/headers.h"

#include <mswsock.h>
#include <stdlib.h>
#include <ws2tcpip.h>

NTSTATUS NTAPI NtRemoveIoCompletionEx(HANDLE port, void *packets, ULONG room,
                                      ULONG *count, LARGE_INTEGER *timeout,
                                      BOOLEAN alertable);

/* ---- What fault.c asks of the system ---- */

/* There are no children. */
void *fault_share(size_t size)
{
    return calloc(1, size);
}

void fault_show(const char *text)
{
    OutputDebugStringA(text);
}

int fault_callers(void **frames, int room)
{
    return CaptureStackBackTrace(0, (ULONG)room, frames, NULL);
}

int fault_answer(int error)
{
    static const struct {
        int error;
        int answer;
    } answers[] = {
#define ANSWER(error, answer) {error, answer},
        FAULT_ANSWERS(ANSWER)
#undef ANSWER
    };
    size_t i;

    for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
        if (answers[i].error == error)
            return answers[i].answer;
    return -1; /* which nothing is */
}

enum fault_transfer fault_transfer_of(enum fault_call call)
{
    switch ((int)call) {
    case FAULT_recv:
        return FAULT_TRANSFER_IN;
    case FAULT_WSASend:
    case FAULT_send:
    case FAULT_sendto:
        return FAULT_TRANSFER_OUT;
    default:
        return FAULT_NO_TRANSFER;
    }
}

const int fault_passing_errors[] = {WSAEWOULDBLOCK};
const unsigned fault_passing_error_count = 1;

/* ---- What is owed to the system ---- */

static _Atomic int winsock_starts;
static _Atomic int polls;

int fault_winsock_starts(void)
{
    return atomic_load(&winsock_starts);
}

int fault_polls(void)
{
    return atomic_load(&polls);
}

/* ---- Layered providers ---- */

static const struct fault_layer *layers;
static size_t layer_count;

void fault_set_layers(const struct fault_layer *list, size_t count)
{
    layers = list;
    layer_count = count;
}

static const struct fault_layer *layer_of(SOCKET socket)
{
    size_t i;

    for (i = 0; i < layer_count; i++)
        if (layers[i].socket == socket)
            return &layers[i];
    return NULL;
}

/* NOLINTBEGIN(bugprone-reserved-identifier) */

/* ---- Functions that are imported ---- */

static BOOL fail(int error)
{
    SetLastError((DWORD)error);
    return FALSE;
}

static int fail_socket(int error)
{
    WSASetLastError(error);
    return SOCKET_ERROR;
}

#define IMPORT(type, call, parameters)                                         \
    extern type(WINAPI *__real___imp_##call) parameters;                       \
    extern type(WINAPI *__wrap___imp_##call) parameters;

#define EXPORT(call)                                                           \
    __typeof__(__real___imp_##call) __wrap___imp_##call = hook_##call;

#define HOOK(type, call, parameters, arguments, failure)                       \
    IMPORT(type, call, parameters)                                             \
    static type WINAPI hook_##call parameters                                  \
    {                                                                          \
        int error = fault_of(FAULT_##call);                                    \
                                                                               \
        return error != 0 ? failure : __real___imp_##call arguments;           \
    }                                                                          \
    EXPORT(call)

HOOK(HANDLE, CreateIoCompletionPort,
     (HANDLE file, HANDLE port, ULONG_PTR key, DWORD threads),
     (file, port, key, threads), (fail(error), NULL))
HOOK(DWORD, FlsAlloc, (PFLS_CALLBACK_FUNCTION at_end), (at_end),
     (fail(error), FLS_OUT_OF_INDEXES))
HOOK(BOOL, DuplicateHandle,
     (HANDLE from, HANDLE handle, HANDLE to, HANDLE *out, DWORD access,
      BOOL is_inherited, DWORD options),
     (from, handle, to, out, access, is_inherited, options), fail(error))
HOOK(BOOL, GetExitCodeProcess, (HANDLE process, DWORD *code), (process, code),
     fail(error))
HOOK(BOOL, RegisterWaitForSingleObject,
     (HANDLE * out, HANDLE object, WAITORTIMERCALLBACK function, void *context,
      ULONG milliseconds, ULONG flags),
     (out, object, function, context, milliseconds, flags), fail(error))
HOOK(BOOL, SetConsoleCtrlHandler, (PHANDLER_ROUTINE function, BOOL is_added),
     (function, is_added), fail(error))
HOOK(BOOL, GetHandleInformation, (HANDLE handle, DWORD *flags), (handle, flags),
     fail(error))
HOOK(BOOL, GetProcessAffinityMask,
     (HANDLE process, DWORD_PTR *mine, DWORD_PTR *all), (process, mine, all),
     fail(error))
HOOK(BOOL, SetThreadGroupAffinity,
     (HANDLE thread, const GROUP_AFFINITY *affinity, GROUP_AFFINITY *before),
     (thread, affinity, before), fail(error))
HOOK(BOOL, PostQueuedCompletionStatus,
     (HANDLE port, DWORD size, ULONG_PTR key, OVERLAPPED *operation),
     (port, size, key, operation), fail(error))
HOOK(int, getpeername, (SOCKET socket, struct sockaddr *out, int *size),
     (socket, out, size), fail_socket(error))
HOOK(int, getsockname, (SOCKET socket, struct sockaddr *out, int *size),
     (socket, out, size), fail_socket(error))
HOOK(int, getsockopt,
     (SOCKET socket, int level, int name, char *out, int *size),
     (socket, level, name, out, size), fail_socket(error))

#define PARAMETERS                                                             \
    (SOCKET socket, DWORD code, void *in, DWORD in_size, void *out,            \
     DWORD out_size, DWORD *size, WSAOVERLAPPED *operation,                    \
     LPWSAOVERLAPPED_COMPLETION_ROUTINE done)
IMPORT(int, WSAIoctl, PARAMETERS)
static int WINAPI hook_WSAIoctl PARAMETERS
{
    const struct fault_layer *layer = layer_of(socket);
    int error = fault_of(FAULT_WSAIoctl);

    if (error == 0 && layer != NULL && code == SIO_BASE_HANDLE)
        error = WSAEOPNOTSUPP;
    if (error != 0)
        return fail_socket(error);
    if (layer != NULL && code == SIO_BSP_HANDLE_POLL) {
        *(SOCKET *)out = layer->below;
        return 0;
    }
    return __real___imp_WSAIoctl(socket, code, in, in_size, out, out_size, size,
                                 operation, done);
}
EXPORT(WSAIoctl)
#undef PARAMETERS

/* Only what associates something needs memory. */
IMPORT(BOOL, FlsSetValue, (DWORD key, void *value))
static BOOL WINAPI hook_FlsSetValue(DWORD key, void *value)
{
    int error = value != NULL ? fault_of(FAULT_FlsSetValue) : 0;

    return error != 0 ? fail(error) : __real___imp_FlsSetValue(key, value);
}
EXPORT(FlsSetValue)

/* That it was not found means that it has just ended: so it is ended before. */
IMPORT(BOOL, CancelIoEx, (HANDLE helper, OVERLAPPED *operation))
static BOOL WINAPI hook_CancelIoEx(HANDLE helper, OVERLAPPED *operation)
{
    int error = fault_of(FAULT_CancelIoEx);
    BOOL result = TRUE;

    if (error == 0 || error == ERROR_NOT_FOUND)
        result = __real___imp_CancelIoEx(helper, operation);
    return error != 0 ? fail(error) : result;
}
EXPORT(CancelIoEx)

/* ---- Sockets ---- */

HOOK(SOCKET, WSASocketW,
     (int family, int type, int protocol, WSAPROTOCOL_INFOW *information,
      GROUP group, DWORD flags),
     (family, type, protocol, information, group, flags),
     (fail_socket(error), INVALID_SOCKET))
HOOK(SOCKET, accept, (SOCKET socket, struct sockaddr *out, int *size),
     (socket, out, size), (fail_socket(error), INVALID_SOCKET))
HOOK(int, bind, (SOCKET socket, const struct sockaddr *name, int size),
     (socket, name, size), fail_socket(error))
HOOK(int, connect, (SOCKET socket, const struct sockaddr *name, int size),
     (socket, name, size), fail_socket(error))
HOOK(int, ioctlsocket, (SOCKET socket, long command, u_long *argument),
     (socket, command, argument), fail_socket(error))
HOOK(int, listen, (SOCKET socket, int backlog), (socket, backlog),
     fail_socket(error))
HOOK(int, recvfrom,
     (SOCKET socket, char *bytes, int size, int flags, struct sockaddr *name,
      int *name_size),
     (socket, bytes, size, flags, name, name_size), fail_socket(error))
HOOK(int, sendto,
     (SOCKET socket, const char *bytes, int size, int flags,
      const struct sockaddr *name, int name_size),
     (socket, bytes, size, flags, name, name_size), fail_socket(error))
HOOK(int, setsockopt,
     (SOCKET socket, int level, int name, const char *value, int size),
     (socket, level, name, value, size), fail_socket(error))
HOOK(int, shutdown, (SOCKET socket, int how), (socket, how), fail_socket(error))
HOOK(BOOL, SetHandleInformation, (HANDLE handle, DWORD mask, DWORD flags),
     (handle, mask, flags), fail(error))

/* Short is a byte. */
IMPORT(int, recv, (SOCKET socket, char *bytes, int size, int flags))
static int WINAPI hook_recv(SOCKET socket, char *bytes, int size, int flags)
{
    int error = fault_of(FAULT_recv);

    if (error == FAULT_SHORT)
        return __real___imp_recv(socket, bytes, 1, flags);
    return error != 0 ? fail_socket(error)
                      : __real___imp_recv(socket, bytes, size, flags);
}
EXPORT(recv)

IMPORT(int, send, (SOCKET socket, const char *bytes, int size, int flags))
static int WINAPI hook_send(SOCKET socket, const char *bytes, int size,
                            int flags)
{
    int error = fault_of(FAULT_send);

    if (error == FAULT_SHORT)
        return __real___imp_send(socket, bytes, 1, flags);
    return error != 0 ? fail_socket(error)
                      : __real___imp_send(socket, bytes, size, flags);
}
EXPORT(send)

#define PARAMETERS                                                             \
    (SOCKET socket, WSABUF * pieces, DWORD count, DWORD * sent, DWORD flags,   \
     WSAOVERLAPPED * operation, LPWSAOVERLAPPED_COMPLETION_ROUTINE done)
IMPORT(int, WSASend, PARAMETERS)
static int WINAPI hook_WSASend PARAMETERS
{
    int error = fault_of(FAULT_WSASend);
    WSABUF byte;

    if (error != 0 && error != FAULT_SHORT)
        return fail_socket(error);
    if (error == FAULT_SHORT) {
        while (count > 1 && pieces->len == 0) {
            pieces++;
            count--;
        }
        byte = (WSABUF){.len = 1, .buf = pieces->buf};
        pieces = &byte;
        count = 1;
    }
    return __real___imp_WSASend(socket, pieces, count, sent, flags, operation,
                                done);
}
EXPORT(WSASend)
#undef PARAMETERS

IMPORT(int, closesocket, (SOCKET socket))
static int WINAPI hook_closesocket(SOCKET socket)
{
    int error = fault_of(FAULT_closesocket);
    int result = __real___imp_closesocket(socket);

    return error != 0 ? fail_socket(error) : result;
}
EXPORT(closesocket)

/* ---- Names ---- */

/*
 * It is called on a worker, and what that makes of the answer is done by the
 * library as well.
 */
#define PARAMETERS                                                             \
    (const char *host, const char *service, const struct addrinfo *hints,      \
     struct addrinfo **out)
IMPORT(int, getaddrinfo, PARAMETERS)
static int WINAPI hook_getaddrinfo PARAMETERS
{
    int error, result;

    fault_enter();
    error = fault_of(FAULT_getaddrinfo);
    fault_leave();
    if (error != 0)
        return error;
    result = __real___imp_getaddrinfo(host, service, hints, out);
    if (result == 0)
        fault_enter();
    return result;
}
EXPORT(getaddrinfo)
#undef PARAMETERS

IMPORT(void, freeaddrinfo, (struct addrinfo * list))
static void WINAPI hook_freeaddrinfo(struct addrinfo *list)
{
    fault_leave();
    __real___imp_freeaddrinfo(list);
}
EXPORT(freeaddrinfo)

/* ---- Paths ---- */

HOOK(HANDLE, CreateFileW,
     (const wchar_t *path, DWORD access, DWORD share,
      SECURITY_ATTRIBUTES *security, DWORD how, DWORD flags, HANDLE pattern),
     (path, access, share, security, how, flags, pattern),
     (fail(error), INVALID_HANDLE_VALUE))
HOOK(BOOL, DeleteFileW, (const wchar_t *path), (path), fail(error))
HOOK(BOOL, GetFileInformationByHandleEx,
     (HANDLE handle, FILE_INFO_BY_HANDLE_CLASS what, void *out, DWORD size),
     (handle, what, out, size), fail(error))
HOOK(int, MultiByteToWideChar,
     (UINT page, DWORD flags, const char *in, int in_size, wchar_t *out,
      int out_size),
     (page, flags, in, in_size, out, out_size), fail(error))

/* ---- Threads ---- */

static _Atomic int threads;

int fault_threads(void)
{
    return atomic_load(&threads);
}

struct thread_to_be {
    unsigned(__stdcall *function)(void *);
    void *argument;
};

static unsigned __stdcall run_thread(void *argument)
{
    struct thread_to_be thread = *(struct thread_to_be *)argument;
    unsigned result;

    free(argument);
    result = thread.function(thread.argument);
    atomic_fetch_sub(&threads, 1);
    return result;
}

#define PARAMETERS                                                             \
    (void *security, unsigned stack, unsigned(__stdcall * function)(void *),   \
     void *argument, unsigned flags, unsigned *id)
extern uintptr_t(__cdecl *__real___imp__beginthreadex) PARAMETERS;
extern uintptr_t(__cdecl *__wrap___imp__beginthreadex) PARAMETERS;
static uintptr_t __cdecl hook__beginthreadex PARAMETERS
{
    int error = fault_of(FAULT__beginthreadex);
    struct thread_to_be *thread;
    uintptr_t handle;

    if (!fault_is_inside())
        return __real___imp__beginthreadex(security, stack, function, argument,
                                           flags, id);
    thread = error == 0 ? malloc(sizeof(*thread)) : NULL;
    if (thread == NULL) {
        errno = error != 0 ? error : EAGAIN;
        return 0;
    }
    thread->function = function;
    thread->argument = argument;
    atomic_fetch_add(&threads, 1);
    handle = __real___imp__beginthreadex(security, stack, run_thread, thread,
                                         flags, id);
    if (handle == 0) {
        atomic_fetch_sub(&threads, 1);
        free(thread);
    }
    return handle;
}
EXPORT(_beginthreadex)
#undef PARAMETERS

/* ---- Handles ---- */

/* What is to be closed is closed all the same. */
IMPORT(BOOL, CloseHandle, (HANDLE handle))
static BOOL WINAPI hook_CloseHandle(HANDLE handle)
{
    int error = fault_of(FAULT_CloseHandle);
    BOOL result = __real___imp_CloseHandle(handle);

    return error != 0 ? fail(error) : result;
}
EXPORT(CloseHandle)

IMPORT(int, WSACleanup, (void))
static int WINAPI hook_WSACleanup(void)
{
    int error = fault_of(FAULT_WSACleanup);
    int result = __real___imp_WSACleanup();

    if (fault_is_inside() && result == 0)
        atomic_fetch_sub(&winsock_starts, 1);
    return error != 0 ? fail_socket(error) : result;
}
EXPORT(WSACleanup)

/* It returns the error's number. */
IMPORT(int, WSAStartup, (WORD version, WSADATA *out))
static int WINAPI hook_WSAStartup(WORD version, WSADATA *out)
{
    int error = fault_of(FAULT_WSAStartup);

    if (error == 0)
        error = __real___imp_WSAStartup(version, out);
    if (fault_is_inside() && error == 0)
        atomic_fetch_add(&winsock_starts, 1);
    return error;
}
EXPORT(WSAStartup)

/* ---- Functions of the kernel ---- */

#define DECLARE(call, parameters)                                              \
    NTSTATUS NTAPI __real_##call parameters;                                   \
    NTSTATUS NTAPI __wrap_##call parameters;                                   \
    NTSTATUS NTAPI __wrap_##call parameters

DECLARE(NtCreateFile,
        (HANDLE * out, ACCESS_MASK access, OBJECT_ATTRIBUTES *attributes,
         IO_STATUS_BLOCK *status, LARGE_INTEGER *size, ULONG kind, ULONG share,
         ULONG how, ULONG options, void *extra, ULONG extra_size))
{
    int error = fault_of(FAULT_NtCreateFile);

    return error != 0 ? error
                      : __real_NtCreateFile(out, access, attributes, status,
                                            size, kind, share, how, options,
                                            extra, extra_size);
}

DECLARE(NtDeviceIoControlFile,
        (HANDLE helper, HANDLE event, PIO_APC_ROUTINE routine, void *context,
         IO_STATUS_BLOCK *status, ULONG code, void *in, ULONG in_size,
         void *out, ULONG out_size))
{
    NTSTATUS result = fault_of(FAULT_NtDeviceIoControlFile);

    if (result == 0)
        result = __real_NtDeviceIoControlFile(helper, event, routine, context,
                                              status, code, in, in_size, out,
                                              out_size);
    if (NT_SUCCESS(result))
        atomic_fetch_add(&polls, 1);
    return result;
}

/* What a packet says, and what the poll's own memory says. */
static void refuse_first(struct ri_iocp_packet *packets, ULONG count,
                         NTSTATUS status)
{
    ULONG i;

    for (i = 0; i < count; i++)
        if (packets[i].source != NULL) {
            packets[i].source->backend.status.code = status;
            packets[i].status.code = status;
            return;
        }
}

/* Whether the call is made, if not as it should be. */
static bool is_made(int error)
{
    return error == 0 || error == FAULT_SHORT || error == FAULT_LATE ||
           error == STATUS_CANCELLED || error == STATUS_TIMEOUT;
}

/* Short is one packet. The time ends early, with what is there by then. */
DECLARE(NtRemoveIoCompletionEx,
        (HANDLE port, void *packets, ULONG room, ULONG *count,
         LARGE_INTEGER *timeout, BOOLEAN alertable))
{
    int error = fault_of(FAULT_NtRemoveIoCompletionEx);
    struct ri_iocp_packet *taken = packets;
    LARGE_INTEGER at_once = {.QuadPart = 0};
    NTSTATUS result;
    ULONG i;

    if (!is_made(error))
        return error;
    if (error == FAULT_SHORT)
        room = 1;
    if (error == STATUS_TIMEOUT)
        timeout = &at_once;
    result = __real_NtRemoveIoCompletionEx(port, packets, room, count, timeout,
                                           alertable);
    if (result != STATUS_SUCCESS)
        return result;
    for (i = 0; i < *count; i++)
        atomic_fetch_sub(&polls, taken[i].source != NULL);
    if (error == STATUS_CANCELLED)
        refuse_first(taken, *count, STATUS_CANCELLED);
    if (error == FAULT_LATE)
        refuse_first(taken, *count, STATUS_INSUFFICIENT_RESOURCES);
    return result;
}

/* NOLINTEND(bugprone-reserved-identifier) */
