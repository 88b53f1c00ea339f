import { Reader, base64url, concat } from "./bytes.js";

const requestType = "application/ppm-dap;message=upload-req";
const errorsType = /^application\/ppm-dap\s*;\s*message="?upload-errors"?\s*$/i;

/** Reasons for which the Leader refuses a report. Spec: DAP §4.1 (`ReportError`) */
const reasons = [
    undefined, "batch_collected", "report_replayed", "report_dropped", "hpke_unknown_config_id", "hpke_decrypt_error",
    "vdaf_verify_error", "task_expired", "invalid_message", "report_too_early", "task_not_started", "outdated_config",
];

/** The most bytes that requests of a page may have under way with `keepalive`, less what other parts of it may need. */
export const keepaliveLimit = 60 * 1024;

/**
 * Sends reports to the Leader, once: `{done: Map(id, reason)}` with the refused ones when the Leader has spoken, or
 * `{status, retryAfter}` for any other answer; status 0 where there is none.
 *
 * Spec: DAP §4.4.2
 */
export async function upload(task, reports, { fetch, uploadToken, signal }) {
    const body = concat(...reports.map((report) => report.bytes));
    const headers = { "Content-Type": requestType };
    if (uploadToken !== undefined) headers.Authorization = `Bearer ${uploadToken}`;
    let response, answer;
    try {
        response = await fetch(`${task.leader}tasks/${task.idText}/reports`, {
            method: "POST", headers, body, signal, credentials: "omit", redirect: "error", cache: "no-store",
            referrerPolicy: "no-referrer",
            // Goes on when the page is left. What is larger waits in the queue for the next page if it is.
            keepalive: body.length <= keepaliveLimit,
        });
        answer = new Uint8Array(await response.arrayBuffer());
    } catch {
        return { status: 0 };
    }
    const refused = refusedReports(response, answer);
    return refused ? { done: refused } : { status: response.status, retryAfter: retryAfter(response.headers) };
}

/**
 * What a Leader says of the reports of a request; undefined for whatever is no Leader's word.
 *
 * 204 and 202 are what a captive portal or a proxy says, and a report that is taken for uploaded and is not is lost.
 */
function refusedReports(response, answer) {
    const type = response.headers.get("Content-Type");
    const isList = type === null ? undefined : errorsType.test(type);
    if (answer.length === 0) return [200, 201].includes(response.status) && isList !== false ? new Map() : undefined;
    if (!isList) return undefined;
    const reader = new Reader(answer, "the Leader's answer");
    const refused = new Map();
    try {
        while (!reader.isAtEnd) {
            const id = base64url(reader.take(16));
            const reason = reasons[reader.uint(1)];
            if (!reason) return undefined;
            refused.set(id, reason);
        }
    } catch {
        return undefined;
    }
    return refused;
}

/** In milliseconds: a number of seconds, or a date. RFC 9110 §10.2.3 */
function retryAfter(headers) {
    const text = headers.get("Retry-After")?.trim();
    if (!text) return 0;
    const milliseconds = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
    // A server is not obeyed for more than a day.
    return Math.min(Math.max(milliseconds || 0, 0), 86_400_000);
}

/**
 * Whether the same request may be taken later: only a server's refusal is final, and what is below 400 and no Leader's word is
 * somebody else's in between.
 */
export const mayPass = (status) => status < 400 || status >= 500 || [401, 403, 404, 408, 425, 429].includes(status);
