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
        guard let field = head.headerFields[.authorization] else { return .tokenMissing }
        // Spec: RFC 9110 §11.1, §11.4: the scheme in any case, one space or more, the token.
        let scheme = field.prefix { $0 != " " }
        let token = field.dropFirst(scheme.count).drop { $0 == " " }
        guard scheme.lowercased() == "bearer", !token.isEmpty else { return .tokenMissing }
        // Comparing digests is constant-time (swift-crypto's `==`).
        return SHA256.hash(data: Array(token.utf8)) == digest ? nil : .tokenRefused
    }
}

extension BearerToken: CustomStringConvertible, CustomReflectable {
    package var description: String { "BearerToken" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
