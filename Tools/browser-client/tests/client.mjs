// The client against a Leader and a Helper that are none: node client.mjs BUILD.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, expectError, finish, hex, test } from "./harness.mjs";

const [build] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(join(build, path)));
const { MemoryStorage, PopulusClient } = await load("populus-client.js");
const { base64url, concat, opaque, uint, utf8 } = await load("parts/src/bytes.js");

/** A client's task file. */
function task({ encoding = "bytes", helper = "https://helper.example/", vdaf = concat(uint(6, 4), opaque(uint(64, 2), 2)), extensions = [], role = "client" } = {}) {
    const info = utf8(encoding ? `test;encoding=${encoding}` : "test");
    const configuration = concat(
        opaque(info, 1), opaque(utf8("https://leader.example/dap"), 2), opaque(utf8(helper), 2),
        uint(60, 8), uint(10, 8), [1], uint(0, 2), vdaf, opaque(concat(...extensions), 2));
    return JSON.stringify({
        format: "populus-task/1", role, task_id: base64url(new Uint8Array(32).fill(9)),
        task_configuration: base64url(configuration), encoding: encoding ?? undefined,
    });
}

const pair = await crypto.subtle.generateKey({ name: "X25519" }, true, ["deriveBits"]);
const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
const keys = opaque(concat([5], uint(0x20, 2), uint(1, 2), uint(1, 2), opaque(publicKey, 2)), 2);

/** Servers that answer uploads as `answer` says, and note what they are asked. */
function servers(answer = () => new Response()) {
    const asked = { keys: [], uploads: [] };
    async function fetch(url, request) {
        if (request.method !== "POST") {
            asked.keys.push(url);
            return new Response(keys, { headers: { "Cache-Control": "max-age=1000" } });
        }
        asked.uploads.push({ url, ...request });
        return answer(asked.uploads.length, request);
    }
    return { asked, fetch };
}

const client = (options, given) => new PopulusClient(given ?? task(), { consent: "given", firstPause: 0.02, ...options });

await test("a report", async () => {
    const { asked, fetch } = servers();
    const made = client({ fetch, uploadToken: "0123456789abcdef" });
    await made.report("abc");
    expect((await made.flush()) === 0, "it waits");
    expect(String(asked.keys) === "https://leader.example/dap/hpke_config,https://helper.example/hpke_config", "keys");
    const [upload] = asked.uploads;
    expect(upload.url === `https://leader.example/dap/tasks/${base64url(new Uint8Array(32).fill(9))}/reports`, "address");
    expect(upload.headers["Content-Type"] === "application/ppm-dap;message=upload-req", "media type");
    expect(upload.headers.Authorization === "Bearer 0123456789abcdef" && upload.keepalive, "token and keepalive");
    await made.report("def");
    await made.flush();
    expect(asked.keys.length === 2 && asked.uploads.length === 2, "keys are asked for once");
    made.close();
    await expectError("closed", () => made.report("abc"));
});

await test("what the task does not take", async () => {
    const { asked, fetch } = servers();
    const made = client({ fetch });
    for (const value of ["12345678", "a\u0000", 5, true, [1], undefined]) {
        await expectError("not-of-the-task", () => made.report(value));
    }
    await expectError("not-of-the-task", () => made.report("a", { group: "b\tc" }));
    const numbers = client({ fetch }, task({ encoding: null, vdaf: concat(uint(2, 4), opaque(uint(10, 8), 2)) }));
    for (const value of [11, -1, 0.5, "3", [1]]) await expectError("not-of-the-task", () => numbers.report(value));
    await numbers.report(10n);
    expect((await numbers.flush()) === 0 && asked.uploads.length === 1, "10 is taken");
});

