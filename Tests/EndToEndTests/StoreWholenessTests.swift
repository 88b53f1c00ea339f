import Foundation
import Testing

extension EndToEnd {
    /// Stores of which a part is missing, foreign or damaged: with real processes and files.
    @Suite struct StoreWholeness {
        private static let lines = Data(String(repeating: "word\n", count: 12).utf8)

        /// What may happen to a store that is closed.
        private enum Damage: String, CaseIterable {
            case noUploads, uploadsCut, bitOfAnUpload, bitOfTheDatabase, anotherLog

            var word: String { self == .bitOfAnUpload || self == .bitOfTheDatabase ? "damaged" : "not whole" }

            func happen(to path: String) throws {
                let uploads = path + ".uploads/1.uploads"
                switch self {
                case .noUploads: try FileManager.default.removeItem(atPath: path + ".uploads")
                case .uploadsCut:
                    let file = try FileHandle(forUpdating: URL(filePath: uploads))
                    try file.truncate(atOffset: try file.seekToEnd() - 1)
                case .bitOfAnUpload: try turnBit(in: uploads)
                case .bitOfTheDatabase: try turnBit(in: path)
                case .anotherLog: try Data(repeating: 1, count: 5000).write(to: URL(filePath: path + "-wal"))
                }
            }
        }

        /// A store that is refused stays as it is, byte by byte.
        private func refuses(
            _ deployment: Deployment, _ role: Deployment.Role, _ what: String, as word: String = "not whole",
            _ damage: (String) throws -> Void
        ) async throws {
            let path = deployment.storePath(role)
            try damage(path)
            let before = deployment.storeFiles(path)
            let started = try await deployment.refusedStart(role)
            #expect(started.status == 65, "\(what): \(started.output)")
            #expect(started.stderr.contains(word), "\(what): \(started.output)")
            #expect(deployment.storeFiles(path) == before, "\(what)")
        }

        private func remove(_ path: String) throws { try FileManager.default.removeItem(atPath: path) }

        /// What is copied, or put back, in parts.
        @Test func partsThatDoNotBelongTogether() async throws {
            try await Deployment.with(bits: 64) { deployment in
                let lines = try deployment.scratch.write(Self.lines, to: "lines")
                try await deployment.uploadAll(lines)
                let (path, saved) = (deployment.storePath(.leader), deployment.scratch.file("saved.sqlite").path)
                // After kill -9 the log belongs to it.
                try await deployment.kill(.leader)
                try deployment.copyStore(from: path, to: saved)
                try await refuses(deployment, .leader, "without its log") { path in
                    try deployment.copyStore(from: saved, to: path, parts: ["", ".uploads", ".segments"])
                }
                try await refuses(deployment, .leader, "alone") { path in
                    try deployment.copyStore(from: saved, to: path, parts: [""])
                }
                try deployment.copyStore(from: saved, to: path)
                try await deployment.start(.leader)
                // After a clean stop the file is whole by itself.
                #expect(await deployment.running[.leader]?.stop() == true)
                let log = try? FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? Int
                #expect((log ?? 0) == 0)
                try deployment.copyStore(from: path, to: saved)
                for damage in Damage.allCases {
                    try deployment.copyStore(from: saved, to: path)
                    try await refuses(deployment, .leader, damage.rawValue, as: damage.word) {
                        try damage.happen(to: $0)
                    }
                }
                try deployment.copyStore(from: saved, to: path)
                try await deployment.start(.leader)
                let csv = deployment.scratch.file("out.csv")
                let found = try await deployment.discover(threshold: "10", csv: csv)
                #expect(found.status == 0, "\(found.output)")
                try await deployment.expectIdentical(csv, to: lines, threshold: "10")
            }
        }

