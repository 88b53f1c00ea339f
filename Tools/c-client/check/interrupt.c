/* Loaded before the C library (LD_PRELOAD): ends the process, or has a call fail, at one of its calls about files.
 *
 * INTERRUPT_AT=N says at which, counted from 1; INTERRUPT_BY is "kill", or "full" for a full disk from then on. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static long calls;

/* Whether this call, one that takes room on the disk or not, fails. */
static int fails(int takes_room) {
    const char *place = getenv("INTERRUPT_AT"), *way = getenv("INTERRUPT_BY");
    if (place == NULL || way == NULL || ++calls < atol(place)) return 0;
    if (strcmp(way, "kill") == 0) raise(SIGKILL);
    if (!takes_room) return 0;
    errno = ENOSPC;
    return 1;
}

#define NEXT(type, name) ((type)dlsym(RTLD_NEXT, name))

static int open_next(const char *name, const char *path, int flags, mode_t mode) {
    if (strncmp(path, "/dev", 4) != 0 && strncmp(path, "/proc", 5) != 0 && fails(flags & O_CREAT)) return -1;
    return NEXT(int (*)(const char *, int, ...), name)(path, flags, mode);
}

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return open_next("open", path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return open_next("open64", path, flags, mode);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t place) {
    if (fails(1)) return -1;
    return NEXT(ssize_t(*)(int, const void *, size_t, off_t), "pwrite")(file, bytes, count, place);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t place) {
    if (fails(1)) return -1;
    return NEXT(ssize_t(*)(int, const void *, size_t, off64_t), "pwrite64")(file, bytes, count, place);
}

int fsync(int file) { return fails(1) ? -1 : NEXT(int (*)(int), "fsync")(file); }

int rename(const char *path, const char *name) {
    return fails(1) ? -1 : NEXT(int (*)(const char *, const char *), "rename")(path, name);
}

int unlink(const char *path) { return fails(0) ? -1 : NEXT(int (*)(const char *), "unlink")(path); }

int mkdir(const char *path, mode_t mode) {
    return fails(1) ? -1 : NEXT(int (*)(const char *, mode_t), "mkdir")(path, mode);
}
