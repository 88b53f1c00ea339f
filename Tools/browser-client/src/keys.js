import { Reader, equal, fromBase64url } from "./bytes.js";
import { PopulusError } from "./errors.js";
import { exchange } from "./exchange.js";
import { aead, kdf, kem } from "./hpke.js";

/** What is assumed where a server says nothing, in seconds. */
const usuallyFreshFor = 3600;
const noKeys = (text, cause) => new PopulusError("no-keys", text, { cause });
const mediaType = "application/ppm-dap;message=hpke-config-list";

/** Public keys that a task's aggregators may have: `{leader: ["…"], helper: ["…"]}`, base64url; undefined for any. */
export function readExpected(expected) {
    if (expected === undefined) return undefined;
    const keys = {};
    for (const role of ["leader", "helper"]) {
        keys[role] = (expected[role] ?? []).map((text) => fromBase64url(text));
        if (keys[role].length === 0 || keys[role].some((key) => key?.length !== 32)) {
            throw new PopulusError("options", `the expected keys of the ${role} are X25519 keys in base64url, at least one`);
        }
    }
    return keys;
}

/** Whether keys that were kept are among those; what another page has kept need not be. */
export const isExpected = (keys, expected) =>
    !expected || ["leader", "helper"].every((role) => expected[role].some((key) => equal(key, keys[role].publicKey)));

/**
 * Asks both aggregators for their public keys: `{leader, helper, until}`, until in milliseconds since the Epoch.
 *
 * Spec: DAP §4.4.1; RFC 9111
 */
export async function fetchKeys(task, { expectedKeys, fetch }) {
    const began = Date.now();
    const [leader, helper] = await Promise.all([
        fetchKey(`${task.leader}hpke_config`, expectedKeys?.leader, "Leader", fetch),
        fetchKey(`${task.helper}hpke_config`, expectedKeys?.helper, "Helper", fetch),
    ]);
    const freshFor = Math.min(leader.freshFor, helper.freshFor, 1e6);
    return { leader: leader.config, helper: helper.config, until: began + 1000 * freshFor };
}

async function fetchKey(url, expected, who, fetch) {
    let response, body;
    try {
        const request = { headers: { Accept: mediaType }, credentials: "omit", redirect: "error" };
        ({ response, body } = await exchange(fetch, url, request));
    } catch (error) {
        throw noKeys(`the ${who} cannot be asked for its public key, or its answer may not be read on this page`, error);
    }
    if (!response.ok) throw noKeys(`the ${who} answers ${response.status} when it is asked for its public key`);
    const usable = configs(body, who);
    if (usable.length === 0) {
        throw noKeys(`the ${who} has no public key with DHKEM(X25519), HKDF-SHA256 and AES-128-GCM`);
    }
    // The receiver's most preferred one, of those that are expected: a key that comes next may be in front of it.
    const config = usable.find(({ publicKey }) => !expected || expected.some((key) => equal(key, publicKey)));
    if (!config) throw new PopulusError("unexpected-keys", `the ${who} offers none of the expected keys`);
    return { config, freshFor: freshFor(response.headers) };
}

/** The receiver's configurations that can be used, in its order. */
function configs(bytes, who) {
    try {
        return read(bytes);
    } catch (error) {
        throw noKeys(`what answers in the ${who}'s place sends no list of public keys`, error);
    }
}

function read(bytes) {
    const usable = [];
    const whole = new Reader(bytes, "a list of public keys");
    const list = new Reader(whole.opaque(2, 10), "a list of public keys");
    whole.finish();
    while (!list.isAtEnd) {
        const [id, ...algorithms] = [list.uint(1), list.uint(2), list.uint(2), list.uint(2)];
        const publicKey = list.opaque(2, 1);
        if (algorithms[0] === kem && algorithms[1] === kdf && algorithms[2] === aead && publicKey.length === 32) {
            usable.push({ id, publicKey });
        }
    }
    return usable;
}

/** For how many seconds an answer may be used again. RFC 9111 §4.2, §5.2.2 */
function freshFor(headers) {
    let maxAge;
    for (const directive of (headers.get("Cache-Control") ?? "").toLowerCase().split(",")) {
        const [name, value] = directive.split("=").map((part) => part.trim().replaceAll('"', ""));
        if (name === "no-store" || name === "no-cache") return 0;
        if (name === "max-age" && maxAge === undefined) maxAge = /^\d+$/.test(value ?? "") ? Number(value) : 0;
    }
    if (maxAge === undefined) return usuallyFreshFor;
    return Math.max(0, maxAge - (Number(headers.get("Age")) || 0));
}
