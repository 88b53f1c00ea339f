import Foundation
import Testing

extension EndToEnd {
    /// One process a role for two tasks, one file for their stores: their reports, keys and results do not mix.
    @Suite struct SeveralTasks {
        /// Makes a second task of the deployment's kind.
        private func second(_ deployment: Deployment) async throws {
            let made = try await deployment.scratch.run(
                Checkout.populus, deployment.newTask(directory: deployment.scratch.file("second")))
            try #require(made.status == 0, "\(made.output)")
        }

        private func file(_ role: String, _ deployment: Deployment) -> String {
            deployment.scratch.file("second/\(role).json").path
        }

        /// A task's ID as its file has it.
        private func id(_ path: String) throws -> String {
            let object = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path)))
            return try #require((object as? [String: Any])?["task_id"] as? String)
        }

        private func store(
            _ verb: String, _ role: Deployment.Role, _ task: String, _ deployment: Deployment, _ options: [String] = []
        ) async throws -> CommandResult {
            let arguments = ["store", verb, "--store", deployment.storePath(role), "--task", task] + options
            return try await deployment.scratch.run(Checkout.populus, arguments, within: .seconds(30))
        }

        /// Uploads to one of the two tasks, discovers, and compares with the plaintext.
        private func walk(_ folder: String, _ word: String, _ other: String, _ deployment: Deployment) async throws {
            let text = String(repeating: "\(word)\n", count: 12) + String(repeating: "\(other)\n", count: 4)
            let lines = try deployment.scratch.write(Data(text.utf8), to: "\(folder).lines")
            let file = { (role: String) in deployment.scratch.file("\(folder)/\(role).json").path }
            let upload = try await deployment.scratch.run(
                Checkout.populus, ["upload", "--task", file("client"), lines.path])
            try #require(upload.status == 0, "\(upload.output)")
            let csv = deployment.scratch.file("\(folder).csv")
            let found = try await deployment.scratch.run(
                Checkout.populus,
                ["discover", "--task", file("collector"), "--threshold", "10", "--csv", csv.path],
                within: .seconds(120))
            try #require(found.status == 0, "\(found.output)")
            try await deployment.expectIdentical(csv, to: lines, threshold: "10")
        }

        @Test func twoTasksInOneProcessOfEachRole() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                try await second(deployment)
                for role in [Deployment.Role.helper, .leader] {
                    let process = try await deployment.start(
                        role, options: ["--task", file(role.rawValue, deployment)])
                    #expect(Scratch.text(process.stdout).contains("(tasks "), "\(process.output)")
                    // One file for both, and what belongs to it.
                    let names = try FileManager.default.contentsOfDirectory(atPath: deployment.scratch.folder.path)
                    let databases = names.filter { $0.hasPrefix(role.rawValue) && $0.hasSuffix(".sqlite") }
                    #expect(databases == ["\(role.rawValue).sqlite"], "\(names)")
                }
                // Clients of the second task get the first one's keys too, and may use them.
                try await walk("task", "apple", "pear", deployment)
                try await walk("second", "plum", "fig", deployment)
            }
        }

        /// A task joins the file of a server that was serving another one, and both are collected.
        @Test func aTaskIsAddedOnce() async throws {
            try await Deployment.with(bits: 64) { deployment in
                try await second(deployment)
                try await walk("task", "apple", "pear", deployment)
                for role in [Deployment.Role.helper, .leader] {
                    let task = file(role.rawValue, deployment)
                    let (name, first) = (try id(task), try id(deployment.taskFile(role.rawValue)))
                    let early = try await store("create", role, task, deployment)
                    #expect(early.status == 75 && early.stderr.contains("only while no server"), "\(early.output)")
                    await deployment.running[role]?.stop()
                    // What is not in the file is not served, and named.
                    let unknown = try await deployment.refusedStart(role, options: ["--task", task])
                    #expect(unknown.status == 65, "\(unknown.output)")
                    #expect(unknown.stderr.contains("sqlite: task \(name): "), "\(unknown.output)")
                    let made = try await store("create", role, task, deployment)
                    #expect(made.status == 0 && made.stdout.hasPrefix("added task \(name) "), "\(made.output)")
                    let again = try await store("create", role, task, deployment)
                    #expect(again.status == 73 && again.stderr.contains("exists already"), "\(again.output)")
                    let shown = try await store("show", role, task, deployment)
                    #expect(shown.status == 0, "\(shown.output)")
                    #expect(shown.stdout.contains("1 task more in this file: \(first)"), "\(shown.output)")
                    try await deployment.start(role, options: ["--task", task])
                }
                try await walk("second", "plum", "fig", deployment)
            }
        }

        /// Only the task that is named is renewed; its neighbour goes on.
        @Test func oneTaskOfAFileIsRenewed() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                try await second(deployment)
                for role in [Deployment.Role.helper, .leader] {
                    let (first, task) = (deployment.taskFile(role.rawValue), file(role.rawValue, deployment))
                    let name = try id(task)
                    let made = try await store("create", role, first, deployment, ["--task", task])
                    let said = made.stdout.contains("made the ") && made.stdout.contains("\nadded task \(name)")
                    #expect(made.status == 0 && said, "\(made.output)")
                    let asked = try await store("renew", role, task, deployment)
                    #expect(asked.status == 1 && asked.stderr.contains(name), "\(asked.output)")
                    let renewed = try await store("renew", role, task, deployment, ["--give-up-reports"])
                    #expect(renewed.status == 0 && renewed.stdout.contains(name), "\(renewed.output)")
                    let shown = try await store("show", role, task, deployment)
                    #expect(shown.stdout.contains("refuses reports"), "\(shown.output)")
                    let other = try await store("show", role, first, deployment)
                    #expect(other.status == 0 && !other.stdout.contains("refuses reports"), "\(other.output)")
                    try await deployment.start(role, options: ["--task", task])
                }
                try await walk("task", "apple", "pear", deployment)
            }
        }

        /// A damaged upload of one task: the other one is served, everybody is told of the first, and only that is renewed.
        @Test func oneTaskOfAFileIsDamaged() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                try await second(deployment)
                let role = Deployment.Role.leader
                let (task, options) = (file("leader", deployment), ["--task", file("leader", deployment)])
                let name = try id(task)
                for role in [Deployment.Role.helper, .leader] {
                    try await deployment.start(role, options: ["--task", file(role.rawValue, deployment)])
                }
                let lines = try deployment.scratch.write(Data("kiwi\n".utf8), to: "kiwi")
                let upload = ["upload", "--task", file("client", deployment), lines.path]
                let sent = try await deployment.scratch.run(Checkout.populus, upload)
                try #require(sent.status == 0, "\(sent.output)")
                await deployment.running[role]?.stop()
                try turnBit(in: deployment.storePath(role, ".uploads/1.uploads"))
                let leader = try await deployment.start(role, options: options + deployment.admin(role))
                #expect(
                    leader.output.contains("a task is not served, as its store cannot be opened"), "\(leader.output)")
                let ready = Scratch.text(leader.stdout)
                #expect(!ready.contains(name) && ready.contains("(task "), "\(ready)")
                let health = try await RawExchange(
                    port: deployment.ports[role] ?? 0, head: "GET /healthz HTTP/1.1\nHost: x"
                ).run()
                #expect(health.status == 503 && health.body.contains(name), "\(health)")
                let status = try await deployment.scratch.populus("status", "--task", task, "--json")
                #expect(status.status == 75 && status.stdout.contains("not served for now"), "\(status.output)")
                try await walk("task", "apple", "pear", deployment)
                // What is not renewed with it goes on, with all that it has.
                await deployment.running[role]?.stop()
                let shown = try await store("show", role, task, deployment)
                #expect(shown.status == 65 && shown.stderr.contains("damaged"), "\(shown.output)")
                let renewed = try await store("renew", role, task, deployment, ["--give-up-reports"])
                #expect(renewed.status == 0, "\(renewed.output)")
                let other = try await store("show", role, deployment.taskFile("leader"), deployment)
                #expect(other.status == 0 && !other.stdout.contains("refuses reports"), "\(other.output)")
                let again = try await deployment.start(role, options: options)
                #expect(Scratch.text(again.stdout).contains(name), "\(again.output)")
            }
        }

        /// A folder has one file of a role, under the role's name; a task is served once.
        @Test func aFolderHoldsTheFile() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                let (scratch, task) = (deployment.scratch, deployment.taskFile("helper"))
                let folder = scratch.folder.path + "/folder/"
                let made = try await scratch.populus("store", "create", "--store", folder, "--task", task)
                #expect(made.status == 0 && made.stdout.contains(folder + "helper.sqlite"), "\(made.output)")
                let leaders = try await scratch.populus(
                    "store", "create", "--store", scratch.folder.path + "/folder", "--task",
                    deployment.taskFile("leader"))
                #expect(leaders.stdout.contains("made the leader's store \(folder)leader.sqlite"), "\(leaders.output)")
                let serve = deployment.serve(.helper) + ["--store", folder]
                let twice = try await scratch.run(Checkout.populus, serve + ["--task", task], within: .seconds(30))
                #expect(twice.status == 65 && twice.stderr.contains("very task"), "\(twice.output)")
                try await deployment.start(.helper, options: ["--store", folder])
            }
        }
    }
}
