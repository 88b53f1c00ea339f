// What the tests of the browser module share.
import { readFileSync } from "node:fs";

// Node 18 has WebCrypto, but not under the name that browsers use.
globalThis.crypto ??= (await import("node:crypto")).webcrypto;

let failures = 0;

/** Runs a test, and says so if it fails. */
export async function test(name, body) {
    try {
        await body();
    } catch (error) {
        failures += 1;
        console.error(`FAILED ${name}: ${error.stack}`);
    }
}

export function expect(condition, what) {
    if (!condition) throw new Error(what);
}

/** Expects an error of the module's with such a code. */
export async function expectError(code, body) {
    try {
        await body();
    } catch (error) {
        expect(error.code === code, `expected ${code}, got ${error.code ?? error.stack}: ${error.message}`);
        return;
    }
    throw new Error(`expected ${code}, got no error`);
}

/** Ends the process as the tests went. */
export function finish() {
    if (failures > 0) process.exit(1);
    console.log("passed");
    process.exit(0);
}

export const hex = (bytes) => Buffer.from(bytes).toString("hex");
export const unhex = (text) => new Uint8Array(Buffer.from(text, "hex"));

/** Numbers that JavaScript has no exact value for are read as text. */
export const readJSON = (path) =>
    JSON.parse(readFileSync(path, "utf8").replace(/([[:,]\s*)(\d{16,})(?=\s*[,\]}])/g, '$1"$2"'));
