# SPDX-License-Identifier: MIT
# The shared library exports exactly what symbols.txt lists.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)

if(windows)
  run(${objdump} -p ${prefix}/bin/libreactor-${soversion}.dll)
  string(REGEX REPLACE ".*Ordinal/Name Pointer. Table" "" output "${output}")
  string(REGEX MATCHALL "\n\t\\[ *[0-9]+\\] [^\n]+" symbols "${output}")
  list(TRANSFORM symbols REPLACE ".*\\] *" "")
else()
  require_elf()
  list_symbols(symbols -D --defined-only ${prefix}/${libdir}/libreactor.so)
endif()
file(STRINGS ${CMAKE_CURRENT_LIST_DIR}/symbols.txt expected REGEX "^[^#]")
expect_same("exported symbols" "${symbols}" "${expected}")
