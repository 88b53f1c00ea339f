import Foundation
import Testing

extension EndToEnd {
    /// Making a task: what is written, and what is refused.
    @Suite struct TaskNew {
        @Test func aTaskIsNotOverwritten() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                let before = Scratch.text(URL(filePath: deployment.taskFile("collector")))
                let result = try await deployment.scratch.run(
                    Checkout.populus, deployment.newTask(directory: deployment.scratch.file("task")))
                #expect(result.status != 0)
                #expect(result.stderr.contains("--force"), "\(result.stderr)")
                #expect(Scratch.text(URL(filePath: deployment.taskFile("collector"))) == before)
            }
        }

        @Test func roleFilesAreTheOwnersAlone() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                for role in ["client", "leader", "helper", "collector"] {
                    let file = deployment.taskFile(role)
                    let attributes = try FileManager.default.attributesOfItem(atPath: file)
                    #expect(attributes[.posixPermissions] as? Int == 0o600, "\(file)")
                }
            }
        }

        /// No secret of one role stands in the file of another that has no business with it.
        @Test func eachRoleHasItsOwnSecretsOnly() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                let owners = [
                    "leader": ["hpke_key", "verify_keys", "aggregator_token", "collector_token"],
                    "helper": ["hpke_key", "verify_keys", "aggregator_token"],
                    "collector": ["hpke_key", "collector_token"], "client": [],
                ]
                for (role, members) in owners {
                    let content = try Data(contentsOf: URL(filePath: deployment.taskFile(role)))
                    let json = try #require(try JSONSerialization.jsonObject(with: content) as? [String: Any])
                    let secrets = Set(json.keys).intersection(owners.values.joined())
                    #expect(secrets == Set(members), "\(role)")
                    guard let key = (json["hpke_key"] as? [String: Any])?["private_key"] as? String else { continue }
                    for other in owners.keys where other != role {
                        #expect(!Scratch.text(URL(filePath: deployment.taskFile(other))).contains(key))
                    }
                }
            }
        }

        /// 1 % of fewer than 100 reports is none: one bad report ends such a walk, and who makes the task should know.
        @Test(arguments: [
            ("10", [], "1% of a least batch of 10 reports is no late rejection at all", "--max-late-rejections 10%"),
            ("99", [], "1% of a least batch of 99 reports", "or batches of 100 reports"),
            (
                "150", ["--max-late-rejections", "0.5%"], "0.5% of a least batch of 150 reports",
                "batches of 200 reports"
            ),
            (
                "1000", ["--max-late-rejections", "0%"], "0% of a least batch of 1000 reports",
                "--max-late-rejections 0.1%"
            ),
        ])
        func noLateRejectionsAreWarnedOf(least: String, options: [String], what: String, instead: String) async throws {
            let warned = try await makeTask(least: least, options)
            #expect(warned.status == 0 && warned.stderr.contains(what), "\(warned.output)")
            #expect(warned.stderr.contains(instead), "\(warned.output)")
        }

        @Test func enoughLateRejectionsAreNotWarnedOf() async throws {
            for (least, options) in [("100", []), ("10", ["--max-late-rejections", "10%"])] {
                #expect(!(try await makeTask(least: least, options)).stderr.contains("late rejection"), "\(least)")
            }
            let batch = try await makeTask(least: "10", ["--without-walk"])
            #expect(batch.status == 0 && !batch.stderr.contains("late rejection"), "\(batch.output)")
        }

        /// The Leader that collects reads one victim among its own reports.
        @Test func aThirdPartyShouldCollect() async throws {
            let words = (party: "Let a third party collect", noise: "Only noise (--epsilon)")
            for options in [[], ["--without-walk"]] {
                let exact = try await makeTask(least: "1000", options)
                #expect(exact.stdout.contains(words.party) && exact.stdout.contains(words.noise), "\(exact.output)")
            }
            let noisy = try await makeTask(least: "1000", ["--epsilon", "2"])
            #expect(noisy.stdout.contains(words.party) && !noisy.stdout.contains(words.noise), "\(noisy.output)")
        }

        private func makeTask(least: String, _ options: [String]) async throws -> CommandResult {
            try await Scratch.with { scratch in
                try await scratch.run(
                    Checkout.populus,
                    [
                        "task", "new", "--directory", scratch.file("task").path, "--bits", "64", "--leader",
                        "http://127.0.0.1:9001/", "--helper", "http://127.0.0.1:9002/", "--min-batch-size", least,
                    ] + options + (options.contains("--epsilon") ? [] : ["--exact"]), within: .seconds(30))
            }
        }

        @Test func optionsThatCannotBe() async throws {
            try await Scratch.with { scratch in
                let base = [
                    "task", "new", "--directory", scratch.file("task").path, "--vdaf", "poplar1", "--bits", "64",
                    "--encoding", "bytes", "--leader", "http://127.0.0.1:9001/", "--helper", "http://127.0.0.1:9002/",
                    "--min-batch-size", "10", "--exact",
                ]
                let wrong = [
                    ("--bits", "0"), ("--bits", "-1"), ("--bits", "99999999999"), ("--vdaf", "prio9"),
                    ("--encoding", "morse"), ("--leader", "not a URL"), ("--helper", "ftp://127.0.0.1/"),
                    ("--min-batch-size", "0"), ("--min-batch-size", "many"),
                ]
                for (option, value) in wrong {
                    var arguments = base
                    let index = try #require(arguments.firstIndex(of: option))
                    arguments[index + 1] = value
                    let result = try await scratch.run(Checkout.populus, arguments, within: .seconds(30))
                    #expect(result.status != 0 && result.status < 128, "\(option) \(value): \(result.output)")
                    #expect(!FileManager.default.fileExists(atPath: scratch.file("task/leader.json").path))
                }
            }
        }
    }
}
