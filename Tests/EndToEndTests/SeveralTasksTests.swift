import Foundation
import Testing

extension EndToEnd {
    /// One process a role for two tasks: their reports, keys and results do not mix.
    @Suite struct SeveralTasks {
        @Test func twoTasksInOneProcessOfEachRole() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                let second = deployment.scratch.file("second")
                let made = try await deployment.scratch.run(
                    Checkout.populus, deployment.newTask(directory: second))
                try #require(made.status == 0, "\(made.output)")
                for role in [Deployment.Role.helper, .leader] {
                    let file = second.appending(path: "\(role.rawValue).json").path
                    let process = try await deployment.start(role, options: ["--task", file])
                    #expect(Scratch.text(process.stdout).contains("(tasks "), "\(process.output)")
                    // The path of --store became a folder, with a store for each task.
                    let stores = try FileManager.default.contentsOfDirectory(
                        atPath: deployment.scratch.file("\(role.rawValue).sqlite").path)
                    #expect(stores.count { $0.hasPrefix("\(role.rawValue)-") && $0.hasSuffix(".sqlite") } == 2)
                }
                // Clients of the second task get the first one's keys too, and may use them.
                for (folder, word, other) in [("task", "apple", "pear"), ("second", "plum", "fig")] {
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
            }
        }

        @Test func oneStoreIsNotForTwoTasks() async throws {
            try await Deployment.with(bits: 64) { deployment in
                await deployment.running[.helper]?.stop()
                let arguments = deployment.serve(.helper)
                // The same task twice, and a file where a folder is needed.
                let twice = try await deployment.scratch.run(
                    Checkout.populus, arguments + ["--task", deployment.taskFile("helper")], within: .seconds(30))
                #expect(twice.status == 65 && twice.stderr.contains("folder"), "\(twice.output)")
                let folder = arguments.map { $0.replacing("helper.sqlite", with: "folder/") }
                let made = try await deployment.scratch.populus(
                    "store", "create", "--store", deployment.scratch.folder.path + "/folder/", "--task",
                    deployment.taskFile("helper"))
                #expect(made.status == 0, "\(made.output)")
                let same = try await deployment.scratch.run(
                    Checkout.populus, folder + ["--task", deployment.taskFile("helper")], within: .seconds(30))
                #expect(same.status == 65 && same.stderr.contains("very task"), "\(same.output)")
            }
        }
    }
}
