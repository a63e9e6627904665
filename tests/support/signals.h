/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_SIGNALS_H
#define SUPPORT_SIGNALS_H

/* Handles a signal, without restarting system calls. */
void signal_handle(int number, void (*handler)(int number));
void signal_default(int number);

/* SIGALRM to this process over and over, from now on. */
void alarm_storm_start(long interval_us, void (*handler)(int number));
void alarm_storm_stop(void);

#endif /* SUPPORT_SIGNALS_H */
