import Foundation
import Synchronization

/// One connection through a proxy: a thread for each direction.
final class ProxiedConnection: Sendable {
    private let client: ByteStream
    private let server: ByteStream
    private let proxy: WeakBox<PostgreSQLProxy>
    private let state = Mutex(State())

    private struct State {
        /// The answer to a COMMIT that is under way is not passed on.
        var swallows = false
        /// Directions that have ended.
        var ended = 0
        var commits = CommitWatch()
    }

    init(client: ByteStream, server: ByteStream, proxy: PostgreSQLProxy) {
        (self.client, self.server, self.proxy) = (client, server, WeakBox(proxy))
    }

    func start() {
        for direction in [passRequests, passAnswers] {
            Thread.detachNewThread { [self] in
                // A side that is gone ends it, as a cut does.
                try? direction()
                cut()
                end()
            }
        }
    }

    /// Ends both sides, in the middle of whatever is under way.
    func cut() {
        client.cut()
        server.cut()
    }

    private func end() {
        let isLast = state.withLock { state in
            state.ended += 1
            return state.ended == 2
        }
        guard isLast else { return }
        client.close()
        server.close()
        proxy.value?.ended(self)
    }

    private func passRequests() throws {
        guard let first = try client.message(isTyped: false) else { return }
        try server.write(first.encoded)
        while let message = try client.message() {
            let (isCommit, isOfWrite) = state.withLock { ($0.commits.isCommit(message), $0.commits.hasLock) }
            switch proxy.value?.fate(isCommit: isCommit, isOfWrite: isOfWrite) ?? .loseRequest {
            case .pass: break
            case .delay(let milliseconds): Thread.sleep(forTimeInterval: Double(milliseconds) / 1000)
            case .loseRequest: return
            case .loseAnswer: state.withLock { $0.swallows = true }
            case .loseBoth:
                try server.write(message.encoded)
                return
            }
            try server.write(message.encoded)
        }
    }

    private func passAnswers() throws {
        while let message = try server.message() {
            // CommandComplete, whose tag says what is complete; what fails instead is lost too.
            let isAnswer = [UInt8(ascii: "C"), UInt8(ascii: "E")].contains(message.type)
            if isAnswer, state.withLock({ $0.swallows }) { return }
            try client.write(message.encoded)
        }
    }
}

/// Knows a COMMIT among a client's messages, in the simple protocol and in the extended one.
struct CommitWatch {
    private var statements: Set<String> = []
    private var portals: Set<String> = []
    /// Whether the transaction has taken an advisory lock.
    private(set) var hasLock = false

    /// Whether the server commits when it has this message.
    mutating func isCommit(_ message: Message) -> Bool {
        switch message.type {
        case UInt8(ascii: "Q"):
            let sql = message.text(at: 0).0
            note(sql)
            return Self.commits(sql)
        case UInt8(ascii: "P"):
            let (name, rest) = message.text(at: 0)
            let sql = message.text(at: rest).0
            note(sql)
            note(name, Self.commits(sql), in: &statements)
        case UInt8(ascii: "B"):
            let (portal, rest) = message.text(at: 0)
            note(portal, statements.contains(message.text(at: rest).0), in: &portals)
        case UInt8(ascii: "E"): return portals.contains(message.text(at: 0).0)
        default: break
        }
        return false
    }

    private mutating func note(_ sql: String) {
        if sql.hasPrefix("BEGIN") { hasLock = false }
        if sql.contains("pg_advisory_xact_lock") { hasLock = true }
    }

    private func note(_ name: String, _ isCommit: Bool, in names: inout Set<String>) {
        if isCommit { names.insert(name) } else { names.remove(name) }
    }

    /// Whether the last statement of a text is COMMIT.
    static func commits(_ sql: String) -> Bool {
        let last = sql.uppercased().split(whereSeparator: { $0 == ";" || $0.isNewline }).last { part in
            part.contains { !$0.isWhitespace }
        }
        let words = (last ?? "").split(whereSeparator: \.isWhitespace)
        return ["COMMIT", "END"].contains(words.first ?? "") && !words.contains("PREPARED")
    }
}
