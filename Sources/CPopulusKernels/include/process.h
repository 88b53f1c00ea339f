#pragma once

#include <stdbool.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#ifdef __GLIBC__
#include <malloc.h>
#endif

// Here because `prctl` has a variable number of arguments, which Swift cannot call, and not every C library has `mallopt`.

/// Keeps this process's memory from core dumps and from other processes of the same user.
static inline bool populus_forbid_dumps(void) {
#ifdef __linux__
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
#else
    return false;
#endif
}

/// Names the calling thread, with at most 15 bytes and a zero, where the system lists it by that name.
///
/// `before` gets the name that it had, and has room for 16 bytes; false where nothing was named.
static inline bool populus_name_thread(const char *name, char *before) {
#ifdef __linux__
    return prctl(PR_GET_NAME, before, 0, 0, 0) == 0 && prctl(PR_SET_NAME, name, 0, 0, 0) == 0;
#else
    return false;
#endif
}

/// Has the allocator keep what was freed at the end of each of its heaps, up to `kept` bytes, and take what is smaller than
/// `mapped` bytes from there.
///
/// False where the allocator is none that can be told.
static inline bool populus_keep_freed_memory(int kept, int mapped) {
#ifdef __GLIBC__
    return mallopt(M_TRIM_THRESHOLD, kept) == 1 && mallopt(M_MMAP_THRESHOLD, mapped) == 1;
#else
    return false;
#endif
}
