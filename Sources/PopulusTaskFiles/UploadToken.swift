import Crypto
import PopulusDAP

extension TaskFile {
    /// A token that clients show with their uploads, as the Leader knows it: enough to know it again, too little to show it.
    ///
    /// All clients of a task carry the same one, or those of the same release of an app. No client has one of its own.
    package struct UploadToken: Hashable, Sendable {
        /// SHA-256 of the token's characters.
        ///
        /// Without a salt and without many rounds: a token has 256 random bits, which nobody guesses.
        package let digest: [UInt8]
        /// For people, such as the release of an app that has it; empty where none was given.
        package let name: String
        /// When it was drawn, in seconds since the Epoch; nothing where nobody wrote it down.
        package let added: UInt64?

        package init(digest: [UInt8], name: String = "", added: UInt64? = nil) {
            self.digest = digest
            self.name = name
            self.added = added
        }

        /// What it is called in commands: the first eight hexadecimal digits of the digest.
        ///
        /// Who has the token can compute it, with `sha256sum`.
        package var id: String {
            digest.prefix(4).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        }

        /// The most that a task has at once.
        package static let most = 32

        /// Draws a token: what clients show, and what the Leader keeps of it.
        package static func draw(name: String = "", added: UInt64? = nil) -> (token: String, kept: UploadToken) {
            var generator = SystemRandomNumberGenerator()
            let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let token = Base64URL.encode(bytes)
            return (token, UploadToken(digest: digest(of: token), name: name, added: added))
        }

        package static func digest(of token: String) -> [UInt8] { Array(SHA256.hash(data: Array(token.utf8))) }
    }

    /// Whether a text can stand in an Authorization field as a bearer token, and is no word that could be guessed at once.
    ///
    /// Spec: RFC 6750 §2.1
    package static func isToken(_ text: String) -> Bool {
        text.utf8.count >= 16 && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ",") }
    }

    /// The tokens of which an upload must show one; none where anybody may upload, or for another role than the Leader.
    package var uploadTokens: [UploadToken] {
        if case .leader(let own) = secrets { own.uploadTokens } else { [] }
    }

    /// The Leader's file with other upload tokens; nil for another role's.
    package func with(uploadTokens: [UploadToken]) throws(TaskFileError) -> TaskFile? {
        guard case .leader(var own) = secrets else { return nil }
        own.uploadTokens = uploadTokens
        return try TaskFile(
            taskID: taskID, configuration: configuration, encoding: encoding, walkCodePoints: walkCodePoints,
            secrets: .leader(own), clockSkew: clockSkew, reportExpiry: reportExpiry)
    }
}

// Digests are no secrets, and say nothing to anybody: what is shown is which token it is.
extension TaskFile.UploadToken: CustomStringConvertible {
    package var description: String { "UploadToken(\(id))" }
}
