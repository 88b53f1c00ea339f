#pragma once

#include <stdbool.h>
#include <stdint.h>

// The field of size 2^255 - 19. Constant-time: no branch, no index depends on an element.

/// An element in `[0, p)`: four little-endian limbs, least significant first.
typedef struct {
    uint64_t limbs[4];
} populus_field255;

populus_field255 populus_field255_add(populus_field255 a, populus_field255 b);
populus_field255 populus_field255_subtract(populus_field255 a, populus_field255 b);
populus_field255 populus_field255_multiply(populus_field255 a, populus_field255 b);

/// Whether the limbs, whatever they are, are those of an element.
bool populus_field255_is_element(populus_field255 a);
