import Crypto
import Synchronization

/// Who is logged in: sessions in memory, which end with the process.
///
/// A browser has a session by a cookie that no script reads. The session's own secret stands in each form of a page, so that
/// a form of another site, which has never seen a page, does nothing.
package final class Sessions: Sendable {
    /// One browser that is logged in.
    package struct Session: Sendable {
        /// What each form has to say.
        package let form: Secret
        /// By which it is told from others.
        let key: SHA256Digest
    }

    private struct Entry {
        let session: Session
        var latest: ContinuousClock.Instant
    }

    /// How many there are at most; a further one takes the place of the one that was away longest.
    package static let most = 256
    /// After so long without a request one is over.
    package static let rest: Duration = .seconds(12 * 3600)

    private let token: Secret
    private let entries = Mutex<[SHA256Digest: Entry]>([:])

    /// - Parameter token: what a person has to know to log in.
    package init(token: Secret) {
        self.token = token
    }

    /// Begins a session for who knows the token.
    ///
    /// - Returns: the value of the cookie; nil for another token.
    package func logIn(_ token: String, now: ContinuousClock.Instant = .now) -> String? {
        guard self.token.matches(token) else { return nil }
        let cookie = Secret.random()
        let key = Secret.digest(cookie.text)
        entries.withLock { entries in
            entries = entries.filter { $0.value.latest.duration(to: now) < Self.rest }
            if entries.count >= Self.most, let oldest = entries.min(by: { $0.value.latest < $1.value.latest }) {
                entries[oldest.key] = nil
            }
            entries[key] = Entry(session: Session(form: .random(), key: key), latest: now)
        }
        return cookie.text
    }

    /// The session of a cookie; nil where there is none, or it is over.
    package func session(cookie: String, now: ContinuousClock.Instant = .now) -> Session? {
        let key = Secret.digest(cookie)
        return entries.withLock { entries in
            guard let entry = entries[key] else { return nil }
            guard entry.latest.duration(to: now) < Self.rest else {
                entries[key] = nil
                return nil
            }
            entries[key]?.latest = now
            return entry.session
        }
    }

    /// Whether a session is still one; looking does not make it last longer.
    func isAlive(_ session: Session, now: ContinuousClock.Instant = .now) -> Bool {
        entries.withLock { $0[session.key].map { $0.latest.duration(to: now) < Self.rest } ?? false }
    }

    /// Ends a session.
    package func end(_ session: Session) { entries.withLock { $0[session.key] = nil } }
}
