import Crypto
import Foundation

/// The key that notices are signed with: HMAC-SHA256 over ID, time and body, so that none of the three can be changed.
///
/// The form is that of the Standard Webhooks specification, version 1, for which receivers have libraries.
package struct NoticeKey: Sendable {
    /// So many bytes a key has.
    package static let bytes = 24...64

    private let key: SymmetricKey

    /// Reads a key's text: base64 of 24 to 64 bytes, with `whsec_` before it or not.
    package init?(_ text: String) {
        var text = text.trimmingCharacters(in: .whitespacesAndNewlines)[...]
        if text.hasPrefix("whsec_") { text = text.dropFirst(6) }
        guard let data = Data(base64Encoded: String(text)), Self.bytes.contains(data.count) else { return nil }
        key = SymmetricKey(data: data)
    }

    /// The fields of a request that carries a notice.
    ///
    /// - Parameter time: when it is sent, in seconds since the Epoch: a receiver refuses what is minutes old, and so what
    ///   somebody sends once more.
    package func fields(id: String, time: UInt64, body: [UInt8]) -> [String: String] {
        let signed = Array("\(id).\(time).".utf8) + body
        let code = HMAC<SHA256>.authenticationCode(for: signed, using: key)
        return [
            "webhook-id": id, "webhook-timestamp": "\(time)",
            "webhook-signature": "v1," + Data(code).base64EncodedString(),
        ]
    }
}
