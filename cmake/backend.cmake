# SPDX-License-Identifier: MIT
#
# Chooses the demultiplexer. Sets
#   backend              its name
#   backend_platform     the folder of floor 1, or "none": a backend that stands
#                        alone, without floors 1 and 3
#   backend_sources      the files of floor 2
#   backend_definitions  what the system has, for floors 1 and 2
#   backend_libraries    what floors 1 and 2 link
#   backend_requires     what they take from other packages, as pkg-config has
#                        it: modules with versions

# name, platform, files: a new backend is one row.
set(backend_table
  "epoll posix source.c eventfd.c epoll.c epoll_wait.c"
  "poll  posix source.c passage.c poll.c"
  "io_uring posix source.c passage.c eventfd.c io_uring_ring.c io_uring.c io_uring_poll.c io_uring_report.c io_uring_wait.c"
  "kqueue posix source.c kqueue.c kqueue_change.c kqueue_wait.c"
  "iocp  windows source.c afd.c iocp.c iocp_wait.c"
  "stub  none  stub.c")

# What floors 1 and 2 can do without: symbol, headers.
set(backend_features
  "kqueue1      sys/types.h sys/event.h sys/time.h"
  "accept4      sys/socket.h"
  "pipe2        fcntl.h unistd.h"
  "ppoll        poll.h"
  "recvmmsg     sys/socket.h"
  "epoll_pwait2 sys/epoll.h"
  "IP_RECVERR   netinet/in.h"
  "pthread_setname_np pthread.h"
  "pthread_set_name_np pthread.h pthread_np.h"
  "sched_setaffinity sched.h"
  "SOCK_CLOEXEC sys/socket.h"
  "SYS_pidfd_open sys/syscall.h")

include(CheckSymbolExists)

set(backend_definitions "")
set(backend_libraries "")
set(backend_requires "")
if(CMAKE_SYSTEM_NAME STREQUAL Linux)
  list(APPEND backend_definitions _GNU_SOURCE)
  set(CMAKE_REQUIRED_DEFINITIONS -D_GNU_SOURCE)
elseif(WIN32) # 8 and later
  list(APPEND backend_definitions _WIN32_WINNT=0x0602 WIN32_LEAN_AND_MEAN)
elseif(APPLE)
  list(APPEND backend_definitions _DARWIN_C_SOURCE)
  set(CMAKE_REQUIRED_DEFINITIONS -D_DARWIN_C_SOURCE)
elseif(CMAKE_SYSTEM_NAME STREQUAL NetBSD) # hides all but C from -std=c11
  list(APPEND backend_definitions _NETBSD_SOURCE)
  set(CMAKE_REQUIRED_DEFINITIONS -D_NETBSD_SOURCE)
endif()

set(system posix)
if(WIN32)
  set(system windows)
else()
  check_symbol_exists(kqueue "sys/types.h;sys/event.h;sys/time.h"
    LIBREACTOR_HAVE_KQUEUE)
endif()
set(backend_names auto)
set(backend_foreign "")
foreach(row IN LISTS backend_table)
  string(REGEX MATCHALL "[^ ]+" row "${row}")
  list(POP_FRONT row name platform)
  if((platform STREQUAL system OR platform STREQUAL none) AND
      (LIBREACTOR_HAVE_KQUEUE OR NOT name STREQUAL kqueue))
    list(APPEND backend_names ${name})
  else()
    list(APPEND backend_foreign ${name})
  endif()
endforeach()
list(JOIN backend_names ", " names)
set(LIBREACTOR_BACKEND auto CACHE STRING "The demultiplexer: ${names}")
set_property(CACHE LIBREACTOR_BACKEND PROPERTY STRINGS ${backend_names})

set(backend ${LIBREACTOR_BACKEND})
if(backend STREQUAL auto)
  if(CMAKE_SYSTEM_NAME STREQUAL Linux)
    set(backend epoll)
  elseif(WIN32)
    set(backend iocp)
  else()
    check_symbol_exists(poll poll.h LIBREACTOR_HAVE_POLL)
    if(LIBREACTOR_HAVE_KQUEUE)
      set(backend kqueue)
    elseif(UNIX AND LIBREACTOR_HAVE_POLL)
      set(backend poll)
    else()
      set(backend stub)
    endif()
  endif()
endif()

if(NOT backend IN_LIST backend_names)
  if(backend IN_LIST backend_foreign)
    set(reason "is for another system")
  else()
    set(reason "is unknown")
  endif()
  message(FATAL_ERROR
    "LIBREACTOR_BACKEND=${backend} ${reason}. There are: ${names}.")
endif()
foreach(row IN LISTS backend_table)
  string(REGEX MATCHALL "[^ ]+" row "${row}")
  list(POP_FRONT row name platform)
  if(name STREQUAL backend)
    set(backend_platform ${platform})
    set(backend_sources ${row})
    list(TRANSFORM backend_sources PREPEND src/backend/)
  endif()
endforeach()
message(STATUS "libreactor ${PROJECT_VERSION}, backend ${backend}")

if(backend_platform STREQUAL windows)
  list(APPEND backend_libraries ws2_32 ntdll)
elseif(backend_platform STREQUAL posix)
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

if(backend STREQUAL io_uring)
  set(backend_requires "liburing >= 2.3")
  list(PREPEND CMAKE_MODULE_PATH ${PROJECT_SOURCE_DIR}/cmake)
  find_package(liburing REQUIRED)
  list(POP_FRONT CMAKE_MODULE_PATH)
endif()

# What the backend keeps with each source, unless it is the usual.
if(EXISTS ${PROJECT_SOURCE_DIR}/src/backend/${backend}_source.h)
  list(APPEND backend_definitions
    "RI_BACKEND_SOURCE=\"backend/${backend}_source.h\"")
endif()
