/* SPDX-License-Identifier: MIT */
/*
 * Prints the version of a DLL as Windows reads it: the number, then the names
 * of the product, of its version, and of the file.
 */
#include <windows.h>

#include <stdio.h>

static int print_text(const void *resource, const char *name)
{
    char path[64];
    void *text;
    UINT size;

    snprintf(path, sizeof(path), "\\StringFileInfo\\040904B0\\%s", name);
    if (!VerQueryValueA(resource, path, &text, &size))
        return 1;
    puts(text);
    return 0;
}

int main(int argc, char **argv)
{
    static char resource[4096];
    VS_FIXEDFILEINFO *fixed;
    void *found;
    UINT size;

    if (argc != 2 ||
        !GetFileVersionInfoA(argv[1], 0, sizeof(resource), resource) ||
        !VerQueryValueA(resource, "\\", &found, &size))
        return 1;
    fixed = found;
    printf("%u.%u.%u.%u\n", HIWORD(fixed->dwFileVersionMS),
           LOWORD(fixed->dwFileVersionMS), HIWORD(fixed->dwFileVersionLS),
           LOWORD(fixed->dwFileVersionLS));
    return print_text(resource, "ProductName") ||
           print_text(resource, "ProductVersion") ||
           print_text(resource, "OriginalFilename");
}
