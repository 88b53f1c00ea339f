import Foundation
import Testing

/// The package of an app outside of this one: its programs report lines and discover strings by the library products alone.
enum ExampleApp {
    /// The folder of its programs; where Tools/test.sh has built them already this takes a second.
    private static func programs(_ scratch: Scratch) async throws -> URL {
        let built = try await scratch.run(
            Checkout.tool("example-app"), [Checkout.scratch.appending(path: "example-app").path],
            within: .seconds(540))
        guard built.status == 0 else { throw HarnessError("the example does not build: \(built.output)") }
        return URL(filePath: built.stdout.trimmingCharacters(in: .whitespacesAndNewlines))
    }

    /// Reports each line, and leaves nothing of them on the disk.
    static func report(_ deployment: Deployment, _ lines: [String]) async throws {
        let scratch = deployment.scratch
        let app = try await programs(scratch).appending(path: "example-app")
        let input = try scratch.write(Data(lines.joined(separator: "\n").utf8), to: "lines-of-app")
        let queue = scratch.file("queue-of-app").path
        let ran = try await scratch.run(
            app, [deployment.taskFile("client"), queue, input.path], within: .seconds(300))
        #expect(ran.status == 0 && ran.stdout == "reported \(lines.count) lines\n", "\(ran.output)")

        // What a client leaves on the disk has no string, and no report once all are sent.
        let folder = try FileManager.default.contentsOfDirectory(atPath: queue)
        let left = try FileManager.default.contentsOfDirectory(atPath: queue + "/" + (folder.first ?? ""))
        #expect(left.allSatisfy { !$0.hasSuffix(".report") }, "\(left)")
    }

    /// The strings with at least ten votes, each with its count, as the program that collects prints them.
    static func discover(_ deployment: Deployment) async throws -> [String] {
        let program = try await programs(deployment.scratch).appending(path: "example-collector")
        let ran = try await deployment.scratch.run(
            program, [deployment.taskFile("collector"), "10"], within: .seconds(300))
        guard ran.status == 0 else { throw HarnessError("the example did not discover: \(ran.output)") }
        return ran.stdout.split(separator: "\n").map(String.init)
    }
}
