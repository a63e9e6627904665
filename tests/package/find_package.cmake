# SPDX-License-Identifier: MIT
# A project in LANGUAGE that finds the package with the given OPTIONS, and gets
# the KIND of library that it should.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)

if(LANGUAGE STREQUAL CXX AND NOT cxx_compiler)
  skip("there is no C++ compiler")
endif()
run(${configure} -S ${CMAKE_CURRENT_LIST_DIR}/find_package -B ${case_dir}
  -DCMAKE_PREFIX_PATH=${prefix} -DLANGUAGE=${LANGUAGE}
  -DEXPECTED_BACKEND=${backend} -DEXPECTED_VERSION=${version} ${OPTIONS})
build(${case_dir})
expect_kind(${KIND} ${case_dir}/consumer)

# What was found is what was moved, not something that the system has as well.
file(STRINGS ${case_dir}/CMakeCache.txt found REGEX "^libreactor_DIR:")
expect_equal("libreactor_DIR" "${found}"
  "libreactor_DIR:PATH=${prefix}/${libdir}/cmake/libreactor")
