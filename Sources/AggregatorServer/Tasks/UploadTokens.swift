import Crypto
import HTTPTypes

/// The tokens of which a client shows one when it uploads.
///
/// A fence around a task, and not the name of a client: all clients carry the same token. So nobody is told which of several
/// it was, neither the log nor the metrics, nor the rest of this program.
package struct UploadTokens: Sendable {
    /// Why an upload is refused, as the metrics name it.
    enum Refusal: String, CaseIterable, Sendable {
        case noToken = "no_token"
        /// One that was taken away, another task's, another party's, or an invented one.
        case wrongToken = "wrong_token"
    }

    private let valid: ValidTokens

    /// - Parameter digests: the SHA-256 hash of each token's characters; nil where there are none, and anybody may upload.
    package init?(digests: [[UInt8]]) {
        guard !digests.isEmpty else { return nil }
        self.init(ValidTokens(digests))
    }

    /// - Parameter valid: those that are valid, which may change; while there is none anybody may upload.
    package init(_ valid: ValidTokens) { self.valid = valid }

    /// Whether anybody may upload.
    var isOpen: Bool { valid.digests.isEmpty }

    /// Whether this process may not have heard of a token that it does not know.
    var isStale: Bool { valid.isStale }

    /// Nothing if the request shows one of them, and why it is refused otherwise.
    ///
    /// It is compared with all of them, each time in constant time, so that no time tells which one it was.
    func refusal(of head: HTTPRequest) -> Refusal? {
        let digests = valid.digests
        guard !digests.isEmpty else { return nil }
        guard let shown = BearerToken.digest(ofTokenIn: head) else { return .noToken }
        let matches = digests.reduce(0) { $0 + (shown == $1 ? 1 : 0) }
        return matches > 0 ? nil : .wrongToken
    }
}
