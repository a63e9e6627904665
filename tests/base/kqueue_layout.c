/* SPDX-License-Identifier: MIT */
/*
 * What <sys/event.h> says on each system, as the kqueue backend takes it to be:
 * it compiles, or it does not. With the headers of tests/support/kqueue these
 * are held to it, and on the systems it is held to theirs. The numbers are of
 *
 *     FreeBSD 12 to 14, NetBSD 9 and 10, OpenBSD 6.2 to 7, DragonFly 6,
 *     macOS 10.12 to 15 (xnu 11417).
 */
#include <sys/types.h>

#include <sys/event.h>
#include <sys/time.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __NetBSD__
#include <sys/param.h>
#endif

#if defined(__FreeBSD__) || defined(KQUEUE_SHIM_FREEBSD)
#define IS_FREEBSD 1
#elif defined(__APPLE__) || defined(KQUEUE_SHIM_MACOS)
#define IS_MACOS 1
#elif defined(__OpenBSD__) || defined(KQUEUE_SHIM_OPENBSD)
#define IS_OPENBSD 1
#elif defined(__DragonFly__) || defined(KQUEUE_SHIM_DRAGONFLY)
#define IS_DRAGONFLY 1
#elif defined(KQUEUE_SHIM_NETBSD9)
#define IS_NETBSD       1
#define UDATA_IS_NUMBER 1
#elif defined(KQUEUE_SHIM_NETBSD10)
#define IS_NETBSD 1
#elif defined(__NetBSD__)
#define IS_NETBSD 1
#if __NetBSD_Version__ < 999001500
#define UDATA_IS_NUMBER 1
#endif
#else
#error "whose kqueue is this?"
#endif

#define HAS_TYPE(member, type)                                                 \
    _Generic(((struct kevent *)NULL)->member, type : 1, default : 0)
