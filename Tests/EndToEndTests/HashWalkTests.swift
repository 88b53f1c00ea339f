import Foundation
import Testing

extension EndToEnd {
    /// A walk over hashes: popular ones get their names from a list of strings, and the others stay hashes.
    @Suite struct HashWalks {
        private static let scheme = ["--vdaf", "poplar1", "--bits", "64", "--encoding", "hash"]

        private static func times(_ count: Int, _ line: String) -> [String] { Array(repeating: line, count: count) }

        private func discover(_ deployment: Deployment, _ options: [String]) async throws -> CommandResult {
            try await deployment.scratch.run(
                Checkout.populus, ["discover", "--task", deployment.taskFile("collector")] + options,
                within: .seconds(300))
        }

        /// The plaintext counts, of lines of any length.
        @Test func popularHashesGetTheirNames() async throws {
            try await Deployment.with(bits: 64, scheme: Self.scheme) { deployment in
                let scratch = deployment.scratch
                let long = "https://long.example/" + String(repeating: "x", count: 5_000)
                let lines =
                    Self.times(14, "https://a.example/") + Self.times(12, long) + Self.times(11, "b, \"c\"")
                    + Self.times(9, "rare") + (1...10).map { "single \($0)" }
                let input = try scratch.write(Data(lines.joined(separator: "\n").utf8), to: "lines")
                try await deployment.uploadAll(input)
                let list = try scratch.write(
                    Data((Set(lines).sorted() + ["nobody", "nobody"]).joined(separator: "\n").utf8), to: "list")
                let csv = scratch.file("out.csv")
                let found = try await deployment.discover(
                    threshold: "10", csv: csv, options: ["--dictionary", list.path])
                #expect(found.status == 0, "\(found.output)")
                #expect(found.stdout.contains("every hash is that of a string of the dictionary"), "\(found.output)")
                #expect(found.stdout.contains("expected number of wrong names: 0 "), "\(found.output)")
                let compared = try await scratch.run(
                    Checkout.tool("compare-counts"),
                    ["--bits", "64", "--encoding", "hash", "--threshold", "10", input.path, csv.path])
                #expect(compared.status == 0, "\(compared.output)")

                // What is kept has hashes alone: names are looked up whenever a result is written.
                let kept = try await discover(deployment, ["--again", "--csv", csv.path])
                #expect(kept.status == 0, "\(kept.output)")
                let hashes = Scratch.text(csv).components(separatedBy: "\r\n").dropFirst().dropLast()
                #expect(hashes.count == 3 && hashes.allSatisfy { $0.contains(/^[0-9a-f]{16},1[124],/) }, "\(hashes)")
            }
        }

        /// Clients and the list have the same form of a URL; a hash that the list does not have is marked.
        @Test func unknownHashesAreMarked() async throws {
            try await Deployment.with(bits: 64, scheme: Self.scheme) { deployment in
                let scratch = deployment.scratch
                let lines =
                    Self.times(7, "https://A.example/x?session=1") + Self.times(6, "HTTPS://a.example:443/y/../x")
                    + Self.times(11, "https://unlisted.example/") + ["no URL"]
                let input = try scratch.write(Data(lines.joined(separator: "\n").utf8), to: "lines")
                let uploaded = try await scratch.populus(
                    "upload", "--task", deployment.taskFile("client"), "--value", "url", input.path)
                #expect(
                    uploaded.status == 1 && uploaded.stderr.contains("line 25: left out: no URL"), "\(uploaded.output)")

                let list = try scratch.write(Data("https://a.example/x#top\nhttps://b.example\n\n-\n".utf8), to: "list")
                let names = ["--dictionary", list.path, "--value", "url"]
                let csv = scratch.file("out.csv")
                let found = try await deployment.discover(threshold: "10", csv: csv, options: names)
                #expect(found.status == 0, "\(found.output)")
                let text = Scratch.text(csv)
                #expect(
                    text.hasPrefix("value,count,fraction,known\r\nhttps://a.example/x,13,0.541667,yes\r\n"), "\(text)")
                let last = text.components(separatedBy: "\r\n").dropLast().last ?? ""
                #expect(last.wholeMatch(of: /[0-9a-f]{16},11,0\.458333,no/) != nil, "\(text)")
                #expect(found.stdout.contains("1 unlisted × 2 / 2^64"), "\(found.output)")
                #expect(Scratch.text(scratch.file("out.csv.json")).contains(#""dictionary":{"strings":2,"unnamed":1,"#))

                // A list from a pipe, in JSON.
                let piped = try await scratch.shell(
                    #""$0" discover --task "$1" --again --json --value url --dictionary - <"$2""#,
                    deployment.taskFile("collector"), list.path)
                #expect(
                    piped.status == 0 && piped.stdout.contains(#""known":["https://a.example/x"]"#), "\(piped.output)")
                #expect(piped.stdout.contains(#""known":[]"#), "\(piped.output)")
                // What is no text is no list.
                let packed = try scratch.write([0x1f, 0x8b, 0x08, 0, 0], to: "packed")
                let refused = try await discover(deployment, ["--again", "--dictionary", packed.path])
                #expect(refused.status == 65 && refused.stderr.contains("gzip"), "\(refused.output)")
            }
        }

        /// A list for what are no hashes, and one that is not there, are refused before anything is asked.
        @Test func aListIsCheckedFirst() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                let list = try deployment.scratch.write(Data("a\n".utf8), to: "list")
                let wrong = try await discover(deployment, ["--threshold", "100", "--dictionary", list.path])
                #expect(wrong.status == 76 && wrong.stderr.contains("--encoding hash"), "\(wrong.output)")
            }
            try await Deployment.with(bits: 64, scheme: Self.scheme, start: false) { deployment in
                let missing = try await discover(deployment, ["--threshold", "100", "--dictionary", "/nowhere/list"])
                #expect(missing.status == 66 && missing.stderr.contains("no such file"), "\(missing.output)")
                let empty = try deployment.scratch.write(Data(), to: "empty")
                let nothing = try await discover(deployment, ["--threshold", "100", "--dictionary", empty.path])
                #expect(nothing.status == 65 && nothing.stderr.contains("has no string"), "\(nothing.output)")
                // What would do is the command as it was given: nothing has been walked that could be shown again.
                let packed = try deployment.scratch.write([0x1f, 0x8b, 0x08, 0, 0], to: "packed")
                let refused = try await discover(deployment, ["--threshold", "100", "--dictionary", packed.path])
                #expect(refused.status == 65, "\(refused.output)")
                #expect(refused.stderr.contains(" --threshold 100 --dictionary -\n"), "\(refused.output)")
            }
        }

        /// Without walks the strings of a file are counted by their hashes.
        @Test func candidatesAreHashed() async throws {
            try await Deployment.with(scheme: Self.scheme + ["--without-walk"]) { deployment in
                let scratch = deployment.scratch
                let lines = Self.times(7, "alpha") + Self.times(5, "beta")
                try await deployment.uploadAll(
                    try scratch.write(Data(lines.joined(separator: "\n").utf8), to: "lines"))
                let candidates = try scratch.write(Data("beta\nnobody\nalpha\n".utf8), to: "candidates")
                let beginnings = try await deployment.collect(["--candidates", candidates.path, "--prefixes"])
                #expect(
                    beginnings.status == 65 && beginnings.stderr.contains("give whole strings"), "\(beginnings.output)")
                let collected = try await deployment.collect(["--json", "--candidates", candidates.path])
                #expect(try CollectedObject(collected.stdout).result == [5, 0, 7], "\(collected.output)")
            }
        }
    }
}
