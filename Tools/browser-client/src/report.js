import { concat, opaque, randomBytes, uint, utf8 } from "./bytes.js";
import { PopulusError } from "./errors.js";
import { seal } from "./hpke.js";
import { encodeMeasurement } from "./measurement.js";
import { shard, sizes } from "./wasm.js";

const tag = "dap-18";
const client = 1;
const leader = 2;
const helper = 3;

/** Seconds since the Epoch. */
const seconds = () => Math.floor(Date.now() / 1000);

/**
 * Makes a report: `{id, bytes}`, the bytes as an upload request has them.
 *
 * Spec: DAP §4.4.2, §4.4.2.1
 *
 * @param task what `readTask` made.
 * @param keys `{leader, helper}`: both aggregators' HPKE configurations.
 * @param more `group`, and what tests fix: `id`, `rand`, `now`.
 */
export async function makeReport(task, value, keys, more = {}) {
    const id = more.id ?? randomBytes(16);
    const metadata = concat(id, uint(time(task, more.now ?? seconds()), 8), uint(0, 2));
    const measurement = encodeMeasurement(task, value, more.group);
    const rand = more.rand ?? randomBytes((await sizes(task.vdaf)).rand);
    const context = concat(utf8(tag), task.id);
    let shares = [];
    try {
        shares = await shard(task.vdaf, context, id, rand, measurement);
        const [publicShare, leaderShare, helperShare] = shares;
        const associatedData = concat(task.id, task.configuration, metadata, opaque(publicShare, 4));
        const sealed = [
            await sealShare(keys.leader, leader, leaderShare, associatedData),
            await sealShare(keys.helper, helper, helperShare, associatedData),
        ];
        return { id, bytes: concat(metadata, opaque(publicShare, 4), ...sealed) };
    } finally {
        for (const bytes of [measurement, rand, ...shares]) bytes.fill(0);
    }
}

/** The time in units of the task's precision, inside the task's interval. */
function time(task, now) {
    const units = BigInt(now) / task.precision;
    const interval = task.interval;
    if (interval && (units < interval.start || units >= interval.start + interval.duration)) {
        throw new PopulusError("not-of-the-task", "the task takes no reports now: it has not begun, or it is over");
    }
    return units;
}

/** One `HpkeCiphertext` of a `PlaintextInputShare` without extensions. */
async function sealShare(config, role, share, associatedData) {
    const plaintext = concat(uint(0, 2), opaque(share, 4));
    const info = concat(utf8(`${tag} input share`), [client, role]);
    try {
        const { enc, payload } = await seal(config.publicKey, info, associatedData, plaintext);
        return concat([config.id], opaque(enc, 2), opaque(payload, 4));
    } finally {
        plaintext.fill(0);
    }
}
