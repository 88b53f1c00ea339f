# shellcheck shell=bash
# Sourced by the scripts of this folder: compiles the kernels and their check into one program.

check_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
kernels_folder=$(cd "$check_folder/../../Sources/CPopulusKernels" && pwd)

# Ends the script with a message that says what to do.
fail() {
    printf 'error: %s\n' "$*" >&2
    exit 4
}

# The compiler that comes with Swift, unless CC names another.
compiler() {
    local cc=${CC:-clang}
    command -v "$cc" >/dev/null || fail "no $cc: it comes with Swift, or set CC"
    printf '%s\n' "$cc"
}

# build PROGRAM [OPTION...]: compiles and links PROGRAM.
build() {
    local program=$1 cc
    shift
    cc=$(compiler)
    "$cc" -std=c11 -O2 -Wall -Wextra -Werror -I"$kernels_folder/include" -I"$kernels_folder" \
        "$check_folder"/*.c "$kernels_folder"/*.c "$@" -o "$program"
}
