import { PopulusError } from "./errors.js";

export const utf8 = (text) => new TextEncoder().encode(text);

export function concat(...parts) {
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
        whole.set(part, at);
        at += part.length;
    }
    return whole;
}

/** A whole number as so many bytes, the most significant first. */
export function uint(number, count) {
    const bytes = new Uint8Array(count);
    let rest = BigInt(number);
    for (let i = count - 1; i >= 0; i--) {
        bytes[i] = Number(rest & 255n);
        rest >>= 8n;
    }
    return bytes;
}

/** Bytes behind their length, which takes so many bytes: `opaque x<0..2^(8 lengthBytes)-1>` (RFC 8446 §3). */
export const opaque = (bytes, lengthBytes) => concat(uint(bytes.length, lengthBytes), bytes);

/** Reads messages in the TLS presentation language. */
export class Reader {
    constructor(bytes, what) {
        this.bytes = bytes;
        this.what = what;
        this.at = 0;
    }

    get isAtEnd() {
        return this.at === this.bytes.length;
    }

    take(count) {
        if (count > this.bytes.length - this.at) this.fail();
        this.at += count;
        return this.bytes.slice(this.at - count, this.at);
    }

    uint(count) {
        return this.take(count).reduce((sum, byte) => sum * 256 + byte, 0);
    }

    bigUint(count) {
        return this.take(count).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
    }

    opaque(lengthBytes, minimum = 0) {
        const bytes = this.take(this.uint(lengthBytes));
        if (bytes.length < minimum) this.fail();
        return bytes;
    }

    finish() {
        if (!this.isAtEnd) this.fail();
    }

    fail() {
        throw new PopulusError("task", `${this.what} does not decode`);
    }
}

export function base64url(bytes) {
    let characters = "";
    for (const byte of bytes) characters += String.fromCharCode(byte);
    return btoa(characters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The bytes of unpadded base64url, in the one way that they are written; undefined for anything else. */
export function fromBase64url(text) {
    if (typeof text !== "string" || !/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return undefined;
    const bytes = fromBase64(text.replaceAll("-", "+").replaceAll("_", "/"));
    return base64url(bytes) === text ? bytes : undefined;
}

export const fromBase64 = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

export const equal = (left, right) =>
    left.length === right.length && left.every((byte, index) => byte === right[index]);

/** Random bytes of WebCrypto, which gives at most 65,536 at once. */
export function randomBytes(count) {
    const bytes = new Uint8Array(count);
    for (let at = 0; at < count; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
    return bytes;
}

/** What this module's bytes are written as: gzip in base64. */
export async function unpack(text) {
    const stream = new Blob([fromBase64(text)]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
}
