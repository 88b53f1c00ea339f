import Foundation
import Testing

extension EndToEnd {
    /// `task show`: what two parties compare cannot be written over, nor be imitated, by who made the task.
    @Suite struct TaskSheets {
        private func make(_ scratch: Scratch, name: String) async throws {
            let made = try await scratch.populus(
                "task", "new", "--directory", scratch.file("task").path, "--leader", "http://127.0.0.1:9001/",
                "--helper",
                "http://127.0.0.1:9002/", "--min-batch-size", "100", "--bits", "1024", "--exact", "--name", name)
            guard made.status == 0 else { throw HarnessError("task new ended with \(made.status): \(made.output)") }
        }

        /// A name of another maker, who does not ask our `task new`.
        private func rename(_ scratch: Scratch, to name: String) async throws {
            let harmless = String(repeating: "x", count: name.utf8.count)
            try await make(scratch, name: harmless)
            for role in ["client", "leader", "helper", "collector"] {
                try TaskFilePatch.replace(harmless, by: name, in: scratch.file("task/\(role).json"))
            }
        }

        @Test func nothingForeignStandsBelowTheFingerprint() async throws {
            try await Scratch.with { scratch in
                try await rename(
                    scratch, to: "\u{1b}[1A\u{1b}[16Gaaaa bbbb cccc\u{9b}1E\u{202e}\u{2028}\u{85}populus")
                for role in ["client", "leader", "helper", "collector"] {
                    let shown = try await scratch.populus("task", "show", scratch.file("task/\(role).json").path)
                    #expect(shown.status == 0 && !HostileServer.hasReached(shown.output), "\(shown.output)")
                    let names = shown.stdout.split(separator: "\n").map { $0.prefix { $0 != " " } }
                    let place = try #require(names.firstIndex(of: "fingerprint"))
                    #expect(names[..<place].contains("info") && names[..<place].contains("helper"), "\(shown.stdout)")
                    #expect(Set(names[place...]).isSubset(of: ["fingerprint", "collector's", "verification"]))
                }
            }
        }

        /// A terminal breaks long lines: what comes after the break must not look like a row.
        @Test(arguments: [40, 80]) func aNameLooksLikeNoRow(columns: Int) async throws {
            try await Scratch.with { scratch in
                // As many spaces as fill the line, and then a row of another fingerprint.
                let fill = String(repeating: " ", count: columns - 18)
                try await rename(scratch, to: fill + "fingerprint       aaaa bbbb cccc dddd eeee ffff gggg hhhh")
                let file = scratch.file("task/client.json").path
                let shown = try await scratch.onTerminal(columns: columns, ["task", "show", file])
                #expect(shown.status == 0, "\(shown.output)")
                let lines = shown.stdout.split(separator: "\n", omittingEmptySubsequences: false)
                // What the terminal shows in its first columns.
                let rows = lines.flatMap { line in
                    stride(from: 0, to: max(1, line.count), by: columns).map { line.dropFirst($0).prefix(11) }
                }
                #expect(rows.filter { $0 == "fingerprint" }.count == 1, "\(shown.stdout)")
                #expect(lines.allSatisfy { $0.count <= columns }, "\(shown.stdout)")
                let piped = try await scratch.populus("task", "show", file)
                #expect(!piped.stdout.contains("fingerprint       aaaa"), "\(piped.stdout)")
            }
        }

        @Test func sizesAreInBytesToo() async throws {
            try await Scratch.with { scratch in
                try await make(scratch, name: "sizes")
                let shown = try await scratch.populus("task", "show", scratch.file("task/client.json").path)
                #expect(shown.stdout.contains("bytes, strings of at most 127 bytes"), "\(shown.output)")
            }
        }

        /// The rules of `task new` hold for every file that is read.
        @Test func filesWithImpossibleURLsAreRefused() async throws {
            try await Scratch.with { scratch in
                for (url, said) in [
                    ("http://127.0.0.1:99999", "1 to 65535"), ("http://127.0.0.1:9001 ", "a space"),
                    ("http://127.0.0.1/a/../", ". or .."), ("http://127.0.0.1/a//b/", "two slashes"),
                    ("http://127.0.0.1/%zz/a", "%zz"), ("http://127.0.0.1:9002/", "both shares"),
                ] {
                    try await make(scratch, name: "urls")
                    for role in ["client", "leader"] {
                        let file = scratch.file("task/\(role).json")
                        try TaskFilePatch.replace("http://127.0.0.1:9001/", by: url, in: file)
                        let shown = try await scratch.populus("task", "show", file.path)
                        #expect(shown.status == 65 && shown.stderr.contains(said), "\(url): \(shown.output)")
                    }
                    try FileManager.default.removeItem(at: scratch.file("task"))
                }
            }
        }

        /// Values are the clients' words: a terminal gets them escaped, whatever was asked for.
        @Test func noTerminalGetsValuesAsTheyAre() async throws {
            try await Scratch.with { scratch in
                for arguments in [["discover", "--threshold", "10"], ["collect"]] {
                    let result = try await scratch.onTerminal(
                        columns: 80, arguments + ["--task", "collector.json", "--csv", "-", "--raw"])
                    #expect(result.status == 64 && result.stdout.contains("on a terminal"), "\(result.output)")
                }
            }
        }

        /// Messages quote arguments, file names and answers: none of them moves a cursor.
        @Test func argumentsAreEscaped() async throws {
            try await Scratch.with { scratch in
                let word = "\u{1b}[2J\u{9b}1A\u{202e}"
                let folder = scratch.file("vectors")
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                try Data("{}".utf8).write(to: folder.appending(path: "Prio3Count_\(word).json"))
                for arguments in [
                    ["task", "new", "--leader", word], ["task", "new", "--bits", word], ["task", "new", word], [word],
                    ["leader", "--threads", word], ["leader", "--log-level", word], ["--\(word)"],
                    ["discover", "--task", "t", "--csv", "-", "--threshold", word], ["task", "show", word],
                    ["vectors", "check", word], ["vectors", "check", folder.path],
                    ["upload", "--task", word, word], ["collect", "--since", word],
                ] {
                    let result = try await scratch.run(Checkout.populus, arguments, within: .seconds(30))
                    #expect(
                        result.status != 0 && !HostileServer.hasReached(result.output), "\(arguments): \(result.output)"
                    )
                }
            }
        }
    }
}