await test("tasks", async () => {
    for (const given of [
        "{", "{}", task({ role: "leader" }), task({ helper: "https://leader.example/dap/" }), task({ encoding: "klingon" }), task({ encoding: "group-1+hex" }),
        task({ extensions: [concat(uint(77, 2), uint(0, 2))] }),
        task({ extensions: [concat(uint(0xfd57, 2), opaque([0, 2, 0], 2))] }),
        task({ extensions: [concat(uint(0xfd57, 2), opaque([0, 1, 2, 0, 2], 2))] }),
        task({ extensions: [concat(uint(0xfd57, 2), opaque([0, 1, 4, 0, 1, 0, 2], 2))] }),
        task({ extensions: [concat(uint(0xfd57, 2), opaque([0, 1, 1, 0], 2))] }),
    ]) {
        await expectError("task", () => client({}, given));
    }
    for (const messages of [[0], [2, 0, 1]]) {
        client({}, task({ extensions: [concat(uint(0xfd57, 2), opaque([0, 1, ...messages], 2))] }));
    }
    const over = concat(uint(1, 2), opaque(concat(uint(0, 8), uint(5, 8)), 2));
    await expectError("not-of-the-task", () => client(servers(), task({ extensions: [over] })).report("a"));
});

await test("options", async () => {
    for (const options of [{ uploadToken: "short" }, { cap: { reports: 0, seconds: 1 } }, { mostWaiting: 0 }, { consent: true }]) {
        await expectError("options", () => client(options));
    }
});

await test("expected keys", async () => {
    const { fetch } = servers();
    const other = base64url(new Uint8Array(32).fill(3));
    const [right, wrong] = [[other, base64url(publicKey)], [other]];
    await client({ fetch, expectedKeys: { leader: right, helper: right } }).report("abc");
    await expectError("unexpected-keys", () => client({ fetch, expectedKeys: { leader: right, helper: wrong } }).report("a"));
    // The one that is expected may stand behind others.
    const config = (key) => concat([5], uint(0x20, 2), uint(1, 2), uint(1, 2), opaque(key, 2));
    const both = opaque(concat(config(new Uint8Array(32).fill(4)), config(publicKey)), 2);
    await client({ fetch: async () => new Response(both), expectedKeys: { leader: right, helper: right } }).report("a");
    await expectError("no-keys", () => client({ fetch: async () => new Response("<html>") }).report("a"));
});

await test("consent", async () => {
    const storage = new MemoryStorage();
    const { asked, fetch } = servers(() => new Response(null, { status: 503 }));
    await expectError("no-consent", () => new PopulusClient(task(), { fetch, storage }).report("a"));
    const [one, two] = [client({ fetch, storage, firstPause: 900 }), client({ fetch, storage, firstPause: 900 })];
    await one.report("a");
    await one.flush();
    expect((await one.waiting()) === 1 && asked.uploads.length === 1, "the report waits");
    await two.setConsent("withdrawn");
    expect((await one.waiting()) === 0, "the queue is erased");
    await expectError("no-consent", () => one.report("b"));
    await expectError("no-consent", () => two.report("b"));
    await two.setConsent("given");
    await two.report("b");
    expect((await two.waiting()) === 1, "consent was given again");
    for (const each of [one, two]) each.close();
});

await test("cap and queue", async () => {
    const storage = new MemoryStorage();
    const { fetch } = servers(() => new Response(null, { status: 503 }));
    const options = { fetch, storage, cap: { reports: 2, seconds: 1e9 }, firstPause: 900 };
    const [one, two] = [client(options), client(options)];
    await one.report("a");
    await two.report("b");
    await expectError("cap-reached", () => one.report("c"));
    await expectError("queue-full", () => client({ fetch, storage, mostWaiting: 2, firstPause: 900 }).report("c"));
    for (const each of [one, two]) each.close();
});

