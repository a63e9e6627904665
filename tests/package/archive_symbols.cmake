# SPDX-License-Identifier: MIT
# The static library has no global name outside its own two prefixes, and a
# plugin that contains all of it exports only what is public.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)

if(NOT windows)
  require_elf()
endif()
list_symbols(symbols -g --defined-only ${prefix}/${libdir}/libreactor.a)
if(NOT reactor_open IN_LIST symbols)
  message(FATAL_ERROR "reactor_open is missing among: ${symbols}")
endif()
# With .refptr begins what the compiler for Windows reaches variables by: the
# linker keeps one of each name.
list(FILTER symbols EXCLUDE REGEX "^((reactor|ri)_|\\.refptr\\.)")
expect_same("global symbols" "${symbols}" "")
if(windows) # a plugin has to say by itself what it exports
  return()
endif()

file(STRINGS ${CMAKE_CURRENT_LIST_DIR}/symbols.txt expected REGEX "^[^#]")
set(plugin ${case_dir}/plugin.so)
run(${c_compiler} -shared -o ${plugin} -Wl,--whole-archive
  ${prefix}/${libdir}/libreactor.a -Wl,--no-whole-archive -pthread)
list_symbols(symbols -D --defined-only ${plugin})
expect_same("exported by a plugin" "${symbols}" "${expected}")
