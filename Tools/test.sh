#!/usr/bin/env bash
# Installs what is missing, checks the format, builds, and runs every test: what CI does.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source Tools/prepare.sh
exec </dev/null

# libpq for what is built with the trait PostgreSQL; its server for the tests, which start one of their own, and a pooler, which a
# store has to tell from the server.
# For the browser module: what makes it of its sources, and a browser. Node 18 does, and somebody else's package of it stays.
browser=(esbuild binaryen chromium-headless-shell)
command -v node >/dev/null || browser+=(nodejs)
prepare_build libpq-dev postgresql pgbouncer "${browser[@]}"

say "format"
swift format lint --strict --recursive --parallel Package.swift Sources Tests Tools

# One configuration for everything, so that build and test share their work; releases have the trait too.
swift_test=(swift test -c release --disable-testable-imports --traits PostgreSQL)

# Beside the build, so that its tests need not wait for it; they say what it has to say, should it fail.
nice Tools/browser-client/build.sh >/dev/null 2>&1 &

# A package of its own: it is built beside the rest, and a test runs it.
say "the example app, in the background"
mkdir -p .build
nice -n 5 Tools/example-app >/dev/null 2>.build/example-app.log &
example=$!

say "build, and the cryptographic tests on the portable kernels"
POPULUS_CPU=portable "${swift_test[@]}" --filter '^(KernelsTests|VDAFTests|PrefixWalkTests)\.'

wait "$example" || {
    cat .build/example-app.log >&2
    fail "the example app does not build"
}

# One after the other: some measure time, and all of them together would be measured with them.
say "every test"
"${swift_test[@]}" --skip-build --no-parallel
