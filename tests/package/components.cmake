# SPDX-License-Identifier: MIT
# The files of each component, to the last one.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)

if(windows)
  set(runtime bin/libreactor-${soversion}.dll)
  set(dev ${libdir}/libreactor.dll.a)
  set(links "")
elseif(executable_format STREQUAL ELF)
  set(runtime
    ${libdir}/libreactor.so.${version}
    ${libdir}/libreactor.so.${soversion})
  set(dev ${libdir}/libreactor.so)
  set(links libreactor.so=libreactor.so.${soversion}
    libreactor.so.${soversion}=libreactor.so.${version})
else()
  skip("shared libraries have other names here")
endif()
list(APPEND runtime share/doc/libreactor${soversion}/copyright)
list(APPEND dev
  ${libdir}/libreactor.a
  ${libdir}/cmake/libreactor/libreactor-config.cmake
  ${libdir}/cmake/libreactor/libreactor-config-version.cmake
  ${libdir}/cmake/libreactor/libreactor-shared-targets.cmake
  ${libdir}/cmake/libreactor/libreactor-shared-targets-release.cmake
  ${libdir}/cmake/libreactor/libreactor-static-targets.cmake
  ${libdir}/cmake/libreactor/libreactor-static-targets-release.cmake
  ${libdir}/pkgconfig/libreactor.pc
  include/reactor.h
  include/reactor/loop.h
  include/reactor/net.h
  include/reactor/work.h
  share/doc/libreactor-dev/copyright)
if(backend STREQUAL io_uring)
  list(APPEND dev ${libdir}/cmake/libreactor/Findliburing.cmake)
endif()

foreach(component runtime dev)
  run(${CMAKE_COMMAND} --install ${stage_build} --config Release
    --component ${component} --prefix ${case_dir}/${component})
  file(GLOB_RECURSE files RELATIVE ${case_dir}/${component}
    ${case_dir}/${component}/*)
  expect_same("component ${component}" "${files}" "${${component}}")
endforeach()
file(GLOB_RECURSE files RELATIVE ${prefix} ${prefix}/*)
expect_same("all components" "${files}" "${runtime};${dev}")
foreach(link IN LISTS links)
  string(REPLACE "=" ";" link ${link})
  list(POP_FRONT link name target)
  file(READ_SYMLINK ${prefix}/${libdir}/${name} actual)
  expect_equal("the link ${name}" ${actual} ${target})
endforeach()
