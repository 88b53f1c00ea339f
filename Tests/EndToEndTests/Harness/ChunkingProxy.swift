import Foundation

/// A proxy on loopback that passes bodies on in chunks, without their length.
struct ChunkingProxy {
    /// Starts a proxy, runs the body and ends it.
    static func with(
        in scratch: Scratch, port: Int, to server: Int, _ body: () async throws -> Void
    ) async throws {
        let process = try RunningProcess(
            URL(filePath: "/usr/bin/env"), ["python3", "-c", program, "\(port)", "\(server)"], name: "chunking",
            in: scratch)
        do {
            try await wait(for: "the proxy", within: .seconds(30)) {
                if let status = process.exitStatus {
                    throw HarnessError("the proxy ended with \(status): \(process.output)")
                }
                return Scratch.text(process.stdout).isEmpty ? nil : ()
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

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                server = http.client.HTTPConnection("127.0.0.1", int(sys.argv[2]))
                server.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    if name.lower() not in ("content-length", "connection", "expect"):
                        server.putheader(name, value)
                if body:
                    server.putheader("Transfer-Encoding", "chunked")
                server.endheaders()
                size = 1 + len(body) // 7
                for start in range(0, len(body), size):
                    piece = body[start:start + size]
                    server.send(b"%x;size=odd\\r\\n%s\\r\\n" % (len(piece), piece))
                if body:
                    server.send(b"0\\r\\nX-Trailer: is not read\\r\\n\\r\\n")
                response = server.getresponse()
                content = response.read()
                self.send_response_only(response.status, response.reason)
                for name, value in response.getheaders():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)
            do_GET = do_POST = do_DELETE = answer

            def log_message(self, *arguments):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
        print("ready", flush=True)
        server.serve_forever()
        """
}
