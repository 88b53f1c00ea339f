import Foundation

/// A proxy on loopback that passes on what is small and answers everything else with 413 and a page, as proxies do.
struct StubbornProxy {
    private let process: RunningProcess

    /// Starts a proxy before a server, runs the body and ends it.
    ///
    /// - Parameter limit: the greatest body, in bytes.
    static func with(
        in scratch: Scratch, port: Int, before server: Int, limit: Int, _ body: () async throws -> Void
    ) async throws {
        let process = try RunningProcess(
            URL(filePath: "/usr/bin/env"), ["python3", "-c", program, "\(port)", "\(server)", "\(limit)"],
            name: "proxy", in: scratch)
        do {
            try await wait(for: "the proxy", within: .seconds(30)) {
                if let status = process.exitStatus {
                    throw HarnessError("the proxy ended with \(status): \(process.output)")
                }
                return Scratch.text(process.stdout).contains("\n") ? () : nil
            }
            try await body()
        } catch {
            await process.stop()
            throw error
        }
        await process.stop()
    }

    private static let program = """
        import http.client, http.server, sys

        port, server, limit = map(int, sys.argv[1:])

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                if length > limit:
                    page = b"<h1>413 Request Entity Too Large</h1>"
                    self.send_response(413)
                    self.send_header("Content-Type", "text/html")
                    self.send_header("Content-Length", str(len(page)))
                    self.send_header("Connection", "close")
                    self.end_headers()
                    self.wfile.write(page)
                    self.close_connection = True
                    self.rfile.read(length)
                    return
                body = self.rfile.read(length)
                onward = http.client.HTTPConnection("127.0.0.1", server)
                onward.request(self.command, self.path, body, dict(self.headers))
                reply = onward.getresponse()
                content = reply.read()
                self.send_response(reply.status)
                for name, value in reply.getheaders():
                    if name.lower() not in ("content-length", "connection", "transfer-encoding", "date", "server"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
                onward.close()
            do_GET = do_POST = do_DELETE = answer

            def log_message(self, *arguments):
                pass

        proxy = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        print("ready", flush=True)
        proxy.serve_forever()
        """
}
