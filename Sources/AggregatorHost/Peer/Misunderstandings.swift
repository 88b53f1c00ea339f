import NIOCore
import Synchronization

/// Requests whose answers are none of the protocol's, and since when.
///
/// A proxy's page for maintenance passes, and what is bound to a request would be lost by giving up. A base URL that leads
/// elsewhere does not pass, and nobody is to ask for ever.
final class Misunderstandings: Sendable {
    private static let greatestCount = 1024

    private let since = Mutex<[Int: NIODeadline]>([:])

    /// What a request is known by, while this process runs.
    static func key(_ method: String, _ path: String, _ body: [UInt8]) -> Int {
        var hasher = Hasher()
        hasher.combine(method)
        hasher.combine(path)
        body.withUnsafeBytes { hasher.combine(bytes: $0) }
        return hasher.finalize()
    }

    /// Notes such an answer.
    ///
    /// - Returns: for how long the request has had no other.
    func note(_ key: Int, at now: NIODeadline = .now()) -> TimeAmount {
        since.withLock { since in
            if let first = since[key] { return now - first }
            if since.count >= Self.greatestCount, let oldest = since.min(by: { $0.value < $1.value }) {
                since[oldest.key] = nil
            }
            since[key] = now
            return .zero
        }
    }

    /// Forgets a request that was answered as it should.
    ///
    /// - Parameter key: made only if there is something to forget.
    func forget(_ key: () -> Int) {
        since.withLock { since in
            if !since.isEmpty { since[key()] = nil }
        }
    }
}
