import Foundation
import Testing

extension EndToEnd {
    /// A Helper that answers later, killed between two requests.
    @Suite struct Asynchronous {
        private static let schemes: [(options: [String], lines: [String], result: [UInt64])] = [
            (["--vdaf", "prio3-sum", "--max", "100"], (1...30).map { "\($0)" }, [465]),
            (
                ["--vdaf", "poplar1", "--bits", "64", "--without-walk"],
                (0..<30).map { $0 % 3 == 0 ? "apple" : "fig" }, [20, 10, 0]
            ),
        ]

        @Test(arguments: schemes.indices)
        func theResultIsTheSame(scheme index: Int) async throws {
            let scheme = Self.schemes[index]
            try await Deployment.with(scheme: scheme.options, start: false) { deployment in
                try await deployment.start(.helper, options: ["--asynchronous"])
                try await deployment.start(.leader)
                let lines = try deployment.scratch.write(
                    Data(scheme.lines.joined(separator: "\n").utf8), to: "lines")
                try await deployment.uploadAll(lines)
                try await deployment.kill(.helper)
                try await deployment.start(.helper, options: ["--asynchronous"] + deployment.admin(.helper))
                let candidates = try deployment.scratch.write(Data("fig\napple\nplum\n".utf8), to: "candidates")
                let collected = try await deployment.collect(
                    ["--json"] + (index == 0 ? [] : ["--candidates", candidates.path]))
                #expect(collected.status == 0, "\(collected.output)")
                let object = try CollectedObject(collected.stdout)
                #expect(object.result == scheme.result && object.reports == 30)

                // The share at least was asked for after the restart, and could not be ready at once.
                let text = try await deployment.metrics(.helper)
                #expect(text.contains("operation=\"aggregateShare\",status=\"200\""), "\(text)")
            }
        }
    }
}
