// What many viewers cost a walk: node viewers.mjs POPULUS [VIEWERS [REPORTS [PAIRS]]]
//
// Starts a pair of aggregators and a dashboard on this machine. Then walks as many reports with viewers and without, in turn, and
// compares: the time that the walk says it took, and the processor time of aggregators and dashboard together. Each viewer has a
// connection of its own and reads all events. They are a process of their own, with the least priority, since they would be on
// other machines.
import { fork, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, connect } from "node:net";
import { setPriority, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
if (process.argv[2] === "--watch") watchAll();
else await measure();

// MARK: Viewers, in a process of their own

/** Watches until each viewer was told that the walk is over. */
function watchAll() {
    const [, , , port, task, number] = process.argv;
    let [ready, over, events, bytes] = [0, 0, 0, 0];
    process.once("message", (cookie) => {
        for (let i = 0; i < number; i++) {
            const socket = connect(Number(port), "127.0.0.1", () => {
                socket.write(`GET /tasks/${task}/events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nCookie: ${cookie}\r\n\r\n`);
            });
            let [isNew, hasBegun] = [true, false];
            socket.on("data", (data) => {
                if (isNew && ++ready == number) process.send({ ready });
                isNew = false;
                bytes += data.length;
                events += data.toString("latin1").split("data: ").length - 1;
                // The first event may be of the walk before.
                hasBegun ||= data.includes('"over":false');
                if (hasBegun && data.includes('"over":true')) socket.destroy();
            });
            socket.on("error", (error) => process.send({ error: error.message }));
            socket.on("close", () => {
                if (++over == number) process.send({ events, bytes }, () => process.exit(0));
            });
        }
    });
}

// MARK: The measurement

async function measure() {
    const [given, viewers = "1000", reports = "10000", pairs = "5"] = process.argv.slice(2);
    if (!given) throw new Error("give the path of populus");
    const program = resolve(given);
    const folder = mkdtempSync(join(tmpdir(), "populus-viewers-"));
    const processes = [];
    try {
        const place = await begin(program, folder, processes);
        const rows = { without: [], with: [] };
        // The first walk has pages to touch and files to make, and is not counted.
        await walk(place, Number(reports), 0);
        for (let i = 0; i < Number(pairs); i++) {
            const kinds = i % 2 === 0 ? ["without", "with"] : ["with", "without"];
            for (const kind of kinds) {
                const row = await walk(place, Number(reports), kind === "with" ? Number(viewers) : 0);
                rows[kind].push(row);
                console.log(`${kind} viewers: ${row.seconds.toFixed(2)} s, processor time ${row.cpu.toFixed(2)} s${row.told}`);
            }
        }
        for (const [name, figure] of [["time", "seconds"], ["processor time", "cpu"]]) {
            const ratios = rows.with.map((row, i) => row[figure] / rows.without[i][figure]).sort((a, b) => a - b);
            console.log(`${name} with ${viewers} viewers to without, median of ${pairs} pairs: ${ratios[ratios.length >> 1].toFixed(3)}`
                + ` (${ratios[0].toFixed(3)} to ${ratios.at(-1).toFixed(3)})`);
        }
    } finally {
        for (const one of processes) one.kill();
        await Promise.all(processes.map((one) => one.exitCode ?? new Promise((resolve) => one.once("exit", resolve))));
        rmSync(folder, { recursive: true, force: true });
    }
}

/** Makes a task, starts the pair and the dashboard, and logs in. */
async function begin(program, folder, processes) {
    const [leader, helper, port] = await Promise.all([freePort(), freePort(), freePort()]);
    const run = (...words) => {
        const { status, stdout, stderr } = spawnSync(program, words, { cwd: folder, encoding: "utf8" });
        if (status > 1) throw new Error(`${words.join(" ")}: ${stdout}${stderr}`);
        return stdout;
    };
    const start = (...words) => {
        const one = spawn(program, [...words, "--log-level", "error"], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
        processes.push(one);
        return one.pid;
    };
    run("task", "new", "--directory", "task", "--leader", `http://127.0.0.1:${leader}/`, "--helper", `http://127.0.0.1:${helper}/`,
        "--min-batch-size", "10", "--exact", "--encoding", "url", "--bits", "256");
    const pids = [];
    for (const [role, number] of [["helper", helper], ["leader", leader]]) {
        run("store", "create", "--store", `${role}.sqlite`, "--task", `task/${role}.json`);
        pids.push(start(role, "--listen", `127.0.0.1:${number}`, "--store", `${role}.sqlite`, "--task", `task/${role}.json`));
    }
    pids.push(start("dashboard", "--results", "results.sqlite", "--task", "task/collector.json", "--listen", `127.0.0.1:${port}`));
    const base = `http://127.0.0.1:${port}`;
    const token = join(folder, "results.sqlite.token");
    for (let i = 0; i < 300 && !(existsSync(token) && (await fetch(`${base}/login`).catch(() => null))); i++) await pause(100);
    const login = await fetch(`${base}/login`, form({ token: readFileSync(token, "utf8").trim() }));
    const cookie = login.headers.get("set-cookie").split(";")[0];
    const tasks = await (await fetch(base, { headers: { cookie } })).text();
    const task = tasks.match(/\/tasks\/([\w-]+)/)[1];
    return { folder, run, pids, port, base, cookie, task, csrf: field("csrf", tasks) };
}

/** One walk over new reports: its time and processor time, in seconds. */
async function walk(place, reports, viewers) {
    const { folder, run, pids, port, base, cookie, task, csrf } = place;
    writeFileSync(join(folder, "lines"), lines(reports));
    run("upload", "--task", "task/client.json", "lines");
    await pause(2000);
    const watching = viewers > 0 ? await watch(port, task, viewers, cookie) : null;
    const before = processorTime(pids);
    const send = (path, fields) => fetch(`${base}/tasks/${task}/${path}`, form({ csrf, ...fields }, cookie));
    const asked = await (await send("discover", { threshold: `${reports / 100}` })).text();
    const begun = await send("start", { question: field("question", asked) });
    if (begun.status !== 303) throw new Error(`no walk begins: ${await begun.text()}`);
    const result = await finished(place);
    const told = await watching?.done;
    const cpu = processorTime(pids) - before;
    // Viewers that have left are noticed when they are sent a sign of life the second time.
    if (viewers > 0) await pause(35000);
    const json = await (await fetch(`${base}${result}/result.json`, { headers: { cookie } })).json();
    const seconds = json.steps.reduce((sum, step) => sum + step.seconds, 0);
    const words = told ? `; ${told.events} events, ${(told.bytes / 1e6).toFixed(0)} MB` : "";
    return { seconds, cpu, told: words };
}

/** Viewers that all have a connection; `done` is kept when they have seen the walk's end. */
async function watch(port, task, viewers, cookie) {
    const child = fork(fileURLToPath(import.meta.url), ["--watch", port, task, viewers]);
    setPriority(child.pid, 19);
    child.send(cookie);
    let finish;
    const done = new Promise((resolve) => (finish = resolve));
    await new Promise((resolve) => child.on("message", (told) => {
        if (told.error) console.log(`a viewer: ${told.error}`);
        if (told.ready) resolve();
        if (told.events) finish(told);
    }));
    return { done };
}

/** The address of the result of the walk that is under way. */
async function finished({ base, cookie, task }) {
    for (;;) {
        await pause(1000);
        const page = await (await fetch(`${base}/tasks/${task}/live`, { headers: { cookie } })).text();
        if (page.includes("without a result")) throw new Error(page);
        const link = page.match(/\/tasks\/[\w-]+\/walks\/[\w-]+/);
        if (link) return link[0];
    }
}

/** Addresses of which some twenty are popular. */
function lines(count) {
    let text = "";
    for (let i = 0; i < count; i++) {
        const digest = createHash("sha256").update(`${i}`).digest();
        const rank = Math.floor(Math.exp((digest.readUInt32BE(0) / 2 ** 32) * Math.log(20000)));
        text += `https://host-${rank % 7}.example/page/${rank}\n`;
    }
    return text;
}

/** User and system time of processes, in seconds. */
function processorTime(pids) {
    return pids.reduce((sum, pid) => {
        const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
        return sum + (Number(fields[11]) + Number(fields[12])) / 100;
    }, 0);
}

function form(fields, cookie) {
    const headers = cookie ? { cookie } : {};
    return { method: "POST", redirect: "manual", headers, body: new URLSearchParams(fields) };
}

function field(name, page) {
    return page.match(new RegExp(`name="${name}" value="([^"]*)"`))?.[1] ?? "";
}

function freePort() {
    return new Promise((resolve) => {
        const server = createServer().listen(0, "127.0.0.1", () => {
            const { port } = server.address();
            server.close(() => resolve(port));
        });
    });
}
