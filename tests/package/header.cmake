# SPDX-License-Identifier: MIT
# Each public header compiles alone, first, twice, and without a warning.
# LANGUAGE: C or CXX.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)

set(c_suffix c)
set(c_flags -std=c11 -Wstrict-prototypes)
set(cxx_suffix cpp)
set(cxx_flags -std=c++17)
string(TOLOWER ${LANGUAGE} language)
if(NOT ${language}_compiler)
  skip("there is no C++ compiler")
endif()
file(GLOB_RECURSE headers RELATIVE ${source_dir}/include
  ${source_dir}/include/*.h)
list(LENGTH headers count)
if(count LESS 4)
  message(FATAL_ERROR "only ${count} headers: ${headers}")
endif()
foreach(header IN LISTS headers)
  string(MAKE_C_IDENTIFIER ${header} name)
  set(file ${case_dir}/${name}.${${language}_suffix})
  file(WRITE ${file} "#include <${header}>\n#include <${header}>\n"
    "int main(void) { return REACTOR_VERSION >= REACTOR_VERSION_OF(0, 1, 0)\n"
    "    && REACTOR_FOREVER > 0 && REACTOR_INVALID_HANDLE != 0 ? 0 : 1; }\n")
  run(${${language}_compiler} ${${language}_flags} -Wall -Wextra -Wpedantic
    -Wconversion -Wundef -Werror -I${source_dir}/include -fsyntax-only ${file})
endforeach()
