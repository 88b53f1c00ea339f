#!/usr/bin/env bash
# Builds and runs the benchmarks, and prints one table: figures beside goals, and ratios to primitives of the same run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source Tools/prepare.sh
exec </dev/null

usage() {
    cat <<'END'
usage: Tools/bench.sh [--json] [--smoke] [--only NAME]... [--large SIZE]... [--growth] [--folder DIR] [--binaries DIR]

  --json          print one JSON document; everything else goes to standard error
  --smoke         measure hardly at all: to see that everything runs
  --only NAME     walk, shard, prio3, store, service or rounds; may be given again
  --large SIZE    also the service with 100k, 400k or 1m reports; may be given again. 1m needs 30 GB of disk, 24 GiB of
                  memory and up to half an hour
  --growth        also how the service's time grows with reports, bits and candidates: about ten minutes
  --folder DIR    where stores are made, on the disk that is to be measured (default: TMPDIR or /tmp)
  --binaries DIR  build nothing; the programs are in DIR

The machine should be quiet: two aggregators and their client share all cores.
END
}

json= smoke= growth= binaries= folder=${TMPDIR:-/tmp} only=() large=()
while [ $# -gt 0 ]; do
    case $1 in
    --json) json=--json ;;
    --smoke) smoke=--smoke ;;
    --growth) growth=yes ;;
    --only | --large | --folder | --binaries)
        [ $# -gt 1 ] || { usage >&2; exit 64; }
        case $1 in
        --only) only+=("$2") ;;
        --large) large+=("$2") ;;
        --folder) folder=$2 ;;
        --binaries) binaries=$2 ;;
        esac
        shift
        ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; exit 64 ;;
    esac
    shift
done
[ ${#only[@]} -gt 0 ] || only=(walk shard prio3 store service rounds)
for name in "${only[@]}"; do
    case $name in walk | shard | prio3 | store | service | rounds) ;; *) usage >&2; exit 64 ;; esac
done
for size in ${large[@]+"${large[@]}"}; do
    case $size in 100k | 400k | 1m) ;; *) usage >&2; exit 64 ;; esac
done

if [ -z "$binaries" ]; then
    prepare_build >&2
    products=("${only[@]/%/-benchmark}")
    products=("${products[@]/rounds-benchmark/service-benchmark}")
    case " ${only[*]} ${large[*]-} $growth" in
    *service* | *rounds* | *100k* | *400k* | *1m* | *yes*) products+=(service-benchmark populus) ;;
    esac
    for product in $(printf '%s\n' "${products[@]}" | sort -u); do
        say "build $product"
        swift build -c release --product "$product" >&2
    done
    binaries=$(swift build -c release --show-bin-path)
fi

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# Runs a program that prints JSON, and keeps that under a name.
measure() {
    local name=$1
    shift
    say "$name"
    "$@" --json >"$results/$name.json"
}

# The service: so many reports, drawn from so many strings, and a threshold; further options.
service() {
    local name=$1 reports=$2 strings=$3 threshold=$4
    shift 4
    measure "$name" "$binaries/service-benchmark" --reports "$reports" --strings "$strings" --threshold "$threshold" \
        --folder "$folder" $smoke "$@"
}

for name in "${only[@]}"; do
    case $name in
    service) service service-10k 10000 10000 0.1% ;;
    # All steps of one width and with the same candidates: what differs is the round trips alone.
    rounds)
        near=50 far=100
        [ -z "$smoke" ] || near=5 far=10
        for length in near far; do
            service "rounds-$length" 3000 30 1% --bits 64 --bits-per-step 2 --relay Tools/delay-relay \
                --round-trip "${!length}"
        done
        ;;
    store) measure store "$binaries/store-benchmark" --folder "$folder" $smoke ;;
    *) measure "$name" "$binaries/$name-benchmark" $smoke ;;
    esac
done
for size in ${large[@]+"${large[@]}"}; do
    case $size in
    100k) service service-100k 100000 10000 0.1% ;;
    400k) service service-400k 400000 10000 0.1% ;;
    1m) service service-1m 1000000 1000 1% ;;
    esac
done

if [ -n "$growth" ]; then
    # Strings that are all as popular survive to the end: twice as many candidates at one bit a step.
    for reports in 10000 30000 100000; do service "growth-reports-$reports" "$reports" 100 1 --exponent 0; done
    for bits in 64 1024; do service "growth-bits-$bits" 10000 100 1 --exponent 0 --bits "$bits"; done
    for strings in 10 30 300 1000; do service "growth-strings-$strings" 10000 "$strings" 1 --exponent 0; done
fi

Tools/bench-table $json $smoke "$results"
