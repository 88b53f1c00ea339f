/* What the check and the kernels use of the C library, on a machine without an operating system under Bochs. */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../check.h"

static void out_byte(uint16_t port, uint8_t value) { __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }

/* Bochs prints what goes to this port, and switches off at a word on the other. */
int putchar(int letter) {
    out_byte(0xe9, (uint8_t)letter);
    return letter;
}

void exit(int status) {
    printf("exit status %d\n", status);
    for (const char *letter = "Shutdown"; *letter; letter++) out_byte(0x8900, (uint8_t)*letter);
    for (;;) __asm__ volatile("hlt");
}

void abort(void) {
    printf("abort\n");
    exit(4);
}

/* Byte by byte, and not as calls of themselves. */
void *memcpy(void *restrict out, const void *restrict in, size_t count) {
    void *start = out;
    __asm__ volatile("rep movsb" : "+D"(out), "+S"(in), "+c"(count) : : "memory");
    return start;
}

void *memset(void *out, int value, size_t count) {
    void *start = out;
    __asm__ volatile("rep stosb" : "+D"(out), "+c"(count) : "a"(value) : "memory");
    return start;
}

void *memmove(void *out, const void *in, size_t count) {
    uint8_t *to = out;
    const uint8_t *from = in;
    if (to <= from) return memcpy(out, in, count);
    for (size_t i = count; i > 0; i--) ((volatile uint8_t *)to)[i - 1] = from[i - 1];
    return out;
}

int memcmp(const void *a, const void *b, size_t count) {
    const volatile uint8_t *x = a, *y = b;
    for (size_t i = 0; i < count; i++)
        if (x[i] != y[i]) return x[i] < y[i] ? -1 : 1;
    return 0;
}

int strcmp(const char *a, const char *b) {
    while (*a && *a == *b) a++, b++;
    return (unsigned char)*a - (unsigned char)*b;
}

/* Blocks of powers of two, each with its exponent in front; freed ones wait in a list. */
static void *free_blocks[40];
static uint8_t *heap = (uint8_t *)(64 << 20), *const heap_end = (uint8_t *)(240 << 20);

void *malloc(size_t count) {
    int log = 5;
    while (((size_t)1 << log) < count + 16) log++;
    uint8_t *block = free_blocks[log];
    if (block) {
        memcpy(&free_blocks[log], block + 16, sizeof(void *));
    } else {
        if ((size_t)1 << log > (size_t)(heap_end - heap)) return NULL;
        block = heap;
        heap += (size_t)1 << log;
    }
    memcpy(block, &log, sizeof log);
    return block + 16;
}

void free(void *bytes) {
    if (!bytes) return;
    uint8_t *block = (uint8_t *)bytes - 16;
    int log;
    memcpy(&log, block, sizeof log);
    memcpy(block + 16, &free_blocks[log], sizeof(void *));
    free_blocks[log] = block;
}

/* Every stream is the same one. */
FILE *stdout, *stderr;
int fflush(FILE *stream) {
    (void)stream;
    return 0;
}

int fputs(const char *restrict text, FILE *restrict stream) {
    (void)stream;
    while (*text) putchar(*text++);
    return 0;
}

int puts(const char *text) {
    fputs(text, stdout);
    return putchar('\n');
}

static void put_number(uint64_t value, unsigned base, int width, bool zeros) {
    char digits[24];
    int count = 0;
    do digits[count++] = "0123456789abcdef"[value % base];
    while (value /= base);
    for (int i = count; i < width; i++) putchar(zeros ? '0' : ' ');
    while (count > 0) putchar(digits[--count]);
}

/* %s, %d, %zu, %llx and %c, with widths, left or right. */
int vprintf(const char *restrict format, va_list arguments) {
    for (; *format; format++) {
        if (*format != '%') {
            putchar(*format);
            continue;
        }
        bool left = *++format == '-', zeros = *format == '0';
        if (left || zeros) format++;
        int width = 0, wide = 0;
        for (; *format >= '0' && *format <= '9'; format++) width = 10 * width + (*format - '0');
        for (; *format == 'l' || *format == 'z'; format++) wide = 1;
        if (*format == 's') {
            const char *text = va_arg(arguments, const char *);
            int length = 0;
            while (text[length]) length++;
            for (int i = length; !left && i < width; i++) putchar(' ');
            fputs(text, stdout);
            for (int i = length; left && i < width; i++) putchar(' ');
        } else if (*format == 'c') {
            putchar(va_arg(arguments, int));
        } else {
            uint64_t value = wide ? va_arg(arguments, uint64_t) : va_arg(arguments, unsigned);
            put_number(value, *format == 'x' ? 16 : 10, width, zeros);
        }
    }
    return 0;
}

int printf(const char *restrict format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    return 0;
}

int fprintf(FILE *restrict stream, const char *restrict format, ...) {
    (void)stream;
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    return 0;
}

int main(int argc, char **argv);

_Noreturn void bare_main(void) {
    static char *arguments[] = {"kernel-check", CHECK_ARGUMENTS NULL};
    __builtin_cpu_init();
    exit(main(sizeof arguments / sizeof arguments[0] - 1, arguments));
}
