import Foundation
import Glibc
import Synchronization

/// Stands between clients and a server, and breaks what they say to each other.
///
/// It knows where the messages of PostgreSQL's protocol begin, and which of a client's is its COMMIT.
package final class PostgreSQLProxy: Sendable {
    /// What a client sends.
    package struct Request: Sendable {
        /// How many it was of all, and how many COMMITs there were with it; from 1.
        package let number: Int
        package let commits: Int
        package let isCommit: Bool
        /// Whether its transaction has taken a lock of the store's: it is a write, not a look at what became of one.
        package let isOfWrite: Bool
    }

    /// What becomes of it.
    package enum Fate: Sendable {
        case pass
        /// The server never sees it, and the client loses its connection.
        case loseRequest
        /// The server acts, and the client loses its connection before it hears of it.
        case loseAnswer
        /// Both lose the connection as soon as it was passed on: whether the server acts is open.
        case loseBoth
        case delay(milliseconds: Int)
    }

    private struct State {
        var requests = 0
        var commits = 0
        var decide: (@Sendable (Request) -> Fate)?
        var connections: [ObjectIdentifier: ProxiedConnection] = [:]
        var isClosed = false
    }

    private let server: PostgreSQLServer
    private let folder: URL
    private let listener: Int32
    private let state = Mutex(State())

    /// Listens on a socket of the server's name in a folder of its own.
    package init(to server: PostgreSQLServer) throws {
        self.server = server
        folder = FileManager.default.temporaryDirectory.appending(path: "populus-px-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let path = PostgreSQLServer.socketPath(in: folder, port: server.port)
        let descriptor = listener
        guard try withUnixAddress(path, { bind(descriptor, $0, $1) }) == 0, listen(descriptor, 64) == 0 else {
            throw HarnessError.unreachable("\(path): \(String(cString: strerror(errno)))")
        }
        let (path2, state) = (server.socketPath, WeakBox(self))
        Thread.detachNewThread { Self.accept(descriptor, to: path2, for: state) }
    }

    deinit { close() }

    /// Where its socket is, for ``PostgreSQLDatabase/uri(user:through:)``.
    package var socketFolder: String { folder.path }

    /// Decides about each message of a client from now on; nothing passes all of them.
    package func decide(_ decide: (@Sendable (Request) -> Fate)?) { state.withLock { $0.decide = decide } }

    /// How many COMMITs were seen.
    package var commits: Int { state.withLock { $0.commits } }

    /// Cuts all connections at once.
    package func cut() { for connection in state.withLock({ Array($0.connections.values) }) { connection.cut() } }

    /// Takes no more connections, and cuts those that there are.
    package func close() {
        let wasClosed = state.withLock { state in
            defer { state.isClosed = true }
            return state.isClosed
        }
        guard !wasClosed else { return }
        shutdown(listener, Int32(SHUT_RDWR))
        cut()
        // What is left of it is in the temporary folder.
        try? FileManager.default.removeItem(at: folder)
    }

    // MARK: For its connections

    func fate(isCommit: Bool, isOfWrite: Bool) -> Fate {
        let (request, decide) = state.withLock { state in
            state.requests += 1
            if isCommit { state.commits += 1 }
            let request = Request(
                number: state.requests, commits: state.commits, isCommit: isCommit, isOfWrite: isOfWrite)
            return (request, state.decide)
        }
        return decide?(request) ?? .pass
    }

    func ended(_ connection: ProxiedConnection) {
        _ = state.withLock { $0.connections.removeValue(forKey: ObjectIdentifier(connection)) }
    }

    /// False where it takes no more.
    private func took(_ connection: ProxiedConnection) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            state.connections[ObjectIdentifier(connection)] = connection
            return true
        }
    }

    /// Takes connections until the listener is closed.
    private static func accept(_ listener: Int32, to server: String, for proxy: WeakBox<PostgreSQLProxy>) {
        while true {
            let descriptor = Glibc.accept(listener, nil, nil)
            guard descriptor >= 0 else {
                if errno == EINTR { continue }
                break
            }
            // A program that this process starts meanwhile must not hold it.
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            let client = ByteStream(descriptor: descriptor)
            guard let proxy = proxy.value, let upstream = try? ByteStream(connectedTo: server) else {
                client.close()
                continue
            }
            let connection = ProxiedConnection(client: client, server: upstream, proxy: proxy)
            if proxy.took(connection) { connection.start() } else { connection.cut() }
        }
        Glibc.close(listener)
    }
}

/// What a thread holds of something that may end without it.
struct WeakBox<Value: AnyObject & Sendable>: Sendable {
    weak let value: Value?

    init(_ value: Value) { self.value = value }
}
