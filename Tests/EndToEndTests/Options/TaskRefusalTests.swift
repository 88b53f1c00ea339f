import Foundation
import Testing

extension EndToEnd {
    /// Tasks that cannot work are not made; what is odd about one that can is said.
    @Suite struct TaskRefusals {
        struct Row: Sendable {
            let options: [String]
            let said: [String]

            init(_ line: String, _ said: String...) {
                options = line.split(separator: " ").map(String.init)
                self.said = said
            }
        }

        private func make(_ options: [String], in scratch: Scratch) async throws -> CommandResult {
            var all = [
                "--directory", scratch.file("task").path, "--leader", "http://127.0.0.1:9001/", "--helper",
                "http://127.0.0.1:9002/", "--min-batch-size", "100",
            ]
            // An option that a row gives takes the place of the usual one.
            for (index, word) in options.enumerated() {
                guard let place = all.firstIndex(of: word), word.hasPrefix("--"), index + 1 < options.count else {
                    continue
                }
                all.removeSubrange(place...(place + 1))
            }
            let exact = options.contains("--epsilon") ? [] : ["--exact"]
            return try await scratch.run(
                Checkout.populus, ["task", "new"] + all + options + exact, within: .seconds(30))
        }

        private static let impossible = [
            // Strings that no path has room for.
            Row("--bits 7", "--bits 7 is too few", "16 (strings of at most 1 byte)"),
            Row("--bits 15", "--bits 15 is too few", "1024 (strings of at most 127 bytes)"),
            Row("--bits 7 --without-walk", "--bits 7 is too few"),
            Row("--bits 3 --encoding hex", "a multiple of 4 bits", "give 4"),
            // Groups that no path has room for.
            Row("--bits 64 --encoding hex --groups", "leave no room for a group", "bytes, url, hash"),
            Row("--bits 79 --encoding hash --groups", "80 to 65535 bits"),
            Row("--bits 16 --groups", "needs 32 to 65535 bits"),
            Row("--bits 64 --groups --without-walk", "exclude each other"),
            Row("--vdaf prio3-count --groups", "--groups is for poplar1"),
            Row("--bits 66 --encoding hex", "a multiple of 4 bits", "give 64 or 68"),
            Row("--encoding hash --bits 31", "--encoding hash: ", "32 to 64 bits"),
            Row("--encoding hash --bits 65 --without-walk", "32 to 64 bits"),
            Row("--encoding url --bits 9", "--bits 9 is too few for --encoding url", "give 10"),
            Row("--encoding bytes", "poplar1 needs --bits"),
            Row("--bits 65535", "a report of poplar1", "at most 4194304", "fewer --bits, at most 6"),
            // Walks that never come to an end.
            Row("--bits 64 --max-steps 1", "at least 2"),
            Row("--bits 64 --max-candidates 1", "at least 2"),
            Row("--bits 64 --encoding hex --max-steps 14", "reach bit 60 of 64", "give --max-steps 15"),
            Row("--encoding hash --max-steps 14", "reach bit 60 of 64", "give --max-steps 15"),
            Row("--encoding hash --epsilon 2 --max-steps 7", "reach bit 56 of 64", "give --max-steps 8"),
            Row("--encoding url --max-steps 2", "no string could ever be found", "reach bit 12 of 256"),
            Row("--bits 1024 --max-steps 3", "no string could ever be found", "reach bit 16 of 1024"),
            Row("--bits 1024 --max-candidates 2 --max-steps 16", "no string could ever be found"),
            Row("--bits 64 --max-bits-per-step 1 --max-steps 8", "no string could ever be found"),
            Row("--bits 64 --first-step-max-level 9", "at most 7"),
            Row("--bits 4 --encoding hex --first-step-max-level 3 --allow-readable-domain", "at most 2 with 4 bits"),
            // Questions that no Leader takes.
            Row("--bits 1024 --max-candidates 200000", "--max-candidates is at most 131040 with 1024 bits"),
            // Times.
            Row("--bits 64 --time-precision 30d", "--max-life, here 7d", "give --max-life 30d or more"),
            Row("--bits 64 --max-life 90m", "a multiple of --time-precision, here 1h: give 1h or 2h"),
            Row("--bits 64 --time-precision 400d --max-life 400d", "at most 366d"),
            Row("--bits 64 --report-expiry 59s", "--report-expiry is 1 minute to 3660 days, such as 90d, not 59s"),
            Row("--bits 64 --starts 2020-01-01 --ends 2021-01-01", "--ends is over, 2021-01-01T00:00:00Z"),
            Row("--bits 64 --starts 2020-01-01 --ends 2020-01-01", "--ends is after --starts"),
            Row(
                "--bits 64 --starts 2020-01-01T00:30Z --ends 2099-01-01", "--starts lies on a multiple",
                "give 2020-01-01T00:00:00Z or 2020-01-01T01:00:00Z"),
            // Parties.
            Row("--bits 64 --helper http://127.0.0.1:9001", "--leader and --helper are the same"),
            Row("--bits 64 --leader https://h.example/ --helper https://H.example:443/", "are the same", "two servers"),
            Row("--bits 64 --leader http://localhost:9002/", "are the same"),
            // Reports that no Leader takes.
            Row("--vdaf prio3-histogram --length 200000 --chunk-length 200000", "the aggregators take at most 4194304"),
        ]

