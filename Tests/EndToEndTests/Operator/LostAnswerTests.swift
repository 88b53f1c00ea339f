import Foundation
import Testing

extension EndToEnd {
    /// A task that one aggregator has taken up, and whose answer never came, is left nowhere.
    @Suite struct LostAnswers {
        @Test(arguments: AdminPair.Role.allCases) func aTaskIsTakenBackAtBoth(at role: AdminPair.Role) async throws {
            try await AdminPair.with { pair in
                let target = try #require(URL(string: pair.admin(role)[1])?.port)
                let port = try Loopback.freePort()
                let proxy = try RunningProcess(
                    URL(filePath: "/usr/bin/env"), ["python3", "-c", Self.program, "\(port)", "\(target)"],
                    name: "proxy", in: pair.scratch)
                do {
                    try await wait(for: "the proxy", within: .seconds(30)) {
                        Scratch.text(proxy.stdout).contains("ready") ? () : nil
                    }
                    try await tryToRegister(pair, role, through: port)
                } catch {
                    await proxy.stop()
                    throw error
                }
                await proxy.stop()
            }
        }

        private func tryToRegister(_ pair: AdminPair, _ role: AdminPair.Role, through port: Int) async throws {
            var options = pair.registering
            let place = try #require(options.firstIndex(of: "--\(role.rawValue)-admin"))
            options[place + 1] = "http://127.0.0.1:\(port)/"
            let folder = pair.scratch.file("lost").path
            let made = try await pair.trying(
                [
                    "task", "new", "--directory", folder, "--leader", pair.url(.leader), "--helper",
                    pair.url(.helper), "--min-batch-size", "10", "--vdaf", "prio3-count",
                ] + options)
            #expect(made.status != 0 && made.status != 76, "\(made.output)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
            // Where the answer of the Leader is lost the Helper was not asked.
            let states = role == .helper ? [["ended", "store"]] : []
            #expect(Array(try await pair.listed(.helper).values) == states, "\(made.output)")
            #expect(Array(try await pair.listed(.leader).values) == [["ended", "store"]], "\(made.output)")
            for name in role == .helper ? ["Helper", "Leader"] : ["Leader"] {
                #expect(made.stderr.contains("the \(name) had taken task"), "\(made.output)")
            }
        }

        /// Passes everything on, and answers `POST /tasks` with nothing of what it was told.
        private static let program = """
            import http.client, http.server, sys

            port, target = int(sys.argv[1]), int(sys.argv[2])

            class Handler(http.server.BaseHTTPRequestHandler):
                def answer(self):
                    body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                    upstream = http.client.HTTPConnection("127.0.0.1", target)
                    fields = {n: v for n, v in self.headers.items() if n.lower() not in ("host", "connection")}
                    upstream.request(self.command, self.path, body, fields)
                    response = upstream.getresponse()
                    content = response.read()
                    if self.command == "POST" and self.path == "/tasks":
                        content = b"[]"
                    self.send_response(response.status)
                    self.send_header("Content-Type", response.headers.get("content-type", "text/plain"))
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                do_GET = do_POST = answer

                def log_message(self, *arguments):
                    pass

            server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
            print("ready", flush=True)
            server.serve_forever()
            """
    }
}
