// What libFuzzer has for programs with a main of their own.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Runs a target on inputs until an option says stop; returns the exit code.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*target)(const uint8_t *data, size_t size));
