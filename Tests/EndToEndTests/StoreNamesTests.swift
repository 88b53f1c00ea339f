import Foundation
import Testing

extension EndToEnd {
    /// What a store may be called: one store has one name, and what is no store is left alone.
    @Suite struct StoreNames {
        private func names(_ deployment: Deployment) throws -> Set<String> {
            let all = try FileManager.default.subpathsOfDirectory(atPath: deployment.scratch.folder.path)
            return Set(all.filter { !$0.hasSuffix(".out") && !$0.hasSuffix(".err") })
        }

        /// Two processes that serve one database would each let the reports be evaluated once.
        @Test func aStoreIsOpenOnceWhateverItIsCalled() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                try await deployment.start(.helper)
                let (files, folder) = (FileManager.default, deployment.scratch.folder.path)
                let store = folder + "/helper.sqlite"
                try files.createSymbolicLink(atPath: folder + "/soft.sqlite", withDestinationPath: "helper.sqlite")
                try files.createSymbolicLink(atPath: folder + "/again.sqlite", withDestinationPath: "soft.sqlite")
                try files.createSymbolicLink(atPath: folder + "/folder", withDestinationPath: folder)
                try files.linkItem(atPath: store, toPath: folder + "/hard.sqlite")
                let port = ["--listen", "127.0.0.1:\(try Loopback.freePort())"]
                let others = [
                    "soft.sqlite", "again.sqlite", "folder/helper.sqlite", "hard.sqlite", "task/../helper.sqlite",
                ]
                for name in others {
                    let second = try await deployment.scratch.run(
                        Checkout.populus, deployment.serve(.helper) + port + ["--store", "\(folder)/\(name)"],
                        within: .seconds(10))
                    #expect(second.status == 75, "\(name): \(second.output)")
                    #expect(second.stderr.contains("has this store open"), "\(name): \(second.output)")
                }
                // The same folder, mounted elsewhere.
                try files.createDirectory(atPath: folder + "/mount", withIntermediateDirectories: false)
                if SmallDisk.isPossible {
                    let command =
                        ["--user", "--map-root-user", "--mount", "sh", "-c"]
                        + [#"mount --bind "$1" "$1/mount" && shift && exec "$@""#, "sh", folder, Checkout.populus.path]
                        + deployment.serve(.helper) + port + ["--store", folder + "/mount/helper.sqlite"]
                    let second = try await deployment.scratch.run(
                        URL(filePath: "/usr/bin/unshare"), command, within: .seconds(10))
                    #expect(second.status == 75, "\(second.output)")
                }
                let left = try names(deployment)
                #expect(left.allSatisfy { !$0.hasPrefix("soft.sqlite.") && !$0.hasPrefix("hard.sqlite.") }, "\(left)")
            }
        }

        /// Made and opened by its real name, with everything beside the file.
        @Test func aLinkLeadsToTheStore() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                let (files, folder) = (FileManager.default, deployment.scratch.folder.path)
                try files.createDirectory(atPath: folder + "/data", withIntermediateDirectories: false)
                try files.createSymbolicLink(atPath: folder + "/leader.sqlite", withDestinationPath: "data/real.sqlite")
                let made = try await deployment.scratch.populus(
                    "store", "create", "--store", folder + "/leader.sqlite", "--task", deployment.taskFile("leader"))
                #expect(made.status == 0 && made.stdout.contains("data/real.sqlite"), "\(made.output)")
                try await deployment.start(.helper)
                try await deployment.start(.leader)
                let lines = try deployment.scratch.write(Data(String(repeating: "w\n", count: 12).utf8), to: "lines")
                try await deployment.uploadAll(lines)
                await deployment.running[.leader]?.stop()
                let found = try names(deployment).filter { $0.contains("leader.sqlite") || $0.contains("real.sqlite") }
                #expect(found.contains("data/real.sqlite.uploads/1.uploads"), "\(found)")
                #expect(found.filter { $0.hasPrefix("leader.sqlite") } == ["leader.sqlite"], "\(found)")
                let moved = ["--store", folder + "/data/real.sqlite"]
                try await deployment.start(.leader, options: moved)
                let csv = deployment.scratch.file("out.csv")
                #expect(try await deployment.discover(threshold: "10", csv: csv).status == 0)
            }
        }

        /// Neither `store create` nor a server makes, changes or removes anything for a name that is no store's.
        @Test func whatIsNoStoreIsLeftAlone() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                let scratch = deployment.scratch
                _ = try scratch.write(Data("words\n".utf8), to: "words")
                _ = try scratch.write(Data(), to: "nothing")
                let before = try names(deployment)
                let task = try Data(contentsOf: URL(filePath: deployment.taskFile("leader")))
                let stores = [
                    "": 64, ":memory:": 64, "file:x.sqlite": 64, "file:x.sqlite?mode=memory": 64, "words": 65,
                    "nothing": 65,
                    deployment.taskFile("leader"): 65, "no/folder/x": 66, "/proc/version": 65, "/dev/null": 65,
                ]
                for (store, status) in stores {
                    let served = try await scratch.run(
                        Checkout.populus, deployment.serve(.leader) + ["--store", store], currentFolder: scratch.folder,
                        within: .seconds(10))
                    #expect(served.status == status, "\(store): \(served.status) \(served.output)")
                    let create = ["store", "create", "--store", store, "--task", deployment.taskFile("leader")]
                    let made = try await scratch.run(Checkout.populus, create, currentFolder: scratch.folder)
                    #expect([64, 73, 74].contains(made.status), "\(store): \(made.status) \(made.output)")
                }
                // Where nothing can be made.
                let nowhere = try await scratch.populus(
                    "store", "create", "--store", "/proc/x.sqlite", "--task", deployment.taskFile("leader"))
                #expect(nowhere.status == 74, "\(nowhere.output)")
                #expect(try names(deployment) == before)
                #expect(try Data(contentsOf: URL(filePath: deployment.taskFile("leader"))) == task)
                #expect(scratch.text("words") == "words\n")
            }
        }
    }
}
