# SPDX-License-Identifier: MIT
# The DLL of Windows: needs none that the system does not have, and says its
# version where the system looks for it.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)

set(dll libreactor-${soversion}.dll)
list_dll_names(names ${prefix}/bin/${dll})
list(TRANSFORM names TOLOWER)
list(REMOVE_ITEM names kernel32.dll msvcrt.dll ntdll.dll ws2_32.dll)
expect_same("DLLs that a system may lack" "${names}" "")

file(COPY ${prefix}/bin/${dll} DESTINATION ${case_dir})
set(program ${case_dir}/dll_version.exe)
run(${c_compiler} -std=c11 ${CMAKE_CURRENT_LIST_DIR}/dll_version.c
  -o ${program} -lversion)
run(${CMAKE_COMMAND} -E chdir ${case_dir} ${emulator} ${program} ${dll})
string(REGEX REPLACE "\r?\n" ";" output "${output}")
expect_equal("the version resource" "${output}"
  "${version}.0;libreactor;${version};${dll};")
