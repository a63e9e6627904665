# SPDX-License-Identifier: MIT
# A library that never aborts, exits, prints or raises a signal does not even
# know the functions for it. (A release build: no assert is left.)
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)

# A DLL contains the start and the end of the C library, which know them.
if(windows)
  set(libraries libreactor.a)
else()
  require_elf()
  set(libraries libreactor.so libreactor.a)
endif()
set(forbidden
  "abort|_?exit|_Exit|quick_exit|err|errx|verr|verrx|__assert.*|pthread_exit"
  "raise|kill|pthread_kill|pthread_sigqueue|sigqueue|tgkill|killpg"
  "stdin|stdout|stderr|perror|psignal|warn|warnx|vwarn|vwarnx|v?syslog"
  "(__)?(v?f?printf|v?dprintf)(_chk)?|f?puts|f?putc|putchar|_?IO_putc|fwrite"
  "(ExitProcess|FatalExit|FatalAppExit|RaiseException|TerminateProcess)[AW]?"
  "(OutputDebugString|WriteConsole|MessageBox)[AW]|DebugBreak")
list(JOIN forbidden "|" forbidden)
foreach(library IN LISTS libraries)
  set(dynamic "")
  if(library MATCHES "so$")
    set(dynamic -D)
  endif()
  list_symbols(symbols ${dynamic} -u ${prefix}/${libdir}/${library})
  # The stub needs the clock and nothing else; so there is always something.
  if(NOT symbols)
    message(FATAL_ERROR "${library} needs nothing at all?")
  endif()
  list(FILTER symbols INCLUDE REGEX "^(__imp_)?(${forbidden})$")
  expect_same("forbidden symbols in ${library}" "${symbols}" "")
endforeach()
