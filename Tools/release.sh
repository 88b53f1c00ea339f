#!/usr/bin/env bash
# Makes a release: an executable with Swift's library inside, its manual page and completions, the C library and the browser
# module for clients, and licences, in one archive.
set -euo pipefail
here=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source Tools/prepare.sh
exec </dev/null

usage() {
    cat <<'END'
usage: Tools/release.sh [--output DIR] [--dirty] [--built DIR] [VERSION]

Builds populus, links it with Swift's library inside, strips it, writes the commit into it, and packs it with the C
library and the browser module for clients as populus-VERSION-linux-ARCH.tar.gz, with SHA256SUMS beside it. The same
sources, folder and toolchain give the same bytes.

  VERSION        refuse if the program has another version
  --output DIR   where to write (default: release, in the current folder)
  --dirty        also from a checkout with changes; the program's version then says so
  --built DIR    take what was built in the scratch folder DIR, such as .build, with --traits PostgreSQL
END
}

# What the executable may need at run time. The packages libc6, libgcc-s1, libstdc++6 and zlib1g are on every Debian and
# Ubuntu machine; README's Install names the other two, libsqlite3-0 and libpq5.
readonly permitted='ld-linux-.*\.so\.[12]|lib(c|m)\.so\.6|libgcc_s\.so\.1|libstdc\+\+\.so\.6|libz\.so\.1'
readonly named='libsqlite3\.so\.0|libpq\.so\.5'

# The words of Sources/populus/Version.swift that the commit is written over: `stamp` in that file.
readonly stamp='populus was built from commit: '

# Links what was built once more, with Swift's library inside: link SCRATCH EXECUTABLE. `swift build
# --static-swift-stdlib` would compile everything again for that, and could not compile the tests; so the released code
# is, object by object, the code that was tested. The libraries are those inside Swift's Foundation.
link() {
    python3 - "$1" "$2" <<'END'
import json, re, subprocess, sys

scratch, executable = sys.argv[1:]
plan = open(f"{scratch}/release.yaml").read()
found = re.search(r'"C\.populus-[^"]*-release\.exe":\n(?: {4}.*\n)*? {4}args: (.*)\n', plan)
if not found:
    sys.exit(f"error: {scratch}/release.yaml does not say how populus is linked")
command = json.loads(found.group(1))
command[command.index("-o") + 1] = executable
while "-rpath=$ORIGIN" in command:  # No library may come from the folder that the executable lies in.
    place = command.index("-rpath=$ORIGIN")
    del command[place - 1 : place + 1]
inside = ["CoreFoundation", "_FoundationICU", "_FoundationCShims", "_FoundationCollections"]
linked = subprocess.run(command + ["-static-stdlib"] + ["-l" + name for name in inside], capture_output=True, text=True)
if linked.returncode != 0:
    sys.exit((linked.stdout + linked.stderr)[-4000:])
END
}

