// Known answers: node vectors.mjs BUILD VECTORS. Shares equal those of the vectors, byte for byte; paths those of url-1.csv.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, finish, hex, readJSON, test, unhex } from "./harness.mjs";

const [build, vectors] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(join(build, path)));
const { concat, opaque, uint, utf8 } = await load("parts/src/bytes.js");
const { path, setURLTables, shard, sizes } = await load("parts/src/wasm.js");

/** `VdafConfiguration` of a vector; undefined for what no task of DAP can have. */
function configuration(name, vector) {
    const [length, chunk] = [uint(vector.length ?? 0, 4), uint(vector.chunk_length ?? 0, 4)];
    const numbers = {
        Prio3Count: () => [],
        Prio3Sum: () => [uint(vector.max_measurement, 8)],
        Prio3SumVec: () => [length, uint(vector.max_measurement, 8), chunk],
        Prio3Histogram: () => [length, chunk],
        Prio3MultihotCountVec: () => [length, chunk, uint(vector.max_weight, 8)],
        Poplar1: () => [uint(vector.bits, 2)],
    };
    const type = Object.keys(numbers).indexOf(name) + 1;
    return type > 0 && vector.shares === 2 ? concat(uint(type, 4), opaque(concat(...numbers[name]()), 2)) : undefined;
}

function measurement(name, given) {
    if (name === "Poplar1") {
        const bytes = new Uint8Array(Math.ceil(given.length / 8));
        given.forEach((bit, index) => (bytes[index >> 3] |= bit ? 0x80 >> (index & 7) : 0));
        return concat([2], opaque(bytes, 4));
    }
    if (Array.isArray(given)) return concat([1], opaque(concat(...given.map((item) => uint(item, 8))), 4));
    return concat([0], uint(given, 8));
}

const seen = new Map();
for (const file of readdirSync(join(vectors, "vdaf")).sort()) {
    const name = file.split("_")[0];
    const vector = readJSON(join(vectors, "vdaf", file));
    const vdaf = configuration(name, vector);
    if (!vdaf) continue;
    await test(file, async () => {
        for (const report of vector.reports) {
            if (report.measurement === null) continue;
            const rand = unhex(report.rand);
            expect((await sizes(vdaf)).rand === rand.length, "the size of the randomness differs");
            const shares = await shard(
                vdaf, unhex(vector.ctx), unhex(report.nonce), rand, measurement(name, report.measurement));
            const expected = [report.public_share, ...report.input_shares];
            shares.forEach((share, index) => expect(hex(share) === expected[index], `share ${index} differs`));
            seen.set(name, (seen.get(name) ?? 0) + 1);
        }
    });
}
await test("every VDAF", () => expect(seen.size === 6, `only ${[...seen.keys()]} have vectors`));

await test("url-1.csv", async () => {
    await setURLTables((await load("populus-url-1.js")).default);
    const lines = readFileSync(join(vectors, "url-1.csv"), "utf8").trim().split("\n").slice(1);
    expect(lines.length > 10, "there are hardly any known answers");
    for (const line of lines) {
        const [string, word] = line.split(",").map((field) => field.trim());
        const bytes = await path(4096, concat([3], uint(4, 4), opaque(new Uint8Array(32), 4), opaque(unhex(string), 4)));
        const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
        expect(bits === word.padEnd(4096, "0"), `the path of ${string} differs`);
    }
});

await test("what WebAssembly imports", async () => {
    const module = new WebAssembly.Module(readFileSync(join(build, "parts/populus.wasm")));
    const imports = WebAssembly.Module.imports(module).map(({ module, name }) => `${module}.${name}`);
    expect(imports.every((name) => name === "populus.random"), `it imports ${imports}`);
    const names = WebAssembly.Module.exports(module).map(({ name }) => name).sort();
    const expected = ["allocate", "path", "release", "set_url_tables", "shard", "sizes"].map((name) => `client_${name}`);
    expect(String(names) === String([...expected, "memory"]), `it exports ${names}`);
});

await test("sizes", () => {
    const size = readFileSync(join(build, "populus-client.js")).length;
    expect(size <= 120_000, `populus-client.js has ${size} bytes, and may have 120,000`);
});

await test("SHA-256 in names of strings", async () => {
    const id = new Uint8Array(32).fill(7);
    const string = utf8("https://example.org/");
    const bytes = await path(64, concat([3], uint(3, 4), opaque(id, 4), opaque(string, 4)));
    const hash = await crypto.subtle.digest("SHA-256", concat(utf8("populus hash 1"), id, string));
    expect(hex(bytes) === hex(new Uint8Array(hash).subarray(0, 8)), "the hash differs");
});

finish();
