// One page of a browser at a dashboard, and everything that goes wrong on it.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** How a page is looked at. */
const looks = {
    wide: { width: 1280, height: 900, mobile: false, scheme: "light" },
    phone: { width: 390, height: 844, mobile: true, scheme: "light" },
    dark: { width: 1280, height: 900, mobile: false, scheme: "dark" },
    night: { width: 390, height: 844, mobile: true, scheme: "dark" },
};

/** Runs before anything of a page does: notes what its policy forbids. Other programs' pages have no such word. */
const noting = `addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) =>
    console.error("policy:", violatedDirective, blockedURI, sample));`;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class Visit {
    /** What was not as it should be, in words. */
    faults = [];
    #page;
    #base;
    #pictures;
    #axe;

    /** @param pictures a folder for pictures; @param axeFile axe's script, or nothing: then no page is checked with it. */
    static async begin(browser, base, { pictures, axeFile } = {}) {
        const visit = new Visit();
        visit.#page = await browser.page();
        visit.#base = new URL(base);
        visit.#pictures = pictures;
        visit.#axe = axeFile ? readFileSync(axeFile, "utf8") : null;
        if (pictures) mkdirSync(pictures, { recursive: true });
        await visit.#listen(browser);
        return visit;
    }

    async #listen(browser) {
        const { targetId, sessionId } = this.#page;
        browser.listen(sessionId, (method, params) => this.#hear(method, params));
        for (const domain of ["Page", "Network", "Log", "Runtime"]) await this.send(`${domain}.enable`);
        await this.send("Emulation.setScrollbarsHidden", { hidden: true });
        await this.send("Page.addScriptToEvaluateOnNewDocument", { source: noting });
        this.targetId = targetId;
    }

    #hear(method, params) {
        if (method === "Page.javascriptDialogOpening") {
            this.faults.push(`a dialogue: ${params.message}`);
            this.send("Page.handleJavaScriptDialog", { accept: false }).catch(() => {});
        } else if (method === "Runtime.exceptionThrown") {
            this.faults.push(`a script failed: ${params.exceptionDetails.exception?.description ?? params.exceptionDetails.text}`);
        } else if (method === "Runtime.consoleAPICalled" && params.type === "error") {
            this.faults.push(params.args.map(({ value }) => value).join(" "));
        } else if (method === "Log.entryAdded" && params.entry.source === "security") {
            this.faults.push(`the browser says: ${params.entry.text}`);
        } else if (method === "Network.requestWillBeSent" && /^(https?|wss?|ftp):/.test(params.request.url)) {
            if (!params.request.url.startsWith(`${this.#base.origin}/`)) this.faults.push(`a request to ${params.request.url}`);
        }
    }

    send(method, params) {
        return this.#page.send(method, params);
    }

    /** The value of an expression in the page. */
    run(expression) {
        return this.#page.run(expression);
    }

    expect(condition, what) {
        if (!condition) this.faults.push(what);
    }

    async go(address) {
        await this.#page.go(new URL(address, this.#base).href);
    }

    /** Waits until an expression is true in the page. */
    async until(expression, seconds = 20) {
        for (let i = 0; i < seconds * 40; i++) {
            // A page that is being left has no answer.
            if (await this.run(expression).catch(() => false)) return;
            await pause(25);
        }
        throw new Error(`waited for ${expression} at ${await this.run("location.href + document.body.innerText")}`);
    }

    /** Follows a link or sends a form, and waits for another page. */
    async leave(action) {
        await this.run("window.isOld = true");
        await this.run(action);
        await this.until("!window.isOld && document.readyState === 'complete'");
    }

    /** Presses a key as a person does. */
    async press(key, modifiers = 0) {
        const codes = { Tab: 9, Enter: 13, Escape: 27, ArrowDown: 40 };
        const one = { key, code: key, windowsVirtualKeyCode: codes[key], modifiers };
        await this.send("Input.dispatchKeyEvent", { type: "keyDown", ...one, text: key === "Enter" ? "\r" : undefined });
        await this.send("Input.dispatchKeyEvent", { type: "keyUp", ...one });
    }

    type(text) {
        return this.send("Input.insertText", { text });
    }

    /** Goes on with the Tab key to an element that is chosen by a selector. */
    async tabTo(selector, most = 80) {
        for (let i = 0; i < most; i++) {
            if (await this.run(`document.activeElement?.matches(${JSON.stringify(selector)}) ?? false`)) return true;
            await this.press("Tab");
        }
        this.faults.push(`the Tab key does not lead to ${selector}`);
        return false;
    }

    async as(look) {
        const { width, height, mobile, scheme } = looks[look];
        await this.send("Emulation.setDeviceMetricsOverride", { width, height, mobile, deviceScaleFactor: 1 });
        await this.send("Emulation.setEmulatedMedia", { media: "", features: [{ name: "prefers-color-scheme", value: scheme }] });
    }

    /** Takes a picture: of what is seen at first, or of the whole page. */
    async picture(name, { whole = true } = {}) {
        if (!this.#pictures) return;
        const parameters = { captureBeyondViewport: whole };
        if (whole) {
            const { cssContentSize } = await this.send("Page.getLayoutMetrics");
            const height = Math.min(cssContentSize.height, 4000);
            parameters.clip = { x: 0, y: 0, width: cssContentSize.width, height, scale: 1 };
        }
        const { data } = await this.send("Page.captureScreenshot", parameters);
        writeFileSync(join(this.#pictures, `${name}.png`), Buffer.from(data, "base64"));
    }

    /** Looks at a page in every way: nothing is too wide, and axe finds no serious fault; on a phone where it is told to look. */
    async look(name, { phone = false } = {}) {
        for (const look of Object.keys(looks)) {
            await this.as(look);
            const overflow = await this.run("document.documentElement.scrollWidth - document.documentElement.clientWidth");
            this.expect(overflow <= 0, `${name}, ${look}: the page is ${overflow} pixels too wide`);
            await this.picture(`${name}-${look}`);
            if (look === "wide" || look === "dark" || phone) await this.check(`${name}, ${look}`);
        }
        await this.as("wide");
    }

    /** Axe is given to the page over DevTools, where the page's policy does not hold. */
    async check(name) {
        if (!this.#axe) return;
        if (!(await this.run("typeof axe === 'object'"))) await this.run(`${this.#axe}; 0`);
        const serious = await this.run(
            "axe.run({ resultTypes: ['violations'] }).then(({ violations }) =>" +
                " violations.filter(({ impact }) => ['serious', 'critical'].includes(impact))" +
                ".map(({ id, nodes }) => `${id}: ${nodes[0].html} ${nodes[0].failureSummary}`))",
        );
        for (const fault of serious) this.faults.push(`${name}: ${fault}`);
    }

    /** Logs in with the token, by the keyboard; the page is the login. */
    async logIn(token) {
        await this.tabTo("input[name=token]");
        await this.type(token);
        await this.run("window.isOld = true");
        await this.press("Enter");
        await this.until("!window.isOld && document.readyState === 'complete'");
        this.expect(await this.run("document.querySelector('form.logout') !== null"), "no login with the token");
        this.expect(await this.run("document.cookie === ''"), "a script reads the cookie");
    }
}

/** Says how it went: `passed` as the last line, or each fault. */
export function report(faults) {
    for (const fault of faults) console.log(fault);
    console.log(faults.length === 0 ? "passed" : `${faults.length} faults`);
    process.exitCode = faults.length === 0 ? 0 : 1;
}

export { pause };
