import Foundation
import Testing

extension EndToEnd {
    /// A wrong value of any option is told the right form, with an example, before anything is done.
    @Suite struct OptionForms {
        /// A command with a wrong value, and words of which each is in the answer.
        struct Row: Sendable {
            let arguments: [String]
            let said: [String]

            init(_ line: String, _ said: String...) {
                arguments = line.split(separator: " ").map(String.init)
                self.said = said
            }
        }

        private static let taskNew = [
            Row("task new --leader leader.example", "no scheme", "https://leader.example/"),
            Row("task new --leader h:9001", "no scheme", "https://h:9001/"),
            Row("task new --helper ftp://h.example/", "https or http", "https://leader.example/"),
            Row("task new --helper https://lëader.example/", "beyond ASCII", "xn--lader-nsa.example"),
            Row("task new --min-batch-size many", "a whole number from 1 to", "such as 1000"),
            Row("task new --min-batch-size 0", "--min-batch-size is at least 1", "such as 1000"),
            Row("task new --vdaf prio9", "- poplar1", "- prio3-sum"),
            Row("task new --bits 65536", "--bits is at most 65535", "such as 1024"),
            Row("task new --bits 0", "--bits is at least 1", "such as 1024"),
            Row("task new --bits 1k", "a whole number from 1 to 65535", "such as 1024"),
            Row("task new --max 1.5", "a whole number from 1 up", "such as 100"),
            Row("task new --max 99999999999999999999999", "--max is at most", "such as 100"),
            Row("task new --length ten", "a whole number from 1", "such as 10"),
            Row("task new --length 0", "--length is at least 1"),
            Row("task new --max-weight -", "a whole number", "such as 3"),
            Row("task new --chunk-length 0x4", "a whole number", "such as 4"),
            Row("task new --batch-mode weekly", "leader-selected", "time-interval"),
            Row("task new --time-precision hour", "90s, 5m, 1h or 7d"),
            Row("task new --time-precision 0", "at least 1s"),
            Row("task new --starts tomorrow", "2026-01-31"),
            Row("task new --ends 31.1.2026", "2026-01-31"),
            Row("task new --clock-skew soon", "90s, 5m, 1h or 7d"),
            Row("task new --report-expiry never", "90s, 5m, 1h or 7d"),
            Row("task new --min-threshold 1%", "a whole number from 1", "such as 100"),
            Row("task new --max-late-rejections 0.01", "1% or 0.25%", "0.01 of all reports is 1%"),
            Row("task new --max-late-rejections 1", "1% or 0.25%"),
            Row("task new --max-late-rejections 101%", "0% to 100%"),
            Row("task new --max-steps 1", "--max-steps is at least 2", "such as 64"),
            Row("task new --max-candidates 1", "--max-candidates is at least 2", "such as 65536"),
            Row("task new --max-bits-per-step 17", "1 to 16", "such as 4"),
            Row("task new --first-step-max-level 8", "--first-step-max-level is at most 7"),
            Row("task new --max-life week", "7d"),
            Row("task new --epsilon much", "above 0 and at most 100", "such as 2 or 0.5"),
            Row("task new --epsilon 0", "above 0 and at most 100", "such as 2 or 0.5"),
            Row("task new --epsilon 101", "above 0 and at most 100"),
            Row("task new --delta 10^-8", "at most 0.001", "1e-8 or 0.00000001"),
            Row("task new --delta 0", "above 0 and at most 0.001"),
            Row("task new --delta 0.0011", "above 0 and at most 0.001"),
            Row("task new --delta 1e-40", "above 0 and at most 0.001"),
            Row("task new --leaf-share 0.1", "1% or 0.25%", "0.1 of all reports is 10%"),
            Row("task plan --clients many", "a whole number from 1", "such as 100000"),
            Row("task plan --clients 10 --popular 0.01", "1% or 0.25%"),
            Row("task plan --clients 10 --popular 0% --bits 64", "--popular is above 0%"),
            Row("task plan --clients 10 --popular 1%", "--encoding bytes needs --bits", "such as 1024"),
            Row("task plan --clients 10 --popular 1% --encoding hash --bits 65", "32 to 64"),
            Row("task plan --clients 10 --popular 1% --encoding morse", "there are: bytes, hex"),
            Row("task plan --clients 10 --popular 1% --bits 64 --epsilon 1 --exact", "exclude each other"),
        ]

        private static let leader = "leader --listen 127.0.0.1:9001 --store s.sqlite --task t"
        private static let helper =
            "helper --listen 127.0.0.1:9001 --admin-listen 127.0.0.1:9101 --store postgresql:///h --task t"

