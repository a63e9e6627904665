# SPDX-License-Identifier: MIT
# What the package does not have is refused with a reason.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)

set(find ${configure} -S ${CMAKE_CURRENT_LIST_DIR}/find_package -DLANGUAGE=C)
run_refused("libreactor has no component \"turbo\" here. Installed: shared, static."
  ${find} -B ${case_dir}/unknown -DCMAKE_PREFIX_PATH=${prefix}
  -DCOMPONENTS=shared,turbo)

# A prefix that only the static half was installed to.
set(half ${case_dir}/half)
file(COPY ${prefix}/ DESTINATION ${half})
file(GLOB_RECURSE shared_files ${half}/libreactor.so* ${half}/*-shared-*)
file(REMOVE ${shared_files})
run_refused("libreactor has no component \"shared\" here. Installed: static."
  ${find} -B ${case_dir}/missing -DCMAKE_PREFIX_PATH=${half}
  -DCOMPONENTS=shared)

# A component that is optional may be missing.
run(${find} -B ${case_dir}/optional -DCMAKE_PREFIX_PATH=${half}
  -DCOMPONENTS=static -DOPTIONAL_COMPONENTS=shared)

string(REPLACE "." ";" parts ${version})
list(GET parts 0 major)
list(GET parts 1 minor)
math(EXPR later "${minor} + 1")
foreach(wanted ${major}.${later} 99.0)
  run_refused("compatible with requested version"
    ${find} -B ${case_dir}/${wanted} -DCMAKE_PREFIX_PATH=${prefix}
    -DWANTED_VERSION=${wanted})
endforeach()
