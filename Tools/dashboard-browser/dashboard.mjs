// Drives a running dashboard with headless Chromium: node dashboard.mjs URL TOKEN-FILE PICTURES [AXE-SCRIPT]
//
// The dashboard has one task of grouped URLs whose walks can be started, the result of one walk, and a batch that is not spent. The
// script does all that an analyst does, takes a picture of each page, wide, as on a phone, and in the dark, and has axe look at
// it. Prints "passed" if all is as it should be.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Chromium } from "../browser-client/tests/chromium.mjs";
import { Visit, pause, report } from "./visit.mjs";

const [address, tokenFile, pictures, axeFile] = process.argv.slice(2);
if (!pictures) throw new Error("give the dashboard's URL, its file with the token, and a folder for pictures");
const token = readFileSync(tokenFile, "utf8").trim();
const base = new URL(address);

const browser = new Chromium();
let visit;
try {
    visit = await Visit.begin(browser, base, { pictures, axeFile });
    const task = await logInAndChoose();
    await startAndWatch();
    const walk = await visit.run("location.pathname");
    await sortAndFilter(walk);
    await goDown(walk);
    await lookAtAString(walk);
    await download(walk);
    await compare(walk);
    await useTheKeyboard(walk);
    await print(walk);
    await readWithoutScripts(task, walk);
    await comeBackByALink(walk);
} catch (error) {
    visit?.faults.push(error.stack);
    await visit?.picture("failed").catch(() => {});
} finally {
    await browser.close();
}
report(visit?.faults ?? ["no page"]);

/** The login, all tasks, one task; its address. */
async function logInAndChoose() {
    await visit.go("/");
    visit.expect(await visit.run("document.querySelector('[name=token]') !== null"), "no login without the cookie");
    await visit.look("login");
    await visit.type("wrong");
    await visit.leave("document.querySelector('main form').requestSubmit()");
    visit.expect(await visit.run("document.querySelector('[role=alert]') !== null"), "another token is not refused");
    await visit.logIn(token);
    await visit.look("tasks");
    await visit.leave("document.querySelector('.cards a').click()");
    await visit.look("task");
    return visit.run("location.pathname");
}

/** A discovery from its form, the question that is asked once more, and the walk to its result. */
async function startAndWatch() {
    await visit.leave("document.querySelector('a[href$=\"/discover\"]').click()");
    await visit.look("discover");
    await visit.run("document.querySelector('[name=threshold]').value = 'many'");
    await visit.leave("document.querySelector('[name=threshold]').form.requestSubmit()");
    visit.expect(await visit.run("document.querySelector('[role=alert]') !== null"), "a threshold of many is not refused");
    await visit.run("document.querySelector('[name=threshold]').value = '10'");
    await visit.leave("document.querySelector('[name=threshold]').form.requestSubmit()");
    visit.expect(await visit.run("document.querySelector('[name=question]') !== null"), "it is not asked once more");
    await visit.look("question");
    await visit.leave("document.querySelector('[name=question]').form.requestSubmit()");
    // All that the page says while the walk goes on.
    await visit.run(`window.said = new Set(); window.steps = new Set(); new MutationObserver(() => {
        said.add(document.querySelector('[data-part=state]').textContent);
        steps.add(document.querySelectorAll('[data-part=steps] tr').length);
    }).observe(document.querySelector('[data-events]'), { subtree: true, childList: true, characterData: true }); 0`);
    await visit.until("document.querySelectorAll('[data-part=steps] tr').length > 3", 60);
    await visit.picture("live-under-way");
    await visit.until("!document.querySelector('[data-part=result]').hidden", 120);
    const [said, steps] = [await visit.run("[...said]"), await visit.run("[...steps]")];
    visit.expect(said.length > 2, `the page says too little of a walk: ${said}`);
    visit.expect(steps.length > 2, `the steps do not come one after the other: ${steps}`);
    const first = await visit.run("[...document.querySelectorAll('[data-part=steps] tr:last-child td')].map((td) => td.textContent)");
    visit.expect(first[3] === "–", `the survivors of the first step are shown: ${first}`);
    await visit.look("live", { phone: true });
    await visit.leave("document.querySelector('[data-part=result] a').click()");
    await visit.look("walk", { phone: true });
}

/** The strings of the table. */
function values() {
    return visit.run("[...document.querySelectorAll('table.strings tbody th.string a')].map((a) => a.textContent.trim())");
}

/** Their counts. */
function counts() {
    return visit.run("[...document.querySelectorAll('table.strings td[data-label=count]')].map((td) => +td.textContent.replace(/,/g, ''))");
}

