import Foundation
import Testing

extension EndToEnd {
    /// Strings by group: each group's by itself, and sums over both that are at least.
    @Suite struct Groups {
        private static let scheme = ["--vdaf", "poplar1", "--bits", "256", "--encoding", "url", "--groups"]
        private static let shared = "https://a.example/crash"

        /// Strings with so many reports each, and strings that one report has.
        private static func lines(_ strings: [(String, Int)], singles: Int) -> Data {
            let popular = strings.flatMap { Array(repeating: $0.0, count: $0.1) }
            return Data((popular + (0..<singles).map { "https://one.example/\($0)" }).joined(separator: "\n").utf8)
        }

        private func upload(
            _ deployment: Deployment, _ group: String?, _ lines: Data, _ name: String, _ options: [String] = []
        ) async throws -> CommandResult {
            let file = try deployment.scratch.write(lines, to: name)
            return try await deployment.scratch.run(
                Checkout.populus,
                ["upload", "--task", deployment.taskFile("client")] + (group.map { ["--group", $0] } ?? []) + options
                    + [file.path], within: .seconds(300))
        }

        private func results(_ deployment: Deployment, _ words: [String]) async throws -> String {
            let result = try await deployment.scratch.run(
                Checkout.populus,
                ["results", words[0], deployment.scratch.file("results.sqlite").path] + words.dropFirst())
            #expect(result.status == 0, "\(words): \(result.output)")
            return result.stdout
        }

