import { base64url } from "./bytes.js";
import { keepaliveLimit, upload } from "./upload.js";

/** How long a page waits for another one that sends, in milliseconds. */
const turn = 1000;
/** No server is obeyed, and no clock believed, for more than a day. */
const day = 86_400_000;
/** Reasons for which a report waits: the Leader's clock is not as far as this one. */
const early = ["report_too_early", "task_not_started"];

/** Sends what a queue holds, one request at a time, and pauses after a failure; the pause holds for all pages. */
export class Sender {
    #task;
    #storage;
    #options;
    #running;
    #timer;
    #isClosed = false;
    /** Says whether there is consent. */
    #maySend;
    /** Breaks off the request that is under way. */
    #request;
    /** The most reports of a request; fewer once one was refused for what it holds. */
    #most;

    constructor(task, storage, options, maySend) {
        this.#task = task;
        this.#storage = storage;
        this.#options = options;
        this.#most = options.mostPerRequest;
        this.#maySend = () => !this.#isClosed && maySend();
    }

    /** Sends as much as can be sent now; the same run for all who ask meanwhile. */
    run() {
        this.#running ??= this.#exclusive(() => this.#drain()).finally(() => (this.#running = undefined));
        return this.#running;
    }

    /** Breaks off what is being sent; it is not known then whether the Leader has it. */
    stop() {
        clearTimeout(this.#timer);
        this.#request?.abort();
    }

    close() {
        this.#isClosed = true;
        this.stop();
    }

    /** One page at a time; where pages cannot tell, the Leader knows reports by their IDs and counts each once. */
    async #exclusive(body) {
        const locks = globalThis.navigator?.locks;
        if (!locks || !globalThis.indexedDB) return body();
        return locks.request(`populus-client-${this.#task.idText}`, { ifAvailable: true }, (lock) =>
            lock ? body() : this.#wait(turn),
        );
    }

    async #drain() {
        while (this.#maySend()) {
            const pause = await this.#pause();
            const reports = await this.#batch();
            if (reports.length === 0 || !this.#maySend()) return;
            if (pause > 0) return this.#wait(pause);
            if (!(await this.#send(reports))) return this.#wait(await this.#pause());
        }
    }

    /** Milliseconds until the servers may be asked again. */
    async #pause() {
        let until = 0;
        await this.#storage.update((state) => {
            until = state?.notBefore ?? 0;
        });
        // One that ends later than any pause does is that of a clock that was set back since.
        const left = until - Date.now();
        return left <= day + 1000 * this.#options.longestPause ? left : 0;
    }

    /** The oldest reports that `keepalive` has room for, or one. */
    async #batch() {
        let room = keepaliveLimit;
        const reports = await this.#dropOld(await this.#storage.oldest(this.#most));
        return reports.filter((report, index) => {
            room -= report.bytes.length;
            return index === 0 || room >= 0;
        });
    }

    /** The servers refuse what is too old. */
    async #dropOld(reports) {
        const old = reports.filter((report) => report.made < Date.now() - 1000 * this.#options.longestWait);
        if (old.length === 0) return reports;
        await this.#storage.update(() => ({ remove: old.map((report) => report.key) }));
        for (const report of old) this.#options.onRefused?.({ id: base64url(report.id), reason: "waited too long" });
        return this.#dropOld(await this.#storage.oldest(this.#most));
    }

    /** @returns whether the next ones may be sent at once. */
    async #send(reports) {
        this.#request = new AbortController();
        const answer = await upload(this.#task, reports, { ...this.#options, signal: this.#request.signal });
        if (!this.#maySend()) return false;
        if (answer.done) {
            const isEarly = (report) => early.includes(answer.done.get(base64url(report.id)));
            await this.#finish(reports.filter((report) => !isEarly(report)), answer.done);
            if (!reports.some(isEarly)) return true;
            await this.#failed(60_000);
            return false;
        }
        if (!answer.isTooMuch) {
            await this.#failed(answer.retryAfter ?? 0);
            return false;
        }
        // One of them is refused with all of them: each by itself will tell.
        if (reports.length > 1) {
            this.#most = Math.max(1, reports.length >> 1);
            return true;
        }
        await this.#finish(reports, new Map([[base64url(reports[0].id), `status ${answer.status}`]]));
        return true;
    }

    async #finish(reports, refused) {
        const reasons = [...refused.values()];
        // An aggregator has a new key: the next report asks for it.
        const isOutdated = reasons.some((reason) => reason === "outdated_config" || reason === "hpke_unknown_config_id");
        await this.#storage.update((state) => ({
            remove: reports.map((report) => report.key),
            state: { ...state, failures: 0, notBefore: 0, keys: isOutdated ? undefined : state?.keys },
        }));
        for (const [id, reason] of refused) {
            // The Leader has it from a request whose answer was lost.
            if (reason !== "report_replayed" && !early.includes(reason)) this.#options.onRefused?.({ id, reason });
        }
    }

    /** Twice the time after each failure, and a part of it by chance, so that pages do not come at once. */
    async #failed(retryAfter) {
        await this.#storage.update((state) => {
            const failures = Math.min((state?.failures ?? 0) + 1, 20);
            const longest = 1000 * Math.min(this.#options.firstPause * 2 ** (failures - 1), this.#options.longestPause);
            const pause = Math.max(retryAfter, longest / 2) + (Math.random() * longest) / 2;
            return { state: { ...state, failures, notBefore: Date.now() + pause } };
        });
    }

    async #wait(milliseconds) {
        if (!this.#maySend()) return;
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.run().catch(() => {}), Math.min(Math.max(milliseconds, 10), 2_000_000_000));
    }
}
