# SPDX-License-Identifier: MIT
# The stripped shared library stays under 175 kB.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)

if(windows)
  set(library bin/libreactor-${soversion}.dll)
else()
  require_elf()
  set(library ${libdir}/libreactor.so.${version})
endif()
run(${strip} -o ${case_dir}/stripped ${prefix}/${library})
file(SIZE ${case_dir}/stripped size)
message("${library}, ${backend}, stripped: ${size} bytes")
if(size GREATER_EQUAL 175000)
  message(FATAL_ERROR "175000 bytes or more")
endif()
