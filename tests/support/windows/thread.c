/* SPDX-License-Identifier: MIT */
#include "support/thread.h"

#include "support/claim.h"

#include <windows.h>

#include <process.h>
#include <stdlib.h>
#include <string.h>

#define SMALL_STACK_BYTES 65536

struct thread {
    HANDLE native;
    int (*run)(void *context);
    void *context;
    int result;
};

static unsigned __stdcall run(void *argument)
{
    struct thread *thread = argument;

    thread->result = thread->run(thread->context);
    return 0;
}

static struct thread *start(int (*function)(void *), void *context,
                            unsigned stack_bytes)
{
    struct thread *thread = malloc(sizeof(*thread));

    assert_non_null(thread);
    thread->run = function;
    thread->context = context;
    thread->native =
        (HANDLE)_beginthreadex(NULL, stack_bytes, run, thread,
                               STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    assert_non_null(thread->native);
    return thread;
}

struct thread *thread_start(int (*function)(void *), void *context)
{
    return start(function, context, 0);
}

struct thread *thread_start_small(int (*function)(void *), void *context)
{
    return start(function, context, SMALL_STACK_BYTES);
}

int thread_join(struct thread *thread)
{
    int result;

    assert_int_equal(WaitForSingleObject(thread->native, INFINITE),
                     WAIT_OBJECT_0);
    CloseHandle(thread->native);
    result = thread->result;
    free(thread);
    return result;
}

void thread_yield(void)
{
    SwitchToThread();
}

/* GetThreadDescription(), of Windows 10 and later. */
typedef HRESULT WINAPI get_description_fn(HANDLE thread, PWSTR *text);

bool thread_name(char *out, size_t room)
{
    FARPROC found = GetProcAddress(GetModuleHandleW(L"kernel32.dll"),
                                   "GetThreadDescription");
    get_description_fn *get_description = NULL;
    PWSTR wide = NULL;
    int size;

    memcpy(&get_description, &found, sizeof(get_description));
    if (get_description == NULL ||
        FAILED(get_description(GetCurrentThread(), &wide)))
        return false;
    size =
        WideCharToMultiByte(CP_UTF8, 0, wide, -1, out, (int)room, NULL, NULL);
    LocalFree(wide);
    return size > 0;
}

/* Of the first group. */
size_t thread_processors(uint32_t *out, size_t room)
{
    GROUP_AFFINITY affinity;
    size_t count = 0;
    uint32_t i;

    if (!GetThreadGroupAffinity(GetCurrentThread(), &affinity) ||
        affinity.Group != 0)
        return 0;
    for (i = 0; i < 8 * sizeof(affinity.Mask); i++)
        if ((affinity.Mask >> i & 1) != 0 && count++ < room)
            out[count - 1] = i;
    return count;
}

/* In units of 100 ns. */
static int64_t value_of(FILETIME time)
{
    return (int64_t)time.dwHighDateTime << 32 | time.dwLowDateTime;
}

int64_t thread_cpu_ns(void)
{
    FILETIME begin, end, kernel, user;

    assert_true(
        GetThreadTimes(GetCurrentThread(), &begin, &end, &kernel, &user));
    return (value_of(kernel) + value_of(user)) * 100;
}

/* Rounded down, as the library does it: the two are compared. */
int64_t monotonic_ns(void)
{
    LARGE_INTEGER frequency, now;

    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&now);
    return now.QuadPart / frequency.QuadPart * 1000000000 +
           now.QuadPart % frequency.QuadPart * 1000000000 / frequency.QuadPart;
}
