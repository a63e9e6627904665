/* SPDX-License-Identifier: MIT */
#include "platform/socket.h"

#include "platform/platform.h"
#include "platform/windows/windows_error.h"

#include <errno.h>
#include <winsock2.h>

/*
 * Sockets only: the driver waits for nothing else. Whether one is blocking
 * can't be asked, and so it is never made so again.
 */
int ri_stream_adopt(reactor_handle handle, struct ri_stream_traits *out)
{
    struct sockaddr_storage peer;
    int size = sizeof peer, type = 0, type_size = sizeof type;
    int error;

    if (getsockopt(handle, SOL_SOCKET, SO_TYPE, (char *)&type, &type_size) !=
        0) {
        error = ri_error_of_socket(handle);
        return error == -ENOTSOCK ? -EPERM : error;
    }
    if (type != SOCK_STREAM)
        return -EPERM;
    if (getpeername(handle, (struct sockaddr *)&peer, &size) != 0)
        return ri_error_of_socket(handle);
    error = ri_socket_make_ours(handle);
    if (error == 0)
        *out = (struct ri_stream_traits){
            .is_socket = true, .can_read = true, .can_write = true};
    return error;
}

void ri_stream_adopt_own(reactor_handle handle, struct ri_stream_traits *out)
{
    (void)handle;
    *out = (struct ri_stream_traits){
        .is_socket = true, .can_read = true, .can_write = true};
}

void ri_stream_give_back(reactor_handle handle,
                         const struct ri_stream_traits *traits)
{
    (void)handle;
    (void)traits;
}

static int length_of(size_t size)
{
    return (int)(size < RI_STREAM_SIZE_MAX ? size : RI_STREAM_SIZE_MAX);
}

ptrdiff_t ri_stream_read(reactor_handle handle, bool is_socket, void *bytes,
                         size_t size)
{
    int count = recv(handle, bytes, length_of(size), 0);

    (void)is_socket;
    return count >= 0 ? count : ri_error_of_socket(handle);
}

ptrdiff_t ri_stream_write(reactor_handle handle, bool is_socket,
                          const void *bytes, size_t size)
{
    int count = send(handle, bytes, length_of(size), 0);

    (void)is_socket;
    return count >= 0 ? count : ri_error_of_socket(handle);
}

/* const is lost: a WSABUF is for reading, too. */
static WSABUF buffer_of(const struct ri_piece *piece)
{
    union {
        const void *in;
        char *out;
    } place = {.in = piece->bytes};

    return (WSABUF){.len = (ULONG)length_of(piece->size), .buf = place.out};
}

ptrdiff_t ri_stream_write_pieces(reactor_handle handle, bool is_socket,
                                 const struct ri_piece *pieces, int count)
{
    WSABUF buffers[RI_PIECES_MAX];
    DWORD sent = 0;
    int i;

    (void)is_socket;
    for (i = 0; i < count; i++) {
        buffers[i] = buffer_of(&pieces[i]);
        if (buffers[i].len < pieces[i].size) { /* it comes to its end only */
            count = i + 1;
            break;
        }
    }
    if (WSASend(handle, buffers, (DWORD)count, &sent, 0, NULL, NULL) != 0)
        return ri_error_of_socket(handle);
    return (ptrdiff_t)sent;
}

int ri_stream_finish(reactor_handle handle)
{
    return shutdown(handle, SD_SEND) == 0 ? 0 : ri_error_of_socket(handle);
}
