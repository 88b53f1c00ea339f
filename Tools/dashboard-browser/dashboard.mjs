// Drives a running dashboard with headless Chromium: node dashboard.mjs URL TOKEN-FILE SCREENSHOTS [AXE-SCRIPT]
//
// Logs in, opens the walk of the latest reports, sorts and filters its table, opens a string, compares, and takes a picture of each
// page: wide, as on a phone, in the dark. With axe's script each page is checked too. Prints "passed" if all is as it should be.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Chromium } from "../browser-client/tests/chromium.mjs";

const [address, tokenFile, pictures, axeFile] = process.argv.slice(2);
if (!pictures) throw new Error("give the dashboard's URL, its file with the token, and a folder for pictures");
mkdirSync(pictures, { recursive: true });
const token = readFileSync(tokenFile, "utf8").trim();
const axe = axeFile ? readFileSync(axeFile, "utf8") : null;
const base = new URL(address);
const faults = [];

function expect(condition, what) {
    if (!condition) faults.push(what);
}

const looks = {
    wide: { width: 1280, height: 900, mobile: false, scheme: "light" },
    phone: { width: 390, height: 844, mobile: true, scheme: "light" },
    dark: { width: 1280, height: 900, mobile: false, scheme: "dark" },
};

/** Pictures of a page in every look, and axe's word on it. */
async function look(page, name) {
    for (const [kind, { width, height, mobile, scheme }] of Object.entries(looks)) {
        await page.send("Emulation.setDeviceMetricsOverride", { width, height, mobile, deviceScaleFactor: 1 });
        await page.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
        const overflow = await page.run("document.documentElement.scrollWidth - document.documentElement.clientWidth");
        expect(overflow <= 0, `${name}, ${kind}: the page is ${overflow} pixels too wide`);
        const { data } = await page.send("Page.captureScreenshot", { captureBeyondViewport: false });
        writeFileSync(join(pictures, `${name}-${kind}.png`), Buffer.from(data, "base64"));
        if (axe) await check(page, `${name}, ${kind}`);
    }
    await page.send("Emulation.clearDeviceMetricsOverride");
}

/** Axe is given to the page over DevTools, where the page's policy does not hold. */
async function check(page, name) {
    await page.run(`${axe}; 0`);
    const serious = await page.run(
        "axe.run().then(({ violations }) => violations.filter(({ impact }) => ['serious', 'critical'].includes(impact))" +
            ".map(({ id, nodes }) => `${id}: ${nodes[0].html}`))",
    );
    for (const fault of serious) faults.push(`${name}: ${fault}`);
}

/** Waits until an expression is true. */
async function until(page, expression) {
    for (let i = 0; i < 200; i++) {
        // A page that is being left has no answer.
        if (await page.run(expression).catch(() => false)) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`waited for ${expression}`);
}

const browser = new Chromium();
try {
    const page = await browser.page(base.href);
    await page.send("Page.enable");
    expect(await page.run("document.querySelector('[name=token]') !== null"), "no login without the cookie");
    await look(page, "login");
    await page.run(`document.querySelector("[name=token]").value = ${JSON.stringify(token)}`);
    await page.run("document.querySelector('main form').submit()");
    await until(page, "document.querySelector('form.logout') !== null");
    expect(!(await page.run("document.cookie")), "a script reads the cookie");
    await look(page, "tasks");

    await page.go(await page.run("document.querySelector('.cards h2 a').href"));
    await look(page, "task");
    const walk = await page.run("document.querySelector('main table a')?.href ?? ''");
    if (walk) {
        await page.go(walk);
        await look(page, "walk");
        const rows = await page.run("document.querySelectorAll('table.strings tbody tr').length");
        expect(rows > 0, "the walk has no rows");
        await page.go(`${walk}?sort=value`);
        const values = await page.run(
            "[...document.querySelectorAll('table.strings th.string')].map((cell) => cell.textContent.trim())",
        );
        expect(values.length === rows, "sorting loses rows");
        await page.go(`${walk}?q=${encodeURIComponent(values[0].slice(0, 8))}`);
        expect(await page.run("document.querySelectorAll('table.strings tbody tr').length >= 1"), "nothing is found");
        await page.go(await page.run("document.querySelector('table.strings th.string a').href"));
        await look(page, "string");
        await page.go(walk);
        if (await page.run("document.querySelector('[name=with]') !== null")) {
            await page.run("document.querySelector('[name=with]').form.submit()");
            await until(page, "location.pathname.endsWith('/comparison') && document.readyState === 'complete'");
            await look(page, "comparison");
        }
    }
    const asked = await page.run("performance.getEntriesByType('resource').map(({ name }) => name)");
    expect(asked.length > 0 && asked.every((name) => name.startsWith(base.origin)), `requests elsewhere: ${asked}`);
} finally {
    await browser.close();
}
for (const fault of faults) console.log(fault);
console.log(faults.length === 0 ? "passed" : `${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;
