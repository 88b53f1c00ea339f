// Reports with fixed randomness, for the Swift side to open and compare: node report.mjs BUILD FILE. FILE is a list of
// {task, value, group, leader, helper, id, rand, now}; the answer a list of reports in hexadecimal digits.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { readFileSync } from "node:fs";
import { hex, unhex } from "./harness.mjs";

const [build, file] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(join(build, path)));
const { makeReport } = await load("parts/src/report.js");
const { readTask } = await load("parts/src/task.js");
const { setURLTables } = await load("parts/src/wasm.js");

await setURLTables((await load("populus-url-1.js")).default);
const reports = [];
for (const { task, value, group, leader, helper, id, rand, now } of JSON.parse(readFileSync(file, "utf8"))) {
    const key = ({ id, publicKey }) => ({ id, publicKey: unhex(publicKey) });
    const fixed = { group, id: unhex(id), rand: unhex(rand), now };
    reports.push(hex((await makeReport(readTask(task), value, { leader: key(leader), helper: key(helper) }, fixed)).bytes));
}
console.log(JSON.stringify(reports));
