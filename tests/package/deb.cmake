# SPDX-License-Identifier: MIT
# The Debian packages: what they contain, and what they depend on.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)

if(windows)
  skip("the binaries are for Windows")
endif()
foreach(tool dpkg_deb dpkg_shlibdeps)
  if(NOT ${tool})
    string(REPLACE _ - tool ${tool})
    skip("there is no ${tool}")
  endif()
endforeach()
run(${cpack} -G DEB -C Release --config ${stage_build}/CPackConfig.cmake
  -B ${case_dir})
file(GLOB debs RELATIVE ${case_dir} ${case_dir}/*.deb)
list(LENGTH debs count)
expect_equal("the number of packages" ${count} 2)

function(field deb name result)
  run(${dpkg_deb} -f ${deb} ${name})
  string(STRIP "${output}" output)
  set(${result} "${output}" PARENT_SCOPE)
endfunction()

foreach(package libreactor${soversion} libreactor-dev)
  file(GLOB deb ${case_dir}/${package}_${version}_*.deb)
  field("${deb}" Package name)
  expect_equal("the name of ${deb}" "${name}" ${package})
  field("${deb}" Depends depends_${package})
  run(${dpkg_deb} -x ${deb} ${case_dir}/${package})
  run(${dpkg_deb} -e ${deb} ${case_dir}/${package}.control)
  file(GLOB_RECURSE files RELATIVE ${case_dir}/${package}/usr
    ${case_dir}/${package}/*)
  list(APPEND all_files ${files})
endforeach()
set(liburing "")
set(liburing_dev "")
if(backend STREQUAL io_uring)
  set(liburing_dev ", liburing-dev")
  set(liburing ", liburing2 \\(>= [0-9.]+\\)")
endif()
expect_match("the library's dependencies" "${depends_libreactor${soversion}}"
  "^libc6 \\(>= [0-9.]+\\)${liburing}$")
expect_equal("the dependencies for developing" "${depends_libreactor-dev}"
  "libc6-dev${liburing_dev}, libreactor${soversion} (= ${version})")

# Together they are what is installed, and nothing is in both of them.
file(GLOB_RECURSE expected RELATIVE ${prefix} ${prefix}/*)
expect_same("the packages" "${all_files}" "${expected}")
list(LENGTH all_files count)
list(LENGTH expected expected_count)
expect_equal("the number of files" ${count} ${expected_count})

file(STRINGS ${case_dir}/libreactor-dev/usr/${libdir}/pkgconfig/libreactor.pc
  line REGEX "^prefix=")
expect_equal("libreactor.pc" "${line}" "prefix=/usr")

# What dpkg-shlibdeps reads when another package links this one.
file(STRINGS ${case_dir}/libreactor${soversion}.control/shlibs shlibs)
string(REGEX REPLACE " +$" "" shlibs "${shlibs}")
expect_match("shlibs" "${shlibs}"
  "^libreactor ${soversion} libreactor${soversion} \\((>=|=) ${version}\\)$")
