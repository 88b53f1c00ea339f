import Foundation
import PopulusDAP
import PopulusDurableFiles

/// Where an interop aggregator keeps its store and its key: a named folder, or a temporary one.
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
        // What does not make a key is refused below, and stays.
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
        do throws(DurableFileError) {
            try DurableFile.make([key.config.id] + key.privateKeyBytes, at: file)
        } catch {
            throw CommandFailure(.cannotCreate, "\(file): the key cannot be written: \(error.reason)")
        }
        return key
    }

    /// Removes the folder if it is a temporary one.
    func clear() {
        // Temporary folders that stay are the system's to remove.
        if isTemporary { try? FileManager.default.removeItem(atPath: path) }
    }
}