/** Sorting and filtering take no new page. */
async function sortAndFilter(walk) {
    await visit.go(walk);
    const [all, votes] = [await values(), await counts()];
    visit.expect(all.length > 3, `the walk has ${all.length} rows`);
    visit.expect(votes.every((count, i) => i === 0 || votes[i - 1] >= count), `not by votes: ${votes}`);
    await visit.run("window.stays = true");
    await visit.run("[...document.querySelectorAll('.strings thead a')].find((a) => a.textContent.startsWith('String')).click()");
    await visit.until("location.search === '?sort=value' && document.querySelector('[aria-sort=ascending]')");
    const sorted = await values();
    visit.expect(sorted.length === all.length, "sorting loses rows");
    visit.expect(sorted.every((text, i) => i === 0 || sorted[i - 1] <= text), `not by string: ${sorted}`);
    await visit.run("document.querySelector('[name=q]').focus()");
    await visit.type("CRASH");
    await visit.until("location.search.includes('q=CRASH') && document.querySelector('.chips')");
    const found = await values();
    visit.expect(found.length > 0 && found.length < all.length, `${found.length} of ${all.length} are found`);
    visit.expect(found.every((text) => text.includes("crash")), `what is found: ${found}`);
    visit.expect(await visit.run("window.stays"), "the page was loaded again");
    await visit.picture("walk-search");
    await visit.run("history.back()");
    await visit.until("document.querySelectorAll('.chips').length === 0");
    await visit.leave(`location.assign("${walk}?change=risen")`);
    visit.expect((await values()).length > 0, "no string has risen");
}

/** By host, by folder, by group: each link leads to what it names. */
async function goDown(walk) {
    await visit.go(walk);
    const all = await values();
    for (const [part, name] of [["host", "Host"], ["group", "Group"]]) {
        await visit.go(walk);
        await visit.run(`[...document.querySelectorAll('details')].find((one) =>
            one.querySelector('summary').textContent.includes('${part}')).open = true`);
        await visit.picture(`walk-${part}s`);
        await visit.run(`[...document.querySelectorAll('table.sums')].find((table) =>
            table.querySelector('th').textContent === '${name}').querySelector('tbody a').click()`);
        await visit.until(`location.search.includes('${part}=') && document.querySelector('.chips')`);
        const left = await values();
        visit.expect(left.length > 0 && left.length < all.length, `by ${part} ${left.length} of ${all.length} are left`);
    }
    await visit.go(walk);
    await visit.run(`[...document.querySelectorAll('table.sums')].find((table) =>
        table.querySelector('th').textContent === 'Host').querySelector('tbody a').click()`);
    await visit.until("[...document.querySelectorAll('table.sums thead th')].some((th) => th.textContent === 'Path')");
    await visit.run(`[...document.querySelectorAll('table.sums')].find((table) =>
        table.querySelector('th').textContent === 'Path').querySelector('tbody a').click()`);
    await visit.until("location.search.includes('path=')");
    await visit.look("walk-path");
}

/** A string's page, and its text in the clipboard. */
async function lookAtAString(walk) {
    await visit.go(walk);
    const [text] = await values();
    await browser.send("Browser.grantPermissions", {
        origin: base.origin, permissions: ["clipboardReadWrite", "clipboardSanitizedWrite"],
    });
    await visit.run("document.querySelector('.strings button[data-copy]').click()");
    await visit.until("document.getElementById('said').textContent === 'Copied'");
    visit.expect((await visit.run("navigator.clipboard.readText()")) === text, "something else is copied");
    await visit.run("document.querySelector('button[data-copy-link]').click()");
    await pause(100);
    visit.expect((await visit.run("navigator.clipboard.readText()")) === new URL(walk, base).href, "the link is not the view's");
    await visit.leave("document.querySelector('table.strings th.string a').click()");
    visit.expect((await visit.run("document.getElementById('whole').textContent.trim()")) === text, "the string's page has another");
    visit.expect((await visit.run("document.querySelectorAll('main tbody tr').length")) === 2, "it is not in both walks");
    await visit.look("string");
}

/** Files as a browser saves them. */
async function download(walk) {
    const files = join(pictures, "files");
    await browser.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: files });
    await visit.go(walk);
    for (const format of ["csv", "json"]) {
        await visit.run(`document.querySelector('a[href*="result.${format}"]').click()`);
        const saved = await waited(() => list(files).find((name) => name.endsWith(`.${format}`)));
        const text = readFileSync(join(files, saved ?? ""), "utf8");
        visit.expect(format === "csv" ? text.startsWith("group,value,count") : JSON.parse(text).result?.length > 0, `${format}: ${text}`);
    }
}

