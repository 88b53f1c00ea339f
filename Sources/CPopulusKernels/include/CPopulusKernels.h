// The inner loops in C: AES, TurboSHAKE128, field arithmetic, a walk's step; a path for each instruction set.
#pragma once

// One header a kernel family. No kernel allocates, keeps a global or knows the protocol; a path for an instruction set
// is a function of its own, and the caller, who asked the CPU once, chooses it.

#include "constant_time.h"
#include "cpu.h"
#include "field.h"
#include "field255.h"
#include "fixed_key_aes.h"
#include "hmac_sha256.h"
#include "process.h"
#include "shard.h"
#include "turboshake.h"
#include "walk.h"
#include "wipe.h"
