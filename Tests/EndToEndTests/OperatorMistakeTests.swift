import Foundation
import Testing

extension EndToEnd {
    /// What a tired operator does wrong: every message says what to do next, and nothing is lost.
    @Suite struct OperatorMistakes {
        /// Runs an aggregator that must refuse to start.
        private func refusal(_ deployment: Deployment, _ arguments: [String]) async throws -> CommandResult {
            let result = try await deployment.scratch.run(Checkout.populus, arguments, within: .seconds(30))
            #expect(result.status != 0)
            #expect(!result.output.isEmpty && result.output.count < 2_000, "\(result.output)")
            #expect(!result.stdout.contains("ready"))
            return result
        }

        @Test func anotherRolesFile() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                for role in Deployment.Role.allCases {
                    for other in ["client", "leader", "helper", "collector"] where other != role.rawValue {
                        let result = try await refusal(
                            deployment,
                            deployment.serve(role).map { $0.replacing("/\(role).json", with: "/\(other).json") })
                        #expect(result.stderr.contains(other) && result.stderr.contains(role.rawValue))
                    }
                }
                let lines = try deployment.scratch.write(Data("a\n".utf8), to: "lines")
                for file in ["leader", "helper", "collector"] {
                    let result = try await refusal(
                        deployment, ["upload", "--task", deployment.taskFile(file), lines.path])
                    #expect(result.stderr.contains("client"), "\(result.stderr)")
                }
                for file in ["leader", "helper", "client"] {
                    let csv = deployment.scratch.file("out.csv").path
                    let result = try await refusal(
                        deployment,
                        ["discover", "--task", deployment.taskFile(file), "--threshold", "10", "--csv", csv])
                    #expect(result.stderr.contains("collector"), "\(result.stderr)")
                }
            }
        }

        @Test func aPortThatIsTaken() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                let port = try #require(deployment.ports[.leader])
                let listener = try #require(Loopback.Listener(port: port))
                try await deployment.makeStore(of: .leader)
                let result = try await refusal(deployment, deployment.serve(.leader))
                #expect(result.stderr.contains("\(port)"), "\(result.stderr)")
                withExtendedLifetime(listener) {}
            }
        }

        @Test func theStoreOfAnotherTask() async throws {
            try await Deployment.with(bits: 64) { deployment in
                for role in Deployment.Role.allCases { await deployment.running[role]?.stop() }
                let again = try await deployment.scratch.run(
                    Checkout.populus,
                    deployment.newTask(directory: deployment.scratch.file("task"), options: ["--force"]))
                #expect(again.status == 0, "\(again.output)")
                for role in Deployment.Role.allCases {
                    let result = try await refusal(deployment, deployment.serve(role))
                    #expect(result.stderr.contains("task"), "\(result.stderr)")
                }
            }
        }

        /// The order of the checks: nothing is asked of the aggregators before the mistake is found.
        @Test func aDiscoveryThatCannotBe() async throws {
            try await Deployment.with(bits: 64) { deployment in
                let lines = try deployment.scratch.write(
                    Data(String(repeating: "word\n", count: 20).utf8), to: "lines")
                try await deployment.uploadAll(lines)
                let csv = deployment.scratch.file("out.csv")

                let low = try await deployment.discover(threshold: "9", csv: csv)
                #expect(low.status != 0 && low.stderr.contains("10"), "\(low.output)")
                for threshold in ["0", "none", "-1", "101%", "%", "0%"] {
                    let result = try await deployment.discover(threshold: threshold, csv: csv)
                    #expect(result.status != 0 && result.status < 128, "\(threshold): \(result.output)")
                }
                let nowhere = deployment.scratch.file("no/such/folder/out.csv")
                let unwritable = try await deployment.discover(threshold: "10", csv: nowhere)
                #expect(unwritable.status != 0 && unwritable.stderr.contains(nowhere.path), "\(unwritable.output)")

                // None of these began a walk: the batch can still be walked.
                let result = try await deployment.discover(threshold: "10", csv: csv)
                #expect(result.status == 0, "\(result.output)")
                try await deployment.expectIdentical(csv, to: lines, threshold: "10")

                // And once only.
                let again = try await deployment.discover(
                    threshold: "10", csv: deployment.scratch.file("again.csv"), within: .seconds(120))
                #expect(again.status != 0, "\(again.output)")
            }
        }

        @Test func aBatchThatIsTooSmall() async throws {
            try await Deployment.with(bits: 64) { deployment in
                let lines = try deployment.scratch.write(Data("a\nb\nc\n".utf8), to: "lines")
                try await deployment.uploadAll(lines)
                let csv = deployment.scratch.file("out.csv")
                let result = try await deployment.discover(threshold: "10", csv: csv)
                #expect(result.status != 0, "\(result.output)")
                #expect(result.stderr.contains("10") && result.stderr.contains("3"), "\(result.stderr)")
            }
        }

        @Test func nobodyAnswers() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                let lines = try deployment.scratch.write(Data("a\n".utf8), to: "lines")
                let upload = try await deployment.upload(lines, within: .seconds(120))
                #expect(upload.status != 0)
                #expect(upload.stderr.contains(deployment.url(.leader)), "\(upload.stderr)")
            }
        }

        @Test func filesThatAreNotThere() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                let nothing = deployment.scratch.file("nothing")
                let noLines = try await deployment.upload(nothing)
                #expect(noLines.status != 0 && noLines.stderr.contains(nothing.path), "\(noLines.output)")
                let noTask = try await deployment.scratch.populus("upload", "--task", nothing.path, "-")
                #expect(noTask.status != 0 && noTask.stderr.contains(nothing.path), "\(noTask.output)")
                let damaged = try deployment.scratch.write(Data("{\"role\": \"cli".utf8), to: "damaged.json")
                let badTask = try await deployment.scratch.populus("upload", "--task", damaged.path, "-")
                #expect(badTask.status != 0 && badTask.stderr.contains(damaged.path), "\(badTask.output)")
            }
        }
    }
}
