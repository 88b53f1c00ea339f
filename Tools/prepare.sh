# shellcheck shell=bash
# Sourced by test.sh and demo.sh: prepares a machine for building Populus.

# Says what is being done, on standard error, so that it stays in order with errors.
say() { printf '\n== %s\n' "$*" >&2; }

# Ends the script with a message that says what to do.
fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# Runs a command as root: directly, or through sudo where it needs no password or a person can type one.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif ! command -v sudo >/dev/null; then
        fail "run as root, or install these packages yourself: ${missing[*]}"
    elif [ -t 0 ]; then
        sudo "$@"
    else
        sudo -n "$@"
    fi
}

# Installs those of the named Debian packages that are missing; silent when there is nothing to do.
install_packages() {
    local package
    missing=()
    for package in "$@"; do
        if ! dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$'; then
            missing+=("$package")
        fi
    done
    [ ${#missing[@]} -eq 0 ] && return
    command -v apt-get >/dev/null || fail "install these Debian packages or their like: ${missing[*]}"
    say "installing ${missing[*]}"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

# Everything that a build needs: prepare_build [PACKAGE...], with further packages, such as libpq-dev for the trait PostgreSQL.
prepare_build() {
    install_packages libsqlite3-dev python3 "$@"
    command -v swift >/dev/null || fail "install Swift 6.3 or later first: https://www.swift.org/install/linux/"
}
