# SPDX-License-Identifier: MIT
# The stripped shared library stays under 100 kB.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)

require_elf()
run(${strip} -o ${case_dir}/stripped.so
  ${prefix}/${libdir}/libreactor.so.${version})
file(SIZE ${case_dir}/stripped.so size)
message("libreactor.so.${version}, ${backend}, stripped: ${size} bytes")
if(size GREATER_EQUAL 100000)
  message(FATAL_ERROR "100000 bytes or more")
endif()
