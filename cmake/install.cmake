# SPDX-License-Identifier: MIT
#
# What is installed, in two components: runtime is what a linked program needs,
# dev what it takes to link one.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

foreach(kind IN LISTS kinds)
  install(TARGETS libreactor_${kind} EXPORT libreactor-${kind}-targets
    RUNTIME COMPONENT runtime
    LIBRARY COMPONENT runtime NAMELINK_COMPONENT dev
    ARCHIVE COMPONENT dev
    INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endforeach()
install(DIRECTORY include/ TYPE INCLUDE COMPONENT dev
  FILES_MATCHING PATTERN "*.h")

# Debian's names of the two packages, and so of their folders: two versions
# with different sonames can be installed side by side.
set(runtime_package libreactor${soversion})
set(dev_package libreactor-dev)
set(components dev)
if(shared IN_LIST kinds)
  list(PREPEND components runtime)
endif()
foreach(component IN LISTS components)
  install(FILES LICENSE RENAME copyright COMPONENT ${component}
    DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/${${component}_package})
endforeach()

# ---- CMake ----

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/libreactor)
if(PROJECT_VERSION_MAJOR EQUAL 0)
  set(compatibility SameMinorVersion)
else()
  set(compatibility SameMajorVersion)
endif()
configure_file(cmake/libreactor-config.cmake.in libreactor-config.cmake @ONLY)
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/libreactor-config-version.cmake
  COMPATIBILITY ${compatibility})
install(FILES
  ${PROJECT_BINARY_DIR}/libreactor-config.cmake
  ${PROJECT_BINARY_DIR}/libreactor-config-version.cmake
  DESTINATION ${package_dir} COMPONENT dev)
if(backend STREQUAL io_uring)
  install(FILES cmake/Findliburing.cmake DESTINATION ${package_dir}
    COMPONENT dev)
endif()
foreach(kind IN LISTS kinds)
  install(EXPORT libreactor-${kind}-targets NAMESPACE libreactor::
    DESTINATION ${package_dir} COMPONENT dev)
endforeach()

# ---- pkg-config ----

foreach(dir libdir includedir)
  string(TOUPPER CMAKE_INSTALL_${dir} variable)
  if(IS_ABSOLUTE "${${variable}}")
    set(pc_${dir} "${${variable}}")
  else()
    set(pc_${dir} "\${prefix}/${${variable}}")
  endif()
endforeach()
set(pc_libs "")
set(pc_libs_private "")
if(backend_needs_threads)
  set(pc_libs_private " -pthread")
endif()
foreach(library IN LISTS backend_libraries)
  string(APPEND pc_libs_private " -l${library}")
endforeach()
if(NOT shared IN_LIST kinds)
  set(pc_libs "${pc_libs_private}")
endif()

# The prefix is known for certain only when installing. pkg-config leaves out
# -I and -L of the system's folders if it can recognise them: there the prefix
# is absolute, elsewhere it follows the file.
set(pc_relative_prefix "")
if(NOT IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  file(RELATIVE_PATH up /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
  string(REGEX REPLACE "/$" "" up "${up}")
  set(pc_relative_prefix "\${pcfiledir}/${up}")
endif()
set(pc_prefix "@pc_prefix@")
configure_file(cmake/libreactor.pc.in libreactor.pc.in @ONLY)
install(CODE "
  set(pc_prefix \"\${CMAKE_INSTALL_PREFIX}\")
  set(relative [[${pc_relative_prefix}]])
  if(relative AND NOT pc_prefix MATCHES \"^/usr(/local)?/*$\")
    set(pc_prefix \"\${relative}\")
  endif()
  configure_file(\"${PROJECT_BINARY_DIR}/libreactor.pc.in\"
    \"${PROJECT_BINARY_DIR}/libreactor.pc\" @ONLY)"
  COMPONENT dev)
install(FILES ${PROJECT_BINARY_DIR}/libreactor.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT dev)