#define ASSERT_TYPE(member, type)                                              \
    _Static_assert(HAS_TYPE(member, type), #member " is no " #type)
#define ASSERT_VALUE(name, value) _Static_assert((name) == (value), #name)
#define ASSERT_PLACE(member, place)                                            \
    _Static_assert(sizeof(void *) != 8 ||                                      \
                       offsetof(struct kevent, member) == (place),             \
                   #member " is elsewhere")
#define ASSERT_SIZE(size)                                                      \
    _Static_assert(sizeof(void *) != 8 || sizeof(struct kevent) == (size),     \
                   "struct kevent has another size")

/* ---- What kqueue.c relies on everywhere ---- */

_Static_assert(sizeof(((struct kevent *)NULL)->ident) >= sizeof(int), "ident");
_Static_assert(sizeof(((struct kevent *)NULL)->udata) == sizeof(void *),
               "udata can hold a pointer");
_Static_assert(sizeof(((struct kevent *)NULL)->data) >= sizeof(int),
               "data can hold an error");
_Static_assert((EVFILT_READ) != (EVFILT_WRITE), "filters are distinct");
#ifdef EVFILT_USER
_Static_assert((EVFILT_USER) != (EVFILT_READ) &&
                   (EVFILT_USER) != (EVFILT_WRITE),
               "filters are distinct");
#endif
#ifdef EVFILT_EXCEPT
_Static_assert((EVFILT_EXCEPT) != (EVFILT_READ) &&
                   (EVFILT_EXCEPT) != (EVFILT_WRITE),
               "filters are distinct");
#ifdef EVFILT_USER
_Static_assert((EVFILT_EXCEPT) != (EVFILT_USER), "filters are distinct");
#endif
#endif

ASSERT_VALUE(EV_ADD, 0x0001);
ASSERT_VALUE(EV_DELETE, 0x0002);
ASSERT_VALUE(EV_ENABLE, 0x0004);
ASSERT_VALUE(EV_DISABLE, 0x0008);
ASSERT_VALUE(EV_ONESHOT, 0x0010);
ASSERT_VALUE(EV_CLEAR, 0x0020);
ASSERT_VALUE(EV_ERROR, 0x4000);
ASSERT_VALUE(EV_EOF, 0x8000);
ASSERT_VALUE(NOTE_LOWAT, 0x0001);
#ifdef EV_RECEIPT
ASSERT_VALUE(EV_RECEIPT, 0x0040);
ASSERT_VALUE(EV_DISPATCH, 0x0080);
#endif
#ifdef EVFILT_USER
ASSERT_VALUE(NOTE_FFNOP, 0);
ASSERT_VALUE(NOTE_TRIGGER, 0x01000000);
#endif

/* ---- Members ---- */

ASSERT_TYPE(ident, uintptr_t);
#ifdef UDATA_IS_NUMBER
ASSERT_TYPE(udata, intptr_t);
#else
ASSERT_TYPE(udata, void *);
#endif

ASSERT_PLACE(ident, 0);
ASSERT_PLACE(filter, 8);
#ifdef IS_NETBSD
ASSERT_TYPE(filter, uint32_t);
ASSERT_TYPE(flags, uint32_t);
ASSERT_TYPE(fflags, uint32_t);
ASSERT_TYPE(data, int64_t);
ASSERT_PLACE(flags, 12);
ASSERT_PLACE(fflags, 16);
ASSERT_PLACE(data, 24);
ASSERT_PLACE(udata, 32);
ASSERT_SIZE(40);
#else
#if defined(IS_MACOS)
ASSERT_TYPE(filter, int16_t);
ASSERT_TYPE(flags, uint16_t);
ASSERT_TYPE(fflags, uint32_t);
#else
ASSERT_TYPE(filter, short);
ASSERT_TYPE(flags, unsigned short);
ASSERT_TYPE(fflags, unsigned);
#endif
#if defined(IS_MACOS) || defined(IS_DRAGONFLY)
ASSERT_TYPE(data, intptr_t);
#else
_Static_assert(sizeof(((struct kevent *)NULL)->data) == 8, "data");
#endif
ASSERT_PLACE(flags, 10);
ASSERT_PLACE(fflags, 12);
ASSERT_PLACE(data, 16);
ASSERT_PLACE(udata, 24);
#ifdef IS_FREEBSD
ASSERT_PLACE(ext, 32);
ASSERT_SIZE(64);
#else
ASSERT_SIZE(32);
#endif
#endif

/* ---- Filters, and what else differs ---- */

#ifdef IS_NETBSD
ASSERT_VALUE(EVFILT_READ, 0);
ASSERT_VALUE(EVFILT_WRITE, 1);
#else
ASSERT_VALUE(EVFILT_READ, -1);
ASSERT_VALUE(EVFILT_WRITE, -2);
#endif

#if defined(IS_FREEBSD)
ASSERT_VALUE(EVFILT_USER, -11);
#elif defined(IS_MACOS)
ASSERT_VALUE(EVFILT_USER, -10);
#elif defined(IS_DRAGONFLY)
ASSERT_VALUE(EVFILT_USER, -9);
ASSERT_VALUE(EVFILT_EXCEPT, -8);
ASSERT_VALUE(NOTE_OOB, 2);
#elif defined(IS_OPENBSD)
#ifdef EVFILT_EXCEPT /* since 7.0 */
ASSERT_VALUE(EVFILT_EXCEPT, -9);
ASSERT_VALUE(NOTE_OOB, 4);
#endif
#ifdef EVFILT_USER
ASSERT_VALUE(EVFILT_USER, -10);
#endif
#elif defined(EVFILT_USER)
ASSERT_VALUE(EVFILT_USER, 8);
#endif

#if !defined(IS_NETBSD) && !defined(EV_RECEIPT)
#error "EV_RECEIPT is missing"
#endif
#if defined(EV_RECEIPT) != defined(EV_DISPATCH)
#error "one of EV_RECEIPT and EV_DISPATCH is missing"
#endif

int main(void)
{
    return 0;
}
