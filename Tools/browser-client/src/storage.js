import { PopulusError } from "./errors.js";

// A storage has one small state for the task, and sealed reports. `update` calls a function with the state (undefined at
// first) and the number of reports, and does as it says, all at once or not at all: `{state, add, remove, clear}`, each of
// which may be left out; `add` is a list of reports, `remove` of their keys. What the function throws undoes everything.

/** Keeps everything in memory: for Node, and for tests. */
export class MemoryStorage {
    #state;
    #reports = new Map();
    #next = 1;

    async update(change) {
        const { state, add = [], remove = [], clear = false } = change(this.#state, this.#reports.size) ?? {};
        if (state !== undefined) this.#state = state;
        if (clear) this.#reports.clear();
        for (const key of remove) this.#reports.delete(key);
        for (const report of add) this.#reports.set(this.#next++, report);
    }

    /** The oldest reports, at most so many: `[{key, id, bytes}]`. */
    async oldest(count) {
        return [...this.#reports].slice(0, count).map(([key, report]) => ({ ...report, key }));
    }

    close() {}
}

const settled = (request) =>
    new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
    });

/** Keeps everything in a database of the origin, one for each task. All pages of the origin share it. */
export class IndexedDBStorage {
    #name;
    #opening;

    constructor(taskID) {
        this.#name = `populus-client-${taskID}`;
    }

    #open() {
        this.#opening ??= new Promise((resolve, reject) => {
            const request = indexedDB.open(this.#name, 1);
            request.onupgradeneeded = () => {
                request.result.createObjectStore("state");
                request.result.createObjectStore("reports", { keyPath: "key", autoIncrement: true });
            };
            request.onsuccess = () => {
                request.result.onversionchange = () => {
                    this.#opening = undefined;
                    request.result.close();
                };
                request.result.onclose = () => (this.#opening = undefined);
                resolve(request.result);
            };
            request.onerror = () => reject(request.error);
        }).catch((error) => {
            this.#opening = undefined;
            throw storageError(error);
        });
        return this.#opening;
    }

    async update(change) {
        const database = await this.#open();
        const transaction = database.transaction(["state", "reports"], "readwrite", { durability: "strict" });
        const ended = new Promise((resolve, reject) => {
            transaction.oncomplete = () => resolve();
            transaction.onabort = () => reject(transaction.error);
        });
        // Whoever gets the error gets it from below.
        ended.catch(() => {});
        const [states, reports] = [transaction.objectStore("state"), transaction.objectStore("reports")];
        let refusal;
        try {
            const [state, count] = await Promise.all([settled(states.get(0)), settled(reports.count())]);
            let wanted;
            try {
                wanted = change(state, count) ?? {};
            } catch (error) {
                refusal = error;
                throw error;
            }
            if (wanted.clear) reports.clear();
            for (const key of wanted.remove ?? []) reports.delete(key);
            for (const report of wanted.add ?? []) reports.add(report);
            if (wanted.state !== undefined) states.put(wanted.state, 0);
            await ended;
        } catch (error) {
            try {
                transaction.abort();
            } catch {
                // It is aborted already.
            }
            throw refusal ?? storageError(transaction.error ?? error);
        }
    }

    async oldest(count) {
        const database = await this.#open();
        try {
            return await settled(database.transaction("reports").objectStore("reports").getAll(null, count));
        } catch (error) {
            throw storageError(error);
        }
    }

    close() {
        this.#opening?.then((database) => database.close()).catch(() => {});
        this.#opening = undefined;
    }
}

function storageError(error) {
    if (error?.name === "QuotaExceededError") {
        return new PopulusError("storage-full", "the browser has no room for the report: it was not accepted", {
            cause: error,
        });
    }
    return new PopulusError("storage", "the browser's storage fails: nothing was accepted", { cause: error });
}

/** The storage of whoever gave none. */
export const usualStorage = (taskID) =>
    globalThis.indexedDB ? new IndexedDBStorage(taskID) : new MemoryStorage();
