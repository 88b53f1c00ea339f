import { concat, uint, utf8 } from "./bytes.js";
import { PopulusError } from "./errors.js";

// HPKE in the base mode with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-128-GCM, by WebCrypto. RFC 9180.

export const kem = 0x0020;
export const kdf = 0x0001;
export const aead = 0x0001;

const kemSuite = concat(utf8("KEM"), uint(kem, 2));
const suite = concat(utf8("HPKE"), uint(kem, 2), uint(kdf, 2), uint(aead, 2));
const version = utf8("HPKE-v1");
const nothing = new Uint8Array();

async function hmac(key, message) {
    // A key of no bytes, which WebCrypto refuses, is to HMAC one of zeros.
    const bytes = key.length > 0 ? key : new Uint8Array(32);
    const imported = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    return new Uint8Array(await crypto.subtle.sign("HMAC", imported, message));
}

/** RFC 9180 §4 (`LabeledExtract`). */
const labeledExtract = (suiteID, salt, label, input) =>
    hmac(salt, concat(version, suiteID, utf8(label), input));

/** RFC 9180 §4 (`LabeledExpand`), for at most 32 bytes. */
async function labeledExpand(suiteID, key, label, info, count) {
    const message = concat(uint(count, 2), version, suiteID, utf8(label), info, [1]);
    return (await hmac(key, message)).subarray(0, count);
}

async function newKeyPair() {
    try {
        return await crypto.subtle.generateKey({ name: "X25519" }, false, ["deriveBits"]);
    } catch (error) {
        throw new PopulusError("unsupported", "this browser's WebCrypto has no X25519: a newer version has it", {
            cause: error,
        });
    }
}

async function diffieHellman(privateKey, publicKey) {
    try {
        const key = await crypto.subtle.importKey("raw", publicKey, { name: "X25519" }, false, []);
        const bits = await crypto.subtle.deriveBits({ name: "X25519", public: key }, privateKey, 256);
        const bytes = new Uint8Array(bits);
        // What a public key of low order comes to.
        if (bytes.some((byte) => byte !== 0)) return bytes;
    } catch (error) {
        throw new PopulusError("no-keys", "an aggregator's public key is none of X25519", { cause: error });
    }
    throw new PopulusError("no-keys", "an aggregator's public key is one of X25519 that hides nothing");
}

/**
 * Encrypts one message to a public key: `{enc, payload}`.
 *
 * RFC 9180 §4.1 (`Encap`), §5.1 (`KeySchedule`), §6.1 (`SealBase`)
 */
export async function seal(publicKey, info, associatedData, plaintext) {
    const pair = await newKeyPair();
    const enc = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
    const secret = await diffieHellman(pair.privateKey, publicKey);
    const eae = await labeledExtract(kemSuite, nothing, "eae_prk", secret);
    const shared = await labeledExpand(kemSuite, eae, "shared_secret", concat(enc, publicKey), 32);
    const context = concat(
        [0],
        await labeledExtract(suite, nothing, "psk_id_hash", nothing),
        await labeledExtract(suite, nothing, "info_hash", info),
    );
    const schedule = await labeledExtract(suite, shared, "secret", nothing);
    const keyBytes = await labeledExpand(suite, schedule, "key", context, 16);
    const nonce = await labeledExpand(suite, schedule, "base_nonce", context, 12);
    const key = await crypto.subtle.importKey("raw", keyBytes, "AES-GCM", false, ["encrypt"]);
    for (const bytes of [secret, eae, shared, schedule, keyBytes]) bytes.fill(0);
    const algorithm = { name: "AES-GCM", iv: nonce, additionalData: associatedData, tagLength: 128 };
    return { enc, payload: new Uint8Array(await crypto.subtle.encrypt(algorithm, key, plaintext)) };
}
