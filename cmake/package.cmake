# SPDX-License-Identifier: MIT
#
# CPack: one .deb per component. Configure with CMAKE_INSTALL_PREFIX=/usr, as
# the preset "deb" does, for the folders that Debian uses.

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "The libreactor authors")
set(CPACK_PACKAGE_VENDOR "The libreactor authors")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
# Install rules see the real prefix then, which libreactor.pc depends on.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)

set(CPACK_COMPONENTS_ALL ${components})
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION "${PROJECT_DESCRIPTION}: the library")
set(CPACK_COMPONENT_DEV_DESCRIPTION
  "${PROJECT_DESCRIPTION}: headers and what it takes to link")

set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME ${runtime_package})
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)

set(CPACK_DEBIAN_DEV_PACKAGE_NAME ${dev_package})
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS libc6-dev)
if(backend STREQUAL io_uring)
  string(APPEND CPACK_DEBIAN_DEV_PACKAGE_DEPENDS ", liburing-dev")
endif()
if(runtime IN_LIST components)
  string(APPEND CPACK_DEBIAN_DEV_PACKAGE_DEPENDS
    ", ${runtime_package} (= ${PROJECT_VERSION})")
endif()

include(CPack)
