# SPDX-License-Identifier: MIT
#
# For macos-zig.cmake: read after CMake's own settings for macOS, to change some
# of them.

foreach(language C CXX)
  # zig's linker has no -v, which CMake would pass it along.
  set(CMAKE_${language}_VERBOSE_FLAG -v)
  # zig refuses -fPIE, and makes nothing else for macOS.
  set(CMAKE_${language}_COMPILE_OPTIONS_PIE "")
  # zig takes it as an option of the linker only.
  set(CMAKE_${language}_OSX_CURRENT_VERSION_FLAG -Wl,-current_version,)
  # CMake does without @rpath where no macOS is there to tell its version.
  set(CMAKE_SHARED_LIBRARY_RUNTIME_${language}_FLAG -Wl,-rpath,)
endforeach()
