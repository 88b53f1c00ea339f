import DurableFiles
import Foundation
import Testing

/// Files that are made keep their hands off files that are there.
@Suite struct FilesTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/files-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func aLockIsMadeAndGoes() throws {
        try withFolder { folder in
            let path = folder + "/a.lock"
            var lock = try FileLock(path: path)
            #expect(lock != nil)
            #expect(try FileLock(path: path) == nil)
            lock = nil
            #expect(!FileManager.default.fileExists(atPath: path))
            // One that a crash left behind.
            try Data("populus lock\n".utf8).write(to: URL(fileURLWithPath: path))
            lock = try FileLock(path: path)
            lock = nil
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func whatIsNoLockStays() throws {
        try withFolder { folder in
            let path = folder + "/a.lock"
            try Data("notes\n".utf8).write(to: URL(fileURLWithPath: path))
            #expect(throws: DurableFileError.self) { try FileLock(path: path) }
            #expect(text(path) == "notes\n")
            let link = folder + "/b.lock"
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder + "/nowhere")
            #expect(throws: DurableFileError.self) { try FileLock(path: link) }
            #expect(!FileManager.default.fileExists(atPath: folder + "/nowhere"))
            // An earlier version's, or somebody's empty file: good for a lock, and not removed.
            let empty = folder + "/c.lock"
            try Data().write(to: URL(fileURLWithPath: empty))
            var lock = try FileLock(path: empty)
            #expect(lock != nil)
            lock = nil
            #expect(text(empty) == "")
        }
    }

    @Test func aFileBesideIsNotUsedUp() throws {
        try withFolder { folder in
            let path = folder + "/state"
            try Data("draft\n".utf8).write(to: URL(fileURLWithPath: path + ".new"))
            try DurableFile.write(Array("one".utf8), to: path, durable: true)
            try DurableFile.write(Array("two".utf8), to: path, durable: false)
            #expect(text(path) == "two" && text(path + ".new") == "draft\n")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 2)
        }
    }
}