        /// A walk cannot go on without its segments; with them it does.
        @Test func segmentsOfAWalk() async throws {
            try await Deployment.with(bits: 512) { deployment in
                let lines = try deployment.scratch.write(Self.lines, to: "lines")
                try await deployment.uploadAll(lines)
                let csv = deployment.scratch.file("out.csv")
                let walk = try deployment.startDiscovery(threshold: "10", csv: csv)
                let segments = deployment.storePath(.helper, ".segments")
                let name = try await wait(for: "a segment", within: .seconds(30)) {
                    (try? FileManager.default.contentsOfDirectory(atPath: segments))?.first { $0.hasSuffix(".segment") }
                }
                try await deployment.kill(.leader)
                await deployment.running[.helper]?.stop()
                let (path, saved) = (deployment.storePath(.helper), deployment.scratch.file("saved.sqlite").path)
                try deployment.copyStore(from: path, to: saved)
                try await refuses(deployment, .helper, "a bit") { try turnBit(in: "\($0).segments/\(name)", at: 0.7) }
                try deployment.copyStore(from: saved, to: path)
                try await refuses(deployment, .helper, "missing") { try remove("\($0).segments/\(name)") }
                try deployment.copyStore(from: saved, to: path)
                try await deployment.start(.helper)
                try await deployment.start(.leader)
                #expect(try await walk.end(within: .seconds(90)) == 0, "\(walk.output)")
                try await deployment.expectIdentical(csv, to: lines, threshold: "10")
            }
        }

        /// What is moved or deleted under a server: it says so once, and acknowledges nothing more.
        @Test func filesThatAreMovedUnderAServer() async throws {
            try await Deployment.with(bits: 64) { deployment in
                let lines = try deployment.scratch.write(Self.lines, to: "lines")
                try await deployment.uploadAll(lines)
                let away = deployment.scratch.file("away").path
                for part in ["", ".uploads"] {
                    let (path, port) = (deployment.storePath(.leader, part), deployment.ports[.leader] ?? 0)
                    try FileManager.default.moveItem(atPath: path, toPath: away)
                    // Nobody asks for anything: it looks by itself.
                    let leader = try #require(deployment.running[.leader])
                    try await wait(for: "the Leader's word", within: .seconds(10)) {
                        leader.output.contains("was moved or deleted") ? () : nil
                    }
                    let refused = try deployment.scratch.write(Data("never\n".utf8), to: "refused\(part)")
                    let upload = try RunningProcess(
                        Checkout.populus, ["upload", "--task", deployment.taskFile("client"), refused.path],
                        name: "upload",
                        in: deployment.scratch)
                    try await wait(for: "the refusal", within: .seconds(20)) {
                        upload.output.contains("503") ? () : nil
                    }
                    #expect(!upload.output.contains(deployment.scratch.folder.path + "/leader"), "\(upload.output)")
                    await upload.stop()
                    let health = try await RawExchange(port: port, head: "GET /healthz HTTP/1.1\nHost: x").run()
                    #expect(health.status == 503, "\(health)")
                    let said = leader.output.components(separatedBy: "was moved or deleted").count - 1
                    #expect(said == 1, "\(leader.output)")
                    await leader.stop()
                    try FileManager.default.moveItem(atPath: away, toPath: path)
                    try await deployment.start(.leader)
                }
                let csv = deployment.scratch.file("out.csv")
                let found = try await deployment.discover(threshold: "10", csv: csv)
                #expect(found.status == 0, "\(found.output)")
                try await deployment.expectIdentical(csv, to: lines, threshold: "10")
            }
        }

        /// A start writes before it serves: whenever it is killed the next one finds a whole store.
        @Test func aKillWhileStartingLeavesAWholeStore() async throws {
            try await Deployment.with(scheme: ["--vdaf", "prio3-count"]) { deployment in
                let lines = try deployment.scratch.write(Data("1\n0\n".utf8), to: "lines")
                try await deployment.uploadAll(lines)
                _ = await deployment.running[.leader]?.stop()
                for delay in stride(from: 4, through: 120, by: 4) {
                    let process = try RunningProcess(
                        Checkout.populus, deployment.serve(.leader), name: "killed", in: deployment.scratch)
                    try await Task.sleep(for: .milliseconds(delay))
                    process.send(SIGKILL)
                    _ = try await process.end(within: .seconds(10))
                    let shown = try await deployment.scratch.populus(
                        "store", "show", "--store", deployment.storePath(.leader), "--task",
                        deployment.taskFile("leader"))
                    #expect(shown.status == 0, "killed after \(delay) ms: \(shown.output)")
                }
                try await deployment.start(.leader)
            }
        }
    }
}
