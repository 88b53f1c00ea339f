import Foundation
import Testing

extension EndToEnd {
    /// Tools/demo.sh with the executable of this build.
    @Suite struct Demo {
        @Test func aFileIsCountedAndNothingStaysBehind() async throws {
            try await Scratch.with { scratch in
                let lines = try await scratch.zipfURLs(distinct: 100, count: 400, seed: 3, maxBytes: 80)
                let folder = scratch.file("here")
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
                let result = try await scratch.run(
                    Checkout.tool("demo.sh"), [lines.path], environment: environment(in: scratch),
                    currentFolder: folder, within: .seconds(300))
                #expect(result.status == 0, "\(result.output)")
                #expect(result.stdout.contains("identical to the plaintext count"))
                #expect(
                    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
                        == ["heavy-hitters.csv", "heavy-hitters.csv.json", "heavy-hitters.sqlite"])
                #expect(result.output.contains("dashboard --results"))
                try expectNothing(in: scratch)
            }
        }

        @Test(arguments: [SIGINT, SIGTERM])
        func anInterruptedDemoCleansUp(signal: Int32) async throws {
            try await Scratch.with { scratch in
                let lines = try await scratch.zipfURLs(distinct: 500, count: 4_000, seed: 4, maxBytes: 120)
                let demo = try RunningProcess(
                    Checkout.tool("demo.sh"), [lines.path], name: "demo", in: scratch,
                    environment: environment(in: scratch), currentFolder: scratch.folder)
                try await wait(for: "the upload", within: .seconds(60)) {
                    demo.output.contains("uploading") ? () : nil
                }
                demo.send(signal)
                #expect(try await demo.end(within: .seconds(30)) == 128 + signal)
                try expectNothing(in: scratch)
            }
        }

        /// Sends the demo's temporary folder into the test's own.
        private func environment(in scratch: Scratch) throws -> [String: String] {
            let folder = scratch.file("tmp")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
            return ["POPULUS": Checkout.populus.path, "TMPDIR": folder.path]
        }

        /// Expects that no temporary file of the demo is left, and no process.
        private func expectNothing(in scratch: Scratch) throws {
            let folder = scratch.file("tmp")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
            #expect(Scratch(folder: folder).processes() == [])
        }
    }
}
