/*
 * Starts the check on an x86-64 machine without an operating system: a multiboot loader enters here in 32-bit mode; this
 * maps the first gigabyte, switches to 64-bit mode with AVX-512 enabled, and calls bare_main.
 */
#define MAGIC 0x1badb002
#define ADDRESSES_GIVEN 0x10000

    .section .start, "awx"
    .code32
    .globl start
    .p2align 2
header:
    .long MAGIC, ADDRESSES_GIVEN, -(MAGIC + ADDRESSES_GIVEN)
    .long header, image_start, data_end, image_end, start

start:
    cli
    movl $stack_top, %esp
    /* Pages of 2 MB, present and writable. */
    movl $directory_pointers + 3, page_map
    movl $directory + 3, directory_pointers
    xorl %ecx, %ecx
    movl $0x83, %eax
1:  movl %eax, directory(,%ecx,8)
    addl $0x200000, %eax
    incl %ecx
    cmpl $512, %ecx
    jne 1b
    movl $page_map, %eax
    movl %eax, %cr3
    /* PAE, SSE and its exceptions, XSAVE. */
    movl $0x40620, %eax
    movl %eax, %cr4
    /* Long mode in EFER. */
    movl $0xc0000080, %ecx
    rdmsr
    orl $0x100, %eax
    wrmsr
    /* Paging, protected mode, no emulation of the FPU. */
    movl $0x80000033, %eax
    movl %eax, %cr0
    lgdt descriptors
    ljmp $8, $start64

    .code64
start64:
    movl $16, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    /* x87, SSE, AVX, and AVX-512's three kinds of state, as far as the CPU has them. */
    movl $13, %eax
    xorl %ecx, %ecx
    cpuid
    andl $0xe7, %eax
    xorl %edx, %edx
    xorl %ecx, %ecx
    xsetbv
    movq $stack_top, %rsp
    callq bare_main
2:  hlt
    jmp 2b

    .p2align 3
descriptors:
    .word 23
    .long table
    .p2align 3
table:
    .quad 0, 0x00af9a000000ffff, 0x00cf92000000ffff

    .bss
    .p2align 12
page_map: .skip 4096
directory_pointers: .skip 4096
directory: .skip 4096
    .skip 1 << 20
stack_top:
