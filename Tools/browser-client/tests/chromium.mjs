// Drives Debian's chromium-headless-shell by its pipe, without any package.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A browser with a profile of its own. `close()` it. */
export class Chromium {
    #process;
    #folder = mkdtempSync(join(tmpdir(), "populus-chromium-"));
    #next = 1;
    #waiting = new Map();
    #received = [];
    #listeners = new Map();

    constructor(path = "/usr/bin/chromium-headless-shell") {
        const options = [
            "--remote-debugging-pipe", `--user-data-dir=${this.#folder}`, "--no-first-run", "--disable-gpu",
            "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update",
            // Tests run as root in a container, where the sandbox cannot.
            "--no-sandbox",
            // A name that leads to this machine, and is none that browsers trust.
            "--host-resolver-rules=MAP insecure.test 127.0.0.1",
        ];
        this.#process = spawn(path, options, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"], detached: true });
        this.#process.on("exit", (status) => {
            for (const { reject } of this.#waiting.values()) reject(new Error(`Chromium has ended: ${status}`));
        });
        this.#process.on("error", (error) => {
            for (const { reject } of this.#waiting.values()) reject(error);
        });
        this.#process.stdio[3].on("error", () => {});
        this.#process.stdio[4].on("data", (data) => this.#receive(data));
    }

    #receive(data) {
        this.#received.push(data);
        if (!data.includes(0)) return;
        const messages = Buffer.concat(this.#received).toString("utf8").split("\0");
        this.#received = [Buffer.from(messages.pop())];
        for (const text of messages) {
            const { id, result, error, method, params, sessionId } = JSON.parse(text);
            if (method) this.#listeners.get(sessionId)?.(method, params);
            const waiting = this.#waiting.get(id);
            this.#waiting.delete(id);
            if (error) waiting?.reject(new Error(error.message));
            else waiting?.resolve(result);
        }
    }

    send(method, params = {}, sessionId) {
        const id = this.#next++;
        return new Promise((resolve, reject) => {
            this.#waiting.set(id, { resolve, reject });
            this.#process.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + "\0");
        });
    }

    /** Hands each event of a session to a function: its name and its parameters. */
    listen(sessionId, listener) {
        this.#listeners.set(sessionId, listener);
    }

    /** A page at an address; pages share their storage. */
    async page(url) {
        const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
        const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
        const page = new Page(this, sessionId, targetId);
        if (url) await page.go(url);
        return page;
    }

    async close() {
        const ended = new Promise((resolve) => this.#process.once("exit", resolve));
        await Promise.race([this.send("Browser.close").catch(() => {}), new Promise((resolve) => setTimeout(resolve, 5000))]);
        // Its processes are a group of their own.
        try {
            process.kill(-this.#process.pid, "SIGKILL");
        } catch {
            // They have ended already.
        }
        await ended;
        rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    }
}

class Page {
    constructor(browser, sessionId, targetId) {
        Object.assign(this, { browser, sessionId, targetId });
    }

    send(method, params) {
        return this.browser.send(method, params, this.sessionId);
    }

    async go(url) {
        const { errorText } = await this.send("Page.navigate", { url });
        if (errorText) throw new Error(`${url}: ${errorText}`);
        for (let i = 0; i < 600; i++) {
            const state = await this.run("`${document.readyState} ${location.href}`").catch(() => "");
            if (state === `complete ${url}`) return;
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
        throw new Error(`${url} is not loaded after 30 seconds`);
    }

    /** The value of an expression, awaited. */
    async run(expression) {
        const parameters = { expression, awaitPromise: true, returnByValue: true, userGesture: true };
        const { result, exceptionDetails } = await this.send("Runtime.evaluate", parameters);
        if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
        return result.value;
    }

    close() {
        return this.browser.send("Target.closeTarget", { targetId: this.targetId });
    }
}
