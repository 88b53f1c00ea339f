import { Reader, equal, fromBase64url, utf8 } from "./bytes.js";
import { PopulusError } from "./errors.js";
import { encodingNumber } from "./measurement.js";

const format = "populus-task/1";
/** The types of extensions that a client knows: `task_interval`, and those of walks and noise. */
const taskInterval = 1;
const usualCodePoints = { task: 0xfd57, noise: 0xfd58 };
/** The version that walks and noise begin with. */
const extensionVersion = 1;
/** The optional messages of walks that a party knows: `finish`. They go between the aggregators. */
const knownMessages = [1];
const poplar1 = 6;

/**
 * Reads a client's task file, as `populus task new` writes it: an object or its text.
 *
 * Spec: DAP §4.2 (`TaskConfiguration`)
 */
export function readTask(given) {
    const json = typeof given === "string" ? parse(given) : given;
    if (json?.format !== format) throw new PopulusError("task", `the task's format is not "${format}"`);
    if (json.role !== "client") {
        throw new PopulusError("task", "this is the task file of another role: give the client's alone");
    }
    const id = fromBase64url(json.task_id);
    const configuration = fromBase64url(json.task_configuration);
    if (id?.length !== 32 || !configuration) {
        throw new PopulusError("task", "the task's ID or its configuration is no base64url");
    }
    const task = { id, idText: json.task_id, configuration, encoding: json.encoding ?? undefined };
    const known = { ...usualCodePoints, ...json.walk_code_points };
    return check({ ...task, ...readConfiguration(configuration, known) });
}

function parse(text) {
    try {
        return JSON.parse(text);
    } catch (error) {
        throw new PopulusError("task", "the task is no JSON", { cause: error });
    }
}

function readConfiguration(bytes, known) {
    const reader = new Reader(bytes, "the task's configuration");
    const info = reader.opaque(1, 1);
    const leader = endpoint(reader.opaque(2, 1));
    const helper = endpoint(reader.opaque(2, 1));
    const precision = reader.bigUint(8);
    reader.take(8 + 1);
    if (precision === 0n || reader.opaque(2).length > 0) reader.fail();
    const start = reader.at;
    const vdafType = reader.uint(4);
    reader.opaque(2);
    const vdaf = bytes.slice(start, reader.at);
    const extensions = new Reader(reader.opaque(2), "the task's configuration");
    reader.finish();
    if (new URL(leader).href === new URL(helper).href) {
        throw new PopulusError("task", "the Leader and the Helper have one base URL: one party would hold both shares");
    }
    let interval;
    let before = -1;
    while (!extensions.isAtEnd) {
        const type = extensions.uint(2);
        const data = new Reader(extensions.opaque(2), "an extension of the task");
        if (type <= before) reader.fail();
        before = type;
        // Nobody takes part in a task with an extension that it does not know (DAP §4.2.2).
        if (![taskInterval, known.task, known.noise].includes(type)) {
            throw new PopulusError("task", `the task has an extension that this module does not know: ${type}`);
        }
        if (type === taskInterval) {
            interval = { start: data.bigUint(8), duration: data.bigUint(8) };
            data.finish();
        } else if (data.uint(2) !== extensionVersion || (type === known.task && !areKnown(data.opaque(1)))) {
            // An optional message of walks that this module does not know is no reason to be part of it either.
            throw new PopulusError("task", "the task's walks or its noise are of another version than this module");
        }
    }
    return { info, leader, helper, precision, vdaf, vdafType, interval };
}

/** Whether optional messages are all known; each is two bytes. */
function areKnown(messages) {
    const reader = new Reader(messages, "an extension of the task");
    while (!reader.isAtEnd) if (!knownMessages.includes(reader.uint(2))) return false;
    return true;
}

function endpoint(bytes) {
    const text = new TextDecoder().decode(bytes);
    let url;
    try {
        url = new URL(text);
    } catch {
        url = undefined;
    }
    if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username || url.password) {
        throw new PopulusError("task", "an aggregator's URL is none: it begins with https:// and ends with /");
    }
    return text.endsWith("/") ? text : text + "/";
}

/** The encoding is bound by the configuration, so that clients consent to it. */
function check(task) {
    const mark = utf8(";encoding=");
    let bound;
    for (let at = task.info.length - mark.length; at >= 0 && task.vdafType === poplar1; at--) {
        if (!equal(task.info.subarray(at, at + mark.length), mark)) continue;
        bound = new TextDecoder().decode(task.info.subarray(at + mark.length));
        break;
    }
    if (bound !== task.encoding) {
        throw new PopulusError("task", "the task's encoding is not the one in its configuration");
    }
    if (task.vdafType === poplar1 && (!bound || encodingNumber(bound) === undefined)) {
        throw new PopulusError("task", `this module does not know the task's encoding of strings: ${bound}`);
    }
    return task;
}
