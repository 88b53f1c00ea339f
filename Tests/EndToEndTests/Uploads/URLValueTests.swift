import Foundation
import Testing

extension EndToEnd {
    /// What of a line is uploaded, and what becomes of a line that the task cannot take.
    @Suite struct URLValues {
        private static let strings = ["--vdaf", "poplar1", "--bits", "128", "--without-walk"]

        private func upload(_ deployment: Deployment, _ file: URL, _ options: String...) async throws -> CommandResult {
            try await deployment.scratch.run(
                Checkout.populus, ["upload", "--task", deployment.taskFile("client"), file.path] + options,
                within: .seconds(60))
        }

        /// Sites by a list of suffixes; the candidates stand for sites in the same way.
        @Test func sitesAreCounted() async throws {
            try await Deployment.with(scheme: Self.strings) { deployment in
                let scratch = deployment.scratch
                let list = try scratch.write(Data("com\nco.uk\n".utf8), to: "suffixes")
                let lines = try scratch.write(
                    Data(
                        (1...6).map { "https://host\($0).example.co.uk/page\($0)" }.joined(separator: "\n").utf8
                            + Array(
                                "\nhttp://a.com/\nHTTP://B.a.com\nno site\nhttp://c.a.com:8080/?x\nfile:///a\n".utf8)
                            + Array("https://d.a.com/\n".utf8)), to: "lines")
                let uploaded = try await upload(
                    deployment, lines, "--value", "site", "--public-suffixes", list.path)
                #expect(uploaded.status == 1 && uploaded.stdout.hasPrefix("10 reports uploaded"), "\(uploaded.output)")
                for words in ["line 9: left out: no URL", "line 11: left out: no URL", "2 lines left out"] {
                    #expect(uploaded.output.contains(words), "\(uploaded.output)")
                }
                let candidates = try scratch.write(
                    Data("https://example.co.uk/\nhttps://www.a.com/\nhttps://a.com/other\n".utf8), to: "candidates")
                let collected = try await deployment.collect([
                    "--json", "--candidates", candidates.path, "--value", "site", "--public-suffixes", list.path,
                ])
                let object = try CollectedObject(collected.stdout)
                #expect(object.result == [6, 4], "\(collected.output)")
                #expect(object.members["candidates"] as? [String] == ["example.co.uk", "a.com"])
            }
        }

        @Test func aListOfSuffixesIsNamedWhereItIsMissing() async throws {
            try await Deployment.with(scheme: Self.strings, start: false) { deployment in
                let lines = try deployment.scratch.write(Data("http://a.com/\n".utf8), to: "lines")
                let missing = try await upload(
                    deployment, lines, "--value", "site", "--public-suffixes", "/nowhere/list")
                #expect(missing.status == 66 && missing.stderr.contains("list of public suffixes"), "\(missing.output)")
                let wrong = try await upload(deployment, lines, "--value", "site", "--public-suffixes", lines.path)
                #expect(wrong.status == 65 && wrong.stderr.contains("is no list"), "\(wrong.output)")
            }
        }

        /// A line keeps its report's ID, and so its meaning.
        @Test func anUploadGoesOnWithTheSameOptions() async throws {
            try await Deployment.with(scheme: Self.strings) { deployment in
                let lines = try deployment.scratch.write(Data("http://a.com/\n".utf8), to: "lines")
                let first = try await upload(deployment, lines, "--value", "host", "--unencodable", "other")
                #expect(first.status == 0, "\(first.output)")
                try Data("http://a.com/\nhttp://b.com/\n".utf8).write(to: lines)
                let without = try await upload(deployment, lines, "--resume")
                #expect(
                    without.status == 65
                        && without.stderr.contains("with --value host --unencodable other: give the same"),
                    "\(without.output)")
                let others = try await upload(deployment, lines, "--resume", "--value", "origin")
                #expect(others.status == 65 && others.stderr.contains("not --value origin"), "\(others.output)")
                let same = try await upload(
                    deployment, lines, "--resume", "--unencodable", "other", "--value", "host")
                #expect(same.status == 0 && same.stdout.hasPrefix("1 report uploaded"), "\(same.output)")
            }
        }

        /// Every line makes a report, and those of the code word are counted and named.
        @Test func whatCannotBeTakenMayBeOneString() async throws {
            try await Deployment.with(scheme: Self.strings) { deployment in
                let text = String(repeating: "good\n", count: 8) + "far too long for this task\nb\u{1}d\n\n"
                let lines = try deployment.scratch.write(Data(text.utf8), to: "lines")
                let uploaded = try await upload(deployment, lines, "--unencodable", "other")
                #expect(
                    uploaded.status == 0 && uploaded.stdout.contains("10 reports uploaded")
                        && uploaded.stdout.contains("2 of them as other"), "\(uploaded.output)")
                for words in ["line 9: uploaded as other: too long", "line 10: uploaded as other"] {
                    #expect(uploaded.stderr.contains(words), "\(uploaded.output)")
                }
                let candidates = try deployment.scratch.write(Data("good\n".utf8), to: "candidates")
                let object = try CollectedObject(
                    try await deployment.collect(["--json", "--candidates", candidates.path]).stdout)
                #expect(object.result == [8] && object.reports == 10)
            }
        }

        /// Where there is no such code word, or no string, the options are refused before anything is sent.
        @Test(arguments: [
            (["--vdaf", "poplar1", "--bits", "64", "--encoding", "hex", "--without-walk"], "no code word"),
            (["--vdaf", "poplar1", "--bits", "64", "--encoding", "hash", "--without-walk"], "no code word"),
            (["--vdaf", "prio3-count"], "is for tasks of strings"),
        ])
        func otherIsRefusedWhereThereIsNone(scheme: [String], words: String) async throws {
            try await Deployment.with(scheme: scheme, start: false) { deployment in
                let lines = try deployment.scratch.write(Data("1\n".utf8), to: "lines")
                let refused = try await upload(deployment, lines, "--unencodable", "other")
                #expect(refused.status == 76 && refused.stderr.contains(words), "\(refused.output)")
            }
        }
    }
}
