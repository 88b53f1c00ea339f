import Foundation
import PopulusDurableFiles

/// The notices that are not delivered: a folder with one file for each, for its owner only.
///
/// A notice is on the disk before the walk's state goes, and goes itself when it is delivered. So each is delivered at
/// least once, with the same ID, wherever the process or the machine ends.
package struct NoticeOutbox: Sendable {
    /// So many wait at most; of more the oldest are given up.
    package static let most = 200
    /// The longest body, in bytes.
    package static let longest = 1 << 20

    private static let suffix = ".notice.json"

    package let folder: String

    package init(folder: String) { self.folder = folder }

    /// A notice that waits.
    package struct Entry: Hashable, Sendable {
        package let id: String
        /// When it was made, in seconds since the Epoch.
        package let time: UInt64
        package let path: String
    }

    /// Keeps a notice, and waits for the disk; one that waits already stays as it is.
    package func put(id: String, time: UInt64, body: [UInt8]) throws(DurableFileError) {
        if try FileNames.makeFolder(folder) { try FileNames.synchronize(folder: FileNames.folder(of: folder)) }
        guard !entries.contains(where: { $0.id == id }) else { return }
        try DurableFile.write(body, to: "\(folder)/\(time)-\(id)\(Self.suffix)", durable: true)
    }

    /// What waits, oldest first.
    package var entries: [Entry] {
        // A folder that is not there has nothing; one that cannot be read will be told when something is put there.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.compactMap(entry).sorted { ($0.time, $0.id) < ($1.time, $1.id) }
    }

    /// The body of one; nothing where it has gone.
    package func body(of entry: Entry) throws(DurableFileError) -> [UInt8]? {
        try DurableFile.read(entry.path, limit: Self.longest)
    }

    package func remove(_ entry: Entry) throws(DurableFileError) { try DurableFile.remove(entry.path) }

    /// What is none of ours is passed over.
    private func entry(_ name: String) -> Entry? {
        guard name.hasSuffix(Self.suffix) else { return nil }
        let stem = name.dropLast(Self.suffix.count)
        guard let stroke = stem.firstIndex(of: "-"), let time = UInt64(stem[..<stroke]) else { return nil }
        let id = stem[stem.index(after: stroke)...]
        return id.isEmpty ? nil : Entry(id: String(id), time: time, path: "\(folder)/\(name)")
    }
}
