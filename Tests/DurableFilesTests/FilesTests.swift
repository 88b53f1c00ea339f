import Foundation
import PopulusDurableFiles
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

    @Test func aLockOfAFileIsOneHoldersUntilItCloses() throws {
        try withFolder { folder in
            var first: OpenFile? = try OpenFile(folder + "/a", for: .writingNew)
            let second = try OpenFile(folder + "/a", for: .writing)
            #expect(try first?.lock() == true)
            #expect(try second.lock() == false)
            first = nil
            #expect(try second.lock())
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

    @Test func aNewFileReplacesNothing() throws {
        try withFolder { folder in
            let path = folder + "/key"
            try DurableFile.make(Array("one".utf8), at: path)
            #expect(try FileStatus(of: path).permissions == 0o600)
            let error = #expect(throws: DurableFileError.self) { try DurableFile.make(Array("two".utf8), at: path) }
            #expect(error?.cause == .exists && error?.path == path)
            #expect(text(path) == "one")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["key"])
        }
    }

    @Test func whatIsReadIsAllOrNothing() throws {
        try withFolder { folder in
            let path = folder + "/a"
            #expect(try DurableFile.read(path, limit: 10) == nil)
            let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
            try DurableFile.write(bytes, to: path, durable: false)
            #expect(try DurableFile.read(path, limit: .max) == bytes)
            // A greater file than is wanted shows that it is.
            #expect(try #require(try DurableFile.read(path, limit: 100)).count > 100)
            #expect(try DurableFile.read(path + "/b", limit: 10) == nil)
            let error = #expect(throws: DurableFileError.self) { try DurableFile.read(folder, limit: 10) }
            #expect(error?.cause == .folder)
            // A pipe has no offsets.
            let pipe = Pipe()
            pipe.fileHandleForWriting.write(Data("piped".utf8))
            try pipe.fileHandleForWriting.close()
            let name = "/dev/fd/\(pipe.fileHandleForReading.fileDescriptor)"
            #expect(try DurableFile.read(name, limit: 10) == Array("piped".utf8))
        }
    }

    @Test func readsAndWritesNameTheirPlace() throws {
        try withFolder { folder in
            let file = try OpenFile(folder + "/a", for: .writingNew)
            try file.write(Array("there".utf8), at: 4)
            try file.write(Array("here".utf8), at: 0)
            #expect(try file.read(5, at: 4) == Array("there".utf8))
            #expect(try file.read(100, at: 0).count == 9)
            #expect(try file.status.size == 9)
            #expect(try file.read(10, at: 9).isEmpty)
            // The file is known by what it is, and not by its name.
            try FileNames.rename(folder + "/a", to: folder + "/b")
            #expect(file.identity == FileIdentity(folder + "/b") && FileIdentity(folder + "/a") == nil)
            #expect(throws: DurableFileError.self) { try OpenFile(folder + "/b", for: .writingNew) }
        }
    }

    @Test func errorsSayWhereAndWhy() throws {
        try withFolder { folder in
            let path = folder + "/no/such"
            let error = #expect(throws: DurableFileError.self) { try DurableFile.write([1], to: path, durable: true) }
            #expect(error?.cause == .missing && error?.operation == .create)
            #expect(error.map { "\($0)" }?.hasPrefix(path) == true)
            let wasThere = try FileNames.remove(folder + "/none")
            let isNew = [try FileNames.makeFolder(folder + "/b"), try FileNames.makeFolder(folder + "/b")]
            #expect(!wasThere && isNew == [true, false])
            #expect(FileNames.whyNoneCanBeMade(in: folder) == nil)
            #expect(FileNames.whyUnwritable(folder + "/none")?.cause == .missing)
        }
    }

    @Test func theRealPathFollowsLinks() throws {
        try withFolder { folder in
            let real = try RealPath.ofWhatIsThere(folder)
            try FileManager.default.createSymbolicLink(atPath: folder + "/a", withDestinationPath: "b")
            try FileManager.default.createSymbolicLink(atPath: folder + "/b", withDestinationPath: folder + "/c")
            // What the last link leads to may be missing.
            #expect(try RealPath.of(folder + "/a") == real + "/c")
            try FileManager.default.createSymbolicLink(atPath: folder + "/d", withDestinationPath: "d")
            #expect(throws: RealPath.Failure.tooManyLinks(real + "/d")) { try RealPath.of(folder + "/d") }
            #expect(throws: RealPath.Failure.noName(folder + "/")) { try RealPath.of(folder + "/") }
            #expect(throws: RealPath.Failure.self) { try RealPath.of(folder + "/none/a") }
            #expect(FileNames.folder(of: "a") == "." && FileNames.folder(of: "/a") == "/")
            #expect(FileNames.folder(of: "b/a") == "b")
        }
    }
}
