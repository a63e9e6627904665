# SPDX-License-Identifier: MIT
# A backend that does not exist, or not here, is refused with a reason.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)

set(configure ${configure} -S ${source_dir} -B ${case_dir}
  -DLIBREACTOR_BUILD_TESTS=OFF)
set(foreign iocp)
if(windows)
  set(foreign poll)
endif()
run_refused("LIBREACTOR_BACKEND=${foreign} is for another system. There are: auto, "
  ${configure} -DLIBREACTOR_BACKEND=${foreign})
run_refused("LIBREACTOR_BACKEND=turbo is unknown."
  ${configure} -DLIBREACTOR_BACKEND=turbo)
run_refused("are both off" ${configure} -DLIBREACTOR_BACKEND=stub
  -DLIBREACTOR_BUILD_SHARED=OFF -DLIBREACTOR_BUILD_STATIC=OFF)
