#if PostgreSQL
import Foundation
import PostgreSQLHarness
import Testing

extension EndToEnd {
    /// Keys and tokens rotate while reports come and a walk runs, with two servers of each role behind a balancer: nothing is
    /// lost, and nobody is refused.
    @Suite struct Rotation {
        private typealias Role = AdminPair.Role

        /// Servers on databases of their own, with the options of a second server of each role.
        private func serving(
            _ options: [String], _ body: (AdminPair, _ others: [Role: [String]]) async throws -> Void
        ) async throws {
            let server = try PostgreSQLServer.shared()
            let made = try Role.allCases.map { ($0, try server.makeDatabase()) }
            defer { for (_, database) in made { try? database.drop() } }
            let databases = Dictionary(uniqueKeysWithValues: made.map { ($0, $1.uri()) })
            try await AdminPair.with(databases: databases, serving: options) { pair in
                var others: [Role: [String]] = [:]
                for role in Role.allCases { others[role] = pair.admin(role, at: try await pair.startAnother(role)) }
                try await pair.balance()
                try await body(pair, others)
            }
        }

        /// The keys of a task at an aggregator: ID and state, those first that are used latest.
        private func keys(_ task: String, _ pair: AdminPair, _ admin: [String]) async throws -> [[String]] {
            let shown = try await pair.populus(["task", "show", task] + admin).stdout
            return shown.split(separator: "\n").map { line in
                line.split { $0 == "," || $0.isWhitespace }.prefix(3).map(String.init)
            }.filter { $0.first == "key" }.map { Array($0.dropFirst()) }
        }

        /// Lines of which eight strings are popular, in pieces.
        private func cut(_ count: Int, of name: String, in pair: AdminPair) throws -> [URL] {
            let letters = ["a", "b", "c", "d", "e", "f", "g", "h"]
            let lines = (0..<count * 20).map { (number: Int) -> String in
                if number % 5 == 4 { return "r" + String(number, radix: 36) }
                let letter: String = letters[number / 5 % 8]
                return letter + "z"
            }
            _ = try pair.scratch.write(Data((lines.joined(separator: "\n") + "\n").utf8), to: "\(name).lines")
            return try (0..<count).map { piece in
                let part = lines[piece * 20..<piece * 20 + 20].joined(separator: "\n") + "\n"
                return try pair.scratch.write(Data(part.utf8), to: "\(name)-\(piece)")
            }
        }

        private func upload(_ piece: URL, _ name: String, _ pair: AdminPair) async throws {
            try await pair.populus("upload", "--task", pair.scratch.file("\(name)/client.json").path, piece.path)
        }

        /// One command that has its keys from before, and sends what comes later.
        private func slowUpload(_ pieces: [URL], _ name: String, _ pair: AdminPair) throws -> RunningProcess {
            let client = pair.scratch.file("\(name)/client.json").path
            let script =
                "{ cat '\(pieces[0].path)'; sleep 20; cat '\(pieces[1].path)'; } | "
                + "'\(Checkout.populus.path)' upload --task '\(client)' -"
            return try RunningProcess(
                URL(filePath: "/bin/sh"), ["-c", script], name: "slow-upload", in: pair.scratch)
        }

