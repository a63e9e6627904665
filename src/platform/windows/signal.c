/* SPDX-License-Identifier: MIT */
/*
 * The console's events, which the system tells on a thread that it starts for
 * each. That may wait, so a lock does for the list of ports.
 */
#include "platform/platform.h"

#include "platform/windows/windows_error.h"

#include <windows.h>

#include <errno.h>
#include <signal.h>

/* 0 is no signal. */
const int ri_signal_numbers = NSIG;
const int ri_child_signal = 0;

/* Under the process lock. */
static struct ri_signal_port *_Atomic ports;
static unsigned users[NSIG];

/*
 * The console calls its handlers with a lock of its own held, which it also
 * takes to change the list of them, and a handler takes the process lock: so
 * nothing is changed there under that one. A handler that sleeps, while the
 * process is made to end, would keep out who takes ours off the list: so it
 * stays, and is only moved to the front when a first watch starts again.
 */
static struct ri_mutex install_lock; /* as SRWLOCK_INIT: NULL */
static bool is_installed;
static unsigned watches; /* of all signals; like the former under that lock */
static _Atomic bool is_ending;

/* ---- The handler ---- */

static int number_of(DWORD event)
{
    switch (event) {
    case CTRL_C_EVENT:
        return SIGINT;
    case CTRL_BREAK_EVENT:
        return SIGBREAK;
    case CTRL_CLOSE_EVENT:
    case CTRL_LOGOFF_EVENT:
    case CTRL_SHUTDOWN_EVENT:
        return SIGTERM;
    default:
        return 0;
    }
}

/* False if nobody watches it. */
static bool tell(int number)
{
    struct ri_signal_port *port;
    bool is_watched;

    ri_process_lock();
    is_watched = users[number] > 0;
    for (port = ports; is_watched && port != NULL; port = port->next)
        port->arrived(port, number);
    ri_process_unlock();
    return is_watched;
}

/*
 * When the handler has returned from one of the three that mean SIGTERM, the
 * system ends the process; it does so too after some seconds.
 */
static BOOL WINAPI on_event(DWORD event)
{
    int number = number_of(event);

    if (number == SIGTERM)
        is_ending = true;
    if (!tell(number))
        return FALSE;
    if (number == SIGTERM)
        Sleep(INFINITE);
    return TRUE;
}

/* ---- Ports ---- */

void ri_signal_port_add(struct ri_signal_port *port)
{
    ri_process_lock();
    port->next = ports;
    ports = port;
    ri_process_unlock();
}

void ri_signal_port_remove(struct ri_signal_port *port)
{
    struct ri_signal_port *_Atomic *link = &ports;

    ri_process_lock();
    while (*link != port)
        link = &(*link)->next;
    *link = port->next;
    ri_process_unlock();
}

/* ---- What is watched ---- */

int ri_signal_check(int number)
{
    return number == SIGINT || number == SIGBREAK || number == SIGTERM
               ? 0
               : -EINVAL;
}

/* What was added last is called first. */
static int move_to_front(void)
{
    if (is_ending)
        return 0;
    if (is_installed)
        (void)SetConsoleCtrlHandler(on_event, FALSE);
    is_installed = SetConsoleCtrlHandler(on_event, TRUE);
    return is_installed ? 0 : ri_error_of_windows(GetLastError());
}

static void count_users(int number, int change)
{
    ri_process_lock();
    users[number] += (unsigned)change;
    ri_process_unlock();
}

int ri_signal_watch(int number)
{
    int error = 0;

    ri_mutex_lock(&install_lock);
    if (watches == 0)
        error = move_to_front();
    if (error == 0) {
        watches++;
        count_users(number, 1);
    }
    ri_mutex_unlock(&install_lock);
    return error;
}

/* While nobody watches, the handler leaves the event to the next one. */
void ri_signal_unwatch(int number)
{
    ri_mutex_lock(&install_lock);
    watches--;
    count_users(number, -1);
    ri_mutex_unlock(&install_lock);
}
