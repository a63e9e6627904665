# SPDX-License-Identifier: MIT
#
# Sets
#   fault_hooks         link options that put the system's fault_hooks.c between
#                       the library and the calls of fault_calls.h
#   fault_hook_sources  what a program with these options is made of besides
# Both are empty where the linker can't do it.
include(CheckLinkerFlag)

set(support ${PROJECT_SOURCE_DIR}/tests/support)
set(fault_calls ${support}/${backend_platform}/fault_calls.h)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${fault_calls})

# The public functions that make calls; support/fault_gates.c has the same.
set(fault_hooks
  reactor_open reactor_close reactor_register reactor_reregister
  reactor_deregister reactor_wait reactor_wait_until reactor_wake
  reactor_shutdown reactor_after_fork reactor_now_ns
  reactor_loop_open reactor_loop_close reactor_loop_turn reactor_loop_run
  reactor_loop_stop reactor_loop_prepare reactor_loop_default
  reactor_loop_after_fork reactor_loop_now_ns
  reactor_handler_start reactor_handler_stop
  reactor_timer_start reactor_timer_remaining_ns reactor_post_send
  reactor_signal_start reactor_signal_stop
  reactor_child_start reactor_child_stop
  reactor_pool_open reactor_pool_close reactor_pool_drain_and_close
  reactor_pool_submit reactor_job_cancel
  reactor_runtime_open reactor_runtime_send reactor_runtime_shutdown
  reactor_runtime_join reactor_runtime_close
  reactor_server_open reactor_server_open_handle reactor_server_send
  reactor_server_shutdown reactor_server_join reactor_server_close
  reactor_address_parse reactor_address_format reactor_address_of
  reactor_address_of_peer reactor_lookup_start reactor_lookup_stop
  reactor_listener_start reactor_listener_start_handle reactor_listener_stop
  reactor_listener_hand_over reactor_listener_pause reactor_listener_resume
  reactor_listener_address reactor_connector_start
  reactor_connector_start_host reactor_connector_stop reactor_session_open
  reactor_session_connect reactor_session_connect_host reactor_session_write
  reactor_session_write_pieces reactor_session_pause reactor_session_resume
  reactor_session_finish reactor_session_close reactor_session_abort
  reactor_session_hand_over reactor_session_set_options
  reactor_datagram_open reactor_datagram_send reactor_datagram_pause
  reactor_datagram_resume reactor_datagram_close)
file(READ ${fault_calls} lines)
string(REGEX MATCHALL "\n +X\\([A-Za-z0-9_]+," lines "${lines}")
list(TRANSFORM lines REPLACE "^.*X\\(([A-Za-z0-9_]+),.*$" "\\1")
foreach(call IN LISTS lines ITEMS freeaddrinfo) # which can't fail
  list(APPEND fault_hooks ${call})
  if(WIN32) # where a function that is declared as imported has this name
    list(APPEND fault_hooks __imp_${call})
  endif()
endforeach()
list(TRANSFORM fault_hooks PREPEND "LINKER:--wrap=")

set(fault_hook_sources
  ${support}/fault.c ${support}/fault_gates.c
  ${support}/${backend_platform}/fault_hooks.c)

check_linker_flag(C "LINKER:--wrap=read" LIBREACTOR_HAVE_WRAP)
if(NOT LIBREACTOR_HAVE_WRAP)
  set(fault_hooks "")
  set(fault_hook_sources "")
endif()
