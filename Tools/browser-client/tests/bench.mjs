// Times of sharding: node bench.mjs BUILD. Prints the best of five hundreds, in milliseconds a report.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import "./harness.mjs";

const load = (path) => import(pathToFileURL(join(process.argv[2], path)));
const { concat, opaque, randomBytes, uint } = await load("parts/src/bytes.js");
const { shard, sizes } = await load("parts/src/wasm.js");

const vdafs = {
    "Poplar1, 256 bits": [concat(uint(6, 4), opaque(uint(256, 2), 2)), concat([2], opaque(randomBytes(32), 4))],
    "Prio3Histogram, 100 buckets": [
        concat(uint(4, 4), opaque(concat(uint(100, 4), uint(10, 4)), 2)), concat([0], uint(7, 8)),
    ],
};
for (const [name, [vdaf, measurement]] of Object.entries(vdafs)) {
    const rand = randomBytes((await sizes(vdaf)).rand);
    let best = Infinity;
    for (let round = 0; round < 5; round++) {
        const start = performance.now();
        for (let i = 0; i < 100; i++) await shard(vdaf, new Uint8Array(38), randomBytes(16), rand, measurement);
        best = Math.min(best, (performance.now() - start) / 100);
    }
    console.log(`${name}: ${best.toFixed(2)} ms`);
}
