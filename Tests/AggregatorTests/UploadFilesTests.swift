import Aggregator
import Foundation
import GRDB
import PopulusDAP
import Testing

/// The files in which uploads wait: durable, checked, gone when nothing in them is of use.
@Suite struct UploadFilesTests {
    private static func files(_ simulation: Simulation) throws -> [String: Int] {
        let folder = simulation.folder + "/leader.sqlite.uploads"
        var sizes: [String: Int] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) where !["mark", "pages"].contains(name)
        {
            sizes[name] = try FileManager.default.attributesOfItem(atPath: folder + "/" + name)[.size] as? Int
        }
        return sizes
    }

    private static func bodies(_ simulation: Simulation) async throws -> [[UInt8]] {
        try await simulation.leaderStore.read("test") {
            try $0.reportBodies(rows: 1...1000, in: 0..<UInt64.max, limit: 1000).map(\.body)
        }
    }

    /// Some reports in a Leader's store.
    private static func uploaded() async throws -> (Simulation, [Report]) {
        let simulation = try Simulation(try TestTask())
        let reports = try RestartTests.values.map { try simulation.factory.report($0) }
        try await simulation.upload(reports)
        return (simulation, reports)
    }

    @Test func uploadsSurviveARestart() async throws {
        let (simulation, reports) = try await Self.uploaded()
        try await simulation.restartLeader()
        let more = try simulation.factory.report(6)
        try await simulation.upload([more])
        #expect(try await Self.bodies(simulation) == (reports + [more]).map { $0.encoded() })
        // No process appends to another's file.
        #expect(try Self.files(simulation).count == 2)
    }

    @Test func aRepeatedUploadTakesNoRoom() async throws {
        let (simulation, reports) = try await Self.uploaded()
        let before = try Self.files(simulation)
        let errors = try await simulation.leader.upload(body: UploadRequest(reports: reports).encoded())
        #expect(errors != nil)
        #expect(try Self.files(simulation) == before)
    }

    @Test func filesGoWithTheirLastUpload() async throws {
        let (simulation, _) = try await Self.uploaded()
        #expect(try Self.files(simulation).count == 1)
        let found = try await simulation.walk(RestartTests.values, threshold: 5)
        #expect(found == RestartTests.found)
        #expect(try Self.files(simulation).isEmpty)
        // The next uploads get a new file.
        try await simulation.upload([6, 6])
        #expect(try Self.files(simulation).count == 1)
        #expect(try await Self.bodies(simulation).count == 2)
    }

    @Test func whatACrashLeftBehindGoes() async throws {
        let (simulation, reports) = try await Self.uploaded()
        try await simulation.stopLeader()
        let folder = simulation.folder + "/leader.sqlite.uploads"
        let known = try #require(try Self.files(simulation).keys.first)
        // A file of which no commit speaks, and a tail after the last commit.
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: folder + "/77.uploads"))
        let handle = try #require(FileHandle(forWritingAtPath: folder + "/" + known))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(count: 1000))
        try handle.close()
        try simulation.startLeader()
        #expect(try Array(Self.files(simulation).keys) == [known])
        #expect(try await Self.bodies(simulation) == reports.map { $0.encoded() })
        #expect(try await simulation.walk(RestartTests.values, threshold: 5) == RestartTests.found)
    }

    @Test(arguments: [true, false]) func lostUploadsAreNoticed(isMissing: Bool) async throws {
        let (simulation, _) = try await Self.uploaded()
        try await simulation.stopLeader()
        let name = try #require(try Self.files(simulation).keys.first)
        let path = simulation.folder + "/leader.sqlite.uploads/" + name
        if isMissing {
            try FileManager.default.removeItem(atPath: path)
        } else {
            let handle = try #require(FileHandle(forWritingAtPath: path))
            try handle.truncate(atOffset: try handle.seekToEnd() - 1)
            try handle.close()
        }
        #expect {
            try Simulation.store(simulation.folder, simulation.task, .leader)
        } throws: { error in
            if case StoreError.incomplete = error { true } else { false }
        }
    }

    @Test func anUploadThatIsAnotherIsNoticed() async throws {
        let (simulation, _) = try await Self.uploaded()
        let name = try #require(try Self.files(simulation).keys.first)
        let handle = try #require(
            FileHandle(forUpdatingAtPath: simulation.folder + "/leader.sqlite.uploads/" + name))
        try handle.write(contentsOf: Data(count: 16))
        try handle.close()
        await #expect(throws: StoreError.self) { try await Self.bodies(simulation) }
        // It was acknowledged, so nothing goes on as if nothing had happened.
        #expect(simulation.leaderStore.outage != nil)
    }

    /// A bit turns on the disk while the server runs.
    @Test func aDamagedUploadIsNoReportOfAStranger() async throws {
        let (simulation, _) = try await Self.uploaded()
        let name = try #require(try Self.files(simulation).keys.first)
        let path = simulation.folder + "/leader.sqlite.uploads/" + name
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[bytes.count / 2] ^= 1
        let handle = try #require(FileHandle(forUpdatingAtPath: path))
        try handle.write(contentsOf: bytes)
        try handle.close()
        await #expect(throws: StoreError.self) { try await Self.bodies(simulation) }
        #expect(simulation.leaderStore.outage != nil)
        await #expect(throws: (any Error).self) { try await simulation.upload([6]) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
        try await simulation.stopLeader()
        #expect(throws: StoreError.self) { try Simulation.store(simulation.folder, simulation.task, .leader) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
    }

    @Test func aRefusedWriteLeavesNoUpload() async throws {
        let (simulation, reports) = try await Self.uploaded()
        struct Refused: Error {}
        await #expect(throws: Refused.self) {
            try await simulation.leaderStore.write("test") { transaction -> Void in
                _ = try transaction.upload(.random(), [1, 2, 3])
                throw Refused()
            }
        }
        let later = try simulation.factory.report(6)
        try await simulation.upload([later])
        #expect(try await Self.bodies(simulation) == (reports + [later]).map { $0.encoded() })
    }
}
