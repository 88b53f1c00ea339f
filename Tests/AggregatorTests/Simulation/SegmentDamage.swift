import Foundation
import Synchronization

/// What may become of the segment files of both aggregators.
enum SegmentDamage: String, CaseIterable, Sendable {
    case deleted
    /// The folders are gone too.
    case foldersDeleted
    /// Each has the contents of the next one.
    case exchanged
    /// In place, as who has it open sees.
    case cutShort
    case emptied
    /// One bit in the middle.
    case flipped
    /// What stands there is no segment.
    case replaced

    func apply(to disks: MemoryDisks) throws {
        for folder in [disks.leader.segmentsDirectory, disks.helper.segmentsDirectory] {
            if self == .foldersDeleted {
                try FileManager.default.removeItem(atPath: folder)
                continue
            }
            let files = try SegmentImage.files(in: folder)
            let names = files.keys.sorted()
            for (place, name) in names.enumerated() {
                try apply(to: name, files[name] ?? Data(), next: files[names[(place + 1) % names.count]] ?? Data())
            }
        }
    }

    private func apply(to name: String, _ bytes: Data, next: Data) throws {
        let file = URL(fileURLWithPath: name)
        switch self {
        case .deleted, .foldersDeleted: try FileManager.default.removeItem(at: file)
        case .exchanged: try next.write(to: file)
        case .cutShort: try cut(file, to: UInt64(bytes.count / 2))
        case .emptied: try cut(file, to: 0)
        case .flipped:
            var bytes = bytes
            bytes[bytes.count / 2] ^= 1
            try bytes.write(to: file)
        case .replaced: try Data("no segment".utf8).write(to: file)
        }
    }

    private func cut(_ file: URL, to size: UInt64) throws {
        let handle = try FileHandle(forWritingTo: file)
        try handle.truncate(atOffset: size)
        try handle.close()
    }
}

/// The segment files of both aggregators, byte by byte.
struct SegmentImage: Equatable {
    /// By path.
    private(set) var files: [String: Data] = [:]

    init() {}

    init(_ disks: MemoryDisks) throws {
        for folder in [disks.leader.segmentsDirectory, disks.helper.segmentsDirectory] {
            files.merge(try Self.files(in: folder)) { one, _ in one }
        }
    }

    /// None where there is no folder.
    static func files(in folder: String) throws -> [String: Data] {
        guard FileManager.default.fileExists(atPath: folder) else { return [:] }
        var files: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            let path = "\(folder)/\(name)"
            files[path] = try Data(contentsOf: URL(fileURLWithPath: path))
        }
        return files
    }
}

/// Answers that were seen.
final class Answers: Sendable {
    private let answers = Mutex<[[UInt8]]>([])

    var all: [[UInt8]] { answers.withLock { $0 } }

    func add(_ bytes: [UInt8]) { answers.withLock { $0.append(bytes) } }
}
