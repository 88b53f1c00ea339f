import Dashboard
import Foundation
import HTTPServing
import HTTPServingHarness
import Logging
import PopulusDAP
import Results
import ResultsHarness

/// A dashboard over a file of results in a folder of its own.
struct Scene: Sendable {
    let task: KeptTask
    /// The latest last.
    let walks: [WalkID]
    let token = Secret.random()
    let starter: FakeWalks
    let live: LiveStream
    let discoveries: Discoveries
    let handler: DashboardHandler
    private let folder: URL

    /// A string of a client who wants it to be more than a string.
    static let hostile = "\"><script>alert(1)</script>\u{202E}&lt;'"

    init(takesIntervals: Bool = false) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "dashboard-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = folder.appending(path: "results.sqlite").path
        task = try Sample.task()
        let store = try ResultsStore(path: path, for: .recording)
        let records = [
            Sample.walk(task, day: 1, [Sample.string("https://a.example/x", 500), Sample.string("gone", 120)]),
            Sample.walk(
                task, day: 2,
                [
                    Sample.string("https://a.example/x", 700), Sample.string("https://b.example/y/z", 300),
                    Sample.string(Self.hostile, 150),
                ]),
        ]
        for record in records { try store.record(record, of: task) }
        try store.close()
        walks = records.map(\.walk)
        starter = FakeWalks(task, takesIntervals: takesIntervals)
        let pages = try Pages()
        live = LiveStream { pages.event($0) }
        discoveries = Discoveries([starter], live: live)
        handler = DashboardHandler(
            results: try ResultsReader(path: path), live: live, discoveries: discoveries, pages: pages,
            sessions: Sessions(token: token), site: SameSite(listening: "127.0.0.1"), port: 9003,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    /// Serves while a body asks.
    func serving(_ body: @Sendable (Browser) async throws -> Void) async throws {
        defer { remove() }
        let telling = Task { while !Task.isCancelled { try await Task.sleep(for: live.tellChanges()) } }
        defer { telling.cancel() }
        try await withServer(handler) { port in try await body(Browser(port: port, token: token)) }
    }
}

/// Asks as a browser does, with one cookie.
struct Browser: Sendable {
    let port: Int
    let token: Secret
    var cookie: String?

    init(port: Int, token: Secret) {
        (self.port, self.token) = (port, token)
    }

    /// - Parameter fields: further fields; a Host of their own takes the place of the right one.
    func ask(
        _ method: String, _ path: String, fields: [String] = [], body: String? = nil
    ) async throws -> RawSocket.Reply {
        var head = ["\(method) \(path) HTTP/1.1", "Connection: close"]
        if !fields.contains(where: { $0.lowercased().hasPrefix("host:") }) { head.append("Host: 127.0.0.1:\(port)") }
        if let cookie { head.append("Cookie: other=1; \(cookie)") }
        if let body {
            head += ["Content-Type: application/x-www-form-urlencoded", "Content-Length: \(body.utf8.count)"]
        }
        return try await RawSocket.exchange(
            port: port, (head + fields).joined(separator: "\r\n") + "\r\n\r\n", body: Array((body ?? "").utf8),
            seconds: 20)
    }

    /// The same browser, logged in.
    func loggedIn() async throws -> Browser {
        let reply = try await ask("POST", "/login", body: "\(FormField.token)=\(token.text)")
        var other = self
        other.cookie = reply.fields("Set-Cookie").first?.split(separator: ";").first.map(String.init)
        return other
    }

    /// The secret of a page's forms.
    func csrf() async throws -> String { Self.field(FormField.csrf, of: try await ask("/").body) }

    func ask(_ path: String) async throws -> RawSocket.Reply { try await ask("GET", path) }

    /// The value of a hidden field of a page.
    static func field(_ name: String, of page: String) -> String {
        guard let start = page.range(of: "name=\"\(name)\" value=\"") else { return "" }
        return String(page[start.upperBound...].prefix { $0 != "\"" })
    }
}
