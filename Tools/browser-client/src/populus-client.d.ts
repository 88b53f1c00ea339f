/** A client's task file, `task/client.json`, or its text. */
export type PopulusTask = string | { format: string; role: string; task_id: string; task_configuration: string };

/** A string for a task of strings; else a number, a boolean (1 or 0), or a list of them. */
export type PopulusMeasurement = string | number | bigint | boolean | ReadonlyArray<number | bigint | boolean>;

/** Why something failed, for programs. */
export type PopulusErrorCode =
    /** The page has no cryptography: it did not come over https. */
    | "insecure-context"
    /** The browser lacks X25519 or WebAssembly, or a content security policy forbids the latter. */
    | "unsupported"
    /** The task cannot be used; the reason. */
    | "task"
    /** An option is not right; what would be. */
    | "options"
    /** Consent was not given, or was withdrawn meanwhile. */
    | "no-consent"
    /** The task does not take the value; the message says what it takes. */
    | "not-of-the-task"
    /** The window has as many reports as the cap lets it have. */
    | "cap-reached"
    /** As many reports wait as may. */
    | "queue-full"
    /** The browser has no room: nothing was accepted. */
    | "storage-full"
    /** The storage fails otherwise: nothing was accepted. */
    | "storage"
    /** The servers' keys are not to be had, so that nothing can be sealed: nothing was accepted. */
    | "no-keys"
    /** A server offers none of the keys that were expected. */
    | "unexpected-keys"
    /** populus-url-1.js is not where it is looked for. */
    | "no-tables"
    /** The client is closed. */
    | "closed"
    /** WebAssembly has failed. */
    | "internal";

export class PopulusError extends Error {
    readonly code: PopulusErrorCode;
}

/** A report as it waits: sealed to both aggregators. */
export interface SealedReport {
    id: Uint8Array;
    bytes: Uint8Array;
    /** When it was made, in milliseconds since the Epoch. */
    made: number;
}

export interface StorageChange {
    /** The new state; left out where it stays. */
    state?: object;
    add?: SealedReport[];
    /** Keys of reports that go. */
    remove?: unknown[];
    /** Whether all reports go that were there. */
    clear?: boolean;
}

/** Where reports wait. */
export interface PopulusStorage {
    /** Calls `change` with the state and the number of reports, and does as it says: all at once, or nothing. */
    update(change: (state: object | undefined, reports: number) => StorageChange | void): Promise<void>;
    /** The oldest reports, at most so many, each with the key by which it is removed. */
    oldest(count: number): Promise<Array<SealedReport & { key: unknown }>>;
    close?(): void;
}

/** Keeps reports in memory, until the process ends. */
export class MemoryStorage implements PopulusStorage {
    update(change: (state: object | undefined, reports: number) => StorageChange | void): Promise<void>;
    oldest(count: number): Promise<Array<SealedReport & { key: unknown }>>;
    close(): void;
}

/** Keeps reports in the browser, for all pages of the origin. */
export class IndexedDBStorage implements PopulusStorage {
    /** @param taskID names the database; the task's ID, as its file has it, unless there is a reason. */
    constructor(taskID: string);
    update(change: (state: object | undefined, reports: number) => StorageChange | void): Promise<void>;
    oldest(count: number): Promise<Array<SealedReport & { key: unknown }>>;
    close(): void;
}

/** What who uses the program has said of taking part. The program asks, and keeps the answer: it gives it at every start. */
export type PopulusConsent = "notAsked" | "given" | "withdrawn";

export interface PopulusOptions {
    /** Nothing is made, kept or sent before it is given; "notAsked" unless told otherwise. "withdrawn" erases the queue. */
    consent?: PopulusConsent;
    /** The most reports of a window of so many seconds, over all pages of the origin; windows begin at multiples of it. */
    cap?: { reports: number; seconds: number };
    /** The most reports that wait; 200 unless told otherwise. */
    mostWaiting?: number;
    /** The most reports of a request; 32 unless told otherwise. */
    mostPerRequest?: number;
    /** How long a report waits at most, in seconds; 14 days unless told otherwise. */
    longestWait?: number;
    /** The first pause after a failure, in seconds; each further one is twice as long. 5 unless told otherwise. */
    firstPause?: number;
    /** The longest such pause, in seconds; 3600 unless told otherwise. */
    longestPause?: number;
    /** The upload token that all clients of the task show, if it has one. */
    uploadToken?: string;
    /** The keys that the servers may have, X25519 in base64url; any unless told otherwise. */
    expectedKeys?: { leader: string[]; helper: string[] };
    /** Where reports wait: IndexedDB, or memory where there is none, unless told otherwise. */
    storage?: PopulusStorage;
    /** Sends requests in place of the global `fetch`, such as through a relay. */
    fetch?: typeof fetch;
    /** What populus-url-1.js exports, where it cannot be loaded from beside this module. */
    urlTables?: string;
    /** Is told of a report that does not count: the Leader refused it, or it waited too long. */
    onRefused?: (refusal: { id: string; reason: string }) => void;
}

/** Makes reports for one task, keeps them sealed until the Leader has them, and sends them. */
export class PopulusClient {
    /** @throws PopulusError `insecure-context`, `task`, `options`. */
    constructor(task: PopulusTask, options?: PopulusOptions);

    /**
     * Reports a measurement, and returns when its report is safe: from then on it is sent as soon as the Leader can be
     * reached, by this page or a later one, and counts once. The measurement is not kept, only the sealed report.
     *
     * @param options.group what a string is told apart by, such as a release, in a task with groups.
     * @throws PopulusError if the report is not accepted; then nothing is kept of it.
     */
    report(measurement: PopulusMeasurement, options?: { group?: string }): Promise<void>;

    /** Sends what waits, as far as it can be sent now; the number of reports that still wait. */
    flush(): Promise<number>;

    /** The number of reports that wait. */
    waiting(): Promise<number>;

    /** Gives consent, or takes it back: then all waiting reports are erased, what is being sent is broken off, and pages that are open make no more. */
    setConsent(consent: PopulusConsent): Promise<void>;

    /** Sends no more. What waits is kept for another client, as far as the storage keeps it. */
    close(): void;
}
