/* SPDX-License-Identifier: MIT */
#ifndef PLATFORM_POSIX_SIGNAL_HANDLERS_H
#define PLATFORM_POSIX_SIGNAL_HANDLERS_H

/* In a child of fork(): handlers on threads that it hasn't got are gone. */
void ri_signals_forget_handlers(void);

#endif /* PLATFORM_POSIX_SIGNAL_HANDLERS_H */
