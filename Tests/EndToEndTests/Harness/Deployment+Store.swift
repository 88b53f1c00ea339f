import Foundation

/// The files of an aggregator's store, to be damaged and put back.
extension Deployment {
    /// All that may belong to a store, after its name.
    static let storeParts = ["", "-wal", "-shm", ".uploads", ".segments", ".lock"]

    func storePath(_ role: Role, _ part: String = "") -> String { scratch.file("\(role.rawValue).sqlite\(part)").path }

    /// Copies a store's files to another name; `parts` are those that are taken.
    func copyStore(from source: String, to target: String, parts: [String] = storeParts) throws {
        let files = FileManager.default
        for part in Self.storeParts {
            try? files.removeItem(atPath: target + part)
            if parts.contains(part), files.fileExists(atPath: source + part) {
                try files.copyItem(atPath: source + part, toPath: target + part)
            }
        }
    }

    /// Every file of a store with its bytes.
    func storeFiles(_ path: String) -> [String: Data] {
        var found: [String: Data] = [:]
        for part in Self.storeParts {
            let name = path + part
            for below in (try? FileManager.default.subpathsOfDirectory(atPath: name)) ?? [] {
                found["\(part)/\(below)"] = FileManager.default.contents(atPath: "\(name)/\(below)") ?? Data()
            }
            if let bytes = FileManager.default.contents(atPath: name) { found[part] = bytes }
        }
        return found
    }

    /// Runs an aggregator that has to refuse; one that serves is ended.
    func refusedStart(_ role: Role, options: [String] = []) async throws -> CommandResult {
        try await scratch.run(Checkout.populus, serve(role) + options, within: .seconds(10))
    }
}

/// Turns one bit of a file, somewhere in the middle of its bytes.
func turnBit(in path: String, at place: Double = 0.5) throws {
    var bytes = try Data(contentsOf: URL(filePath: path))
    bytes[Int(Double(bytes.count) * place)] ^= 8
    try bytes.write(to: URL(filePath: path))
}
