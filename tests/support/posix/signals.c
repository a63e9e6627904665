/* SPDX-License-Identifier: MIT */
#include "support/signals.h"

#include "support/claim.h"

#include <signal.h>
#include <sys/time.h>

void signal_handle(int number, void (*handler)(int number))
{
    struct sigaction action = {.sa_handler = handler};

    sigemptyset(&action.sa_mask);
    assert_ok(sigaction(number, &action, NULL));
}

void signal_default(int number)
{
    signal_handle(number, SIG_DFL);
}

static void set_alarm(long interval_us)
{
    struct timeval interval = {.tv_usec = (suseconds_t)interval_us};
    struct itimerval timer = {interval, interval};

    assert_ok(setitimer(ITIMER_REAL, &timer, NULL));
}

void alarm_storm_start(long interval_us, void (*handler)(int number))
{
    signal_handle(SIGALRM, handler);
    set_alarm(interval_us);
}

/* The disposition stays: an alarm may be on its way. */
void alarm_storm_stop(void)
{
    set_alarm(0);
}
