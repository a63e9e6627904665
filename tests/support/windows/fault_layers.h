/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_WINDOWS_FAULT_LAYERS_H
#define SUPPORT_WINDOWS_FAULT_LAYERS_H

/*
 * Layered providers, simulated. A socket that is listed does not know its base
 * provider's (SIO_BASE_HANDLE), only the one below (SIO_BSP_HANDLE_POLL).
 */

#include <reactor.h>

#include <stddef.h>

struct fault_layer {
    reactor_handle socket;
    reactor_handle below;
};

/* They stay the caller's; NULL and 0: none. */
void fault_set_layers(const struct fault_layer *layers, size_t count);

#endif /* SUPPORT_WINDOWS_FAULT_LAYERS_H */
