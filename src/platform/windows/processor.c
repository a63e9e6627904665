/* SPDX-License-Identifier: MIT */
#include "platform/platform.h"
#include "platform/windows/windows_error.h"

#include <windows.h>

#include <errno.h>
#include <string.h>

/* SetThreadDescription(), of Windows 10 and later. */
typedef HRESULT WINAPI set_description_fn(HANDLE thread, PCWSTR text);

static set_description_fn *find_set_description(void)
{
    HMODULE module = GetModuleHandleW(L"kernel32.dll");
    FARPROC found =
        module != NULL ? GetProcAddress(module, "SetThreadDescription") : NULL;
    set_description_fn *function = NULL;

    memcpy(&function, &found, sizeof(function));
    return function;
}

void ri_thread_set_name(const char *name)
{
    set_description_fn *set_description = find_set_description();
    WCHAR wide[64];

    if (set_description != NULL &&
        MultiByteToWideChar(CP_UTF8, 0, name, -1, wide,
                            sizeof(wide) / sizeof(wide[0])) > 0)
        (void)set_description(GetCurrentThread(), wide);
}

/* Processors are counted through the groups, which have up to 64 each. */
int ri_thread_pin(uint32_t processor)
{
    WORD group = 0, groups = GetActiveProcessorGroupCount();
    GROUP_AFFINITY affinity;

    while (group < groups && processor >= GetActiveProcessorCount(group))
        processor -= GetActiveProcessorCount(group++);
    if (group == groups)
        return -EINVAL;
    memset(&affinity, 0, sizeof(affinity));
    affinity.Group = group;
    affinity.Mask = (KAFFINITY)1 << processor;
    return SetThreadGroupAffinity(GetCurrentThread(), &affinity, NULL)
               ? 0
               : -EINVAL;
}

/* Those of the process; all, where there are several groups of them. */
static DWORD_PTR list_processors(void)
{
    DWORD_PTR mine = 0, all = 0;

    if (GetActiveProcessorGroupCount() > 1 ||
        !GetProcessAffinityMask(GetCurrentProcess(), &mine, &all))
        return 0;
    return mine;
}

static uint32_t count_bits(DWORD_PTR set)
{
    uint32_t count = 0;

    for (; set != 0; set &= set - 1)
        count++;
    return count;
}

uint32_t ri_processor_count(void)
{
    uint32_t count = count_bits(list_processors());

    if (count == 0)
        count = GetActiveProcessorCount(ALL_PROCESSOR_GROUPS);
    return count > 0 ? count : 1;
}

uint32_t ri_processor(uint32_t index)
{
    DWORD_PTR set = list_processors();
    uint32_t count = count_bits(set), processor = 0;

    if (count == 0)
        return index % ri_processor_count();
    index %= count;
    for (; (set & 1) == 0 || index-- > 0; set >>= 1)
        processor++;
    return processor;
}
