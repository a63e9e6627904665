# SPDX-License-Identifier: MIT
# reactor.h compiles alone, first, twice, and without a warning. LANGUAGE: C or
# CXX.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)

set(c_file header.c)
set(c_flags -std=c11 -Wstrict-prototypes)
set(cxx_file header.cpp)
set(cxx_flags -std=c++17)
string(TOLOWER ${LANGUAGE} language)
if(NOT ${language}_compiler)
  skip("there is no C++ compiler")
endif()
set(file ${case_dir}/${${language}_file})
file(WRITE ${file} "#include <reactor.h>\n#include <reactor.h>\n"
  "int main(void) { return REACTOR_VERSION >= REACTOR_VERSION_OF(0, 1, 0)\n"
  "    && REACTOR_FOREVER > 0 && REACTOR_INVALID_HANDLE != 0 ? 0 : 1; }\n")
run(${${language}_compiler} ${${language}_flags} -Wall -Wextra -Wpedantic
  -Wconversion -Wundef -Werror -I${source_dir}/include -fsyntax-only ${file})
