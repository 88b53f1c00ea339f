import EarlierStores
import Foundation
import Testing

extension EndToEnd {
    /// A server finds the file that an earlier version had for its task, and takes it over.
    @Suite struct StoreUpgrade {
        private static let lines = Data(String(repeating: "word\n", count: 12).utf8)
        /// So many are bound, so that bringing them over takes its time.
        private static let reports = 200_000

        /// Killed again and again while it takes it over: never are there two files that could serve, and nothing is lost.
        @Test func killedWhileAStoreComesOver() async throws {
            try await Deployment.with(bits: 64) { deployment in
                let lines = try deployment.scratch.write(Self.lines, to: "lines")
                try await deployment.uploadAll(lines)
                var old: [String] = []
                for role in Deployment.Role.allCases {
                    #expect(await deployment.running[role]?.stop() == true)
                    old.append(try goBack(deployment, role))
                }
                for (role, old) in zip(Deployment.Role.allCases, old) {
                    for round in 0..<6 {
                        try await startAndKill(deployment, role, after: .milliseconds(40 + 120 * round))
                        let isOld = try EarlierProgram.serves(old)
                        #expect(try !(isOld && EarlierProgram.isHere(deployment.storePath(role))))
                    }
                    try await startAndKill(deployment, role, after: nil)
                    #expect(try !EarlierProgram.serves(old))
                    #expect(!FileManager.default.fileExists(atPath: old + ".uploads"))
                }
                try await deployment.start(.helper)
                try await deployment.start(.leader)
                let csv = deployment.scratch.file("out.csv")
                let found = try await deployment.discover(threshold: "10", csv: csv)
                #expect(found.status == 0, "\(found.output)")
                try await deployment.expectIdentical(csv, to: lines, threshold: "10")
            }
        }

        /// - Returns: the old file's name.
        private func goBack(_ deployment: Deployment, _ role: Deployment.Role) throws -> String {
            let path = deployment.storePath(role)
            let task = try #require(try Version5.task(of: path))
            let old = deployment.scratch.file("\(role.rawValue)-\(task).sqlite").path
            try Version5.goBack(path, to: old)
            try Version5.lengthen(old, by: Self.reports)
            return old
        }

        /// - Parameter time: nothing to wait until it serves.
        private func startAndKill(
            _ deployment: Deployment, _ role: Deployment.Role, after time: Duration?
        ) async throws {
            let process = try RunningProcess(
                Checkout.populus, deployment.serve(role), name: role.rawValue, in: deployment.scratch, environment: [:])
            if let time {
                try await Task.sleep(for: time)
            } else {
                try await wait(for: "the ready line of the \(role.rawValue)", within: .seconds(60)) {
                    if let status = process.exitStatus {
                        throw HarnessError("the \(role.rawValue) ended with \(status): \(process.output)")
                    }
                    return Scratch.text(process.stdout).contains("\n") ? () : nil
                }
            }
            process.send(SIGKILL)
            _ = try await process.end(within: .seconds(10))
        }
    }
}
