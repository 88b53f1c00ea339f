// How long pages of many strings take: node load.mjs URL TOKEN-FILE
//
// The dashboard has walks of many strings, such as `results-writer FILE 3 10000` writes. Prints the time from the request to the end
// of loading in headless Chromium, nothing of it in a cache, the median of eleven.
import { readFileSync } from "node:fs";
import { Chromium } from "../browser-client/tests/chromium.mjs";
import { Visit } from "./visit.mjs";

const [address, tokenFile] = process.argv.slice(2);
if (!tokenFile) throw new Error("give the dashboard's URL and its file with the token");
const browser = new Chromium();
try {
    const visit = await Visit.begin(browser, address);
    await visit.send("Network.setCacheDisabled", { cacheDisabled: true });
    await visit.go("/");
    await visit.logIn(readFileSync(tokenFile, "utf8").trim());
    await visit.leave("document.querySelector('.cards a').click()");
    const walk = await visit.run("document.querySelector('main table a').getAttribute('href')");
    for (const path of [walk, `${walk}?page=50`, `${walk}?sort=value`, `${walk}?q=fill%2F99`, `${walk}/comparison`]) {
        const times = [];
        for (let i = 0; i < 11; i++) {
            await visit.go("/");
            await visit.go(path);
            times.push(await visit.run("performance.getEntriesByType('navigation')[0].duration"));
        }
        times.sort((one, other) => one - other);
        const said = await visit.run("document.querySelector('[data-said]').textContent");
        console.log(`${path.replace(/.*\/walks\/[^?/]*/, "walk ")}: ${times[5].toFixed(0)} ms (${said})`);
    }
    for (const fault of visit.faults) console.log(fault);
} finally {
    await browser.close();
}
