import Crypto
import HTTPServing
import HTTPTypes

/// A bearer token that requests must show, compared in constant time; several, where one takes the place of another.
///
/// Only digests are kept. Digests are compared, which takes the same time wherever they differ and whatever the
/// presented token's length.
package struct BearerToken: Sendable {
    private let valid: ValidTokens

    package init(_ token: String) {
        self.init(digests: [Array(SHA256.hash(data: Array(token.utf8)))])
    }

    /// - Parameter digests: the SHA-256 hash of each token's characters; none lets nobody in.
    package init(digests: [[UInt8]]) { self.init(ValidTokens(digests)) }

    /// - Parameter valid: those that are valid, which may change.
    package init(_ valid: ValidTokens) { self.valid = valid }

    /// Nothing if the request shows one of these tokens, and why it is refused otherwise.
    func refusal(of head: HTTPRequest) -> Refusal? {
        guard let shown = Self.digest(ofTokenIn: head) else { return .tokenMissing }
        guard Self.place(of: shown, in: valid.digests) == nil else { return nil }
        // It may be a new one, of which this process has not heard.
        return valid.isStale ? .answered(Problems.tokensUnknown) : .tokenRefused
    }

    /// Which of some digests a token's is.
    ///
    /// It is compared with all of them, each time in constant time (swift-crypto's `==`), so that no time tells which one it was.
    static func place(of shown: SHA256Digest, in digests: [[UInt8]]) -> Int? {
        var place = -1
        for (index, digest) in digests.enumerated() { place = shown == digest ? index : place }
        return place < 0 ? nil : place
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
