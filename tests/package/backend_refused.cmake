# SPDX-License-Identifier: MIT
# A backend that does not exist, or not yet, is refused with a reason.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)

set(configure ${configure} -S ${source_dir} -B ${case_dir}
  -DLIBREACTOR_BUILD_TESTS=OFF)
foreach(planned kqueue io_uring iocp)
  run_refused("LIBREACTOR_BACKEND=${planned} is not in this version. There are: auto, epoll, poll, stub."
    ${configure} -DLIBREACTOR_BACKEND=${planned})
endforeach()
run_refused("LIBREACTOR_BACKEND=turbo is unknown."
  ${configure} -DLIBREACTOR_BACKEND=turbo)
run_refused("are both off" ${configure} -DLIBREACTOR_BACKEND=stub
  -DLIBREACTOR_BUILD_SHARED=OFF -DLIBREACTOR_BUILD_STATIC=OFF)
