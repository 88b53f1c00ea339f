import Crypto
import HTTPServing
import HTTPTypes

/// A bearer token that requests must show, compared in constant time.
///
/// Only its digest is kept. Digests are compared, which takes the same time wherever they differ and whatever the
/// presented token's length.
package struct BearerToken: Sendable {
    private let digest: SHA256Digest

    package init(_ token: String) {
        digest = SHA256.hash(data: Array(token.utf8))
    }

    /// Nothing if the request shows this token, and why it is refused otherwise.
    func refusal(of head: HTTPRequest) -> Refusal? {
        guard let shown = Self.digest(ofTokenIn: head) else { return .tokenMissing }
        // Comparing digests is constant-time (swift-crypto's `==`).
        return shown == digest ? nil : .tokenRefused
    }

    /// The digest of the token that a request shows; nothing if it shows none.
    ///
    /// Spec: RFC 9110 §11.1, §11.4: the scheme in any case, one space or more, the token.
    static func digest(ofTokenIn head: HTTPRequest) -> SHA256Digest? {
        guard let field = head.headerFields[.authorization] else { return nil }
        let scheme = field.prefix { $0 != " " }
        let token = field.dropFirst(scheme.count).drop { $0 == " " }
        guard scheme.lowercased() == "bearer", !token.isEmpty else { return nil }
        return SHA256.hash(data: Array(token.utf8))
    }
}

extension BearerToken: CustomStringConvertible, CustomReflectable {
    package var description: String { "BearerToken" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
