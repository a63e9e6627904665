# SPDX-License-Identifier: MIT
#
# For those who work on libreactor: sanitizers and warnings. Nothing here
# reaches an installed package.

set(LIBREACTOR_SANITIZE "" CACHE STRING
  "Sanitizers to build with, for instance address,undefined or thread")
option(LIBREACTOR_WERROR "Make warnings errors; meant for CI" OFF)
mark_as_advanced(LIBREACTOR_WERROR)

# Whatever links a sanitized library in this build is sanitized with it.
function(libreactor_sanitize target)
  if(LIBREACTOR_SANITIZE STREQUAL "")
    return()
  endif()
  set(flag $<BUILD_INTERFACE:-fsanitize=${LIBREACTOR_SANITIZE}>)
  target_compile_options(${target} PUBLIC ${flag}
    $<BUILD_INTERFACE:-fno-sanitize-recover=all>
    $<BUILD_INTERFACE:-fno-omit-frame-pointer>)
  target_link_options(${target} PUBLIC ${flag})
  if(LIBREACTOR_SANITIZE MATCHES thread)
    set(type $<TARGET_PROPERTY:TYPE>)
    target_sources(${target} INTERFACE
      $<BUILD_INTERFACE:$<$<STREQUAL:${type},EXECUTABLE>:${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../tests/support/posix/tsan.c>>)
  endif()
endfunction()

# Only for our own eyes: whoever merely uses the sources did not ask for them.
function(libreactor_warn target)
  if(NOT PROJECT_IS_TOP_LEVEL OR NOT CMAKE_C_COMPILER_ID MATCHES "GNU|Clang")
    return()
  endif()
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wundef -Wvla -Wformat=2
    -Wcast-align -Wcast-qual -Wpointer-arith -Wwrite-strings
    -Wdouble-promotion -Wimplicit-fallthrough
    $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes>
    $<$<COMPILE_LANGUAGE:C>:-Wmissing-prototypes>
    $<$<COMPILE_LANGUAGE:C>:-Wold-style-definition>
    $<$<BOOL:${LIBREACTOR_WERROR}>:-Werror>)
endfunction()
