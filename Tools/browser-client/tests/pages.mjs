// A server of files on loopback for pages: the built module, and an empty page with the usual content security policy.
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src *";

/** Serves the build's files, and an empty page at `/`, at a port of its own; more answers are `answers`, by path. */
export async function servePages(build, answers = {}) {
    const server = createServer((request, response) => {
        const path = request.url.split("?")[0];
        if (answers[path]) return answers[path](request, response);
        if (path === "/") {
            response.writeHead(200, { "Content-Type": "text/html", "Content-Security-Policy": policy });
            return response.end("<!doctype html><title>test</title>");
        }
        const file = join(build, path.slice(1));
        if (!/^\/[a-z0-9-]+\.js$/.test(path) || !existsSync(file)) {
            response.writeHead(404);
            return response.end();
        }
        response.writeHead(200, { "Content-Type": "text/javascript" });
        createReadStream(file).pipe(response);
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    return { port: server.address().port, close: () => server.close() };
}
