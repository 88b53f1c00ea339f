import Foundation
import Testing

extension EndToEnd {
    /// Stores that are missing, made twice, put back to an earlier state, or renewed: with real processes and files.
    @Suite struct StoreLoss {
        private func create(_ deployment: Deployment, _ role: Deployment.Role, _ options: [String] = []) async throws
            -> CommandResult
        {
            try await deployment.scratch.run(
                Checkout.populus,
                [
                    "store", "create", "--store", deployment.scratch.file("\(role.rawValue).sqlite").path, "--task",
                    deployment.taskFile(role.rawValue),
                ] + options)
        }

        private func store(
            _ deployment: Deployment, _ verb: String, _ role: Deployment.Role, _ options: [String] = []
        ) async throws -> CommandResult {
            try await deployment.scratch.run(
                Checkout.populus,
                [
                    "store", verb, "--store", deployment.scratch.file("\(role.rawValue).sqlite").path, "--task",
                    deployment.taskFile(role.rawValue),
                ] + options)
        }

        /// A slip in `--store`, or an empty disk, is no reason to evaluate every report once more.
        @Test func noServerMakesAStore() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                for role in Deployment.Role.allCases {
                    let started = try await deployment.scratch.run(
                        Checkout.populus, deployment.serve(role), within: .seconds(30))
                    #expect(started.status == 66, "\(started.output)")
                    #expect(started.stderr.contains("populus store create"), "\(started.stderr)")
                    let folder = deployment.serve(role).map { $0.replacing("\(role).sqlite", with: "stores/") }
                    let none = try await deployment.scratch.run(Checkout.populus, folder, within: .seconds(30))
                    #expect(none.status == 66 && none.stderr.contains("populus store create"), "\(none.output)")
                }
                let left = try FileManager.default.contentsOfDirectory(atPath: deployment.scratch.folder.path)
                #expect(left.allSatisfy { !$0.contains("sqlite") && !$0.contains("stores") }, "\(left)")
            }
        }

        @Test func aStoreIsMadeOnceAndForOneRole() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                #expect(try await create(deployment, .helper).status == 0)
                let again = try await create(deployment, .helper)
                #expect(again.status == 73 && again.stderr.contains("exists already"), "\(again.output)")
                try await deployment.start(.helper)
                let running = try await store(deployment, "show", .helper)
                #expect(running.status == 75, "\(running.output)")
                await deployment.running[.helper]?.stop()
                let shown = try await store(deployment, "show", .helper)
                #expect(shown.status == 0 && shown.stdout.contains("opened 2 times"), "\(shown.output)")
                let client = try await deployment.scratch.populus(
                    "store", "create", "--store", deployment.scratch.file("x").path, "--task",
                    deployment.taskFile("client"))
                #expect(client.status == 65 && client.stderr.contains("client"), "\(client.output)")
            }
        }

        /// The Helper's disk is put back to an earlier day: it must not evaluate again what it has forgotten.
        @Test func aStoreThatWasPutBackIsRefused() async throws {
            try await Deployment.with(bits: 64, taskOptions: ["--time-precision", "1"]) { deployment in
                let lines = try deployment.scratch.write(Data(String(repeating: "a\n", count: 12).utf8), to: "lines")
                let csv = deployment.scratch.file("out.csv")
                let path = deployment.scratch.file("helper.sqlite").path
                let copy = deployment.scratch.file("copy.sqlite").path
                await deployment.running[.helper]?.stop()
                // All that belongs to it: a part alone is not even opened.
                let parts = ["", "-wal", ".uploads", ".segments"]
                for name in parts where FileManager.default.fileExists(atPath: path + name) {
                    try FileManager.default.copyItem(atPath: path + name, toPath: copy + name)
                }
                try await deployment.start(.helper)
                try await deployment.uploadAll(lines)
                #expect(try await deployment.discover(threshold: "10", csv: csv).status == 0)
                await deployment.running[.helper]?.stop()
                for name in parts + ["-shm"] { try? FileManager.default.removeItem(atPath: path + name) }
                for name in parts where FileManager.default.fileExists(atPath: copy + name) {
                    try FileManager.default.copyItem(atPath: copy + name, toPath: path + name)
                }
                try await deployment.start(.helper)
                try await deployment.uploadAll(lines)
                let walk = try deployment.startDiscovery(threshold: "10", csv: csv)
                try await wait(for: "the Helper's refusal", within: .seconds(60)) {
                    deployment.running[.helper]?.output.contains("put back to an earlier state") == true ? () : nil
                }
                try await wait(for: "the Leader's word", within: .seconds(60)) {
                    deployment.running[.leader]?.output.contains("populus store renew") == true ? () : nil
                }
                await walk.stop()
                for role in Deployment.Role.allCases { await deployment.running[role]?.stop() }
                let again = try await deployment.scratch.run(
                    Checkout.populus, deployment.serve(.helper), within: .seconds(30))
                #expect(again.status == 65 && again.stderr.contains("populus store renew"), "\(again.output)")
                try await goOn(deployment, lines, csv)
            }
        }

        /// What an upgrade leaves of a task's own file: every command says where its contents are, and changes nothing.
        @Test func aFileWhoseContentsMovedIsRefused() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                try await deployment.makeStore(of: .helper)
                let path = deployment.storePath(.helper)
                let script = """
                    import sqlite3, sys
                    with sqlite3.connect(sys.argv[1]) as file:
                        file.execute("INSERT INTO meta VALUES ('superseded_by', '/srv/stores/helper.sqlite')")
                    """
                let changed = try await deployment.scratch.run(
                    URL(filePath: "/usr/bin/env"), ["python3", "-c", script, path])
                try #require(changed.status == 0, "\(changed.output)")
                let before = deployment.storeFiles(path)
                let results = [
                    try await deployment.refusedStart(.helper), try await create(deployment, .helper),
                    try await store(deployment, "show", .helper),
                    try await store(deployment, "renew", .helper, ["--give-up-reports"]),
                ]
                for result in results {
                    #expect(result.status == 65, "\(result.output)")
                    #expect(result.stderr.contains("is in /srv/stores/helper.sqlite"), "\(result.output)")
                }
                #expect(deployment.storeFiles(path) == before)
            }
        }

        /// Both operators consent: what was received before is refused, and new reports are counted exactly.
        private func goOn(_ deployment: Deployment, _ lines: URL, _ csv: URL) async throws {
            for role in Deployment.Role.allCases {
                let asked = try await store(deployment, "renew", role)
                #expect(asked.status == 1 && asked.stderr.contains("--give-up-reports"), "\(asked.output)")
                let renewed = try await store(deployment, "renew", role, ["--give-up-reports"])
                #expect(renewed.status == 0, "\(renewed.output)")
            }
            for role in Deployment.Role.allCases { try await deployment.start(role) }
            let early = try await deployment.upload(lines)
            #expect(early.status == 1 && early.stderr.contains("refused by the Leader"), "\(early.output)")
            let abandoned = try await deployment.scratch.populus(
                "discover", "--task", deployment.taskFile("collector"), "--abandon")
            #expect(abandoned.status == 0 || abandoned.stderr.contains("no walk"), "\(abandoned.output)")
            let none = try await deployment.discover(threshold: "10", csv: csv)
            #expect(none.status == 75, "nothing is left of the old reports: \(none.output)")
        }
    }
}