# Ends unless the executable starts on a machine without Swift, and knows PostgreSQL: check_libraries EXECUTABLE.
check_libraries() {
    local needed
    needed=$(LC_ALL=C readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p')
    [[ $needed == *libpq.so* ]] || fail "populus was built without --traits PostgreSQL, which every release has"
    needed=$(grep -vxE "$permitted|$named" <<<"$needed") || return 0
    fail "the release would need libraries that a machine without Swift does not have: ${needed//$'\n'/, }"
}

# Writes a commit into an executable, whose size stays: write_commit EXECUTABLE COMMIT.
write_commit() {
    local places place
    places=$(LC_ALL=C grep -abo -- "$stamp-\{48\}" "$1" | cut -d: -f1) || true
    [[ $places =~ ^[0-9]+$ ]] || fail "the executable has no place for the commit, or several"
    place=$((places + ${#stamp}))
    printf '%s' "$2" | dd of="$1" bs=1 seek="$place" conv=notrunc status=none
}

# The licences of what is inside the executable: copy_licences SCRATCH FOLDER.
copy_licences() {
    local file package name runtime
    while read -r file; do
        package=${file%%/*} name=${file##*/}
        # One that is not at the top is that of a part: LICENSE.CNIOLLHTTP.
        [ "$file" = "$package/$name" ] || name=$name.$(basename "$(dirname "$file")")
        install -D -m 644 "$1/checkouts/$file" "$2/$package/$name"
    done < <(find "$1/checkouts" -mindepth 2 -type f \( -name 'LICENSE*' -o -name 'NOTICE*' \) \
        -not -path '*/Tests/*' -not -path '*/Benchmarks/*' -printf '%P\n')
    runtime=$(swiftc -print-target-info |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["paths"]["runtimeResourcePath"])')
    install -D -m 644 "$runtime/../../share/swift/LICENSE.txt" "$2/Swift/LICENSE.txt"
    install -D -m 644 Tools/licences/ICU.txt "$2/ICU/LICENSE.txt" # It is inside Swift's Foundation.
}

# Adds everything but the executable, in the layout of /usr/local: fill SCRATCH FOLDER. The C library and the browser
# module are built if they are not yet.
fill() {
    Tools/c-client/build --scratch "$1" --prefix "$2" >&2
    local populus=$2/bin/populus share=$2/share
    mkdir -p "$share"/{man/man1,bash-completion/completions,zsh/site-functions,fish/vendor_completions.d}
    Tools/manual "$populus" >"$share/man/man1/populus.1"
    "$populus" --generate-completion-script bash >"$share/bash-completion/completions/populus"
    "$populus" --generate-completion-script zsh >"$share/zsh/site-functions/_populus"
    "$populus" --generate-completion-script fish >"$share/fish/vendor_completions.d/populus.fish"
    Tools/browser-client/build.sh
    install -D -m 644 -t "$share/populus/browser" .build-browser/populus-{client.js,client.d.ts,url-1.js}
    install -D -m 644 -t "$share/populus/monitoring" Tools/monitoring/*
    install -D -m 644 -t "$share/doc/populus" README.md LICENSE Package.resolved
    copy_licences "$1" "$share/doc/populus/licences"
}

# Packs a folder so that only names and content decide the bytes: pack FOLDER ARCHIVE SECONDS. The folders themselves are
# not in it, so that unpacking into /usr/local leaves alone who owns those that are there.
pack() {
    find "$1" \( -type f -o -type l \) -printf "${1##*/}/%P\n" | LC_ALL=C sort |
        tar --create --format=ustar --mtime="@$3" --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
            --directory "${1%/*}" --no-recursion --files-from - |
        gzip -n >"$2"
}

dirty= built= version= output=$here/release
while [ $# -gt 0 ]; do
    case $1 in
    --help | -h) usage; exit 0 ;;
    --dirty) dirty=yes ;;
    --output | --built)
        [ $# -gt 1 ] || { usage >&2; exit 64; }
        case $1 in
        --output) output=$(cd "$here" && realpath -m -- "$2") ;;
        --built) built=$(cd "$here" && realpath -- "$2") ;;
        esac
        shift
        ;;
    -*) usage >&2; exit 64 ;;
    *) [ -z "$version" ] || { usage >&2; exit 64; }; version=$1 ;;
    esac
    shift
done

# Also where the checkout belongs to somebody else, as in a container.
git() { command git -c safe.directory="$PWD" "$@"; }

if commit=$(git rev-parse --verify -q HEAD 2>/dev/null); then
    seconds=$(git show -s --format=%ct HEAD)
    changes=$(git status --porcelain)
else
    commit=unknown seconds=0 changes=
    [ -n "$dirty" ] || fail "this is no git checkout, so the release could not name its commit; --dirty makes one anyway"
fi
if [ -n "$changes" ]; then
    [ -n "$dirty" ] || fail "the checkout has changes: commit them, or give --dirty and the release says +changes"
    commit+=+changes
fi

prepare_build binutils libpq-dev esbuild binaryen zopfli
if [ -z "$built" ]; then
    say "building (some minutes the first time)"
    swift build -c release --product populus --traits PostgreSQL >&2
    built=$PWD/.build
fi
found=$("$built/release/populus" --version)
found=${found%%[[:space:]]*} # 0.1.0 of: 0.1.0 (development) ...
[ "${version:-$found}" = "$found" ] || fail "this is version $found, not $version: change Sources/populus/Version.swift"

scratch=$(mktemp -d "${TMPDIR:-/tmp}/populus-release.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
name=populus-$found-linux-$(uname -m)
mkdir -p "$scratch/$name/bin"

say "linking, stripping and packing"
link "$built" "$scratch/populus"
check_libraries "$scratch/populus"
strip -o "$scratch/$name/bin/populus" "$scratch/populus"
write_commit "$scratch/$name/bin/populus" "$commit"
[[ $("$scratch/$name/bin/populus" --version) == *"${commit:0:12}"* ]] || fail "the program does not name its commit"
fill "$built" "$scratch/$name"

mkdir -p "$output"
pack "$scratch/$name" "$scratch/$name.tar.gz" "$seconds"
mv "$scratch/$name.tar.gz" "$output/"
# The sums of other archives stay.
sums=$(cd "$output" && { grep -sv "  $name.tar.gz\$" SHA256SUMS || true; } && sha256sum "$name.tar.gz")
LC_ALL=C sort -k 2 <<<"$sums" >"$output/SHA256SUMS"
say "written: $output/$name.tar.gz and $output/SHA256SUMS"
