import { concat } from "./bytes.js";

/** How long a request may take, in milliseconds. */
const timeout = 60_000;
/** Answers have some hundred bytes, or 17 for each refused report of a request. */
const longestAnswer = 1 << 20;

/** Sends a request and reads its answer: `{response, body}`; throws where none comes in time, or one that is too long. */
export async function exchange(fetch, url, request, ended) {
    const aborting = new AbortController();
    const abort = () => aborting.abort();
    const timer = setTimeout(abort, timeout);
    ended?.addEventListener("abort", abort);
    try {
        ended?.throwIfAborted();
        const response = await fetch(url, { ...request, signal: aborting.signal });
        return { response, body: await read(response) };
    } finally {
        clearTimeout(timer);
        ended?.removeEventListener("abort", abort);
    }
}

async function read(response) {
    if (!response.body) return new Uint8Array(await response.arrayBuffer());
    const reader = response.body.getReader();
    const parts = [];
    let length = 0;
    for (;;) {
        const { done, value } = await reader.read();
        if (done) return concat(...parts);
        length += value.length;
        if (length > longestAnswer) {
            await reader.cancel();
            throw new RangeError("the answer is too long");
        }
        parts.push(value);
    }
}
