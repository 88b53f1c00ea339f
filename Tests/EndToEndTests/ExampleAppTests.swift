import Foundation
import Testing

extension EndToEnd {
    /// An app outside of this package, with modules called `Client` and `Collector`, reports into a task.
    @Suite struct ExampleApp {
        /// Where Tools/test.sh has built it already this takes a second.
        private func build(_ scratch: Scratch) async throws -> URL {
            let built = try await scratch.run(
                Checkout.tool("example-app"), [Checkout.scratch.appending(path: "example-app").path],
                within: .seconds(540))
            guard built.status == 0 else { throw HarnessError("the example does not build: \(built.output)") }
            return URL(filePath: built.stdout.trimmingCharacters(in: .whitespacesAndNewlines))
        }

        @Test func itsStringsAreFoundExactly() async throws {
            let scheme = ["--vdaf", "poplar1", "--bits", "128", "--encoding", "bytes"]
            try await Deployment.with(bits: 128, scheme: scheme) { deployment in
                let scratch = deployment.scratch
                let app = try await build(scratch)
                let lines =
                    Array(repeating: "https://a.b/", count: 240) + Array(repeating: "/crash", count: 150)
                    + Array(repeating: "/rare", count: 9) + (0..<101).map { "single \($0)" }
                let input = try scratch.write(Data(lines.joined(separator: "\n").utf8), to: "lines")
                let queue = scratch.file("queue").path
                let task = deployment.taskFile("client")
                let ran = try await scratch.run(app, [task, queue, input.path], within: .seconds(300))
                #expect(ran.status == 0 && ran.stdout == "reported 500 lines\n", "\(ran.output)")

                // What a client leaves on the disk has no string, and no report once all are sent.
                let folder = try FileManager.default.contentsOfDirectory(atPath: queue)
                let left = try FileManager.default.contentsOfDirectory(atPath: queue + "/" + (folder.first ?? ""))
                #expect(left.allSatisfy { !$0.hasSuffix(".report") }, "\(left)")

                let csv = scratch.file("out.csv")
                let found = try await deployment.discover(threshold: "10", csv: csv)
                #expect(found.status == 0, "\(found.output)")
                try await deployment.expectIdentical(csv, to: input, threshold: "10")
            }
        }
    }
}
