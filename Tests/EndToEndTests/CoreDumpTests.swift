import Foundation
import Testing

extension EndToEnd {
    /// An aggregator's memory holds shares and keys: it must not get onto a disk, nor into another process's hands.
    @Suite struct CoreDumps {
        private func coreLimit(_ process: RunningProcess) -> String {
            Scratch.text(URL(filePath: "/proc/\(process.pid)/limits")).split(separator: "\n")
                .first { $0.hasPrefix("Max core file size") }.map(String.init) ?? ""
        }

        @Test func aggregatorsCannotBeDumped() async throws {
            try await Deployment.with(bits: 64) { deployment in
                for role in Deployment.Role.allCases {
                    let process = try #require(deployment.running[role])
                    let limit = coreLimit(process).split(separator: " ").suffix(3)
                    #expect(Array(limit) == ["0", "0", "bytes"], "\(coreLimit(process))")
                }
                await deployment.running[.leader]?.stop()
                let process = try await deployment.start(.leader, options: ["--allow-core-dumps"])
                #expect(!coreLimit(process).contains(" 0                    0 "), "\(coreLimit(process))")
            }
        }
    }
}
