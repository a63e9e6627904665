/* SPDX-License-Identifier: MIT */
#include "platform/socket.h"

#include "platform/windows/windows_error.h"

#include <errno.h>
#include <winsock2.h>

/*
 * WSARecvFrom(): a reset is an "unreachable" that an earlier datagram has met,
 * and WSAENETRESET that its time to live was over.
 */
static int error_of_datagram(reactor_handle handle)
{
    switch (WSAGetLastError()) {
    case WSAECONNRESET:
        return -ECONNREFUSED;
    case WSAENETRESET:
        return -EHOSTUNREACH;
    default:
        return ri_error_of_socket(handle);
    }
}

/* WSAEMSGSIZE: what there was room for has been received. */
static int receive_one(reactor_handle handle, struct ri_message *message)
{
    int length = (int)message->name_size;
    int size = recvfrom(handle, message->bytes, (int)message->size, 0,
                        message->name, &length);

    message->is_truncated = false;
    if (size < 0) {
        int error = error_of_datagram(handle);

        if (error != -EMSGSIZE)
            return error;
        message->is_truncated = true;
        size = (int)message->size;
    }
    message->size = (size_t)size;
    message->name_size =
        length <= (int)sizeof(ADDRESS_FAMILY) ? 0 : (uint32_t)length;
    return 0;
}

int ri_messages_receive(reactor_handle handle, struct ri_message *messages,
                        int count, int *behind)
{
    int i;

    *behind = 0;
    for (i = 0; i < count; i++) {
        int error = receive_one(handle, &messages[i]);

        if (error != 0 && i == 0)
            return error;
        if (error != 0) {
            *behind = error != -EAGAIN ? error : 0;
            return i;
        }
    }
    return count;
}

int ri_messages_send(reactor_handle handle, const struct ri_message *messages,
                     int count)
{
    int i;

    for (i = 0; i < count; i++) {
        const struct ri_message *message = &messages[i];
        int sent = sendto(handle, message->bytes, (int)message->size, 0,
                          message->name, (int)message->name_size);

        if (sent < 0)
            return i > 0 ? i : error_of_datagram(handle);
    }
    return count;
}

int ri_message_error(reactor_handle handle, void *name, uint32_t *size)
{
    (void)handle;
    (void)name;
    *size = 0;
    return 0;
}
