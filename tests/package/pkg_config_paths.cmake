# SPDX-License-Identifier: MIT
# The paths in libreactor.pc follow the file, but in the system's own folders,
# and where they were given as absolute ones.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)

# The line "<variable>=..." of the file that `build` installs to a prefix.
function(expect_path build to file variable expected)
  set(root ${case_dir}/root${to})
  run(${CMAKE_COMMAND} -E env DESTDIR=${root}
    ${CMAKE_COMMAND} --install ${build} --config Release --prefix ${to})
  file(STRINGS ${root}${file} line REGEX "^${variable}=")
  expect_equal("prefix ${to}" "${line}" "${variable}=${expected}")
endfunction()

set(pc ${libdir}/pkgconfig/libreactor.pc)
string(REGEX REPLACE "[^/]+" ".." up ${libdir})
foreach(system /usr /usr/local)
  expect_path(${stage_build} ${system} ${system}/${pc} prefix ${system})
endforeach()
foreach(other /opt/libreactor /usr/lib/libreactor)
  expect_path(${stage_build} ${other} ${other}/${pc}
    prefix "\${pcfiledir}/../${up}")
endforeach()

# Only one kind, and the backend that is built fastest: what matters here is
# where the files go.
set(absolute ${case_dir}/build)
run(${configure} -S ${source_dir} -B ${absolute}
  -DCMAKE_INSTALL_PREFIX=/opt/libreactor
  -DCMAKE_INSTALL_LIBDIR=/elsewhere/lib
  -DCMAKE_INSTALL_INCLUDEDIR=/elsewhere/include
  -DLIBREACTOR_BACKEND=stub
  -DLIBREACTOR_BUILD_SHARED=OFF
  -DLIBREACTOR_BUILD_BENCH=OFF
  -DLIBREACTOR_BUILD_EXAMPLES=OFF
  -DLIBREACTOR_BUILD_TESTS=OFF)
build(${absolute})
set(pc /elsewhere/lib/pkgconfig/libreactor.pc)
set(to /opt/libreactor)
expect_path(${absolute} ${to} ${pc} prefix /opt/libreactor)
expect_path(${absolute} ${to} ${pc} libdir /elsewhere/lib)
expect_path(${absolute} ${to} ${pc} includedir /elsewhere/include)
