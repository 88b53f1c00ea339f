import Foundation
import PopulusDAP
import PopulusDurableFiles

/// The tokens of which an operator shows one at the address of its own, as a server has them: digests, in a file.
///
/// Several are valid at once, so that one can be changed without an outage: a new one is added, then the old one removed.
package struct AdminTokenFile: Sendable, Equatable {
    /// As upload tokens are kept: digest, name, when it was added.
    package typealias Token = TaskFile.UploadToken

    package var tokens: [Token]

    /// The most at once.
    package static let most = 8
    private static let greatestSize = 1 << 16
    private static let format = "populus-admin-tokens/1"

    private struct JSON: Codable {
        struct Token: Codable {
            var sha256: String
            var name: String?
            var added: UInt64?
        }

        var format: String
        var tokens: [Token]
    }

    package init(tokens: [Token] = []) { self.tokens = tokens }

    /// - Throws: `TaskFileError`: `.notFound` where there is none.
    package init(readingFrom path: String) throws(TaskFileError) {
        let bytes: [UInt8]?
        do throws(DurableFileError) { bytes = try DurableFile.read(path, limit: Self.greatestSize) } catch {
            switch error.cause {
            case .denied, .notPermitted: throw .permissionDenied(path: path)
            default: throw .unreadable(path: path, reason: error.reason)
            }
        }
        guard let bytes else { throw .notFound(path: path) }
        // Whatever is wrong with it, the answer is one.
        guard bytes.count <= Self.greatestSize, let json = try? JSONDecoder().decode(JSON.self, from: Data(bytes)),
            json.format == Self.format
        else { throw .malformed(path: path, reason: "it has no admin tokens: its format is not \(Self.format)") }
        var tokens: [Token] = []
        for token in json.tokens {
            guard let digest = Base64URL.decode(token.sha256), digest.count == 32 else {
                throw .malformed(path: path, reason: "a token's sha256 is no SHA-256, of 32 bytes")
            }
            tokens.append(Token(digest: digest, name: token.name ?? "", added: token.added))
        }
        guard tokens.count <= Self.most, Set(tokens.map(\.id)).count == tokens.count else {
            throw .malformed(path: path, reason: "it has more than \(Self.most) tokens, or one twice")
        }
        self.tokens = tokens
    }

    /// Writes the file, completely or not at all, and waits for the disk.
    ///
    /// A new one its owner alone can read. Another one keeps owner, group and permissions: the server that reads it may be another
    /// user's than whoever changes it.
    ///
    /// - Parameter isNew: whether there must be none yet.
    package func write(to path: String, isNew: Bool) throws(TaskFileError) {
        let json = JSON(
            format: Self.format,
            tokens: tokens.map {
                .init(sha256: Base64URL.encode($0.digest), name: $0.name.isEmpty ? nil : $0.name, added: $0.added)
            })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let bytes: [UInt8]
        do { bytes = Array(try encoder.encode(json)) + [UInt8(ascii: "\n")] } catch {
            preconditionFailure("strings and numbers always have a JSON: \(error)")
        }
        do throws(DurableFileError) {
            if isNew {
                try DurableFile.make(bytes, at: path)
            } else {
                try DurableFile.replace(bytes, at: path)
            }
        } catch {
            switch error.cause {
            case .exists: throw .exists(path: path)
            case .denied, .notPermitted: throw .unwritable(path: path, reason: "permission denied")
            case .full: throw .unwritable(path: path, reason: "the disk is full")
            default: throw .unwritable(path: path, reason: error.reason)
            }
        }
    }
}
