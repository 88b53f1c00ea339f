import { concat, opaque, uint, unpack } from "./bytes.js";
import { PopulusError } from "./errors.js";
import packed from "./wasm-bytes.js";

// The arithmetic: Swift's sources of the project as WebAssembly. One instance for the page; it keeps nothing from call to
// call but the tables of url-1. After a trap it is made anew.

let compiled;
let instance;
let tables;

async function exports() {
    if (instance) return instance;
    compiled ??= unpack(packed).then((bytes) => WebAssembly.compile(bytes));
    let module;
    try {
        module = await compiled;
    } catch (error) {
        compiled = undefined;
        throw new PopulusError(
            "unsupported",
            "WebAssembly cannot be compiled here; a content security policy must have 'wasm-unsafe-eval' in script-src",
            { cause: error },
        );
    }
    if (!instance) {
        instance = (await WebAssembly.instantiate(module, {})).exports;
        if (tables) giveTables(instance);
    }
    return instance;
}

function place(wasm, bytes) {
    const start = wasm.client_allocate(bytes.length) >>> 0;
    new Uint8Array(wasm.memory.buffer, start, bytes.length).set(bytes);
    return start;
}

function giveTables(wasm) {
    const start = place(wasm, tables);
    wasm.client_set_url_tables(start, tables.length);
    wasm.client_release(start);
}

/** Takes the tables of url-1, for all tasks of the page. */
export async function setURLTables(text) {
    if (tables) return;
    tables = await unpack(text);
    if (instance) giveTables(instance);
}

export const hasURLTables = () => tables !== undefined;

/** Sends a message to a function and returns its answer; both are wiped in its memory, and the message here. */
async function call(name, message) {
    const wasm = await exports();
    let answer;
    try {
        const start = place(wasm, message);
        message.fill(0);
        const result = wasm[name](start, message.length) >>> 0;
        wasm.client_release(start);
        const length = new DataView(wasm.memory.buffer).getUint32(result, true);
        answer = new Uint8Array(wasm.memory.buffer, result + 4, length).slice();
        wasm.client_release(result);
    } catch (error) {
        instance = undefined;
        throw new PopulusError("internal", "the WebAssembly module has trapped; is the task's VDAF too large?", {
            cause: error,
        });
    }
    if (answer[0] === 0) return answer.subarray(1);
    const text = new TextDecoder().decode(answer.subarray(1));
    throw new PopulusError(answer[0] === 1 ? "not-of-the-task" : "task", text);
}

/** The sizes of a VDAF's values in bytes, and of its strings' paths in bits. */
export async function sizes(vdaf) {
    const answer = await call("client_sizes", concat(vdaf));
    const view = new DataView(answer.buffer, answer.byteOffset);
    const [rand, publicShare, leaderShare, helperShare, bits] = [0, 4, 8, 12, 16].map((at) => view.getUint32(at));
    return { rand, publicShare, leaderShare, helperShare, bits };
}

/** Splits a measurement: `[publicShare, leaderShare, helperShare]`. */
export async function shard(vdaf, context, nonce, rand, measurement) {
    const answer = await call(
        "client_shard",
        concat(vdaf, opaque(context, 4), opaque(nonce, 4), opaque(rand, 4), measurement),
    );
    const view = new DataView(answer.buffer, answer.byteOffset);
    const shares = [];
    for (let at = 0; at < answer.length; ) {
        const length = view.getUint32(at);
        shares.push(answer.subarray(at + 4, at + 4 + length));
        at += 4 + length;
    }
    return shares;
}

/** The path of a string, in whole bytes. */
export const path = (bits, measurement) => call("client_path", concat(uint(bits, 4), measurement));
