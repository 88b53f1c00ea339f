#!/usr/bin/env bash
# Installs what is missing, checks the format, builds, and runs every test: what CI does.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source Tools/prepare.sh
exec </dev/null

prepare_build

say "format"
swift format lint --strict --recursive --parallel Package.swift Sources Tests Tools

# One configuration for everything, so that build and test share their work.
swift_test=(swift test -c release --disable-testable-imports)

say "build, and the cryptographic tests on the portable kernels"
POPULUS_CPU=portable "${swift_test[@]}" --filter '^(KernelsTests|VDAFTests|PrefixWalkTests)\.'

# One after the other: some measure time, and all of them together would be measured with them.
say "every test"
"${swift_test[@]}" --skip-build --no-parallel
