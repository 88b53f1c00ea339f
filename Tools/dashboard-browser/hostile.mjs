// Visits every page of a dashboard whose strings are hostile, in headless Chromium: node hostile.mjs URL TOKEN-FILE PICTURES [AXE-SCRIPT]
//
// Nothing of a string runs, nothing is asked for elsewhere, no policy is offended, no page becomes too wide. Then pages of another
// origin, a page by a foreign name, and an address without the cookie try to get at the results. Prints "passed" if nothing did.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { Chromium } from "../browser-client/tests/chromium.mjs";
import { Visit, pause, report } from "./visit.mjs";

const [address, tokenFile, pictures, axeFile] = process.argv.slice(2);
if (!pictures) throw new Error("give the dashboard's URL, its file with the token, and a folder for pictures");
const token = readFileSync(tokenFile, "utf8").trim();
const base = new URL(address);
// Part of many strings: whoever has it has read a result.
const secret = "example.org";

const browser = new Chromium();
const faults = [];
let visit;
try {
    visit = await Visit.begin(browser, base, { pictures, axeFile });
    await visit.go("/");
    await visit.logIn(token);
    const [task, walk] = await everyPage();
    await theLookOf(task, walk);
    await fromElsewhere(walk);
    await byAForeignName(walk);
    await aStolenLink(walk);
} catch (error) {
    faults.push(error.stack);
    await visit?.picture("failed").catch(() => {});
} finally {
    await browser.close();
}
report([...faults, ...(visit?.faults ?? [])]);

/** Follows links, of each kind some; the latest task's page and walk's. */
async function everyPage() {
    const seen = new Set();
    const kinds = new Map();
    const ahead = ["/"];
    const found = {};
    while (ahead.length > 0) {
        const path = ahead.shift();
        const kind = path.replace(/(walks|strings)\/[^/?]*/, "$1").replace(/=[^&]*/g, "");
        const number = kinds.get(kind) ?? 0;
        if (seen.has(path) || number >= (kind.endsWith("strings") ? 16 : 3) || path.split("&").length > 2) continue;
        seen.add(path);
        kinds.set(kind, number + 1);
        await visit.go(path);
        await visit.run("for (const one of document.querySelectorAll('details')) one.open = true");
        visit.expect(await visit.run("window.ran === undefined"), `${path}: ${await visit.run("window.ran")} ran`);
        const odd = await visit.run(`[...document.querySelectorAll('*')].filter((one) =>
            one.matches('img, iframe, object, embed, base, style, meta[http-equiv]') ||
            [...one.attributes].some(({ name }) => name.startsWith('on') || name === 'style') ||
            one.matches('a') && !one.href.startsWith(location.origin + '/') ||
            one.matches('form') && !one.action.startsWith(location.origin + '/')).map((one) => one.outerHTML.slice(0, 200))`);
        visit.expect(odd.length === 0, `${path}: ${odd}`);
        const overflow = await visit.run("document.documentElement.scrollWidth - document.documentElement.clientWidth");
        visit.expect(overflow <= 0, `${path.slice(0, 160)}: the page is ${overflow} pixels too wide`);
        const links = await visit.run("[...document.querySelectorAll('main a:not([download])')].map((a) => a.pathname + a.search)");
        for (const link of links) if (!seen.has(link)) ahead.push(link);
        if (/^\/tasks\/[^/]+$/.test(path)) found.task = path;
        if (/\/walks\/[^/]+$/.test(path)) found.walk ??= path;
    }
    visit.expect(kinds.size > 10 && seen.size > 40, `only ${seen.size} pages were found`);
    return [found.task, found.walk];
}

/** The pages that show the most, in every way. */
async function theLookOf(task, walk) {
    await visit.go(task);
    await visit.look("hostile-task");
    await visit.go(walk);
    await visit.run("for (const one of document.querySelectorAll('details')) one.open = true");
    await visit.look("hostile-walk");
    await visit.go(`${walk}/comparison`);
    await visit.look("hostile-comparison");
    await visit.go(walk);
    await visit.leave("document.querySelector('table.strings th.string a').click()");
    await visit.look("hostile-string");
}

