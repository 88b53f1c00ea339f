import Foundation

/// A reverse proxy before a Leader: passes everything on, or answers uploads itself as it is told.
struct LeaderProxy {
    private let orders: URL
    private let log: URL

    /// What it does with uploads.
    enum Order {
        case pass
        /// Bodies of more bytes are refused with 413 and a page, as nginx does: before they are read.
        case limit(Int)
        case answer(status: Int, type: String?, body: String)
        /// A page with status 200 is the answer to everything, as a network's login page is.
        case page
    }

    /// Starts a Helper, a Leader on a port of its own, and the proxy where the task says that the Leader is.
    static func with(
        scheme: [String], taskOptions: [String] = [], _ body: (Deployment, LeaderProxy) async throws -> Void
    ) async throws {
        try await Deployment.with(scheme: scheme, taskOptions: taskOptions, start: false) { deployment in
            let target = try Loopback.freePort()
            try await deployment.start(.helper)
            try await deployment.start(.leader, options: ["--listen", "127.0.0.1:\(target)"])
            let orders = try deployment.scratch.write(Data("{}".utf8), to: "proxy-orders")
            let proxy = LeaderProxy(orders: orders, log: deployment.scratch.file("proxy-log"))
            let process = try RunningProcess(
                URL(filePath: "/usr/bin/env"),
                [
                    "python3", "-c", program, "\(deployment.ports[.leader] ?? 0)", "\(target)", orders.path,
                    proxy.log.path,
                ], name: "proxy", in: deployment.scratch)
            do {
                try await wait(for: "the proxy", within: .seconds(30)) {
                    if let status = process.exitStatus {
                        throw HarnessError("the proxy ended with \(status): \(process.output)")
                    }
                    return Scratch.text(process.stdout).contains("ready") ? () : nil
                }
                try await body(deployment, proxy)
            } catch {
                await process.stop()
                throw error
            }
            await process.stop()
        }
    }

    /// Says what to do with the uploads from now on.
    func order(_ order: Order) throws {
        var object: [String: Any] = [:]
        switch order {
        case .pass: break
        case .limit(let bytes): object["limit"] = bytes
        case .answer(let status, let type, let body):
            object = ["status": status, "body": body]
            object["type"] = type
        case .page: object = ["all": true, "status": 200, "type": "text/html", "body": "<h1>Log in</h1>"]
        }
        try JSONSerialization.data(withJSONObject: object).write(to: orders, options: .atomic)
    }

    /// The bytes of the uploads so far, and the status that each had.
    var uploads: [(bytes: Int, status: Int)] {
        Scratch.text(log).split(separator: "\n").compactMap { line in
            let parts = line.split(separator: " ").compactMap { Int($0) }
            return parts.count == 2 ? (parts[0], parts[1]) : nil
        }
    }

    private static let program = """
        import http.client, http.server, json, sys, threading

        port, target, orders, log = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
        lock = threading.Lock()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def reply(self, status, fields, body):
                self.send_response(status)
                for name, value in fields:
                    if value is not None:
                        self.send_header(name, value)
                if status not in (204, 304):
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                self.wfile.flush()

            def answer(self):
                length = int(self.headers.get("Content-Length", 0))
                order = json.load(open(orders))
                if not self.path.endswith("/reports") and not order.get("all"):
                    order = {}
                status = None
                if length > order.get("limit", 1 << 40):
                    status = 413
                    self.reply(413, [("Content-Type", "text/html"), ("Connection", "close")], b"<h1>413</h1>")
                    self.close_connection = True
                body = self.rfile.read(length)
                if "status" in order:
                    status = order["status"]
                    self.reply(status, [("Content-Type", order.get("type"))], order["body"].encode())
                if status is None:
                    upstream = http.client.HTTPConnection("127.0.0.1", target)
                    fields = {n: v for n, v in self.headers.items() if n.lower() not in ("host", "connection")}
                    upstream.request(self.command, self.path, body, fields)
                    response = upstream.getresponse()
                    content, status = response.read(), response.status
                    names = ("content-type", "location", "retry-after", "cache-control")
                    self.reply(status, [(n, response.headers.get(n)) for n in names], content)
                    upstream.close()
                if self.path.endswith("/reports"):
                    with lock, open(log, "a") as file:
                        file.write(f"{length} {status}\\n")
            do_GET = do_POST = do_DELETE = answer

            def log_message(self, *arguments):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        print("ready", flush=True)
        server.serve_forever()
        """
}
