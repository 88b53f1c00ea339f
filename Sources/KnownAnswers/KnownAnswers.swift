// KnownAnswers runs files of test vectors in the official schema, for `vectors check`, the tests and the vector generator.

import Foundation

/// What became of one file of known answers.
package enum KnownAnswerOutcome: Hashable, Sendable, CustomStringConvertible {
    case ok
    /// The first difference, or why the file could not be read.
    case failed(String)
    /// Why nothing was run.
    case skipped(String)

    package var description: String {
        switch self {
        case .ok: "ok"
        case .failed(let reason): "failed: \(reason)"
        case .skipped(let reason): "skipped: \(reason)"
        }
    }
}

/// Why a known answer was not reproduced.
struct KnownAnswerFailure: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

/// Runs files in the JSON schema of the VDAF specification's test vectors, told apart by the stems of their names.
///
/// Spec: VDAF, appendix "Test Vectors", and the folder test_vec of its repository.
package enum KnownAnswers {
    /// The `.json` files in `directory` and its subfolders, sorted, relative to it.
    ///
    /// - Throws: the file system's error when `directory` cannot be listed.
    package static func files(in directory: String) throws -> [String] {
        // Foundation lists nothing below a symbolic link.
        let resolved = URL(fileURLWithPath: directory).resolvingSymlinksInPath().path
        return try FileManager.default.subpathsOfDirectory(atPath: resolved).filter { $0.hasSuffix(".json") }.sorted()
    }

    /// Runs one file.
    package static func check(file path: String) -> KnownAnswerOutcome {
        let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
        guard let run = runner(named: name) else { return .skipped("no runner for \(name)") }
        do {
            guard let data = FileManager.default.contents(atPath: path) else {
                throw KnownAnswerFailure("cannot be read")
            }
            try run(data)
            return .ok
        } catch let failure as KnownAnswerFailure {
            return .failed(failure.reason)
        } catch let error as DecodingError {
            return .failed("is not of the schema: \(error.summary)")
        } catch {
            return .failed("\(error)")
        }
    }

    /// The runner for a file's name without its suffix: the algorithm, alone or followed by `_` and anything.
    private static func runner(named name: String) -> ((Data) throws -> Void)? {
        let algorithm = name.prefix { $0 != "_" }
        switch algorithm {
        case "XofTurboShake128": return { try XofVector.decode($0).checkTurboShake128() }
        case "XofFixedKeyAes128": return { try XofVector.decode($0).checkFixedKeyAes128() }
        case "IdpfBBCGGI21": return { try IdpfVector.decode($0).check() }
        default:
            guard let run = VdafVector.runner(for: algorithm) else { return nil }
            return { try run(VdafVector.decode($0)) }
        }
    }
}

extension Decodable {
    static func decode(_ data: Data) throws -> Self { try JSONDecoder().decode(Self.self, from: data) }
}

extension DecodingError {
    fileprivate var summary: String {
        switch self {
        case .keyNotFound(let key, _): "no field \(key.stringValue)"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "wrong type at \(context.codingPath.map(\.stringValue).joined(separator: "."))"
        default: "not JSON"
        }
    }
}
