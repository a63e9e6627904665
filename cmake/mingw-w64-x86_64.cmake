# SPDX-License-Identifier: MIT
#
# Builds for 64-bit Windows with Debian's gcc-mingw-w64-x86-64-win32, and runs
# what was built under Wine where there is one:
#
#     cmake -S . -B build/windows --toolchain cmake/mingw-w64-x86_64.cmake

set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)

# The thread model "win32": programs of the other one, "posix", need a library
# for threads beside them, and the two do not link with each other.
set(triplet x86_64-w64-mingw32)
set(CMAKE_C_COMPILER ${triplet}-gcc-win32)
set(CMAKE_CXX_COMPILER ${triplet}-g++-win32)
set(CMAKE_RC_COMPILER ${triplet}-windres)

# -DCMAKE_FIND_ROOT_PATH=... names more places that have libraries for Windows.
list(APPEND CMAKE_FIND_ROOT_PATH /usr/${triplet})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)

# Since 3.29 CMake has an own word for what starts tests; the older one still
# means all that runs while building.
find_program(LIBREACTOR_WINE NAMES wine64 wine PATHS /usr/lib/wine)
mark_as_advanced(LIBREACTOR_WINE)
if(LIBREACTOR_WINE)
  set(CMAKE_CROSSCOMPILING_EMULATOR ${LIBREACTOR_WINE})
endif()
