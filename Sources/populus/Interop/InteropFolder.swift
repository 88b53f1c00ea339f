import Aggregator
import DAP
import Foundation
import StoreSQLite

/// Where an interop aggregator keeps its stores: a named folder, or a temporary one.
struct InteropFolder {
    let path: String
    private let isTemporary: Bool

    init(_ named: String?) throws(CommandFailure) {
        let folder =
            named.map { URL(filePath: $0) }
            ?? FileManager.default.temporaryDirectory.appending(path: "populus-interop-\(UUID().uuidString)")
        do {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw CommandFailure(
                .cannotCreate, "\(folder.path): the folder cannot be made: \(error.localizedDescription)")
        }
        path = folder.path
        isTemporary = named == nil
    }

    /// The aggregator's decryption key: kept in the folder, so that a restarted one opens what came before.
    func hpkeKey() throws(CommandFailure) -> HpkeKeyPair {
        let file = "\(path)/hpke-key"
        if let stored = FileManager.default.contents(atPath: file), let id = stored.first,
            let key = try? HpkeKeyPair(id: id, privateKeyBytes: Array(stored.dropFirst()))
        {
            return key
        }
        guard !FileManager.default.fileExists(atPath: file) else {
            throw CommandFailure(
                .data, "\(file): is there and is no key of this program, so that it stays; give another folder")
        }
        let key = HpkeKeyPair.generate(id: .random(in: 0...255))
        let isWritten = FileManager.default.createFile(
            atPath: file, contents: Data([key.config.id] + key.privateKeyBytes), attributes: [.posixPermissions: 0o600])
        guard isWritten else { throw CommandFailure(.cannotCreate, "\(file): the key cannot be written") }
        return key
    }

    /// A task's store, which is made for a task that is new here: a test runner is its operator.
    func store(of task: AggregatorTask, _ role: Role) throws -> SQLiteStore {
        let (file, digest) = ("\(path)/\(task.id).sqlite", task.configurationDigest)
        if !FileManager.default.fileExists(atPath: file) {
            try SQLiteStore.create(path: file, role: role, task: task.id, configurationDigest: digest)
        }
        return try SQLiteStore(path: file, role: role, task: task.id, configurationDigest: digest)
    }

    /// Removes the folder if it is a temporary one.
    func clear() {
        if isTemporary { try? FileManager.default.removeItem(atPath: path) }
    }
}