await test("a server that is away", async () => {
    const storage = new MemoryStorage();
    const { asked, fetch } = servers((count) => {
        if (count === 1) throw new TypeError("no network");
        return new Response(null, { status: count === 2 ? 503 : count === 3 ? 204 : 200 });
    });
    const refused = [];
    const made = client({ fetch, storage, onRefused: (refusal) => refused.push(refusal) });
    await made.report("a");
    await made.report("b");
    for (let i = 0; i < 400 && (await made.waiting()) > 0; i++) await new Promise((resolve) => setTimeout(resolve, 25));
    expect((await made.waiting()) === 0, "the reports were never sent");
    const bodies = asked.uploads.map((upload) => hex(upload.body));
    const id = bodies[0].slice(0, 32);
    expect(bodies.length >= 4 && bodies.slice(0, 4).every((body) => body.startsWith(id)), "what is sent again is another");
    expect(refused.length === 0, "a report was given up");
    made.close();
});

await test("answers that are no Leader's", async () => {
    const errors = { "Content-Type": "application/ppm-dap;message=upload-errors" };
    const answers = [
        () => new Response("<html>", { headers: { "Content-Type": "text/html" } }), () => new Response(null, { status: 202 }),
        () => new Response("no", { status: 400 }), () => new Response(null, { status: 405 }),
        () => new Response(concat(new Uint8Array(16), [3]), { headers: errors }), () => new Response(new Uint8Array(2 << 20)),
    ];
    const refused = [];
    for (const answer of answers) {
        const made = client({ ...servers(answer), firstPause: 900, onRefused: (refusal) => refused.push(refusal) });
        await made.report("a");
        expect((await made.flush()) === 1 && refused.length === 0, `it is gone after ${answer}`);
        made.close();
    }
});

await test("a report that is early waits", async () => {
    const { asked, fetch } = servers((_, request) => {
        const status = concat(request.body.slice(0, 16), [9]);
        return new Response(status, { headers: { "Content-Type": "application/ppm-dap;message=upload-errors" } });
    });
    const made = client({ fetch, onRefused: () => expect(false, "it is refused") });
    await made.report("a");
    expect((await made.flush()) === 1 && asked.uploads.length === 1, "it waits");
    made.close();
});

await test("consent withdrawn while a report is sent", async () => {
    for (const consent of ["withdrawn", "notAsked"]) {
        let arrived, signal;
        const isThere = new Promise((resolve) => (arrived = resolve));
        const { asked, fetch } = servers((_, request) => new Promise((_, reject) => {
            signal = request.signal;
            signal.addEventListener("abort", () => reject(signal.reason));
            arrived();
        }));
        const made = client({ fetch, firstPause: 0.01 });
        await made.report("a");
        await isThere;
        await made.setConsent(consent);
        expect(signal.aborted, "it is still being sent");
        await new Promise((resolve) => setTimeout(resolve, 50));
        expect(asked.uploads.length === 1, "it is sent again");
        expect((await made.waiting()) === (consent === "withdrawn" ? 0 : 1), "the queue");
    }
});

await test("clocks that are set", async () => {
    const real = Date.now;
    let ahead = 0;
    Date.now = () => real() + ahead;
    try {
        const storage = new MemoryStorage();
        const { asked, fetch } = servers((count) => new Response(null, { status: count === 1 ? 503 : 200 }));
        const made = client({ fetch, storage, cap: { reports: 2, seconds: 3600 }, firstPause: 900 });
        await made.report("a");
        await made.flush();
        for (const hours of [-1, 0]) {
            ahead = 3_600_000 * hours;
            if (hours < 0) await made.report("b");
            else await expectError("cap-reached", () => made.report("c"));
        }
        // What a clock that is years ahead counts, or another cap, is over with the next window.
        for (const cap of [{ reports: 2, seconds: 7200 }, { reports: 2, seconds: 3600 }]) {
            const other = client({ fetch, storage, cap, firstPause: 900 });
            if (cap.seconds === 3600) ahead = -3e11;
            await expectError("cap-reached", () => other.report("c"));
            ahead += 1000 * cap.seconds;
            for (const string of ["d", "e"]) await other.report(string);
            other.close();
        }
        ahead = 0;
        // A pause of a year that was not is none.
        await storage.update((state) => ({ state: { ...state, notBefore: real() + 3e10 } }));
        await made.flush();
        // The first call may join what began before.
        const left = await made.flush();
        expect(left === 0, `${left} wait for a year after ${asked.uploads.length} requests`);
        made.close();
    } finally {
        Date.now = real;
    }
});

