import Foundation
import PopulusDAP
import Results
import ResultsHarness
import Testing

/// A process that is killed with -9 while it records.
@Suite(.serialized) struct KillTests {
    /// The process that was built together with these tests: it lies beside the test bundle.
    private static var writer: URL {
        let test = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(filePath: test).deletingLastPathComponent().appending(path: "results-writer")
    }

    private static let strings = 3_000

    /// Every walk of which the process said so is whole, at most one more is there, and none is there in part.
    @Test(.timeLimit(.minutes(5))) func whatWasSaidIsThere() async throws {
        let folder = try ResultsFolder()
        let task = try Sample.task(Sample.fixedTask)
        var generator = SystemRandomNumberGenerator()
        var most = 0
        for round in 0..<12 {
            let said = try await run(folder, killedAfter: .milliseconds(Int.random(in: 5...250, using: &generator)))
            let least = max(most, said)
            guard FileManager.default.fileExists(atPath: folder.file()) else { continue }
            let store = try folder.store()
            let walks = try store.walks(of: Sample.fixedTask)
            // What was said to be there is, and of the one that was being written all or nothing.
            #expect((least...(least + 1)).contains(walks.count), "round \(round)")
            for (number, walk) in walks.enumerated() {
                #expect(walk == (try KeptWalk(Sample.large(UInt64(number), of: task, strings: Self.strings), of: task)))
            }
            try store.close()
            most = walks.count
        }
        // In peace it goes on: what is kept is the same, and the rest comes.
        let said = try await run(folder, walks: UInt64(most) + 2, killedAfter: nil)
        #expect(said == most + 2)
        // What a killed process may have left of a page's earlier content goes with the next write.
        #expect(!folder.names.contains("results.sqlite-journal"))
        #expect(try folder.store(.reading).heads().count == most + 2)
    }

    /// How many walks the process said were recorded, before its end.
    private func run(
        _ folder: ResultsFolder, walks: UInt64 = 10_000, killedAfter delay: Duration?
    ) async throws -> Int {
        let (process, output) = (Process(), Pipe())
        process.executableURL = Self.writer
        process.arguments = [folder.file(), "\(walks)", "\(Self.strings)"]
        process.standardOutput = output
        try process.run()
        if let delay {
            try await Task.sleep(for: delay)
            kill(process.processIdentifier, SIGKILL)
        }
        let said = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(delay != nil || process.terminationStatus == 0)
        // A line that is cut off was not said.
        return String(decoding: said, as: UTF8.self).count { $0 == "\n" }
    }
}
