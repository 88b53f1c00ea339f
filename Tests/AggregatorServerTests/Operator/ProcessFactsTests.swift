import AggregatorServer
import Foundation
import Testing

/// What a process tells of itself is told one by one.
@Suite struct ProcessFactsTests {
    private static let isOfLinux = FileManager.default.fileExists(atPath: "/proc/self/stat")

    /// A folder with some of the files of `/proc/self`, as they are now.
    private func withFolder<T>(_ names: [String], _ body: (String) throws -> T) throws -> T {
        let folder = FileManager.default.temporaryDirectory.appending(path: "facts-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in names {
            try FileManager.default.createSymbolicLink(
                atPath: folder.appending(path: name).path, withDestinationPath: "/proc/self/\(name)")
        }
        return try body(folder.path)
    }

    /// The service's own unit hides the files of the whole machine, `/proc/stat` too.
    @Test(.enabled(if: isOfLinux)) func allIsKnownWithoutTheMachinesFiles() throws {
        let facts = try withFolder(["stat", "fd"]) { ProcessFacts(folder: $0) }
        #expect(try #require(facts.cpuSeconds) > 0)
        #expect(try #require(facts.residentBytes) > 1 << 20)
        #expect(try #require(facts.openFiles) > 2)
        #expect(try #require(facts.greatestOpenFiles) > 2)
        #expect(facts.startTime == ProcessFacts().startTime)
    }

    /// As `ps` finds it where `/proc/stat` is there: to the second.
    @Test(.enabled(if: isOfLinux && FileManager.default.isReadableFile(atPath: "/proc/stat")))
    func theStartTimeIsTheSystems() throws {
        let machine = String(decoding: try #require(FileManager.default.contents(atPath: "/proc/stat")), as: UTF8.self)
        let own = String(decoding: try #require(FileManager.default.contents(atPath: "/proc/self/stat")), as: UTF8.self)
        let boot = try #require(machine.firstMatch(of: /btime (\d+)/).flatMap { Double($0.1) })
        let fields = own[own.index(after: try #require(own.lastIndex(of: ")")))...].split(separator: " ")
        let begin = boot + (try #require(Double(fields[19]))) / Double(sysconf(Int32(_SC_CLK_TCK)))
        #expect(abs(try #require(ProcessFacts().startTime) - begin) <= 1.5)
    }

    /// What the system does not say takes nothing else away.
    @Test func whatIsMissingTakesNothingElseAway() throws {
        let facts = try withFolder([]) { ProcessFacts(folder: $0) }
        #expect(facts.cpuSeconds == nil && facts.openFiles == nil && facts.startTime == nil)
        #expect(facts.greatestOpenFiles != nil)
        guard Self.isOfLinux else { return }
        #expect(try withFolder(["fd"]) { ProcessFacts(folder: $0) }.openFiles != nil)
        #expect(try withFolder(["stat"]) { ProcessFacts(folder: $0) }.startTime != nil)
    }
}
