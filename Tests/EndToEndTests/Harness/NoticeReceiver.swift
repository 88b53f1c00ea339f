import Crypto
import Foundation

/// A receiver of notices on loopback, which behaves in every way that one should not; the path says how.
struct NoticeReceiver {
    /// How it behaves.
    enum Manner: String, CaseIterable {
        /// It takes what it gets.
        case good
        /// It answers one byte a second, without end.
        case slow
        case failing
        /// It sends elsewhere, where nobody must come.
        case redirecting
        /// It sends to another host, and has the body sent once more.
        case elsewhere
        /// It sends to a file of this machine.
        case file
        /// It refuses, with a page without end.
        case refusing
        /// Its answer has header fields without end.
        case headers
        /// It sends one byte of a header a second.
        case drip
        /// It asks for more patience without end.
        case continuing
        /// It answers what is no HTTP.
        case garbage
        /// It answers with more than anybody has room for.
        case huge
        /// It takes the request and never answers.
        case silent
        /// It closes the connection.
        case closing
    }

    /// A request as it came.
    struct Request: Decodable {
        let path: String
        let method: String
        /// By their names in small letters.
        let headers: [String: String]
        let body: String
    }

    let port: Int
    private let process: RunningProcess

    /// Starts a receiver, runs the body and ends it.
    static func with(in scratch: Scratch, _ body: (NoticeReceiver) async throws -> Void) async throws {
        let process = try RunningProcess(
            URL(filePath: "/usr/bin/env"), ["python3", "-c", program], name: "receiver", in: scratch)
        do {
            let port = try await wait(for: "the receiver", within: .seconds(30)) {
                if let status = process.exitStatus {
                    throw HarnessError("the receiver ended with \(status): \(process.output)")
                }
                return Scratch.text(process.stdout).split(separator: "\n").first.flatMap { Int($0) }
            }
            try await body(NoticeReceiver(port: port, process: process))
        } catch {
            await process.stop()
            throw error
        }
        await process.stop()
    }

    func url(_ manner: Manner) -> String { "http://127.0.0.1:\(port)/\(manner.rawValue)?token=not-to-be-shown" }

    /// What has come so far.
    func requests() throws -> [Request] {
        try Scratch.text(process.stdout).split(separator: "\n").dropFirst().map {
            try JSONDecoder().decode(Request.self, from: Data($0.utf8))
        }
    }

    private static let program = """
        import http.server, json, threading, time

        lock = threading.Lock()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                line = json.dumps({"path": self.path, "method": self.command, "body": body.decode(),
                                   "headers": {name.lower(): value for name, value in self.headers.items()}})
                with lock:
                    print(line, flush=True)
                manner = self.path.split("?")[0].strip("/")
                if manner == "closing":
                    self.close_connection = True
                    return
                if manner == "silent":
                    time.sleep(3600)
                endless = {"headers": b"x-more: " + b"y" * 8000 + b"\\r\\n", "drip": b"x",
                           "continuing": b"HTTP/1.1 100 Continue\\r\\n\\r\\n", "garbage": b"\\x00\\xff" * 4096}.get(manner)
                if endless:
                    if manner in ("headers", "drip"):
                        self.wfile.write(b"HTTP/1.1 200 OK\\r\\n")
                    while True:
                        self.wfile.write(endless)
                        self.wfile.flush()
                        if manner == "drip":
                            time.sleep(1)
                status = {"failing": 500, "redirecting": 302, "elsewhere": 307, "file": 301,
                          "refusing": 404}.get(manner, 200)
                self.send_response(status)
                places = {"redirecting": "/stolen", "file": "file:///etc/passwd",
                          "elsewhere": "http://localhost:%d/stolen" % server.server_address[1]}
                if manner in places:
                    self.send_header("Location", places[manner])
                if manner in ("huge", "slow", "refusing"):
                    # More than is read would be left at once: it sends less, and takes its time.
                    self.send_header("Content-Length", str(4000 if manner == "slow" else 1 << 40))
                    self.end_headers()
                    while True:
                        self.wfile.write(b"x" if manner == "slow" else b"x" * (1 << 20))
                        self.wfile.flush()
                        if manner == "slow":
                            time.sleep(1)
                self.send_header("Content-Length", "0")
                self.end_headers()
            do_GET = do_POST = answer

            def log_message(self, *arguments):
                pass

            def handle(self):
                try:
                    super().handle()
                except OSError:
                    pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        print(server.server_address[1], flush=True)
        server.serve_forever()
        """
}

extension NoticeReceiver.Request {
    /// The notice, if the signature is that of the key, and ID and time are signed with it.
    func notice(signedWith key: Data) throws -> [String: Any] {
        guard let id = headers["webhook-id"], let time = headers["webhook-timestamp"],
            let seconds = Double(time), abs(seconds - Date().timeIntervalSince1970) < 300
        else { throw HarnessError("a notice without ID and time: \(headers)") }
        let code = HMAC<SHA256>.authenticationCode(
            for: Data("\(id).\(time).\(body)".utf8), using: SymmetricKey(data: key))
        guard headers["webhook-signature"] == "v1," + Data(code).base64EncodedString() else {
            throw HarnessError("a notice with another signature: \(headers)")
        }
        guard let object = try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any],
            object["id"] as? String == id
        else { throw HarnessError("no notice: \(body)") }
        return object
    }
}
