# SPDX-License-Identifier: MIT
#
# The shared library of Windows: its version is in its name, as in a soname, and
# in a resource; programs link the import library, which has no version. What it
# exports is what REACTOR_API marks.

set(dll_name libreactor-${soversion})
set_target_properties(libreactor_shared PROPERTIES
  PREFIX "" RUNTIME_OUTPUT_NAME ${dll_name}
  IMPORT_PREFIX "" ARCHIVE_OUTPUT_NAME libreactor)
if(MINGW)
  # No DLL of the compiler has to be beside it.
  target_link_options(libreactor_shared PRIVATE -static-libgcc)
endif()

enable_language(RC)
configure_file(cmake/version.rc.in version.rc @ONLY)
target_sources(libreactor_shared PRIVATE ${PROJECT_BINARY_DIR}/version.rc)
