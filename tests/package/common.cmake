# SPDX-License-Identifier: MIT
#
# What the tests of the package have in common. Each is a script that gets the
# file of settings.cmake.in as SETTINGS, and may use
#   stage_build   a release build, configured for the prefix /usr
#   prefix        where it was moved to after it had been installed
#   libdir        the folder of its libraries below the prefix
#   case_dir      an empty folder for this test alone

cmake_minimum_required(VERSION 3.21)
include(${SETTINGS})

set(stage_build ${work_dir}/stage/build)
set(prefix ${work_dir}/stage/moved)
if(EXISTS ${stage_build}/CMakeCache.txt)
  file(STRINGS ${stage_build}/CMakeCache.txt libdir
    REGEX "^CMAKE_INSTALL_LIBDIR:")
  string(REGEX REPLACE ".*=" "" libdir "${libdir}")
endif()
set(case_dir ${work_dir}/${CASE})
file(REMOVE_RECURSE ${case_dir})
file(MAKE_DIRECTORY ${case_dir})

# Ends the test without a verdict.
macro(skip reason)
  message("skipped: ${reason}")
  return()
endmacro()

# Elsewhere binaries are what Windows has, PE.
macro(require_elf)
  if(NOT executable_format STREQUAL ELF)
    skip("the binaries are not ELF")
  endif()
endmacro()

# Runs a command that has to succeed. Sets `output`.
function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE result
    OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    list(JOIN ARGV " " command)
    message(FATAL_ERROR "${command}\n${output}\nresult: ${result}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

# Runs a command that has to fail and to say `reason`.
function(run_refused reason)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result
    OUTPUT_VARIABLE output ERROR_VARIABLE output)
  # CMake wraps the lines of its messages.
  string(REGEX REPLACE "[ \n]+" " " output "${output}")
  string(FIND "${output}" "${reason}" position)
  if(result EQUAL 0 OR position EQUAL -1)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\n${output}\nresult: ${result}; "
      "expected a failure that says: ${reason}")
  endif()
endfunction()

function(expect_equal what actual expected)
  if(NOT "${actual}" STREQUAL "${expected}")
    message(FATAL_ERROR "${what}\n  is:       ${actual}\n"
      "  expected: ${expected}")
  endif()
endfunction()

# Lists, in any order.
function(expect_same what actual expected)
  list(SORT actual)
  list(SORT expected)
  set(extra ${actual})
  list(REMOVE_ITEM extra ${expected} "")
  set(missing ${expected})
  list(REMOVE_ITEM missing ${actual} "")
  if(extra OR missing)
    message(FATAL_ERROR "${what}\n  too many: ${extra}\n  missing:  ${missing}")
  endif()
endfunction()

function(expect_match what text regex)
  if(NOT "${text}" MATCHES "${regex}")
    message(FATAL_ERROR "${what}: no match for ${regex} in\n${text}")
  endif()
endfunction()

set(configure ${CMAKE_COMMAND} -G ${generator}
  -DCMAKE_MAKE_PROGRAM=${make_program} -DCMAKE_BUILD_TYPE=Release)
if(toolchain_file)
  list(APPEND configure -DCMAKE_TOOLCHAIN_FILE=${toolchain_file})
else()
  list(APPEND configure -DCMAKE_C_COMPILER=${c_compiler})
  if(cxx_compiler)
    list(APPEND configure -DCMAKE_CXX_COMPILER=${cxx_compiler})
  endif()
endif()

function(build dir)
  run(${CMAKE_COMMAND} --build ${dir} --config Release ${ARGN})
endfunction()

# The names of the symbols that `nm` lists with the given options.
function(list_symbols result)
  run(${nm} -P ${ARGN})
  string(REGEX MATCHALL "[^\n]+" lines "${output}")
  set(symbols "")
  foreach(line IN LISTS lines)
    if(line MATCHES "^([^ ]+) [A-Za-z]( |$)")
      string(REGEX REPLACE "@.*" "" symbol "${CMAKE_MATCH_1}")
      list(APPEND symbols ${symbol})
    endif()
  endforeach()
  list(REMOVE_DUPLICATES symbols)
  set(${result} ${symbols} PARENT_SCOPE)
endfunction()

# The DLLs that a program of Windows, or a DLL, is loaded with.
function(list_dll_names result program)
  run(${objdump} -p ${program})
  string(REGEX MATCHALL "DLL Name: [^\n]+" names "${output}")
  list(TRANSFORM names REPLACE "DLL Name: *" "")
  set(${result} ${names} PARENT_SCOPE)
endfunction()

# Which kind of library did a program get?
function(expect_kind kind program)
  set(actual static)
  if(executable_format STREQUAL ELF)
    run(${readelf} -d ${program})
    if(output MATCHES "libreactor\\.so\\.${soversion}\\]")
      set(actual shared)
    endif()
  elseif(windows)
    list_dll_names(names ${program}.exe)
    if(libreactor-${soversion}.dll IN_LIST names)
      set(actual shared)
    endif()
  else()
    return()
  endif()
  expect_equal("the library in ${program}" ${actual} ${kind})
endfunction()
