# SPDX-License-Identifier: MIT
#
# Builds for macOS with zig 0.12, which has Apple's headers and a linker of its
# own. What was built cannot be run here.
#
#     cmake -S . -B build/macos --toolchain cmake/macos-zig.cmake \
#       -DLIBREACTOR_ZIG=/path/to/zig -DLIBREACTOR_MACOS_PROCESSOR=arm64
#
# The processor is arm64 or x86_64. zig itself takes from the environment where
# its caches are: ZIG_GLOBAL_CACHE_DIR, ZIG_LOCAL_CACHE_DIR.

set(CMAKE_SYSTEM_NAME Darwin)
if(NOT LIBREACTOR_MACOS_PROCESSOR)
  set(LIBREACTOR_MACOS_PROCESSOR arm64)
endif()
set(CMAKE_SYSTEM_PROCESSOR ${LIBREACTOR_MACOS_PROCESSOR})
# A test of the compiler is a project of its own and reads this file as well.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES
  LIBREACTOR_ZIG LIBREACTOR_MACOS_PROCESSOR)

find_program(LIBREACTOR_ZIG zig REQUIRED)
mark_as_advanced(LIBREACTOR_ZIG)
string(REPLACE arm64 aarch64 target ${LIBREACTOR_MACOS_PROCESSOR}-macos)
foreach(language C CXX)
  set(CMAKE_${language}_COMPILER_TARGET ${target})
  set(CMAKE_${language}_ARCHIVE_CREATE
    "<CMAKE_AR> ar qc <TARGET> <LINK_FLAGS> <OBJECTS>")
  set(CMAKE_${language}_ARCHIVE_APPEND
    "<CMAKE_AR> ar q <TARGET> <LINK_FLAGS> <OBJECTS>")
endforeach()
set(CMAKE_C_COMPILER ${LIBREACTOR_ZIG} cc)
set(CMAKE_CXX_COMPILER ${LIBREACTOR_ZIG} c++)
set(CMAKE_AR ${LIBREACTOR_ZIG})
set(CMAKE_RANLIB true) # nothing is left for it to do
# CMake insists on one, and has no use for it as long as the libraries' names
# do not change when they are installed, which begin with @rpath.
set(CMAKE_INSTALL_NAME_TOOL install_name_tool)

set(CMAKE_USER_MAKE_RULES_OVERRIDE
  ${CMAKE_CURRENT_LIST_DIR}/macos-zig-rules.cmake)

# -DCMAKE_FIND_ROOT_PATH=... names places that have libraries for macOS.
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
