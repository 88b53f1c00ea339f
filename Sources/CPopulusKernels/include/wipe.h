#pragma once

#include <stddef.h>

/* Erases bytes in a way that the compiler keeps. */
void walk_wipe(void *bytes, size_t count);

/* Erases the stack below the caller's frame, where functions that have returned left their variables. */
void populus_wipe_stack(void);
