import Foundation

/// A server on loopback that refuses everything with words that would rewrite a terminal and forge lines of a log.
struct HostileServer {
    let port: Int
    private let process: RunningProcess

    /// Starts a server, on a free port unless one is given, runs the body and ends it.
    static func with(in scratch: Scratch, port: Int = 0, _ body: (HostileServer) async throws -> Void) async throws {
        let process = try RunningProcess(
            URL(filePath: "/usr/bin/env"), ["python3", "-c", program, "\(port)"], name: "hostile", in: scratch)
        do {
            let port = try await wait(for: "the hostile server", within: .seconds(30)) {
                if let status = process.exitStatus {
                    throw HarnessError("the server ended with \(status): \(process.output)")
                }
                return Int(Scratch.text(process.stdout).trimmingCharacters(in: .whitespacesAndNewlines))
            }
            try await body(HostileServer(port: port, process: process))
        } catch {
            await process.stop()
            throw error
        }
        await process.stop()
    }

    var url: String { "http://127.0.0.1:\(port)/" }

    /// Whether something was written that a terminal would obey, or a line that the server has forged.
    static func hasReached(_ output: String) -> Bool {
        let isObeyed = output.unicodeScalars.contains {
            $0 != "\n" && ($0.properties.generalCategory == .control || $0.properties.generalCategory == .format)
        }
        return isObeyed || output.split(separator: "\n").contains { $0.hasPrefix("forged") }
    }

    /// What shows that the words came through, escaped.
    static let shown = #"\x1b[2J\x0aforged"#

    private static let program = """
        import http.server, json, sys

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                words = "\\x1b[2J\\nforged line\\r\\u009b31m\\u202e\\u200b\\x07"
                body = json.dumps({"type": "urn:ietf:params:ppm:dap:error:invalidMessage", "title": words,
                                   "detail": words, "status": 400}).encode()
                self.send_response(400, "No\\x1b[31m\\x9b")
                self.send_header("Content-Type", "application/problem+json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            do_GET = do_POST = do_DELETE = answer

            def log_message(self, *arguments):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
        print(server.server_address[1], flush=True)
        server.serve_forever()
        """
}
