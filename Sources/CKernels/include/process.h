#pragma once

#include <stdbool.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

/// Keeps this process's memory from core dumps and from other processes of the same user.
///
/// Here because `prctl` has a variable number of arguments, which Swift cannot call.
static inline bool populus_forbid_dumps(void) {
#ifdef __linux__
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
#else
    return false;
#endif
}
