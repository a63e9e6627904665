# SPDX-License-Identifier: MIT
# Builds and installs a release, and moves it to where nobody expected it.
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)

set(stage ${work_dir}/stage)
file(REMOVE_RECURSE ${stage}/installed ${prefix})
run(${configure} -S ${source_dir} -B ${stage_build}
  -DCMAKE_INSTALL_PREFIX=/usr
  -DLIBREACTOR_BACKEND=${backend}
  -DLIBREACTOR_BUILD_BENCH=OFF
  -DLIBREACTOR_BUILD_EXAMPLES=OFF
  -DLIBREACTOR_BUILD_TESTS=OFF)
build(${stage_build})
run(${CMAKE_COMMAND} --install ${stage_build} --config Release
  --prefix ${stage}/installed)
file(RENAME ${stage}/installed ${prefix})