        /// 2,000 reports in each of two groups; a string below the threshold in both is in no result.
        @Test func twoGroupsAreExactByThemselvesAndTogether() async throws {
            try await Deployment.with(bits: 256, scheme: Self.scheme) { deployment in
                let batches = [
                    ("115.0", [(Self.shared, 900), ("https://b.example/", 600), ("https://c.example/", 50)], 450),
                    ("116.0", [(Self.shared, 300), ("https://e.example/", 1_600), ("https://c.example/", 55)], 45),
                ]
                for (group, strings, singles) in batches {
                    let sent = try await upload(
                        deployment, group, Self.lines(strings, singles: singles), "lines-\(group)")
                    #expect(sent.status == 0 && sent.stdout.contains("2000 reports"), "\(sent.output)")
                }
                let scratch = deployment.scratch
                let csv = scratch.file("out.csv")
                let found = try await deployment.discover(
                    threshold: "60", csv: csv, options: ["--results", scratch.file("results.sqlite").path])
                #expect(found.status == 0, "\(found.output)")
                #expect(
                    Scratch.text(csv)
                        == "group,value,count,fraction\r\n116.0,https://e.example/,1600,0.400000\r\n"
                        + "115.0,\(Self.shared),900,0.225000\r\n115.0,https://b.example/,600,0.150000\r\n"
                        + "116.0,\(Self.shared),300,0.075000\r\n")
                let facts = Scratch.text(scratch.file("out.csv.json"))
                for sums in [
                    #"{"group":"116.0","strings":2,"at_least":1900},{"group":"115.0","strings":2,"at_least":1500}"#,
                    #""over_groups":[{"value":"\#(Self.shared)","groups":2,"at_least":1200}]"#,
                ] {
                    #expect(facts.contains(sums), "\(facts)")
                    let lines = try await jsonLines(deployment)
                    #expect(lines.first?.contains(sums) == true && lines.count == 5, "\(lines)")
                }
                #expect(found.stdout.contains("by group, at least:") && found.stdout.contains("over groups, at least:"))
                // In a pipe progress is a line a minute, and nothing is drawn.
                #expect(
                    !found.stderr.contains("\u{1b}") && found.stderr.split(separator: "\n").count < 10,
                    "\(found.output)")
                try await kept(deployment)
                try await aSecondBatch(deployment)
                try await mistakes(deployment)
            }
        }

        /// The kept result as lines of JSON, each with its group.
        private func jsonLines(_ deployment: Deployment) async throws -> [String] {
            let again = try await deployment.scratch.run(
                Checkout.populus, ["discover", "--task", deployment.taskFile("collector"), "--again", "--jsonl"])
            #expect(again.status == 0, "\(again.output)")
            let lines = again.stdout.split(separator: "\n").map(String.init)
            #expect(
                lines.dropFirst().allSatisfy {
                    $0.contains(#"{"kind":"string","walk":""#) && $0.contains(#""group":""#)
                })
            return lines
        }

        private func kept(_ deployment: Deployment) async throws {
            let one = try await results(deployment, ["show", "--group", "115.0"])
            #expect(one.contains("115.0  \(Self.shared)") && !one.contains("116.0"), "\(one)")
            let groups = try await results(deployment, ["show", "--by", "group"])
            #expect(groups.contains("1900        2  116.0") && groups.contains("1500        2  115.0"), "\(groups)")
            let strings = try await results(deployment, ["show", "--by", "string"])
            #expect(strings.contains("1200       2  \(Self.shared)") && !strings.contains("b.example"), "\(strings)")
            let history = try await results(deployment, ["show", "--string", Self.shared])
            #expect(history.contains("at least 1200 in 2 groups: 115.0 900, 116.0 300"), "\(history)")
            let inOne = try await results(deployment, ["show", "--string", Self.shared, "--group", "116.0"])
            #expect(inOne.contains("300  0.075000"), "\(inOne)")
            // Below the threshold in each group, and above it in both: nobody learns of it.
            let all = try await results(deployment, ["export", "--json"])
            #expect(!all.contains("c.example") && all.contains(#""encoding":"group-1+url-1""#), "\(all)")
            #expect(try await results(deployment, ["export", "--csv", "-"]) == deployment.scratch.text("out.csv"))
        }

        private func aSecondBatch(_ deployment: Deployment) async throws {
            let sent = try await upload(deployment, "116.0", Self.lines([(Self.shared, 400)], singles: 0), "more")
            #expect(sent.status == 0, "\(sent.output)")
            let found = try await deployment.discover(
                threshold: "60", csv: deployment.scratch.file("more.csv"),
                options: ["--results", deployment.scratch.file("results.sqlite").path])
            #expect(found.status == 0, "\(found.output)")
            let compared = try await results(deployment, ["compare", "--jsonl"])
            for change in [
                #""change":"risen","group":"116.0","value":"\#(Self.shared)""#,
                #""change":"gone","group":"115.0","value":"\#(Self.shared)""#,
            ] {
                #expect(compared.contains(change), "\(compared)")
            }
        }

        /// Nothing is sent without a group, nor with one that does not fit.
        private func mistakes(_ deployment: Deployment) async throws {
            let lines = Data("x\n".utf8)
            for (group, said) in [
                (nil, "the task has groups (group-1+url-1): give --group"),
                (String(repeating: "g", count: 40), "--group has 40 bytes"), ("a\u{1}", "cannot be seen"),
            ] as [(String?, String)] {
                let refused = try await upload(deployment, group, lines, "x")
                #expect(refused.status == 76 && refused.stderr.contains(said), "\(refused.output)")
            }
            let tab = try await upload(deployment, "a\tb", lines, "x")
            #expect(tab.status == 64 && tab.stderr.contains("without tabs"), "\(tab.output)")
        }

        /// A task without groups takes none.
        @Test func aTaskWithoutGroupsTakesNone() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                let refused = try await upload(deployment, "115.0", Data("x\n".utf8), "x")
                #expect(
                    refused.status == 76 && refused.stderr.contains("--group is for tasks made with --groups"),
                    "\(refused.output)")
            }
        }

        /// Hashes behind groups get their names; one string in two groups is one hash.
        @Test func hashesInGroupsGetTheirNames() async throws {
            let scheme = ["--vdaf", "poplar1", "--encoding", "hash", "--groups"]
            try await Deployment.with(bits: 160, scheme: scheme) { deployment in
                let long = "https://long.example/" + String(repeating: "x", count: 1_000)
                for (group, count) in [("linux", 14), ("mac", 12)] {
                    let sent = try await upload(
                        deployment, group, Self.lines([(long, count), ("rare", 3)], singles: 0), group)
                    #expect(sent.status == 0, "\(sent.output)")
                }
                let list = try deployment.scratch.write(Data("\(long)\nother\n".utf8), to: "list")
                let csv = deployment.scratch.file("out.csv")
                let found = try await deployment.discover(
                    threshold: "10", csv: csv, options: ["--dictionary", list.path])
                #expect(found.status == 0, "\(found.output)")
                #expect(
                    Scratch.text(csv)
                        == "group,value,count,fraction,known\r\nlinux,\(long),14,0.437500,yes\r\n"
                        + "mac,\(long),12,0.375000,yes\r\n")
                #expect(found.stdout.contains("/ 2^64"), "\(found.output)")
            }
        }
    }
}
