#!/usr/bin/env bash
# Installs what is missing, checks the format, builds, and runs every test: what CI does.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source Tools/prepare.sh
exec </dev/null

# libpq for what is built with the trait PostgreSQL; its server for the tests, which start one of their own, and a pooler, which a
# store has to tell from the server.
prepare_build libpq-dev postgresql pgbouncer binutils gcc pkg-config

say "format"
swift format lint --strict --recursive --parallel Package.swift Sources Tests Tools

# The C library is built meanwhile, as its tests would have to wait for it; what goes wrong they find out themselves.
swift package resolve
(for variant in release testing address; do nice Tools/c-client/build --variant "$variant"; done) \
    >.build/c-client.log 2>&1 &

# One configuration for everything, so that build and test share their work; releases have the trait too.
swift_test=(swift test -c release --disable-testable-imports --traits PostgreSQL)

say "build, and the cryptographic tests on the portable kernels"
POPULUS_CPU=portable "${swift_test[@]}" --filter '^(KernelsTests|VDAFTests|PrefixWalkTests)\.'

# One after the other: some measure time, and all of them together would be measured with them.
say "every test"
"${swift_test[@]}" --skip-build --no-parallel
