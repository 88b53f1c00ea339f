import Foundation
import PopulusClient
import PopulusDAP
import Testing

/// A process that ends between any two steps of the queue loses no accepted report and has none counted twice.
@Suite struct CrashTests {
    /// It lies beside the test bundle.
    private static var executable: URL {
        let test = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(filePath: test).deletingLastPathComponent().appending(path: "client-crasher")
    }

    /// Runs the program, and returns what it said and whether it came to its end.
    private static func run(_ folder: String, _ step: String, _ number: Int, _ reports: Int) throws -> [String] {
        let process = Process()
        process.executableURL = executable
        process.arguments = [folder, step, "\(number)", "\(reports)"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let said = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: said, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private static func accepted(_ lines: [String]) -> Int { lines.count { $0.hasPrefix("accepted") } }

    private static func make(_ world: World) throws {
        try FileManager.default.createDirectory(atPath: world.folder + "/counted", withIntermediateDirectories: true)
        try Data(world.task.utf8).write(to: URL(filePath: world.folder + "/client.json"))
        for (name, key) in [("leader.keys", world.leaderKey), ("helper.keys", world.helperKey)] {
            try Data(HpkeConfigList(configs: [key.config]).encoded()).write(
                to: URL(filePath: world.folder + "/" + name))
        }
    }

    @Test(arguments: QueueStep.allCases.filter { $0 != .erasing && $0 != .erased })
    func anEndAtAnyStepLosesAndDoublesNothing(step: QueueStep) throws {
        for number in [1, 3] {
            let world = try World()
            try Self.make(world)
            let first = try Self.run(world.folder, step.rawValue, number, 5)
            let second = try Self.run(world.folder, "none", 0, 2)
            #expect(second.last == "done")
            // Of one that was begun and not accepted nobody knows: it counts once or not at all.
            let accepted = Self.accepted(first) + Self.accepted(second)
            let isOpen = first.last?.hasPrefix("begun") == true
            let counted = try FileManager.default.contentsOfDirectory(atPath: world.folder + "/counted").count
            #expect(counted >= accepted && counted <= accepted + (isOpen ? 1 : 0), "\(step) \(number)")
            #expect(world.files.isEmpty)
        }
    }

    @Test(arguments: [QueueStep.erasing, .erased])
    func whatWasBeingErasedIsNotSent(step: QueueStep) throws {
        let world = try World()
        try Self.make(world)
        #expect(try Self.run(world.folder, step.rawValue, 1, 3).isEmpty)
        #expect(try Self.run(world.folder, "none", 0, 1).last == "done")
        let counted = try FileManager.default.contentsOfDirectory(atPath: world.folder + "/counted").count
        #expect(counted == 1)
    }
}
