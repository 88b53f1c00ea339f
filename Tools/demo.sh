#!/usr/bin/env bash
# Discovers the URLs that at least 10 of many reports hold, with two aggregators on this machine, and compares the
# result with the plaintext count. The task has exact counts (--exact): nothing bounds what they tell of one report.
#
#     Tools/demo.sh           the URLs in /usr/share/doc/*/copyright, one report each
#     Tools/demo.sh FILE      the lines of a file
#
# Writes heavy-hitters.csv into the current folder, beside it a .json file that says what it is a result of, and
# heavy-hitters.sqlite, a file of results for `populus dashboard`.
# POPULUS=PATH uses that executable and builds nothing. POPULUS_ENCODING=bytes takes the encoding for any strings, with
# 1024 bits, in place of the one for URLs, with 256.
set -euo pipefail

readonly encoding=${POPULUS_ENCODING:-url} threshold=10
here=$PWD
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$tools/prepare.sh"

scratch=
servers=()

# Ends what was started and removes the temporary folder; on every way out, also when interrupted.
clean_up() {
    local pid pids
    trap '' INT TERM HUP
    # Not from variables: a signal may come between a start and the note of it.
    pids=($(jobs -p))
    for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do
        for _ in {1..100}; do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
        kill -KILL "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    [ -z "$scratch" ] || rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# Runs a command so that an interruption is acted upon at once and not when the command has ended.
run() {
    local status=0
    "$@" &
    wait $! || status=$?
    return $status
}

# Two different free TCP ports of the loopback interface.
free_ports() {
    python3 -c '
import socket
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(socket.getsockname()[1] for socket in sockets))'
}

# Makes an aggregator's store, and starts it: start ROLE PORT. Its process is added to `servers`.
start() {
    "$populus" store create --store "$scratch/$1.sqlite" --task "$scratch/task/$1.json" >"$scratch/$1.store"
    "$populus" "$1" --listen "127.0.0.1:$2" --store "$scratch/$1.sqlite" --task "$scratch/task/$1.json" \
        >"$scratch/$1.out" 2>"$scratch/$1.log" &
    servers+=($!)
}

# Waits until both aggregators have printed that they are ready; 1 if one of them ended, or after a minute.
ready() {
    local pid
    for _ in {1..600}; do
        if [ -s "$scratch/leader.out" ] && [ -s "$scratch/helper.out" ]; then return 0; fi
        for pid in "${servers[@]}"; do kill -0 "$pid" 2>/dev/null || return 1; done
        sleep 0.1
    done
    return 1
}

# Makes a task and starts its aggregators; again with other ports if somebody took one in the meantime.
start_aggregators() {
    local attempt leader_port helper_port
    for attempt in 1 2 3; do
        read -r leader_port helper_port < <(free_ports)
        run "$populus" task new --directory "$scratch/task" --force --exact --encoding $encoding --bits $bits \
            --leader "http://127.0.0.1:$leader_port/" --helper "http://127.0.0.1:$helper_port/" \
            --min-batch-size $threshold >"$scratch/task.out"
        servers=()
        rm -rf "$scratch"/{leader,helper}.{sqlite*,out}
        start helper "$helper_port"
        start leader "$leader_port"
        if ready; then return; fi
        for pid in "${servers[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
        wait "${servers[@]}" || true
        servers=()
    done
    cat "$scratch"/{helper,leader}.log >&2
    fail "the aggregators did not start; their messages are above"
}

case $encoding in
    url) bits=256 ;;
    bytes) bits=1024 ;;
    *) fail "POPULUS_ENCODING is url or bytes" ;;
esac
readonly bits
[ $# -le 1 ] || fail "usage: Tools/demo.sh [FILE]"
case "${1:-}" in
    -h | --help) sed -n '2,12s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
    "") input= ;;
    *) input=$(realpath -- "$1") && [ -f "$input" ] && [ -r "$input" ] || fail "cannot read $1" ;;
esac
result=$here/heavy-hitters.csv
results=$here/heavy-hitters.sqlite
for file in "$result" "$results"; do
    if [ -e "$file" ]; then [ -w "$file" ]; else [ -w "$here" ]; fi || fail "cannot write $file"
done

if [ -n "${POPULUS:-}" ]; then
    populus=$(realpath -- "$POPULUS")
else
    prepare_build
    say "building (some minutes the first time)"
    run swift build -c release --package-path "$tools/.." --product populus >&2
    populus=$(swift build -c release --package-path "$tools/.." --show-bin-path)/populus
fi
scratch=$(mktemp -d "${TMPDIR:-/tmp}/populus-demo.XXXXXX")

if [ -z "$input" ]; then
    input=$scratch/urls.txt
    "$tools/harvest-urls" >"$input" || fail "found no URLs in /usr/share/doc/*/copyright; give a file of lines as the argument"
    say "harvested $(wc -l <"$input") URLs from $(ls /usr/share/doc/*/copyright | wc -l) copyright files"
fi

say "starting two aggregators"
start_aggregators

say "uploading one report a line, split into two shares"
status=0
run "$populus" upload --task "$scratch/task/client.json" "$input" || status=$?
[ $status -le 1 ] || fail "upload ended with status $status"    # 1: some lines were left out, and it named them

say "discovering what at least $threshold reports hold"
status=0
run "$populus" discover --task "$scratch/task/collector.json" --threshold $threshold --csv "$result" \
    --results "$results" >"$scratch/table.txt" || status=$?
if [ $status -ne 0 ]; then
    cat "$scratch"/{helper,leader}.log >&2
    fail "discover ended with status $status; the messages of the aggregators are above"
fi

say "the most popular ones, and the comparison"
"$tools/compare-counts" --encoding $encoding --bits $bits --threshold $threshold --top 20 "$input" "$result" ||
    fail "$result is not what a plaintext count gives"
say "written to $result"
say "to see it in a browser: $populus dashboard --results $results"
