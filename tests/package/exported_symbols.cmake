# SPDX-License-Identifier: MIT
# The shared library exports exactly what symbols.txt lists.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)

require_elf()
file(STRINGS ${CMAKE_CURRENT_LIST_DIR}/symbols.txt expected REGEX "^[^#]")
list_symbols(symbols -D --defined-only ${prefix}/${libdir}/libreactor.so)
expect_same("exported symbols" "${symbols}" "${expected}")
