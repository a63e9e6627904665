/* SPDX-License-Identifier: MIT */
#include "platform/socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#ifdef RI_HAVE_IP_RECVERR
#include <linux/errqueue.h>
#include <linux/types.h>
#endif

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

static int error_now(void)
{
    return errno == EWOULDBLOCK ? -EAGAIN : -errno;
}

static void describe(struct ri_message *message, struct iovec *vector,
                     struct msghdr *out)
{
    *vector =
        (struct iovec){.iov_base = message->bytes, .iov_len = message->size};
    memset(out, 0, sizeof(*out));
    out->msg_iov = vector;
    out->msg_iovlen = 1;
    out->msg_name = message->name;
    out->msg_namelen = message->name_size;
}

static void note(struct ri_message *message, const struct msghdr *header,
                 size_t size)
{
    message->size = size;
    message->name_size =
        header->msg_namelen > sizeof(sa_family_t) ? header->msg_namelen : 0;
    message->is_truncated = (header->msg_flags & MSG_TRUNC) != 0;
}

#ifdef RI_HAVE_RECVMMSG

/* recvmmsg(2): an error behind the first is told by the next call. */
int ri_messages_receive(reactor_handle handle, struct ri_message *messages,
                        int count, int *behind)
{
    struct mmsghdr headers[RI_MESSAGES_MAX];
    struct iovec vectors[RI_MESSAGES_MAX];
    int received, i;

    for (i = 0; i < count; i++)
        describe(&messages[i], &vectors[i], &headers[i].msg_hdr);
    *behind = 0;
    do
        received = recvmmsg(handle, headers, (unsigned)count, 0, NULL);
    while (received < 0 && errno == EINTR);
    for (i = 0; i < received; i++)
        note(&messages[i], &headers[i].msg_hdr, headers[i].msg_len);
    return received >= 0 ? received : error_now();
}

int ri_messages_send(reactor_handle handle, const struct ri_message *messages,
                     int count)
{
    struct mmsghdr headers[RI_MESSAGES_MAX];
    struct iovec vectors[RI_MESSAGES_MAX];
    int sent, i;

    for (i = 0; i < count; i++) {
        struct ri_message message = messages[i];

        describe(&message, &vectors[i], &headers[i].msg_hdr);
    }
    do
        sent = sendmmsg(handle, headers, (unsigned)count, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent >= 0 ? sent : error_now();
}

#else

static int receive_one(reactor_handle handle, struct ri_message *message)
{
    struct msghdr header;
    struct iovec vector;
    ssize_t size;

    describe(message, &vector, &header);
    do
        size = recvmsg(handle, &header, 0);
    while (size < 0 && errno == EINTR);
    if (size < 0)
        return error_now();
    note(message, &header, (size_t)size);
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

static int send_one(reactor_handle handle, struct ri_message message)
{
    struct msghdr header;
    struct iovec vector;
    ssize_t size;

    describe(&message, &vector, &header);
    do
        size = sendmsg(handle, &header, MSG_NOSIGNAL);
    while (size < 0 && errno == EINTR);
    return size < 0 ? error_now() : 0;
}

int ri_messages_send(reactor_handle handle, const struct ri_message *messages,
                     int count)
{
    int i;

    for (i = 0; i < count; i++) {
        int error = send_one(handle, messages[i]);

        if (error != 0)
            return i > 0 ? i : error;
    }
    return count;
}

#endif

/* ---- Errors ---- */

#ifdef RI_HAVE_IP_RECVERR

static int error_in(struct msghdr *header)
{
    struct cmsghdr *control;

    for (control = CMSG_FIRSTHDR(header); control != NULL;
         control = CMSG_NXTHDR(header, control)) {
        struct sock_extended_err error;
        bool is_one = (control->cmsg_level == IPPROTO_IP &&
                       control->cmsg_type == IP_RECVERR) ||
                      (control->cmsg_level == IPPROTO_IPV6 &&
                       control->cmsg_type == IPV6_RECVERR);

        if (!is_one)
            continue;
        memcpy(&error, CMSG_DATA(control), sizeof error);
        /* what the call that sent it has returned as well */
        if (error.ee_origin == SO_EE_ORIGIN_LOCAL)
            return 0;
        return -(int)error.ee_errno;
    }
    return -EIO;
}

/* ip(7): the datagram's own address is in msg_name. -EAGAIN: no error. */
static int take_error(reactor_handle handle, void *name, uint32_t *size)
{
    union {
        char bytes[512];
        struct cmsghdr align;
    } control;
    char byte;
    struct iovec vector = {.iov_base = &byte, .iov_len = sizeof byte};
    struct msghdr header = {.msg_name = name,
                            .msg_namelen = *size,
                            .msg_iov = &vector,
                            .msg_iovlen = 1,
                            .msg_control = control.bytes,
                            .msg_controllen = sizeof control.bytes};
    ssize_t result;

    do
        result = recvmsg(handle, &header, MSG_ERRQUEUE);
    while (result < 0 && errno == EINTR);
    if (result < 0)
        return -EAGAIN;
    *size = header.msg_namelen > sizeof(sa_family_t) ? header.msg_namelen : 0;
    return error_in(&header);
}

int ri_message_error(reactor_handle handle, void *name, uint32_t *size)
{
    uint32_t capacity = *size;
    int error;

    do {
        *size = capacity;
        error = take_error(handle, name, size);
    } while (error == 0);
    return error == -EAGAIN ? 0 : error;
}

#else

int ri_message_error(reactor_handle handle, void *name, uint32_t *size)
{
    (void)handle;
    (void)name;
    *size = 0;
    return 0;
}

#endif
