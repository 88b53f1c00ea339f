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

        /// The file that an upgrade made is lost: one command goes on, and what is left of the task's own file is in nobody's way.
        @Test func aFileThatIsLostAfterAnUpgrade() async throws {
            try await Deployment.with(bits: 64) { deployment in
                #expect(await deployment.running[.leader]?.stop() == true)
                let old = try goBack(deployment, .leader, reports: 0)
                let path = deployment.storePath(.leader)
                let arguments = ["--store", path, "--task", deployment.taskFile("leader")]
                let before = deployment.storeFiles(old)
                let shown = try await deployment.scratch.run(Checkout.populus, ["store", "show"] + arguments)
                #expect(shown.status == 0 && shown.stdout.contains("form    of version 5"), "\(shown.output)")
                #expect(shown.stdout.contains(old) && deployment.storeFiles(old) == before, "\(shown.output)")
                try await startAndKill(deployment, .leader, after: nil)
                for part in Deployment.storeParts { try? FileManager.default.removeItem(atPath: path + part) }
                #expect(try await deployment.refusedStart(.leader).status == 66)
                let create = ["store", "create"] + arguments
                let refused = try await deployment.scratch.run(Checkout.populus, create)
                #expect(refused.status == 73 && refused.stderr.contains("--after-loss"), "\(refused.output)")
                #expect(deployment.storeFiles(path).isEmpty)
                let made = try await deployment.scratch.run(Checkout.populus, create + ["--after-loss"])
                #expect(made.status == 0, "\(made.output)")
                try await deployment.start(.leader)
            }
        }

        /// - Returns: the old file's name.
        private func goBack(
            _ deployment: Deployment, _ role: Deployment.Role, reports: Int = Self.reports
        ) throws -> String {
            let path = deployment.storePath(role)
            let task = try #require(try Version5.task(of: path))
            let old = deployment.scratch.file("\(role.rawValue)-\(task).sqlite").path
            try Version5.goBack(path, to: old)
            if reports > 0 { try Version5.lengthen(old, by: reports) }
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
