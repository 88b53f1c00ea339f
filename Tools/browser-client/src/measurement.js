import { concat, opaque, uint, utf8 } from "./bytes.js";
import { PopulusError } from "./errors.js";

/** The encodings that this module knows, by the names that tasks have, and their numbers in WebAssembly. */
const encodings = { bytes: 1, hex: 2, "hash-1": 3, "url-1": 4 };
const group = "group-1+";

/** The number of an encoding; undefined for one that this module does not know. */
export function encodingNumber(name) {
    if (!name.startsWith(group)) return encodings[name];
    const number = encodings[name.slice(group.length)];
    return number === undefined || number === encodings.hex ? undefined : number + 16;
}

export const needsURLTables = (name) => name !== undefined && encodingNumber(name) % 16 === encodings["url-1"];

function number(value) {
    const isWhole = typeof value === "bigint" || (Number.isSafeInteger(value) && !Object.is(value, -0));
    if (!isWhole || value < 0 || value > 0xffffffffffffffffn) {
        throw new PopulusError("not-of-the-task", "a number is a whole number from 0 up to 2^64 - 1");
    }
    return uint(value, 8);
}

/**
 * What a measurement is to WebAssembly: a string, a number, a boolean (1 or 0), or a list of those two.
 *
 * @param task what `readTask` made.
 * @param group what the string is told apart by, in a task with groups.
 */
export function encodeMeasurement(task, value, group) {
    if (typeof value === "string") {
        if (!task.encoding) throw new PopulusError("not-of-the-task", "the task takes numbers, and this is a string");
        if (!value.isWellFormed?.() && /[\ud800-\udfff]/u.test(value)) {
            throw new PopulusError("not-of-the-task", "the string has half of a surrogate pair, which has no UTF-8");
        }
        // The first tab ends the group, so that the group has none.
        if (group !== undefined && (group === "" || group.includes("\t"))) {
            throw new PopulusError("not-of-the-task", "a group is not empty and has no tab");
        }
        const string = utf8(group === undefined ? value : `${group}\t${value}`);
        return concat([3], uint(encodingNumber(task.encoding), 4), opaque(task.id, 4), opaque(string, 4));
    }
    if (group !== undefined) throw new PopulusError("not-of-the-task", "the task has no groups");
    if (task.encoding) throw new PopulusError("not-of-the-task", "the task takes strings, and this is none");
    if (typeof value === "boolean") return concat([0], number(value ? 1 : 0));
    if (Array.isArray(value) || ArrayBuffer.isView(value)) {
        return concat([1], opaque(concat(...Array.from(value, (item) => number(typeof item === "boolean" ? Number(item) : item))), 4));
    }
    return concat([0], number(value));
}
