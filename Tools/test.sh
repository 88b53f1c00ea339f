#!/usr/bin/env bash
# Installs what is missing, checks the format, builds, and runs every test: what CI does.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source Tools/prepare.sh
exec </dev/null

# libpq for what is built with the trait PostgreSQL; its server for the tests, which start one of their own, and a pooler, which a
# store has to tell from the server.
# openssl makes the certificates of tests.
# For the C library: what looks into it. For the browser module: what makes it of its sources, and a browser; Node 18 does, and
# somebody else's package of it stays. For the Debian package and its units: what finds fault with them.
clients=(binutils gcc pkg-config esbuild binaryen zopfli chromium-headless-shell)
command -v node >/dev/null || clients+=(nodejs)
# And pip, which fetches what looks at the dashboard's pages.
python3 -m pip --version >/dev/null 2>&1 || clients+=(python3-pip)
prepare_build libpq-dev postgresql pgbouncer openssl lintian systemd "${clients[@]}"

# What reads metrics and alerts; the tests find it where this leaves it.
Tools/promtool --version >/dev/null

say "format"
swift format lint --strict --recursive --parallel Package.swift Sources Tests Tools

# Whatever runs beside ends with this script, with all that it has started: however that ends.
end_tree() {
    local child children
    children=$(cat "/proc/$1/task/$1/children" 2>/dev/null) || return 0
    # First of all itself, or it would begin what comes next.
    kill "$1" 2>/dev/null || true
    for child in $children; do end_tree "$child"; done
}
beside=()
log=$(mktemp)
claims=$(mktemp -d)
trap 'for process in "${beside[@]}"; do end_tree "$process"; done; rm -rf "$log" "$claims"' EXIT

# One configuration for everything, so that build and test share their work; releases have the trait too.
swift_test=(swift test -c release --disable-testable-imports --traits PostgreSQL)

say "build, and the cryptographic tests on the portable kernels"
POPULUS_CPU=portable "${swift_test[@]}" --filter '^(KernelsTests|VDAFTests|PrefixWalkTests)\.'

# Programs and libraries that are built by themselves, and that tests of the last lane run. Those start the same scripts, which
# wait for one another and then have little to do; so they also say what went wrong here.
build_others() {
    local variant
    Tools/example-app
    for variant in release testing address; do Tools/c-client/build --variant "$variant"; done
    Tools/browser-client/build.sh
    Tools/dashboard-browser/axe >/dev/null
}
(set +e; renice -n 19 -p "$BASHPID" >/dev/null; build_others; touch "$claims/built") >.build/others.log 2>&1 &
others=$!
beside+=("$others")

# Two lanes side by side, since most tests wait for something: whole programs in one, everything else in the other. Whichever is
# done takes what is left over. What measures time comes afterwards, with the machine to itself. Within a lane one test after the
# other.
programs='^EndToEndTests\.'
longest='^EndToEndTests\.EndToEnd/Faults/'
by_itself='^(BrowserClientTests|CClientTests|PublicVDAFTests)\.|^EndToEndTests\.EndToEnd/(Clients|DashboardInBrowser|Packaging|Release)/'
last='^(AggregatorHostTests|AggregatorServerTests|HTTPRequestsTests|HTTPServingTests)\.'
# SwiftPM runs once at a time in a folder, so lanes are the program that `swift test` runs.
tests=(env NO_COLOR=1 .build/release/populusPackageTests.xctest --testing-library swift-testing --no-parallel)

lane() {
    local failed=0
    "${tests[@]}" "$@" || failed=1
    if mkdir "$claims/longest" 2>/dev/null; then "${tests[@]}" --filter "$longest" || failed=1; fi
    if mkdir "$claims/by-itself" 2>/dev/null; then
        until [ -e "$claims/built" ]; do sleep 1; done
        "${tests[@]}" --filter "$by_itself" || failed=1
    fi
    return "$failed"
}

say "every test: whole programs, and everything else beside them"
lane --skip "$programs" --skip "$last" --skip "$by_itself" >"$log" 2>&1 &
beside+=("$!")
failed=0
lane --filter "$programs" --skip "$longest" --skip "$by_itself" || failed=1
wait "${beside[-1]}" || failed=1
say "everything else"
cat "$log"

say "what measures time"
wait "$others" || true
beside=()
"${swift_test[@]}" --skip-build --no-parallel --filter "$last" || failed=1
exit "$failed"