        private static let urls = [
            "http://127.0.0.1:99999/": "1 to 65535", "http://127.0.0.1:0/": "1 to 65535",
            "http://127.0.0.1:9001/ ": "a space", "http://127.0.0.1:9001//": "two slashes",
            "http://127.0.0.1:9001/a/../b/": ". or ..", "http://h.example/%zz/": "%zz",
            "http://u:p@h.example/": "a user",
            "http://h.example/?q": "no query", "http://h.example/#f": "no fragment", "http://127.1/": "no address",
            "http://0.0.0.0:9001/": "listen on", "https://h.example\\x/": "cannot stand",
        ]

        @Test func whatCannotWorkIsNotMade() async throws {
            try await Scratch.with { scratch in
                let urls = Self.urls.sorted { $0.key < $1.key }.map {
                    (["--bits", "64", "--leader", $0.key], [$0.value])
                }
                for (options, said) in Self.impossible.map({ ($0.options, $0.said) }) + urls {
                    let result = try await make(options, in: scratch)
                    #expect(result.status == 64, "\(options): \(result.output)")
                    for words in said { #expect(result.stderr.contains(words), "\(options): \(result.output)") }
                    #expect(!FileManager.default.fileExists(atPath: scratch.file("task").path), "\(options)")
                    try? FileManager.default.removeItem(at: scratch.file("task"))
                }
            }
        }

        private static let odd = [
            Row(
                "--bits 1001", "1001 bits are no whole bytes", "1000 do", "1008 bits take strings of at most 125 bytes"),
            Row(
                "--bits 1024 --max-steps 40", "only strings of at most 19 bytes can be found",
                "give --max-steps 255 for all"),
            Row(
                "--encoding url --max-steps 5", "reach bit 24 of 256: only some of the likeliest URLs can be found",
                "give --max-steps 63 for all"),
            Row("--bits 64 --min-threshold 1000", "a batch of 100 reports has no string with 1000 votes"),
            Row(
                "--bits 64 --min-threshold 2 --max-candidates 64", "50 prefixes can have 2 votes each",
                "more than --max-candidates 64"),
            Row(
                "--bits 64 --leader http://127.evil.example/",
                "http://127.evil.example/ is plain HTTP to another machine"),
            Row("--bits 64 --leader http://h.example/", "http://h.example/ is plain HTTP to another machine"),
            Row(
                "--bits 64 --leader https://h.example/a/ --helper https://h.example/b/",
                "both base URLs lead to one server"),
        ]

        @Test func whatIsOddIsSaid() async throws {
            try await Scratch.with { scratch in
                for row in Self.odd {
                    let result = try await make(row.options, in: scratch)
                    #expect(result.status == 0, "\(row.options): \(result.output)")
                    for words in row.said { #expect(result.stderr.contains(words), "\(row.options): \(result.output)") }
                    try FileManager.default.removeItem(at: scratch.file("task"))
                }
                // What is as it should be gives no word.
                for options in [
                    "--bits 1024", "--vdaf prio3-sum --max 100", "--encoding url", "--encoding url --bits 250",
                    "--encoding hash --bits 33",
                ] {
                    let result = try await make(options.split(separator: " ").map(String.init), in: scratch)
                    #expect(result.status == 0 && result.stderr.isEmpty, "\(options): \(result.output)")
                    try FileManager.default.removeItem(at: scratch.file("task"))
                }
            }
        }

        /// A name stands beside the fingerprint that two parties compare.
        @Test func aNameThatCannotBeShownIsRefused() async throws {
            try await Scratch.with { scratch in
                let over = "\u{1b}[1A\u{1b}[16Gaaaa bbbb cccc dddd eeee ffff gggg hhhh\u{1b}[1E\u{1b}[16Gpopulus"
                for name in [
                    over, "a\u{9b}2J", "a\u{202e}b", "a\u{2028}b", "a\u{7f}", "a\tb", "a\u{200b}b", "a  b", "",
                ] {
                    let result = try await make(["--bits", "64", "--name", name], in: scratch)
                    #expect(result.status == 64 && result.stderr.contains("--name"), "\(result.output)")
                    #expect(!HostileServer.hasReached(result.output), "\(result.output)")
                    #expect(!FileManager.default.fileExists(atPath: scratch.file("task").path))
                    try? FileManager.default.removeItem(at: scratch.file("task"))
                }
                let made = try await make(["--bits", "64", "--name", "Abstürze 2026: Zürich"], in: scratch)
                #expect(made.status == 0, "\(made.output)")
            }
        }

        /// No server of ours ends TLS: what is printed listens on loopback, behind what does.
        @Test func theCommandsThatComeNextAreThoseOfTheGuide() async throws {
            try await Scratch.with { scratch in
                let made = try await make(
                    [
                        "--bits", "1024", "--leader", "https://leader.example/dap/", "--helper",
                        "https://helper.example:8443/",
                    ],
                    in: scratch)
                #expect(made.status == 0 && !made.stdout.contains(":443 "), "\(made.output)")
                for words in [
                    "populus leader --listen 127.0.0.1:9001 ", "populus helper --listen 127.0.0.1:9002 ", "36 MiB",
                    "TLS",
                    "https://leader.example/dap/ to http://127.0.0.1:9001/dap/",
                    "https://helper.example:8443/ to http://127.0.0.1:9002/", "strings of at most 127 bytes",
                ] {
                    #expect(made.stdout.contains(words), "\(words): \(made.stdout)")
                }
                let local = try await make(
                    ["--force", "--bits", "64", "--encoding", "hex", "--leader", "http://[::1]:9001/"], in: scratch)
                #expect(
                    local.stdout.contains("--listen [::1]:9001 ") && !local.stdout.contains("TLS"), "\(local.output)")
                #expect(local.stdout.contains("values of 16 hexadecimal digits (8 bytes)"), "\(local.output)")
            }
        }
    }
}
