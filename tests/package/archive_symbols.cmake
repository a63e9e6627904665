# SPDX-License-Identifier: MIT
# The static library has no global name outside its own two prefixes.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)

require_elf()
list_symbols(symbols -g --defined-only ${prefix}/${libdir}/libreactor.a)
if(NOT reactor_open IN_LIST symbols)
  message(FATAL_ERROR "reactor_open is missing among: ${symbols}")
endif()
list(FILTER symbols EXCLUDE REGEX "^(reactor|ri)_")
expect_same("global symbols" "${symbols}" "")