/** A server of another origin on the same machine, whose page tries what pages can. */
async function fromElsewhere(walk) {
    const target = new URL(walk, base).href;
    const events = new URL(walk.replace(/walks.*/, "events"), base).href;
    const page = `<!doctype html><body><script>
        window.got = [];
        const note = (name) => (text) => got.push(name + ': ' + text);
        const asked = [
            fetch('${target}', { credentials: 'include' }).then((r) => r.text()).then(note('fetch'), () => {}),
            fetch('${target}', { credentials: 'include', mode: 'no-cors' }).then((r) => r.text()).then(note('no-cors'), () => {}),
            fetch('${target}/result.json', { credentials: 'include' }).then((r) => r.text()).then(note('json'), () => {}),
            fetch('${base.href}logout', { method: 'POST', credentials: 'include', mode: 'no-cors', body: 'csrf=' })
                .then((r) => r.text()).then(note('logout'), () => {}),
        ];
        const frame = document.createElement('iframe');
        frame.src = '${target}';
        document.body.append(frame);
        const script = document.createElement('script');
        script.src = '${target}/result.json';
        document.body.append(script);
        const source = new EventSource('${events}', { withCredentials: true });
        source.onmessage = ({ data }) => got.push('event: ' + data);
        const form = document.createElement('form');
        Object.assign(form, { method: 'post', action: '${base.href}logout', target: 'sink' });
        const sink = document.createElement('iframe');
        sink.name = 'sink';
        document.body.append(sink, form);
        form.submit();
        Promise.allSettled(asked).then(() => setTimeout(() => {
            try { got.push('frame: ' + frame.contentDocument.body.innerHTML); } catch {}
            window.isDone = true;
        }, 500));
    </script>`;
    const server = createServer((request, response) => {
        response.setHeader("Content-Type", "text/html");
        response.end(page);
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
        for (const host of ["127.0.0.1", "localhost"]) {
            const attacker = await browser.page();
            await attacker.go(`http://${host}:${server.address().port}/`);
            for (let i = 0; i < 200 && !(await attacker.run("window.isDone === true")); i++) await pause(25);
            const got = (await attacker.run("window.got")).filter((text) => !/^(no-cors|logout): $/.test(text));
            if (got.some((text) => text.includes(secret) || text.includes("csrf"))) faults.push(`a page elsewhere got ${got}`);
            if (got.length > 0) faults.push(`a page elsewhere got an answer: ${got.map((text) => text.slice(0, 200))}`);
            await attacker.close();
        }
    } finally {
        server.closeAllConnections();
        server.close();
    }
    await visit.go(walk);
    visit.expect(await visit.run("document.querySelector('form.logout') !== null"), "a page elsewhere ended the session");
}

/** DNS rebinding: a foreign name that leads to this server. */
async function byAForeignName(walk) {
    const page = await browser.page();
    for (const path of ["/", walk, "/login", `${walk}/result.json`]) {
        await page.go(`http://insecure.test:${base.port}${path}`);
        const text = await page.run("document.documentElement.outerHTML");
        if (text.includes(secret) || text.includes("csrf") || text.includes('name="token"')) faults.push(`by a foreign name: ${path}`);
        if (!text.includes("another name")) faults.push(`a foreign name is not refused: ${text.slice(0, 200)}`);
    }
    await page.close();
}

/** A browser that has the address and no cookie. */
async function aStolenLink(walk) {
    const { browserContextId } = await browser.send("Target.createBrowserContext");
    const { targetId } = await browser.send("Target.createTarget", { url: "about:blank", browserContextId });
    const { sessionId } = await browser.send("Target.attachToTarget", { targetId, flatten: true });
    const run = async (expression) =>
        (await browser.send("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true }, sessionId)).result.value;
    await browser.send("Page.navigate", { url: new URL(walk, base).href }, sessionId);
    for (let i = 0; i < 200 && (await run("document.readyState + location.pathname")) !== `complete${walk}`; i++) await pause(25);
    const html = await run("document.documentElement.outerHTML");
    if (html.includes(secret) || !html.includes('name="token"')) faults.push(`a stolen link shows ${html.slice(0, 300)}`);
    for (const path of [`${walk}/result.json`, `${walk}/result.csv`, `${walk}/comparison`]) {
        const text = await run(`fetch(${JSON.stringify(path)}).then((r) => r.text())`);
        if (text.includes(secret)) faults.push(`a stolen link to ${path}`);
    }
}
