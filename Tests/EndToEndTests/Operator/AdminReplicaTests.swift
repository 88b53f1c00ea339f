#if PostgreSQL
import Foundation
import PostgreSQLHarness
import Testing

extension EndToEnd {
    /// What an operator asks of one process holds for all that share its database.
    @Suite struct AdminReplicas {
        @Test func aTaskIsKnownToAllAndEndsAtAll() async throws {
            let server = try PostgreSQLServer.shared()
            let made = try AdminPair.Role.allCases.map { ($0, try server.makeDatabase()) }
            defer { for (_, database) in made { try? database.drop() } }
            let databases = Dictionary(uniqueKeysWithValues: made.map { ($0, $1.uri()) })
            try await AdminPair.with(databases: databases) { pair in
                let other = pair.admin(.leader, at: try await pair.startAnother(.leader))
                let helper = pair.admin(.helper, at: try await pair.startAnother(.helper))
                let task = try await pair.makeTask("one")
                // No waiting here: who was told that the task is there can ask any process for it.
                for admin in [other, helper] {
                    let shown = try await pair.populus(["task", "show", task] + admin).stdout
                    #expect(shown.contains(task) && shown.contains("active"), "\(shown)")
                }
                _ = try await pair.upload(to: "one")
                try await pair.populus(pair.discovery("one"))
                try await pair.expectIdentical("one")

                try await pair.populus(["task", "end", task] + other)
                // The first process was not asked, and takes no report more.
                let lines = try pair.scratch.write(Data("ab\n".utf8), to: "late")
                let late = try await pair.trying([
                    "upload", "--task", pair.scratch.file("one/client.json").path, lines.path,
                ])
                #expect(late.status != 0 && late.output.contains("task_expired"), "\(late.output)")
                try await wait(for: "the first process to list the end", within: .seconds(20)) {
                    try await pair.listed(.leader)[task] == ["closing", "store"] ? () : nil
                }
            }
        }
    }
}
#endif
