import Foundation
import PopulusDAP
import PopulusDurableFiles

/// How the files of taskprov are read and written, and the members that several of them have.
enum TaskprovBytes {
    static func read(_ path: String, limit: Int) throws(TaskFileError) -> [UInt8] {
        let bytes: [UInt8]?
        do throws(DurableFileError) { bytes = try DurableFile.read(path, limit: limit) } catch {
            switch error.cause {
            case .denied, .notPermitted: throw .permissionDenied(path: path)
            default: throw .unreadable(path: path, reason: error.reason)
            }
        }
        guard let bytes else { throw .notFound(path: path) }
        guard bytes.count <= limit else { throw .malformed(path: path, reason: "it is too large") }
        return bytes
    }

    /// Writes a file that is not there yet, so that its owner alone can read it, and waits for the disk.
    static func make(_ bytes: [UInt8], at path: String) throws(TaskFileError) {
        do throws(DurableFileError) { try DurableFile.make(bytes, at: path) } catch {
            switch error.cause {
            case .exists: throw .exists(path: path)
            case .denied, .notPermitted: throw .unwritable(path: path, reason: "permission denied")
            case .full: throw .unwritable(path: path, reason: "the disk is full")
            default: throw .unwritable(path: path, reason: error.reason)
            }
        }
    }

    /// Decodes a file, all of whose members have to be known: a limit that is misspelt would be none.
    static func json<T: Codable>(_ bytes: [UInt8], as type: T.Type, path: String) throws(TaskFileError) -> T {
        let (read, given, known): (T, Any, Any)
        do {
            read = try JSONDecoder().decode(type, from: Data(bytes))
            given = try JSONSerialization.jsonObject(with: Data(bytes))
            known = try JSONSerialization.jsonObject(with: try JSONEncoder().encode(read))
        } catch {
            throw .malformed(path: path, reason: ForeignText.escaped(words(error)))
        }
        if let name = unknownMember(of: given, besides: known) {
            throw .malformed(path: path, reason: "nothing reads its member \"\(ForeignText.escaped(name))\"")
        }
        return read
    }

    /// A member of what is given that what was read of it has not; nothing where all were read.
    private static func unknownMember(of given: Any, besides read: Any) -> String? {
        if let given = given as? [String: Any] {
            let read = read as? [String: Any] ?? [:]
            for (name, value) in given.sorted(by: { $0.key < $1.key }) where !(value is NSNull) {
                guard let known = read[name] else { return name }
                if let inner = unknownMember(of: value, besides: known) { return "\(name).\(inner)" }
            }
        } else if let given = given as? [Any], let read = read as? [Any] {
            for (value, known) in zip(given, read) {
                if let inner = unknownMember(of: value, besides: known) { return inner }
            }
        }
        return nil
    }

    private static func words(_ error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, _): "it has no \"\(key.stringValue)\""
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
            DecodingError.dataCorrupted(let context):
            context.codingPath.isEmpty
                ? "it is not JSON" : "\"\(context.codingPath.map(\.stringValue).joined(separator: "."))\" is wrong"
        default: "it is not JSON"
        }
    }

    static func bytes(_ text: String, _ name: String) throws(TaskFileError) -> [UInt8] {
        guard let bytes = Base64URL.decode(text) else { throw .inconsistent("its \(name) is not base64url") }
        return bytes
    }

    static func digest(_ text: String?, _ name: String) throws(TaskFileError) -> [UInt8]? {
        guard let text else { return nil }
        let bytes = try bytes(text, name)
        guard bytes.count == 32 else { throw .inconsistent("its \(name) is no SHA-256, of 32 bytes") }
        return bytes
    }

    static func config(_ text: String) throws(TaskFileError) -> HpkeConfig {
        // What does not decode is as unknown as what has other algorithms.
        guard let config = try? HpkeConfig(decoding: try bytes(text, "collector_hpke_config")), config.isSupported
        else {
            throw .inconsistent("an HPKE configuration is none that this program knows")
        }
        return config
    }

    static func keyPair(_ config: String, _ privateKey: String) throws(TaskFileError) -> HpkeKeyPair {
        let (config, secret) = (try Self.config(config), try bytes(privateKey, "private_key"))
        guard let pair = try? HpkeKeyPair(config: config, privateKeyBytes: secret) else {
            throw .inconsistent("a private key does not belong to its configuration")
        }
        return pair
    }

    static func url(_ text: String) throws(TaskFileError) -> AggregatorURL {
        do throws(AggregatorURLError) { return try AggregatorURL(text) } catch {
            throw .inconsistent("a base URL cannot be: \(error)")
        }
    }
}
