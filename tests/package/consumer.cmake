# SPDX-License-Identifier: MIT
# Included by the projects of the tests: builds the consumer and runs it.

set(suffix c)
if(CMAKE_CXX_COMPILER_LOADED)
  set(suffix cpp)
  set(CMAKE_CXX_STANDARD 17)
  set(CMAKE_CXX_EXTENSIONS OFF)
endif()
set(source ${CMAKE_CURRENT_LIST_DIR}/consumer.${suffix})
if(WIN32)
  set(source ${CMAKE_CURRENT_LIST_DIR}/consumer_windows.c)
  if(CMAKE_CXX_COMPILER_LOADED)
    set_source_files_properties(${source} PROPERTIES LANGUAGE CXX)
  endif()
endif()
add_executable(consumer ${source})
target_compile_definitions(consumer PRIVATE
  EXPECTED_BACKEND="${EXPECTED_BACKEND}" EXPECTED_VERSION="${EXPECTED_VERSION}")
target_link_libraries(consumer PRIVATE libreactor::libreactor)
# The generator expression keeps a folder for the configuration away.
set_target_properties(consumer PROPERTIES
  RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}$<0:>)
if(WIN32)
  # Programs find the DLL that is in their own folder.
  target_link_libraries(consumer PRIVATE ws2_32)
  add_custom_command(TARGET consumer POST_BUILD COMMAND ${CMAKE_COMMAND} -E copy
    $<TARGET_FILE:libreactor::libreactor> ${CMAKE_BINARY_DIR} VERBATIM)
endif()
add_custom_command(TARGET consumer POST_BUILD COMMAND consumer VERBATIM)