        private static let others = [
            Row("leader --threads 0", "--threads is at least 1", "such as 4"),
            Row("helper --threads all", "a whole number from 1 to 1024", "such as 4"),
            Row("leader --state-memory 2G", "MiB without a unit", "2048 for 2 GiB"),
            Row("helper --state-disk -", "a whole number from 0", "such as 2048"),
            Row("leader --listen 9103", "127.0.0.1:9103"),
            Row("helper --admin-listen http://h/", "127.0.0.1:9001"),
            Row("leader --log-format xml", "json"),
            Row("leader --allow-origin https://app.example/", "give https://app.example"),
            Row("helper --allow-origin app.example:8443", "it has no scheme", "give https://app.example:8443"),
            Row("leader --allow-origin https://*.example", "each origin by itself", "* for all"),
            Row("helper --allow-origin null", "scheme://host", "* for all"),
            Row("\(leader) --allow-origin * --allow-origin https://app.example", "leave the others out"),
            Row("leader --internal-listen 9201", "127.0.0.1:9201"),
            Row("helper --internal-address http://h/", "127.0.0.1:9001"),
            Row("\(leader) --internal-listen 127.0.0.1:9201", "one server at a time", "PostgreSQL"),
            Row("\(helper) --internal-listen *:9201", "does not tell the other", "--internal-address 10.0.0.5:9201"),
            Row("\(helper) --internal-listen [::]:9201", "does not tell the other", "--internal-address 10.0.0.5:9201"),
            Row(
                "\(helper) --internal-listen *:9201 --internal-address 0.0.0.0:9301", "--internal-address 0.0.0.0:9301",
                "10.0.0.5:9301"),
            Row("\(helper) --internal-address 10.0.0.5:9201", "goes with --internal-listen"),
            Row("\(helper) --internal-listen 127.0.0.1:9001", "another port than --listen"),
            Row("\(helper) --internal-listen *:9101 --internal-address h:9101", "another port than --admin-listen"),
            Row("discover --max-wait long", "90s, 5m, 1h or 7d"),
            Row("leader --log-level loud", "notice", "warning"),
            Row("discover --task x --csv - --threshold 0.01", "a count such as 10", "0.01 of all reports is 1%"),
            Row("discover --task x --csv - --threshold 1,5%", "a share such as 0.1%"),
            Row("discover --task x --csv -", "--threshold is missing", "a count such as 10"),
            Row("discover --task x --csv - --threshold 10 --bits-per-step 17", "auto or a number from 1 to 16"),
            Row("discover --top few", "a whole number from 0", "such as 20"),
            Row("discover --since yesterday", "2026-01-31"),
            Row("discover --every morning", "90s, 5m, 1h or 7d"),
            Row("discover --task x --threshold 10 --every 1d", "--every goes with --results"),
            Row("discover --task x --threshold 10 --once", "--once goes with --every"),
            Row("discover --notify-when new", "new-over=100", "uploads-below=50%"),
            Row("discover --notify ftp://x/", "such as https://"),
            Row("discover --keep quarter", "such as 90d", "such as 100"),
            Row("discover --task x --threshold 10 --keep 90d", "goes with --results"),
            Row("results prune x --keep 0", "such as 90d", "at least 1"),
            Row("results show x --folders many", "a whole number from 0 to 100", "such as 1"),
            Row("results show x --string a --by host", "over all walks"),
            Row("results show x --group a --by string", "over all of them"),
            Row("discover --task x --threshold 10 --json --jsonl", "exclude each other"),
            Row("discover --task x --threshold 10 --jsonl --csv -", "--jsonl and --csv -", "give --csv a file"),
            Row("results export x", "--json, --jsonl or --csv FILE"),
            Row("dashboard --results r --origin analysis.example", "such as https://analysis.example"),
            Row("dashboard --results r --listen 9103", "127.0.0.1:9103"),
            Row("collect --until 20260131", "2026-01-31"),
            Row("upload --task x lines --value domain", "raw", "url", "origin", "host", "site"),
            Row("upload --task x lines --query keep", "--query goes with --value url"),
            Row("upload --task x lines --value host --credentials drop", "--credentials goes with --value url"),
            Row("upload --task x lines --value url --fragment yes", "keep", "drop"),
            Row("upload --task x lines --public-suffixes list", "--public-suffixes goes with --value site"),
            Row("upload --task x lines --unencodable drop", "skip", "other"),
            Row("discover --task x --threshold 10 --value url", "go with --dictionary"),
            Row("collect --task x --value url", "go with --candidates"),
            Row("collect --task x --candidates list --prefixes --value url", "exclude each other"),
            Row("interop judge --listen 127.0.0.1:0", "client", "collector"),
        ]

        @Test func everyWrongValueIsToldTheForm() async throws {
            try await Scratch.with { scratch in
                for row in Self.taskNew + Self.others {
                    let result = try await scratch.run(Checkout.populus, row.arguments, within: .seconds(30))
                    #expect(result.status == 64, "\(row.arguments): \(result.output)")
                    for words in row.said {
                        #expect(Self.message(result).contains(words), "\(row.arguments): \(result.output)")
                    }
                }
            }
        }

