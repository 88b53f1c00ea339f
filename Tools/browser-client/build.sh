#!/usr/bin/env bash
# Builds the browser module from the package's own sources:
#
#     Tools/browser-client/build.sh [FOLDER]      FOLDER: .build-browser unless told otherwise
#
# Writes populus-client.js, an ES module; populus-client.d.ts, its types; and populus-url-1.js, the tables of the encoding url-1.
# What was built from the same files stays. FOLDER/parts has the pieces, for tests. Needs Swift 6.3 with the standard library
# of wasm32-unknown-none-wasm, and of Debian esbuild, binaryen and zopfli.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
mkdir -p "${1:-$root/.build-browser}"
out=$(cd "${1:-$root/.build-browser}" && pwd)
parts=$out/parts

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# One build at a time in a folder.
exec 9>"$out/.lock"
flock 9

# clang and wasm-ld are those of Swift's toolchain.
swiftc=$(command -v swiftc) || fail "install Swift 6.3 or later: https://www.swift.org/install/linux/"
toolchain=$("$swiftc" -print-target-info | python3 -c '
import json, os, sys
print(os.path.realpath(os.path.join(json.load(sys.stdin)["paths"]["runtimeResourcePath"], "../../bin")))')
[ -x "$toolchain/wasm-ld" ] || fail "Swift's toolchain has no wasm-ld at $toolchain"
[ -d "$toolchain/../lib/swift/embedded/wasm32-unknown-none-wasm" ] ||
    fail "Swift's toolchain has no Embedded Swift for wasm32-unknown-none-wasm; that of swift.org has it"
for tool in esbuild wasm-opt zopfli; do
    command -v $tool >/dev/null || fail "no $tool: install Debian's esbuild, binaryen and zopfli, or their like"
done

# The Swift sources: all of these modules but what needs a system, or values of a protocol's type, which Embedded Swift has not.
modules=(PopulusKernels PopulusWireCodec PopulusVDAF PopulusStringCodec)
left_out=(
    PopulusKernels/Walk/ PopulusKernels/ProcessMemory.swift PopulusKernels/ThreadName.swift
    PopulusKernels/DamageDigest.swift PopulusKernels/HmacSha256.swift
    PopulusStringCodec/StringEncodings.swift PopulusStringCodec/Groups/GroupedEncoding.swift
    PopulusStringCodec/Groups/GroupReader.swift PopulusStringCodec/URL/URLTables.swift
)
swift_sources=()
while IFS= read -r file; do
    for path in "${left_out[@]}"; do [[ $file != "$root/Sources/$path"* ]] || continue 2; done
    swift_sources+=("$file")
done < <(printf "$root/Sources/%s\n" "${modules[@]}" | xargs -I{} find {} -name '*.swift' | LC_ALL=C sort)
swift_sources+=("$here"/Swift/*.swift)
kernels=$root/Sources/CPopulusKernels

# Nothing is built twice: a digest of all that goes in and of the compiler stands beside what came out.
digest=$({
    "$swiftc" --version 2>/dev/null
    find "$here/build.sh" "$here/C" "$here/src" "$kernels" "$root/Sources/PopulusStringCodec/URL/URLTables.swift" \
        "${swift_sources[@]}" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sed "s# $root/# #"
} | sha256sum)
if [ -f "$out/.digest" ] && [ "$(cat "$out/.digest")" = "$digest" ]; then exit 0; fi
rm -rf "$parts" "$out/.digest"
mkdir -p "$parts/swift" "$parts/objects" "$parts/src"

# One module: so the sources do not import each other, and no name is qualified by another module.
names=$(IFS='|' && printf '%s' "${modules[*]}")
number=0
for file in "${swift_sources[@]}"; do
    number=$((number + 1))
    sed -E "/^(package |public )?import ($names)\$/d; s/\b($names)\.([a-z])/PopulusBrowser.\2/g" "$file" \
        >"$parts/swift/$number-$(basename "$file")"
done
printf 'module CPopulusKernels {\n    umbrella header "%s"\n    export *\n}\n' \
    "$kernels/include/CPopulusKernels.h" >"$parts/module.modulemap"

target=(-target wasm32-unknown-none-wasm)
"$swiftc" "${target[@]}" -swift-version 6 -enable-experimental-feature Embedded -wmo -Osize -parse-as-library \
    -package-name populus -module-name PopulusBrowser -suppress-warnings -Xfrontend -disable-stack-protector -enforce-exclusivity=unchecked \
    -Xcc "-fmodule-map-file=$parts/module.modulemap" -Xcc -ffreestanding -Xcc -mbulk-memory \
    -c -o "$parts/objects/swift.o" "$parts"/swift/*.swift

# The kernels' portable paths. The walk's are for aggregators, but for the permutation that sharding has from there.
clang=("$toolchain/clang" --target=wasm32-unknown-none-wasm -ffreestanding -mbulk-memory -Os -Wall -nostdlibinc
    "-I$here/C/include" "-I$kernels/include" -c)
for file in "$kernels"/*.c; do
    "${clang[@]}" -Wno-unused-function -o "$parts/objects/$(basename "$file" .c).o" "$file"
done
"${clang[@]}" -fno-builtin -o "$parts/objects/runtime.o" "$here/C/runtime.c"

exports=()
for name in allocate release set_url_tables sizes shard path; do exports+=("--export=client_$name"); done
"$toolchain/wasm-ld" --no-entry --gc-sections --strip-all --stack-first -z stack-size=262144 "${exports[@]}" \
    -o "$parts/linked.wasm" "$parts"/objects/*.o
wasm-opt -Oz --converge --enable-bulk-memory --enable-sign-ext --enable-mutable-globals --enable-nontrapping-float-to-int \
    --strip-debug --strip-producers "$parts/linked.wasm" -o "$parts/populus.wasm"

# The module's bytes, compressed, in a JavaScript source of their own; the tables likewise.
cp "$here"/src/*.js "$parts/src/"
python3 - "$parts/populus.wasm" "$root/Sources/PopulusStringCodec/URL/URLTables.swift" "$parts/src" "$out" <<'PYTHON'
import base64, re, subprocess, sys, tempfile

wasm, tables, sources, out = sys.argv[1:]


def text(data):
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        return base64.b64encode(subprocess.check_output(["zopfli", "-c", file.name])).decode()


with open(sources + "/wasm-bytes.js", "w") as file:
    file.write('export default "%s";\n' % text(open(wasm, "rb").read()))
digits = re.search(r'"""\n(.*?)\n\s*"""', open(tables).read(), re.S).group(1)
with open(out + "/populus-url-1.js", "w") as file:
    file.write("// Populus: the tables of the encoding url-1, for populus-client.js.\n")
    file.write('export default "%s";\n' % text(base64.b64decode("".join(digits.split()))))
PYTHON
esbuild "$parts/src/index.js" --bundle --format=esm --minify --target=es2022 --charset=utf8 --log-level=warning \
    --banner:js='// Populus: reports for a private discovery of popular strings, by DAP-18 and VDAF-20. Apache License 2.0.' \
    --outfile="$out/populus-client.js"
cp "$here/src/populus-client.d.ts" "$out/populus-client.d.ts"
printf '%s\n' "$digest" >"$out/.digest"
