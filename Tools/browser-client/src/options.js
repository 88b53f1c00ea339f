import { PopulusError } from "./errors.js";

const isCount = (number) => Number.isSafeInteger(number) && number > 0;
const isTime = (number) => number > 0 && number <= 1e9;

/** The options with what is usual in the place of what is not given. */
export function checkOptions(given) {
    const options = {
        mostWaiting: 200,
        mostPerRequest: 32,
        longestWait: 14 * 86400,
        firstPause: 5,
        longestPause: 3600,
        ...given,
        fetch: given.fetch ?? globalThis.fetch?.bind(globalThis),
    };
    const { cap, uploadToken, storage, onRefused } = options;
    const faults = [
        [[undefined, "notAsked", "given", "withdrawn"].includes(options.consent), 'consent is "given", "withdrawn" or "notAsked"'],
        [isCount(options.mostWaiting) && isCount(options.mostPerRequest), "mostWaiting and mostPerRequest are at least 1"],
        [
            [options.longestWait, options.firstPause, options.longestPause].every(isTime),
            "longestWait, firstPause and longestPause are seconds, above 0",
        ],
        [cap === undefined || (isCount(cap.reports) && isTime(cap.seconds)), "a cap is {reports, seconds}, both at least 1"],
        [
            uploadToken === undefined || /^[\x21-\x2b\x2d-\x7e]{16,}$/.test(uploadToken),
            "an upload token has at least 16 visible ASCII characters and no comma",
        ],
        [typeof options.fetch === "function", "fetch is a function"],
        [storage === undefined || typeof storage.update === "function", "storage has the methods update and oldest"],
        [onRefused === undefined || typeof onRefused === "function", "onRefused is a function"],
    ];
    const fault = faults.find(([isRight]) => !isRight);
    if (fault) throw new PopulusError("options", fault[1]);
    return options;
}
