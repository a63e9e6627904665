# SPDX-License-Identifier: MIT
#
# Chooses the demultiplexer. Sets
#   backend              its name
#   backend_platform     the folder of floor 1, or "none": a backend that stands
#                        alone, without floors 1 and 3
#   backend_sources      the files of floor 2
#   backend_definitions  what the system has, for floors 1 and 2

# name, platform, files: a new backend is one row.
set(backend_table
  "epoll posix source.c eventfd.c epoll.c epoll_wait.c"
  "poll  posix source.c passage.c poll.c"
  "stub  none  stub.c")
set(backend_planned kqueue io_uring iocp)

# What floors 1 and 2 can do without: symbol, headers.
set(backend_features
  "pipe2        fcntl.h unistd.h"
  "ppoll        poll.h"
  "epoll_pwait2 sys/epoll.h")

include(CheckSymbolExists)

set(backend_definitions "")
if(CMAKE_SYSTEM_NAME STREQUAL Linux)
  list(APPEND backend_definitions _GNU_SOURCE)
  set(CMAKE_REQUIRED_DEFINITIONS -D_GNU_SOURCE)
endif()

set(LIBREACTOR_BACKEND auto CACHE STRING
  "The demultiplexer: auto, epoll, poll or stub")
set(backend_names auto)
foreach(row IN LISTS backend_table)
  string(REGEX MATCH "^[^ ]+" name "${row}")
  list(APPEND backend_names ${name})
endforeach()
set_property(CACHE LIBREACTOR_BACKEND PROPERTY STRINGS ${backend_names})

set(backend ${LIBREACTOR_BACKEND})
if(backend STREQUAL auto)
  if(CMAKE_SYSTEM_NAME STREQUAL Linux)
    set(backend epoll)
  else()
    check_symbol_exists(poll poll.h LIBREACTOR_HAVE_POLL)
    if(UNIX AND LIBREACTOR_HAVE_POLL)
      set(backend poll)
    else()
      set(backend stub)
    endif()
  endif()
endif()

set(backend_platform "")
foreach(row IN LISTS backend_table)
  string(REGEX MATCHALL "[^ ]+" row "${row}")
  list(POP_FRONT row name platform)
  if(name STREQUAL backend)
    set(backend_platform ${platform})
    set(backend_sources ${row})
    list(TRANSFORM backend_sources PREPEND src/backend/)
  endif()
endforeach()
if(backend_platform STREQUAL "")
  list(JOIN backend_names ", " names)
  if(backend IN_LIST backend_planned)
    set(reason "is not in this version")
  else()
    set(reason "is unknown")
  endif()
  message(FATAL_ERROR
    "LIBREACTOR_BACKEND=${backend} ${reason}. There are: ${names}.")
endif()
message(STATUS "libreactor ${PROJECT_VERSION}, backend ${backend}")

if(NOT backend_platform STREQUAL none)
  foreach(row IN LISTS backend_features)
    string(REGEX MATCHALL "[^ ]+" headers "${row}")
    list(POP_FRONT headers symbol)
    string(TOUPPER HAVE_${symbol} name)
    check_symbol_exists(${symbol} "${headers}" LIBREACTOR_${name})
    if(LIBREACTOR_${name})
      list(APPEND backend_definitions RI_${name})
    endif()
  endforeach()
endif()
unset(CMAKE_REQUIRED_DEFINITIONS)

# What the backend keeps with each source, unless it is the usual.
if(EXISTS ${PROJECT_SOURCE_DIR}/src/backend/${backend}_source.h)
  list(APPEND backend_definitions
    "RI_BACKEND_SOURCE=\"backend/${backend}_source.h\"")
endif()
