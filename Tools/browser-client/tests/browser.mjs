// The module in headless Chromium: node browser.mjs BUILD [TASK STRINGS]. TASK is a client's task file of running
// aggregators, which allow any origin; STRINGS a JSON list of what pages of this test's origin report there.
import { readFileSync } from "node:fs";
import { Chromium } from "./chromium.mjs";
import { expect, finish, test } from "./harness.mjs";
import { servePages } from "./pages.mjs";

const [build, taskFile, stringsFile] = process.argv.slice(2);
const task = readFileSync(taskFile, "utf8");
const pages = await servePages(build);
const origin = `http://127.0.0.1:${pages.port}/`;
const chromium = new Chromium();

/** Runs code with `PopulusClient`, `task` and `codeOf`, which gives an error's code, on a page. */
const run = (page, code) =>
    page.run(`(async () => {
        const { PopulusClient } = await import("/populus-client.js");
        const task = ${JSON.stringify(task)};
        const codeOf = (promise) => promise.then(() => "none", (error) => error.code ?? String(error));
        ${code}
    })()`);

/** Another task, whose servers are away: its reports wait. */
const other = (digit) => `JSON.stringify({ ...JSON.parse(task), task_id: "${digit}".repeat(42) + "A" })`;

/** Keeps keys in the database, so that reports are sealed though no server answers. */
const offline = `{ consent: "given", fetch: async (url, request) => {
    if (request?.method === "POST") throw new TypeError("away");
    return fetch(url, request);
} }`;

try {
    await test("strings reach the servers", async () => {
        const strings = JSON.parse(readFileSync(stringsFile, "utf8"));
        const page = await chromium.page(origin);
        const waiting = await run(page, `
            const client = new PopulusClient(task, { consent: "given", mostWaiting: 10000, mostPerRequest: 100 });
            for (const string of ${JSON.stringify(strings)}) await client.report(string);
            let waiting;
            for (let i = 0; i < 300 && (waiting = await client.flush()) > 0; i++) {
                await new Promise((resolve) => setTimeout(resolve, 100));
            }
            client.close();
            return waiting;`);
        expect(waiting === 0, `${waiting} reports wait`);
        await page.close();
    });

    await test("a cap holds for all pages, and a queue for the next one", async () => {
        const [one, two] = [await chromium.page(origin), await chromium.page(origin)];
        const code = `
            const client = new PopulusClient(${other("b")}, { ...${offline}, cap: { reports: 2, seconds: 1e9 } });
            const code = await codeOf(client.report("https://example.org/"));
            return [code, await client.waiting()];`;
        const seen = [await run(one, code), await run(two, code), await run(one, code)];
        expect(String(seen) === "none,1,none,2,cap-reached,2", `seen: ${seen}`);
        await one.close();
        await two.close();
        const three = await chromium.page(origin);
        expect((await run(three, code))[1] === 2, "the queue is gone");
        await three.close();
    });

    await test("consent withdrawn on one page", async () => {
        const [one, two] = [await chromium.page(origin), await chromium.page(origin)];
        const make = `globalThis.client ??= new PopulusClient(${other("c")}, ${offline});`;
        const report = `${make} return [await codeOf(client.report("https://example.org/")), await client.waiting()];`;
        expect(String(await run(one, report)) === "none,1", "no report");
        expect(String(await run(two, report)) === "none,2", "no report on the second page");
        await run(two, `${make} await client.setConsent("withdrawn");`);
        expect(String(await run(one, report)) === "no-consent,0", "the first page goes on");
        await one.close();
        await two.close();
    });

    await test("no room", async () => {
        // An origin of its own: Chromium looks only now and then how much room one has.
        const origin = `http://localhost:${pages.port}`;
        const page = await chromium.page();
        await page.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 10_000 });
        await page.go(`${origin}/`);
        const report = () => run(page, `
            globalThis.client ??= new PopulusClient(${other("d")}, ${offline});
            return [await codeOf(client.report("https://example.org/")), await client.waiting()];`);
        expect(String(await report()) === "storage-full,0", "there was room");
        await page.send("Storage.overrideQuotaForOrigin", { origin });
        expect(String(await report()) === "none,1", "there is no room still");
        await page.close();
    });

    await test("an insecure context", async () => {
        const page = await chromium.page();
        await page.go(`http://insecure.test:${pages.port}/`);
        const code = await run(page, `try { new PopulusClient(task); return "none"; } catch (error) { return error.code; }`);
        expect(code === "insecure-context", `the client is ${code}`);
        await page.close();
    });
} finally {
    await chromium.close();
    pages.close();
}
finish();
