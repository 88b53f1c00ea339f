import Foundation
import Testing

extension EndToEnd {
    /// What DAP asks of whoever makes a task (§8.6.2, §8.6.3).
    @Suite struct TaskConformance {
        private func newTask(_ scratch: Scratch, _ name: String, minBatchSize: Int) async throws -> String {
            let result = try await scratch.run(
                Checkout.populus,
                [
                    "task", "new", "--directory", scratch.file(name).path, "--vdaf", "poplar1", "--bits", "64",
                    "--exact", "--encoding", "bytes", "--leader", "http://127.0.0.1:9001/", "--helper",
                    "http://127.0.0.1:9002/",
                    "--min-batch-size", "\(minBatchSize)",
                ], within: .seconds(30))
            #expect(result.status == 0, "\(result.output)")
            return result.stderr
        }

        /// A small batch is the operator's decision, and no accident.
        @Test func aSmallBatchIsWarnedOf() async throws {
            try await Scratch.with { scratch in
                let small = try await newTask(scratch, "small", minBatchSize: 9)
                #expect(small.contains("warning: a batch of 9 reports"), "\(small)")
                let fair = try await newTask(scratch, "fair", minBatchSize: 10)
                #expect(!fair.contains("warning: a batch"), "\(fair)")
            }
        }

        /// The verification key is there with the task, before anyone could make a report, and is no other task's.
        @Test func theVerificationKeyIsMadeWithTheTask() async throws {
            try await Scratch.with { scratch in
                var keys: Set<String> = []
                for name in ["one", "two"] {
                    _ = try await newTask(scratch, name, minBatchSize: 100)
                    let own = try ["leader", "helper"].map { role in
                        let data = try Data(contentsOf: scratch.file("\(name)/\(role).json"))
                        let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
                        let list = try #require(json["verify_keys"] as? [[String: Any]])
                        #expect(list.count == 1)
                        return try #require(list.first?["key"] as? String)
                    }
                    #expect(own[0] == own[1] && own[0].count == 43)
                    keys.insert(own[0])
                    for role in ["client", "collector"] {
                        let text = try String(contentsOf: scratch.file("\(name)/\(role).json"), encoding: .utf8)
                        #expect(!text.contains(own[0]))
                    }
                }
                #expect(keys.count == 2)
            }
        }
    }
}