/** The names in a folder that may not be there. */
function list(folder) {
    try {
        return readdirSync(folder);
    } catch {
        return [];
    }
}

/** The value of a function when it has one. */
async function waited(value) {
    for (let i = 0; i < 200; i++) {
        const found = value();
        if (found) return found;
        await pause(25);
    }
    return undefined;
}

/** With the walk before. */
async function compare(walk) {
    await visit.go(walk);
    await visit.leave("document.querySelector('[name=with]').form.requestSubmit()");
    visit.expect(await visit.run("location.pathname.endsWith('/comparison')"), "no comparison");
    for (const kind of ["new", "risen"]) {
        visit.expect(await visit.run(`document.querySelector('td.change .${kind}') !== null`), `nothing is ${kind}`);
    }
    await visit.look("comparison");
    await visit.run("document.querySelector('.totals a').click()");
    await visit.until("document.querySelector('.totals [aria-current]')");
}

/** Nothing needs a mouse, and the place is kept. */
async function useTheKeyboard(walk) {
    await visit.go(walk);
    await visit.press("Tab");
    visit.expect(await visit.run("document.activeElement.matches('.skip')"), "the first stop does not skip to the content");
    await visit.picture("keyboard-skip", { whole: false });
    await visit.press("Enter");
    visit.expect(await visit.run("document.activeElement.id === 'content'"), "skipping leads elsewhere");
    if (await visit.tabTo(".strings thead th[aria-sort] a")) {
        const name = await visit.run("document.activeElement.textContent");
        await visit.press("Enter");
        await visit.until("location.search !== ''");
        await pause(100);
        const now = await visit.run("document.activeElement.textContent");
        visit.expect(now.slice(0, 4) === name.slice(0, 4), `after sorting the keyboard is at ${now}`);
        await visit.picture("keyboard-sorted", { whole: false });
    }
    if (await visit.tabTo("table.strings th.string a")) {
        await visit.run("window.isOld = true");
        await visit.press("Enter");
        await visit.until("!window.isOld && location.pathname.includes('/strings/')");
    }
}

/** Paper has the table, and no forms. */
async function print(walk) {
    await visit.go(walk);
    await visit.send("Emulation.setEmulatedMedia", { media: "print" });
    const shown = await visit.run("[...document.querySelectorAll('button, .filter, .pager')].filter((one) => one.checkVisibility()).length");
    visit.expect(shown === 0, `${shown} forms and buttons are printed`);
    await visit.picture("print");
    const { data } = await visit.send("Page.printToPDF", {});
    visit.expect(Buffer.from(data, "base64").length > 5000, "nothing is printed");
    const features = [{ name: "prefers-reduced-motion", value: "reduce" }];
    await visit.send("Emulation.setEmulatedMedia", { media: "", features });
    const moving = await visit.run(`[...document.querySelectorAll('*')].filter((one) =>
        !['0s', ''].includes(getComputedStyle(one).transitionDuration)).length`);
    visit.expect(moving === 0, `${moving} elements move where motion is not wanted`);
    await visit.as("wide");
}

/** Reading needs no script. */
async function readWithoutScripts(task, walk) {
    await visit.send("Emulation.setScriptExecutionDisabled", { value: true });
    await visit.go(task);
    await visit.go(`${walk}?sort=value&q=crash`);
    visit.expect((await values()).length > 0, "nothing is found without scripts");
    const order = await visit.run("document.querySelector('[aria-sort=ascending]')?.textContent");
    visit.expect(order?.startsWith("String"), `without scripts the order is by ${order}`);
    const buttons = await visit.run("[...document.querySelectorAll('main button')].filter((one) => one.checkVisibility()).map((one) => one.textContent)");
    visit.expect(!buttons.some((text) => text.includes("Copy")), `buttons that do nothing: ${buttons}`);
    await visit.picture("no-script");
    await visit.send("Emulation.setScriptExecutionDisabled", { value: false });
}

/** Who is logged out comes back to the page of the link. */
async function comeBackByALink(walk) {
    await visit.go(`${walk}?sort=value`);
    await visit.leave("document.querySelector('form.logout').requestSubmit()");
    await visit.go(`${walk}?sort=value`);
    visit.expect(await visit.run("document.querySelector('[name=token]') !== null"), "who is logged out sees a result");
    await visit.logIn(token);
    const now = await visit.run("location.pathname + location.search");
    visit.expect(now === `${walk}?sort=value`, `after the login it is ${now}`);
}