await test("Retry-After", async () => {
    const storage = new MemoryStorage();
    const { fetch } = servers(() => new Response(null, { status: 429, headers: { "Retry-After": "5000" } }));
    const made = client({ fetch, storage });
    await made.report("a");
    await made.flush();
    let pause = 0;
    await storage.update((state) => void (pause = state.notBefore - Date.now()));
    expect(pause > 4_900_000, `the pause is ${pause} ms`);
    made.close();
});

await test("refused reports", async () => {
    const refused = [];
    const { fetch } = servers((count, request) => {
        const type = { headers: { "Content-Type": "application/ppm-dap;message=upload-errors" } };
        const replayed = concat(request.body.slice(0, 16), [2]);
        const dropped = concat(request.body.slice(0, 16), [3]);
        return new Response(count === 1 ? replayed : dropped, type);
    });
    const made = client({ fetch, onRefused: (refusal) => refused.push(refusal.reason) });
    await made.report("a");
    await made.flush();
    await made.report("b");
    await made.flush();
    expect(String(refused) === "report_dropped" && (await made.waiting()) === 0, `refused: ${refused}`);
});

await test("one report of several that the Leader cannot read", async () => {
    const refused = [];
    let isAway = true;
    const { asked, fetch } = servers((_, request) => {
        if (isAway) return new Response(null, { status: 503 });
        // All of them are refused with the second.
        if (!hex(request.body).includes(second)) return new Response();
        return Response.json({ type: "urn:ietf:params:ppm:dap:error:invalidMessage" }, { status: 400 });
    });
    const storage = new MemoryStorage();
    const made = client({ fetch, storage, onRefused: (refusal) => refused.push(refusal) });
    for (const string of ["a", "b", "c"]) await made.report(string);
    const second = hex((await storage.oldest(3))[1].id);
    isAway = false;
    for (let i = 0; i < 400 && (await made.flush()) > 0; i++) await new Promise((resolve) => setTimeout(resolve, 25));
    expect(refused.length === 1 && refused[0].reason === "status 400", "one is refused");
    expect(asked.uploads.length > 3, "they are sent one by one");
    made.close();
});

await test("large reports go without keepalive", async () => {
    const { asked, fetch } = servers();
    const vector = concat(uint(3, 4), opaque(concat(uint(2000, 4), uint(255, 8), uint(100, 4)), 2));
    const made = client({ fetch }, task({ encoding: null, vdaf: vector }));
    await made.report(new Array(2000).fill(7));
    await made.flush();
    expect(asked.uploads[0].body.length > 65536 && !asked.uploads[0].keepalive, "keepalive");
});

await test("reports that waited too long", async () => {
    const refused = [];
    const storage = new MemoryStorage();
    await storage.update(() => ({ add: [{ id: new Uint8Array(16), bytes: new Uint8Array(5), made: 0 }] }));
    const { asked, fetch } = servers();
    const made = client({ fetch, storage, onRefused: (refusal) => refused.push(refusal.reason) });
    expect((await made.flush()) === 0 && asked.uploads.length === 0 && refused.length === 1, "it was sent");
});

await test("no room", async () => {
    const full = { update: async () => { throw Object.assign(new Error("no"), { code: "storage-full" }); }, oldest: async () => [] };
    await expectError("storage-full", () => client({ ...servers(), storage: full }).report("a"));
});

await test("url strings load their tables", async () => {
    const { asked, fetch } = servers();
    const made = client({ fetch }, task({ encoding: "group-1+url-1", vdaf: concat(uint(6, 4), opaque(uint(128, 2), 2)) }));
    await made.report("https://example.org/", { group: "7" });
    expect((await made.flush()) === 0 && asked.uploads.length === 1, "not sent");
});

finish();
