import { PopulusError } from "./errors.js";
import { fetchKeys, isExpected, readExpected } from "./keys.js";
import { encodeMeasurement, needsURLTables } from "./measurement.js";
import { checkOptions } from "./options.js";
import { makeReport } from "./report.js";
import { Sender } from "./sender.js";
import { usualStorage } from "./storage.js";
import { readTask } from "./task.js";
import { hasURLTables, setURLTables } from "./wasm.js";

/** In seconds. */
const week = 604_800;

/** Makes reports for one task, keeps them sealed until the Leader has them, and sends them. */
export class PopulusClient {
    #task;
    #options;
    #storage;
    #sender;
    #fetchingKeys;
    #consent;
    /** How often consent was withdrawn on the pages of the origin when it was given here. */
    #withdrawals;
    #isClosed = false;

    constructor(task, options = {}) {
        requireCryptography();
        this.#task = readTask(task);
        this.#options = checkOptions(options);
        this.#options.expectedKeys = readExpected(options.expectedKeys);
        this.#storage = options.storage ?? usualStorage(this.#task.idText);
        this.#sender = new Sender(this.#task, this.#storage, this.#options, () => this.#consent === "given");
        this.#consent = options.consent ?? "notAsked";
        // What fails here fails again when a report is made, and is told then.
        this.#withdrawals = this.#apply(this.#consent);
        this.#withdrawals.catch(() => {});
        if (this.#consent === "given") this.#send();
    }

    /** Makes a report and keeps it, sealed; it is sent when the Leader can be reached. */
    async report(value, { group } = {}) {
        this.#check();
        // What the task cannot take is told before anything is asked of anybody.
        encodeMeasurement(this.#task, value, group).fill(0);
        const withdrawals = await this.#withdrawals;
        await this.#enterWindow();
        const admitted = (state, waiting) => {
            this.#check();
            return admit(state, waiting, withdrawals, this.#options);
        };
        await this.#storage.update((state, waiting) => {
            admitted(state, waiting);
        });
        await this.#loadTables();
        const report = await makeReport(this.#task, value, await this.#keys(), { group });
        await this.#storage.update((state, waiting) => ({
            state: admitted(state, waiting),
            add: [{ ...report, made: Date.now() }],
        }));
        this.#send();
    }

    /** Sends what waits, as far as it can be sent now; the number of reports that still wait. */
    async flush() {
        this.#check();
        await this.#sender.run();
        return this.waiting();
    }

    /** The number of reports that wait. */
    async waiting() {
        let count = 0;
        await this.#storage.update((_, waiting) => {
            count = waiting;
        });
        return count;
    }

    /** "given" or "withdrawn"; with the latter the reports that wait are erased, and open pages take no more. */
    async setConsent(consent) {
        this.#options = checkOptions({ ...this.#options, consent });
        this.#consent = consent;
        if (consent !== "given") this.#sender.stop();
        this.#withdrawals = this.#apply(consent);
        await this.#withdrawals;
        if (consent === "given") this.#send();
    }

    /** Sends no more; what waits is for another client. */
    close() {
        this.#isClosed = true;
        this.#sender.close();
        this.#storage.close?.();
    }

    #check() {
        if (this.#isClosed) throw new PopulusError("closed", "the client is closed");
        if (this.#consent !== "given") {
            throw new PopulusError("no-consent", 'consent was not given: make the client with consent: "given"');
        }
    }

    /** Erases the queue where consent is withdrawn; the number of withdrawals so far. */
    async #apply(consent) {
        let withdrawals = 0;
        await this.#storage.update((state) => {
            withdrawals = state?.withdrawals ?? 0;
            if (consent !== "withdrawn") return {};
            withdrawals += 1;
            return { clear: true, state: { ...state, withdrawals } };
        });
        return withdrawals;
    }

    /** Keeps which window it is, also where the report is refused: one of a wrong clock or of another cap has an end so. */
    async #enterWindow() {
        const { cap } = this.#options;
        if (!cap) return;
        await this.#storage.update((state) => {
            const entered = { ...enter(state, cap), seconds: cap.seconds };
            const isKept = Object.entries(entered).every(([name, value]) => state?.[name] === value);
            return isKept ? {} : { state: { ...state, ...entered } };
        });
    }

    /** Both aggregators' keys, for as long as they allow. */
    async #keys() {
        let kept;
        await this.#storage.update((state) => {
            kept = state?.keys;
        });
        // No server is believed for more than a million seconds, nor a clock that was set back.
        const left = (kept?.until ?? 0) - Date.now();
        if (left > 0 && left <= 1e9 && isExpected(kept, this.#options.expectedKeys)) return kept;
        this.#fetchingKeys ??= fetchKeys(this.#task, this.#options).finally(() => (this.#fetchingKeys = undefined));
        const keys = await this.#fetchingKeys;
        await this.#storage.update((state) => ({ state: { ...state, keys } }));
        return keys;
    }

    async #loadTables() {
        if (!needsURLTables(this.#task.encoding) || hasURLTables()) return;
        let text = this.#options.urlTables;
        try {
            text ??= (await import(/* webpackIgnore: true */ new URL("./populus-url-1.js", import.meta.url).href)).default;
        } catch (error) {
            throw new PopulusError(
                "no-tables",
                "populus-url-1.js is not beside populus-client.js: put it there, or give what it exports as urlTables",
                { cause: error },
            );
        }
        await setURLTables(text);
    }

    #send() {
        // What fails waits in the queue, and the next report or page tries again.
        this.#sender.run().catch(() => {});
    }
}

function requireCryptography() {
    if (globalThis.crypto?.subtle) return;
    throw new PopulusError(
        "insecure-context",
        "there is no cryptography in this page: it has to come over https:// or from this machine (a secure context)",
    );
}

/** The state with one more report in it; throws where it may not be taken. */
function admit(state, waiting, withdrawals, { cap, mostWaiting }) {
    if ((state?.withdrawals ?? 0) !== withdrawals) {
        throw new PopulusError("no-consent", "consent was withdrawn on another page");
    }
    if (waiting >= mostWaiting) {
        throw new PopulusError("queue-full", "as many reports wait as may; they go when the Leader answers");
    }
    if (!cap) return state ?? {};
    const { window, reports } = enter(state, cap);
    if (reports >= cap.reports) {
        const text = `there were ${reports} reports in a window of ${cap.seconds} seconds already`;
        throw new PopulusError("cap-reached", text);
    }
    return { ...state, window, seconds: cap.seconds, reports: reports + 1 };
}

/** The present window and its reports. A clock that goes back begins none anew: what was counted stays counted. */
function enter(state, cap) {
    const window = Math.floor(Date.now() / 1000 / cap.seconds);
    const { window: last = window, seconds = cap.seconds, reports = 0 } = state ?? {};
    // A cap of another length than the last page had: what was reported counts on.
    if (seconds !== cap.seconds) return { window, reports };
    if (window > last) return { window, reports: 0 };
    // A clock that was more than a week ahead was wrong then: caps do not wait for that time to come.
    return { window: last - window <= Math.max(1, week / cap.seconds) ? last : window, reports };
}
