import Crypto
import Foundation

/// The key that notices are signed with: HMAC-SHA256 over ID, time and body, so that none of the three can be changed.
///
/// The form is that of the Standard Webhooks specification, version 1, for which receivers have libraries. A second key
/// signs as well: while keys are changed a receiver that knows either is content.
package struct NoticeKey: Sendable {
    /// So many bytes a key has.
    package static let bytes = 24...64
    /// So many keys sign at most.
    package static let most = 4

    private let keys: [SymmetricKey]

    /// Reads one key a line: base64 of 24 to 64 bytes, with `whsec_` before it or not.
    package init?(_ text: String) {
        let lines = text.split(whereSeparator: \.isNewline)
            .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        let keys = lines.compactMap { line -> SymmetricKey? in
            let base64 = line.hasPrefix("whsec_") ? String(line.dropFirst(6)) : line
            guard let data = Data(base64Encoded: base64), Self.bytes.contains(data.count) else { return nil }
            return SymmetricKey(data: data)
        }
        guard (1...Self.most).contains(keys.count), keys.count == lines.count else { return nil }
        self.keys = keys
    }

    /// The fields of a request that carries a notice.
    ///
    /// - Parameter time: when it is sent, in seconds since the Epoch: a receiver refuses what is minutes old, and so what
    ///   somebody sends once more.
    package func fields(id: String, time: UInt64, body: [UInt8]) -> [String: String] {
        let signed = Array("\(id).\(time).".utf8) + body
        let signatures = keys.map { key in
            "v1," + Data(HMAC<SHA256>.authenticationCode(for: signed, using: key)).base64EncodedString()
        }
        return [
            "webhook-id": id, "webhook-timestamp": "\(time)",
            "webhook-signature": signatures.joined(separator: " "),
        ]
    }
}
