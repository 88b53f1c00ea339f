import Crypto
import PopulusDAP

/// A random secret of 32 bytes, as text that fits a cookie, a field of a form and a line of a file.
package struct Secret: Sendable {
    package let text: String

    /// A new one, of the system's randomness.
    package static func random() -> Secret {
        var system = SystemRandomNumberGenerator()
        return Secret(text: Base64URL.encode((0..<32).map { _ in UInt8.random(in: .min ... .max, using: &system) }))
    }

    private init(text: String) {
        self.text = text
    }

    /// Whether a text is this secret; the time it takes says nothing of where they differ.
    package func matches(_ other: String) -> Bool { Self.digest(text) == Self.digest(other) }

    /// A digest by which a secret is looked up, so that the secret itself is compared with nothing.
    static func digest(_ text: String) -> SHA256Digest { SHA256.hash(data: Array(text.utf8)) }
}
