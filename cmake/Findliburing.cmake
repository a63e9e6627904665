# SPDX-License-Identifier: MIT
#
# liburing 2.3 or later: the target liburing::liburing. Installed with a
# libreactor that is built on it, for programs that link that statically.

find_path(LIBREACTOR_LIBURING_INCLUDE_DIR liburing.h)
find_library(LIBREACTOR_LIBURING_LIBRARY uring)
mark_as_advanced(LIBREACTOR_LIBURING_INCLUDE_DIR LIBREACTOR_LIBURING_LIBRARY)

# The header says its version only since 2.4; this function came with 2.3.
set(libreactor_liburing_is_recent FALSE)
if(LIBREACTOR_LIBURING_INCLUDE_DIR)
  file(STRINGS ${LIBREACTOR_LIBURING_INCLUDE_DIR}/liburing.h
    libreactor_liburing_lines REGEX "int io_uring_enter2\\(")
  if(libreactor_liburing_lines)
    set(libreactor_liburing_is_recent TRUE)
  endif()
  unset(libreactor_liburing_lines)
endif()

set(liburing_FOUND FALSE)
if(LIBREACTOR_LIBURING_LIBRARY AND libreactor_liburing_is_recent)
  set(liburing_FOUND TRUE)
  if(NOT TARGET liburing::liburing)
    add_library(liburing::liburing UNKNOWN IMPORTED)
    set_target_properties(liburing::liburing PROPERTIES
      IMPORTED_LOCATION ${LIBREACTOR_LIBURING_LIBRARY}
      INTERFACE_INCLUDE_DIRECTORIES ${LIBREACTOR_LIBURING_INCLUDE_DIR})
  endif()
elseif(liburing_FIND_REQUIRED)
  message(FATAL_ERROR
    "There is no liburing 2.3 or later here (Debian: liburing-dev).")
endif()
unset(libreactor_liburing_is_recent)
