# SPDX-License-Identifier: MIT
# A program that is built with what pkg-config says, in a way that needs no
# CMake. KIND: shared, or static for a program without any shared library.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)

if(NOT pkg_config)
  skip("there is no pkg-config")
endif()
set(pkg_config_path ${prefix}/${libdir}/pkgconfig)
if(NOT EXISTS ${pkg_config_path}/libreactor.pc)
  message(FATAL_ERROR "${pkg_config_path}/libreactor.pc is missing")
endif()
set(pkg_config ${CMAKE_COMMAND} -E env PKG_CONFIG_PATH=${pkg_config_path}
  ${pkg_config})
set(link_flags "")
if(KIND STREQUAL static)
  set(link_flags -static)
  file(WRITE ${case_dir}/empty.c "int main(void) { return 0; }\n")
  execute_process(COMMAND ${c_compiler} ${case_dir}/empty.c -static
    -o ${case_dir}/empty RESULT_VARIABLE result OUTPUT_QUIET ERROR_QUIET)
  if(NOT result EQUAL 0)
    skip("there is no static C library")
  endif()
  list(APPEND pkg_config --static)
endif()

run(${pkg_config} --modversion libreactor)
string(STRIP "${output}" output)
expect_equal("the version" "${output}" ${version})
run(${pkg_config} --cflags --libs libreactor)
separate_arguments(flags UNIX_COMMAND "${output}")
set(source consumer.c)
if(windows)
  set(source consumer_windows.c)
  list(APPEND flags -lws2_32)
  file(COPY ${prefix}/bin/ DESTINATION ${case_dir})
endif()
run(${c_compiler} -std=gnu11 -DEXPECTED_BACKEND="${backend}"
  -DEXPECTED_VERSION="${version}" ${CMAKE_CURRENT_LIST_DIR}/${source}
  ${link_flags} ${flags} -o ${case_dir}/consumer${executable_suffix})
expect_kind(${KIND} ${case_dir}/consumer)
run(${CMAKE_COMMAND} -E env LD_LIBRARY_PATH=${prefix}/${libdir}
  DYLD_LIBRARY_PATH=${prefix}/${libdir} ${emulator} ${case_dir}/consumer${executable_suffix})
