// Preloaded into programs that were built for ThreadSanitizer: tells it what Swift on Linux does not.
//
// Swift's runtime marks what goes from one task to another, but only once its `__tsan_on_initialize` was called; on Linux the
// sanitizer's own weak function of that name stands before it in the executable, so nobody calls it. Two hand-overs have no mark
// at all: a continuation that is resumed before its task waits for it, and the parts of a Mutex that wait. Without these marks
// almost every value that goes from one thread to another is reported.
//
// x86-64 only, and `swift_continuation_await` has to begin as in Swift 6.3.1: the library calls it itself too, so that it cannot
// be replaced by one that is loaded first. Its first instructions become a jump to here.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

extern void __tsan_acquire(void *) __attribute__((weak));
extern void __tsan_release(void *) __attribute__((weak));
extern void *swift_task_getCurrent(void) __attribute__((weak));

void marks_await(void);
void marks_at_once(void);

// push %rbp; mov %rsp,%rbp; push %r15; push %r12; push %rbx; sub $0x38,%rsp; mov %rdi,%r14
static const uint8_t beginning[] = {0x55, 0x48, 0x89, 0xe5, 0x41, 0x57, 0x41, 0x54,
                                    0x53, 0x48, 0x83, 0xec, 0x38, 0x49, 0x89, 0xfe};
void *marks_rest_of_await;

static void fail(const char *what) {
    fprintf(stderr, "marks for ThreadSanitizer: %s\n", what);
    _exit(70);
}

// Makes a function begin with: movabs $target,%r11; jmp *%r11
static void jump_at(uint8_t *function, void (*target)(void)) {
    uint8_t jump[sizeof beginning] = {0x49, 0xbb, 0, 0, 0, 0, 0, 0, 0, 0, 0x41, 0xff, 0xe3, 0x90, 0x90, 0x90};
    memcpy(jump + 2, &target, sizeof target);
    uintptr_t size = (uintptr_t)sysconf(_SC_PAGESIZE), first = (uintptr_t)function / size * size;
    if (mprotect((void *)first, 2 * size, PROT_READ | PROT_WRITE | PROT_EXEC) != 0) fail("a page cannot be written");
    memcpy(function, jump, sizeof jump);
    mprotect((void *)first, 2 * size, PROT_READ | PROT_EXEC);
}

__attribute__((constructor)) static void start(void) {
    if (__tsan_acquire == NULL) return;
    void *core = dlopen("libswiftCore.so", RTLD_NOLOAD | RTLD_LAZY);
    void *concurrency = dlopen("libswift_Concurrency.so", RTLD_NOLOAD | RTLD_LAZY);
    if (core == NULL || concurrency == NULL) return;
    void (*initialize)(void) = (void (*)(void))dlsym(core, "__tsan_on_initialize");
    uint8_t *await = dlsym(concurrency, "swift_continuation_await");
    if (initialize == NULL || await == NULL) fail("Swift's runtime lacks a function");
    if (memcmp(await, beginning, sizeof beginning) != 0) fail("this is not the runtime of Swift 6.3.1");
    initialize();
    marks_rest_of_await = await + sizeof beginning;
    jump_at(await, marks_await);
}

// A task that awaits finds its continuation resumed, or is resumed as a job, which the runtime marks. The first can come true
// after a look at the mark here, so that what follows at once is a function of ours, which looks then.
static __thread struct {
    void *context;
    void *resume;
} waiting;

__attribute__((used)) void marks_before_await(void **context) {
    waiting.context = context;
    waiting.resume = context[1];
    context[1] = (void *)marks_at_once;
}

__attribute__((used)) void *marks_resumed_at_once(void *context) {
    if (waiting.context != context) fail("a continuation went on in another thread");
    __tsan_acquire(swift_task_getCurrent());
    return waiting.resume;
}

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

__attribute__((used)) void *marks_before_lock(void) { return dlsym(RTLD_NEXT, LOCK); }

__attribute__((used)) void marks_after_lock(void *mutex) {
    if (__tsan_acquire != NULL) __tsan_acquire(mutex);
}

__attribute__((used)) void *marks_before_unlock(void *mutex) {
    if (__tsan_release != NULL) __tsan_release(mutex);
    return dlsym(RTLD_NEXT, UNLOCK);
}

// Calling conventions that C does not have. A mutex is in r13 (swiftself), the context that is awaited in rdi, and one that is
// resumed in r14.
__asm__(
    ".globl marks_await\n.type marks_await,@function\nmarks_await:\n"
    "push %r14\npush %r13\npush %rdi\ncall marks_before_await@PLT\npop %rdi\npop %r13\npop %r14\n"
    "push %rbp\nmov %rsp,%rbp\npush %r15\npush %r12\npush %rbx\nsub $0x38,%rsp\nmov %rdi,%r14\n"
    "mov marks_rest_of_await@GOTPCREL(%rip),%r11\njmp *(%r11)\n"
    ".globl marks_at_once\n.type marks_at_once,@function\nmarks_at_once:\n"
    "push %rbp\nmov %rsp,%rbp\npush %r13\npush %r14\nand $-16,%rsp\nmov %r14,%rdi\ncall marks_resumed_at_once@PLT\n"
    "mov -8(%rbp),%r13\nmov -16(%rbp),%r14\nmov %rbp,%rsp\npop %rbp\njmp *%rax\n"
    ".globl \"" LOCK "\"\n.type \"" LOCK "\",@function\n\"" LOCK "\":\n"
    "push %r13\npush %rdi\nsub $8,%rsp\ncall marks_before_lock@PLT\nadd $8,%rsp\npop %rdi\n"
    "call *%rax\nmov (%rsp),%rdi\ncall marks_after_lock@PLT\npop %r13\nret\n"
    ".globl \"" UNLOCK "\"\n.type \"" UNLOCK "\",@function\n\"" UNLOCK "\":\n"
    "push %r13\nmov %r13,%rdi\ncall marks_before_unlock@PLT\npop %r13\njmp *%rax\n");
