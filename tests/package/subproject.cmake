# SPDX-License-Identifier: MIT
# A project that contains libreactor gets the KIND it should, builds no other,
# and finds nothing in its cache or among its files that it did not ask for.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)

set(configure ${configure} -S ${CMAKE_CURRENT_LIST_DIR}/subproject
  -DLIBREACTOR_SOURCE_DIR=${source_dir} -DLIBREACTOR_BACKEND=${backend}
  -DEXPECTED_BACKEND=${backend} -DEXPECTED_VERSION=${version} ${OPTIONS})
run(${configure} -B ${case_dir}/without -DHOW=nothing)
run(${configure} -B ${case_dir}/with -DHOW=${HOW})
build(${case_dir}/with)
expect_kind(${KIND} ${case_dir}/with/consumer)

foreach(which without with)
  file(STRINGS ${case_dir}/${which}/CMakeCache.txt ${which}
    REGEX "^[A-Za-z_0-9]+(-ADVANCED)?:[A-Z]+=")
  list(TRANSFORM ${which} REPLACE "(-ADVANCED)?:.*" "")
endforeach()
list(REMOVE_ITEM with ${without})
list(FILTER with EXCLUDE REGEX "^(libreactor|LIBREACTOR|FETCHCONTENT)_")
if(with)
  message(FATAL_ERROR "cache variables that leaked: ${with}")
endif()

file(GLOB_RECURSE files RELATIVE ${case_dir}/with
  ${case_dir}/with/CTestTestfile.cmake ${case_dir}/with/DartConfiguration.tcl
  ${case_dir}/with/CPack*Config.cmake ${case_dir}/with/libreactor-config.cmake)
expect_same("files of tests and packages" "${files}" "")
set(other_static so)
set(other_shared a)
file(GLOB_RECURSE files RELATIVE ${case_dir}/with
  ${case_dir}/with/libreactor.${other_${KIND}})
expect_same("libraries that nobody links" "${files}" "")
