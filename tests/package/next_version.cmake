# SPDX-License-Identifier: MIT
# The version is written in one place, reactor.h: with another one there, the
# soname and all that names it follow, and programs of the old one refuse it.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)

if(NOT windows)
  require_elf()
endif()
set(copy ${case_dir}/source)
file(COPY ${source_dir}/CMakeLists.txt ${source_dir}/LICENSE
  DESTINATION ${copy})
foreach(dir cmake include src)
  file(COPY ${source_dir}/${dir}/ DESTINATION ${copy}/${dir})
endforeach()
string(REPLACE "." ";" parts ${version})
list(GET parts 0 major)
list(GET parts 1 minor)
math(EXPR minor "${minor} + 1")
set(next ${major}.${minor}.7)
set(next_soversion ${major})
if(major EQUAL 0)
  set(next_soversion 0.${minor})
endif()
file(READ ${copy}/include/reactor.h header)
string(REGEX REPLACE "(REACTOR_VERSION_MINOR +)[0-9]+" "\\1${minor}"
  header "${header}")
string(REGEX REPLACE "(REACTOR_VERSION_PATCH +)[0-9]+" "\\17"
  header "${header}")
file(WRITE ${copy}/include/reactor.h "${header}")

set(next_prefix ${case_dir}/prefix)
run(${configure} -S ${copy} -B ${case_dir}/build
  -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_INSTALL_PREFIX=${next_prefix}
  -DLIBREACTOR_BACKEND=${backend} -DLIBREACTOR_BUILD_STATIC=OFF)
build(${case_dir}/build)
build(${case_dir}/build --target install)

function(expect_soname library expected)
  run(${readelf} -d ${library})
  expect_match("the soname of ${library}" "${output}"
    "soname: \\[libreactor\\.so\\.${expected}\\]")
endfunction()
if(NOT windows)
  expect_soname(${prefix}/${libdir}/libreactor.so ${soversion})
  expect_soname(${next_prefix}/lib/libreactor.so ${next_soversion})
  file(READ_SYMLINK ${next_prefix}/lib/libreactor.so.${next_soversion} target)
  expect_equal("the file behind the soname" ${target} libreactor.so.${next})
endif()
file(STRINGS ${next_prefix}/lib/pkgconfig/libreactor.pc line REGEX "^Version:")
expect_equal("libreactor.pc" "${line}" "Version: ${next}")
set(find ${configure} -S ${CMAKE_CURRENT_LIST_DIR}/find_package -DLANGUAGE=C
  -DCMAKE_PREFIX_PATH=${next_prefix})
run(${find} -B ${case_dir}/same -DWANTED_VERSION=${next})
run_refused("libreactor-config.cmake, version: ${next}"
  ${find} -B ${case_dir}/older -DWANTED_VERSION=${version})

# On Windows the version is in the name of the DLL, and in each program of it.
if(windows)
  set(dll libreactor-${next_soversion}.dll)
  set(consumer ${case_dir}/consumer.exe)
  file(COPY ${next_prefix}/bin/${dll} DESTINATION ${case_dir})
  run(${c_compiler} -std=gnu11 -DEXPECTED_BACKEND="${backend}"
    -DEXPECTED_VERSION="${next}" -I${next_prefix}/include
    ${CMAKE_CURRENT_LIST_DIR}/consumer_windows.c -L${next_prefix}/lib -lreactor
    -lws2_32 -o ${consumer})
  run(${emulator} ${consumer})
  list_dll_names(names ${consumer})
  if(NOT dll IN_LIST names)
    message(FATAL_ERROR "${consumer} is loaded with ${names}, without ${dll}")
  endif()
  return()
endif()

set(consumer ${case_dir}/consumer)
run(${c_compiler} -std=gnu11 -DEXPECTED_BACKEND="${backend}"
  -DEXPECTED_VERSION="${next}" -I${next_prefix}/include
  ${CMAKE_CURRENT_LIST_DIR}/consumer.c -L${next_prefix}/lib -lreactor
  -o ${consumer})
run(${CMAKE_COMMAND} -E env LD_LIBRARY_PATH=${next_prefix}/lib ${consumer})
run_refused("libreactor.so.${next_soversion}" ${CMAKE_COMMAND} -E env
  LD_LIBRARY_PATH=${prefix}/${libdir} ${consumer})