        /// The answer without the option's help, which may have an example as well.
        private static func message(_ result: CommandResult) -> String {
            result.stderr.components(separatedBy: "\nHelp:").first ?? ""
        }

        /// What is missing is named with its form, and what is needed stands in the usage.
        @Test func whatIsMissingIsNamed() async throws {
            try await Scratch.with { scratch in
                for (arguments, said) in [
                    (["task", "new", "--directory", "d"], ["'--leader <URL>'", "such as https://leader.example/"]),
                    (["leader", "--store", "s"], ["'--listen"]),
                    (["upload", "lines"], ["'--task <file>'", "client.json"]),
                    (["collect"], ["'--task <file>'", "collector.json"]),
                    (
                        ["discover", "--task", "t"],
                        ["--threshold is missing", "--threshold <count or share> [<options>]"]
                    ),
                    (["discover", "--task", "t", "--treshold", "10"], ["'--treshold'", "'--threshold'"]),
                ] {
                    let result = try await scratch.run(Checkout.populus, arguments, within: .seconds(30))
                    #expect(result.status == 64, "\(arguments): \(result.output)")
                    for words in said { #expect(result.stderr.contains(words), "\(arguments): \(result.output)") }
                }
                let help = try await scratch.populus("discover", "--help")
                #expect(help.stdout.contains("--threshold <count or share> [<options>]"), "\(help.stdout)")
                #expect(help.stdout.contains("Required,"), "\(help.stdout)")
            }
        }

        /// What a folder is given for, and who cannot start a server: neither is left with the system's words alone.
        @Test func whatToDoIsForWhoReadsIt() async throws {
            try await Scratch.with { scratch in
                let folder = scratch.file("task").path
                let made = try await scratch.populus(
                    "task", "new", "--directory", folder, "--bits", "64", "--exact", "--leader", "http://127.0.0.1:1/",
                    "--helper", "http://127.0.0.1:2/", "--min-batch-size", "10")
                #expect(made.status == 0, "\(made.output)")
                let shown = try await scratch.populus("task", "show", folder)
                #expect(shown.status == 66 && shown.stderr.contains("such as client.json"), "\(shown.output)")
                let lines = try scratch.write(Data("a\n".utf8), to: "lines")
                let upload = try await scratch.populus("upload", "--task", folder + "/client.json", lines.path)
                #expect(upload.status == 69 && upload.stderr.contains("ask its operator"), "\(upload.output)")
            }
        }

        /// What a server may take is for its process, however many tasks that has.
        @Test(arguments: ["leader", "helper"]) func helpSaysThatRoomIsTheProcesss(role: String) async throws {
            try await Scratch.with { scratch in
                let help = try await scratch.populus(role, "--help")
                let words = help.stdout.split(whereSeparator: \.isWhitespace).joined(separator: " ")
                #expect(words.components(separatedBy: "of all tasks together").count == 4, "\(help.stdout)")
                #expect(!words.contains("for each task") && words.contains("starts, at most 16384"), "\(help.stdout)")
            }
        }

        /// No line of any help is wider than the terminal, but for a word that is.
        @Test(arguments: [40, 80]) func helpFitsTheTerminal(columns: Int) async throws {
            try await Scratch.with { scratch in
                for command in [
                    "", "task", "task plan", "task new", "task show", "task rekey", "task tokens", "task tokens add",
                    "task tokens list", "task tokens remove", "task add", "task list", "task end", "task rotate-key",
                    "task rotate-token", "admin tokens add",
                    "admin tokens list", "admin tokens remove", "store create", "store show", "store renew",
                    "store migrate", "leader", "helper", "upload", "discover", "collect", "results list",
                    "results show", "results compare",
                    "results export", "results prune", "dashboard", "status", "vectors check", "interop",
                    "taskprov new",
                ] {
                    let words = command.split(separator: " ").map(String.init) + ["--help"]
                    let shown = try await scratch.onTerminal(columns: columns, words)
                    #expect(shown.status == 0, "\(command): \(shown.output)")
                    // Usages are broken for 80 columns, and what the library adds is not broken.
                    let usage = shown.stdout.components(separatedBy: "\n\n").filter {
                        columns < 80 && $0.hasPrefix("USAGE")
                    }
                    let own = usage.reduce(shown.stdout) { $0.replacing($1, with: "") }
                    for line in own.split(separator: "\n") where line.count > columns && !line.hasPrefix("  See '") {
                        let last = line.split(separator: " ").last?.count ?? 0
                        #expect(columns < 80 && line.count - last <= columns, "\(command) at \(columns): \(line)")
                    }
                }
            }
        }
    }
}
