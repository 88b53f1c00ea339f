/*
 * What Swift's runtime and clang ask of a C library, for WebAssembly without a system. Memory that is given back is wiped, and
 * is kept in lists, one for each power of two. Randomness comes from the page, which has it from WebCrypto.
 */
#include <stddef.h>
#include <stdint.h>

/* Fills memory with random bytes. */
__attribute__((import_module("populus"), import_name("random"))) void populus_random(void *bytes, size_t count);

void arc4random_buf(void *bytes, size_t count) { populus_random(bytes, count); }

/* The three builtins are an instruction each, by -mbulk-memory. */
void *memcpy(void *to, const void *from, size_t count) { return __builtin_memcpy(to, from, count); }
void *memmove(void *to, const void *from, size_t count) { return __builtin_memmove(to, from, count); }
void *memset(void *bytes, int value, size_t count) { return __builtin_memset(bytes, value, count); }

int memcmp(const void *left, const void *right, size_t count) {
    const uint8_t *a = left, *b = right;
    for (size_t i = 0; i < count; i++) {
        if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
    }
    return 0;
}

size_t strlen(const char *text) {
    size_t count = 0;
    while (text[count]) count++;
    return count;
}

/* Before each block, which begins at a multiple of its size. */
enum { HEADER = 32, PAGE = 1 << 16, CLASSES = 32 };

typedef struct block {
    struct block *next; /* of a free block */
    uint32_t class;     /* the block and its header have 2^class bytes */
} block;

/* Set by the linker: where the heap begins. */
extern uint8_t __heap_base;

static block *free_blocks[CLASSES];
static uintptr_t heap_end; /* how far the heap is in use */

static block *fresh(uint32_t class) {
    uintptr_t size = (uintptr_t)1 << class;
    if (heap_end == 0) heap_end = ((uintptr_t)&__heap_base + HEADER - 1) / HEADER * HEADER;
    if (size > UINTPTR_MAX - heap_end) return NULL;
    uintptr_t end = heap_end + size, pages = __builtin_wasm_memory_size(0);
    if (end > pages * PAGE) {
        uintptr_t wanted = (end - pages * PAGE + PAGE - 1) / PAGE;
        if (__builtin_wasm_memory_grow(0, wanted) == SIZE_MAX) return NULL;
    }
    block *made = (block *)heap_end;
    made->class = class;
    heap_end = end;
    return made;
}

/* Memory at a multiple of HEADER; NULL where there is none. */
void *malloc(size_t count) {
    uint32_t class = 6;
    if (count > (size_t)1 << 30) return NULL;
    while (((size_t)1 << class) < count + HEADER) class++;
    block *found = free_blocks[class];
    if (found) {
        free_blocks[class] = found->next;
    } else {
        found = fresh(class);
        if (!found) return NULL;
    }
    return (uint8_t *)found + HEADER;
}

/* Wipes the block: it may have held shares, seeds or strings. */
void free(void *bytes) {
    if (!bytes) return;
    block *freed = (block *)((uint8_t *)bytes - HEADER);
    memset(bytes, 0, ((size_t)1 << freed->class) - HEADER);
    freed->next = free_blocks[freed->class];
    free_blocks[freed->class] = freed;
}

int posix_memalign(void **out, size_t alignment, size_t count) {
    if (alignment > HEADER) return 22; /* EINVAL */
    *out = malloc(count);
    return *out ? 0 : 12; /* ENOMEM */
}

/* What clang makes of wide integers: products and shifts, in a time that depends on no value but a shift's count. */
typedef __int128 wide;
typedef unsigned __int128 unsigned_wide;

static wide joined(uint64_t low, uint64_t high) {
    union {
        uint64_t halves[2];
        wide whole;
    } both = {{low, high}};
    return both.whole;
}

wide __multi3(wide a, wide b) {
    const uint64_t a0 = (uint32_t)a, a1 = (uint64_t)a >> 32, b0 = (uint32_t)b, b1 = (uint64_t)b >> 32;
    const uint64_t low = a0 * b0, middle = a1 * b0 + (low >> 32), other = a0 * b1 + (uint32_t)middle;
    const uint64_t high = a1 * b1 + (middle >> 32) + (other >> 32);
    const uint64_t a_high = (uint64_t)((unsigned_wide)a >> 64), b_high = (uint64_t)((unsigned_wide)b >> 64);
    return joined(other << 32 | (uint32_t)low, high + a_high * (uint64_t)b + (uint64_t)a * b_high);
}

wide __ashlti3(wide a, int count) {
    const uint64_t low = (uint64_t)a, high = (uint64_t)((unsigned_wide)a >> 64);
    if (count == 0) return a;
    if (count >= 64) return joined(0, low << (count - 64));
    return joined(low << count, high << count | low >> (64 - count));
}

wide __lshrti3(wide a, int count) {
    const uint64_t low = (uint64_t)a, high = (uint64_t)((unsigned_wide)a >> 64);
    if (count == 0) return a;
    if (count >= 64) return joined(high >> (count - 64), 0);
    return joined(low >> count | high << (64 - count), high >> count);
}
