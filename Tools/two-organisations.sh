#!/usr/bin/env bash
# Two organisations count together, each in a folder of its own that stands for its machine: which file each gets, what
# they exchange, how they check it. The guide "Two organisations" tells the same with its reasons.
#
#     Tools/two-organisations.sh
#
# POPULUS=PATH uses that executable and builds nothing.
set -euo pipefail

tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$tools/prepare.sh"

scratch=
servers=()

# Ends what was started and removes the temporary folder; on every way out, also when interrupted.
clean_up() {
    local pid
    trap '' INT TERM HUP
    for pid in "${servers[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
    for pid in "${servers[@]}"; do wait "$pid" 2>/dev/null || true; done
    [ -z "$scratch" ] || rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# Two different free TCP ports of the loopback interface.
free_ports() {
    python3 -c '
import socket
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(socket.getsockname()[1] for socket in sockets))'
}

# Waits until an aggregator has printed that it is ready: ready FOLDER.
ready() {
    for _ in {1..300}; do
        [ ! -s "$1/out" ] || return 0
        sleep 0.1
    done
    cat "$1/log" >&2
    fail "the aggregator of $1 did not start"
}

# What the sides compare of a file: compared FILE.
compared() { "$populus" task show "$1" | grep -E "^(fingerprint|verification key|collector's key) "; }

[ $# -eq 0 ] || { sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 64; }
if [ -n "${POPULUS:-}" ]; then
    populus=$(realpath -- "$POPULUS")
else
    prepare_build
    say "building (some minutes the first time)"
    swift build -c release --package-path "$tools/.." --product populus >&2
    populus=$(swift build -c release --package-path "$tools/.." --show-bin-path)/populus
fi
scratch=$(mktemp -d "${TMPDIR:-/tmp}/populus-two.XXXXXX")
mkdir -m 700 "$scratch"/{north,south,phone}
cd "$scratch"
read -r leader_port helper_port < <(free_ports)

say "North, which runs the Leader and collects (a third party is better, says the guide), makes the task"
"$populus" task new --directory north --name visits --vdaf prio3-histogram --length 5 --min-batch-size 10 \
    --leader "http://127.0.0.1:$leader_port/" --helper "http://127.0.0.1:$helper_port/" >/dev/null
ls north

say "North gives South helper.json over a channel that both trust, and keeps no copy; client.json is for everybody"
mv north/helper.json south/helper.json
mv north/client.json phone/client.json

say "South draws a key of its own, so that North, who has seen the file, cannot open South's shares"
"$populus" task rekey --drop-older south/helper.json

say "They compare over the telephone: all three lines are the same"
compared north/leader.json
[ "$(compared north/leader.json)" = "$(compared south/helper.json)" ] || fail "the two sides have different tasks"
"$populus" task show north/collector.json | grep "^HPKE key " # the collector's key of the lines above
"$populus" task show phone/client.json | grep "^fingerprint "  # a client can compare as well
for file in north/{leader,collector}.json south/helper.json phone/client.json; do
    "$populus" task show "$file" | grep "^fingerprint " | tr -s ' '
done | sort -u | { [ "$(wc -l)" = 1 ] || fail "the four files have different fingerprints"; }

say "Each makes the store of its aggregator, once, and starts it"
"$populus" store create --store south/helper.sqlite --task south/helper.json
"$populus" store create --store north/leader.sqlite --task north/leader.json
(cd south && exec "$populus" helper --listen "127.0.0.1:$helper_port" --store helper.sqlite --task helper.json \
    >out 2>log) &
servers+=($!)
(cd north && exec "$populus" leader --listen "127.0.0.1:$leader_port" --store leader.sqlite --task leader.json \
    >out 2>log) &
servers+=($!)
ready south
ready north
head -n 1 south/out north/out

say "Clients upload: 40 measurements, buckets 0 to 4"
for i in {0..39}; do echo $((i * i % 5)); done >phone/buckets
"$populus" upload --task phone/client.json phone/buckets

say "North collects the sums; neither side has seen a measurement"
"$populus" collect --task north/collector.json --csv north/out.csv
cut -d, -f 1,2 north/out.csv | tail -n +2 | tr -d '\r' >north/found
sort -n phone/buckets | uniq -c | awk '{ n[$2] = $1 } END { for (i = 0; i < 5; i++) print i "," n[i] + 0 }' >phone/true
cmp -s north/found phone/true || fail "the result is not the plaintext count"
say "identical to the plaintext count"