        /// Has a new key take the old one's place at one server of each role, and the Leader show another token.
        private func rotate(_ task: String, _ pair: AdminPair, _ others: [Role: [String]]) async throws {
            for role in Role.allCases {
                let admin = try #require(others[role])
                for _ in 0..<2 { try await pair.populus(["task", "rotate-key", task] + admin) }
            }
            let (leader, helper) = (try #require(others[.leader]), try #require(others[.helper]))
            try await pair.populus(
                ["task", "rotate-token", task, "leader"] + leader
                    + ["--helper-admin", helper[1], "--helper-token-file", helper[3]])
        }

        @Test func byCommand() async throws {
            try await serving(["--key-pending", "10s"]) { pair, others in
                let task = try await pair.makeTask("one")
                var pieces = try cut(12, of: "one", in: pair)
                let first = try await keys(task, pair, pair.admin(.leader))
                #expect(first.count == 1)
                let slow = try slowUpload(Array(pieces.prefix(2)), "one", pair)
                pieces.removeFirst(2)
                try await upload(pieces.removeFirst(), "one", pair)
                try await rotate(task, pair, others)
                // Until the server that was not asked tells clients of the new keys.
                for role in Role.allCases {
                    try await wait(for: "the new key of the \(role.rawValue)", within: .seconds(60)) {
                        if pieces.count > 2 { try await upload(pieces.removeFirst(), "one", pair) }
                        let found = try await keys(task, pair, pair.admin(role))
                        return found.map { $0.last } == ["active", "expired"] ? () : nil
                    }
                }
                for piece in pieces { try await upload(piece, "one", pair) }
                #expect(try await slow.end(within: .seconds(120)) == 0, "\(slow.output)")

                // All of it once more while the walk runs, and the Collector's token besides.
                let walk = try RunningProcess(
                    Checkout.populus, pair.discovery("one"), name: "discover-one", in: pair.scratch)
                try await rotate(task, pair, others)
                let collector = pair.scratch.file("one/collector.json").path
                let shown = try await pair.populus(
                    ["task", "rotate-token", task, "collector", "--write", collector] + (others[.leader] ?? []))
                #expect(try await walk.end(within: .seconds(300)) == 0, "\(walk.output)")
                try await pair.expectIdentical("one")

                // The first token of the Collector goes; whoever has the file is let in.
                let tokens = shown.stderr.split(separator: "\n").map { line in
                    line.split { $0 == "," || $0.isWhitespace }.map(String.init)
                }.filter { $0.count > 2 && $0[0] == "token" && $0[2] == "collector" }.map { $0[1] }
                #expect(tokens.count == 2, "\(shown.output)")
                try await pair.populus(
                    ["task", "rotate-token", task, "collector", "--remove", try #require(tokens.first)]
                        + pair.admin(.leader))
                let status = try await pair.trying(["status", "--task", collector])
                #expect(!status.output.contains("403"), "\(status.output)")
                try await expectNobodyWasRefused(pair)
            }
        }

        @Test func bySchedule() async throws {
            try await serving(["--key-pending", "10s", "--rotate-keys", "60s"]) { pair, others in
                let task = try await pair.makeTask("one")
                var pieces = try cut(40, of: "one", in: pair)
                for role in Role.allCases {
                    let admin = try #require(others[role])
                    try await wait(for: "the \(role.rawValue) to have replaced its key", within: .seconds(180)) {
                        if pieces.count > 2 { try await upload(pieces.removeFirst(), "one", pair) }
                        let found = try await keys(task, pair, admin)
                        return found.contains { $0.last == "expired" } ? () : nil
                    }
                }
                for piece in pieces { try await upload(piece, "one", pair) }
                try await pair.populus(pair.discovery("one"))
                try await pair.expectIdentical("one")
                for role in Role.allCases {
                    // Of two servers one has done it each time, and it goes on meanwhile.
                    let before = try await keys(task, pair, pair.admin(role))
                    let drawn = pair.written(by: role).split(separator: "\n")
                        .count { $0.contains("a key was drawn by the schedule") }
                    try await Task.sleep(for: .seconds(2))
                    let after = try await keys(task, pair, pair.admin(role))
                    #expect((before.count...after.count).contains(drawn + 1), "\(drawn): \(before) \(after)")
                    #expect(Set(after.map { $0.first }).count == after.count)
                }
                try await expectNobodyWasRefused(pair)
            }
        }

        /// An uploader seals anew what is refused for its key, and says nothing: the counts do.
        private func expectNobodyWasRefused(_ pair: AdminPair) async throws {
            for role in Role.allCases {
                let written = pair.written(by: role)
                for word in ["refuses the Leader's token", "decryption key"] {
                    #expect(!written.contains(word), "\(role.rawValue): \(written.suffix(3_000))")
                }
                let metrics = try await pair.metrics(role)
                #expect(metrics.contains("\npopulus_"), "\(metrics)")
                let refused = metrics.split(separator: "\n").filter { line in
                    line.hasPrefix("populus_reports_rejected_total{") && !line.hasSuffix(" 0")
                        && (line.contains("outdated_config") || line.contains("hpke"))
                }
                #expect(refused.isEmpty, "\(role.rawValue): \(refused)")
            }
        }
    }
}
#endif
