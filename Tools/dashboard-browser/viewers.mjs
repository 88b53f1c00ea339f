// Watches a task's walk as many viewers at once: node viewers.mjs URL TOKEN-FILE TASK VIEWERS
//
// Each viewer has a connection of its own, and reads the walk's events until one says that the walk is over. Prints how many
// events the viewers had, at least and at most. Run a walk with and without them to see what they cost it.
import { readFileSync } from "node:fs";
import { request } from "node:http";

const [address, tokenFile, task, number] = process.argv.slice(2);
if (!number) throw new Error("give the dashboard's URL, its file with the token, a task's ID, and how many viewers");
const base = new URL(address);

/** The cookie of a login. */
function logIn() {
    const body = `token=${readFileSync(tokenFile, "utf8").trim()}`;
    const headers = { "Content-Type": "application/x-www-form-urlencoded", "Content-Length": body.length };
    return new Promise((resolve, reject) => {
        const login = request(new URL("/login", base), { method: "POST", headers }, (response) => {
            response.resume();
            const cookie = response.headers["set-cookie"]?.[0]?.split(";")[0];
            if (cookie) resolve(cookie);
            else reject(new Error(`the login ended with ${response.statusCode}`));
        });
        login.on("error", reject);
        login.end(body);
    });
}

/** How many events one viewer has until the walk is over, or the server ends the stream. */
function watch(cookie) {
    return new Promise((resolve, reject) => {
        const watching = request(new URL(`/tasks/${task}/events`, base), { agent: false, headers: { Cookie: cookie } }, (response) => {
            if (response.statusCode !== 200) return reject(new Error(`status ${response.statusCode}`));
            let events = 0;
            let rest = "";
            response.setEncoding("utf8");
            response.on("data", (text) => {
                const parts = (rest + text).split("\n\n");
                rest = parts.pop();
                const told = parts.filter((part) => part.startsWith("data: ")).map((part) => JSON.parse(part.slice(6)));
                events += told.length;
                if (told.some(({ over }) => over)) {
                    response.destroy();
                    resolve(events);
                }
            });
            response.on("end", () => resolve(events));
        });
        watching.on("error", reject);
        watching.end();
    });
}

const cookie = await logIn();
const counts = await Promise.all(Array.from({ length: Number(number) }, () => watch(cookie)));
console.log(`${counts.length} viewers: ${Math.min(...counts)} to ${Math.max(...counts)} events each`);
