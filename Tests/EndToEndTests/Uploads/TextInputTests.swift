import Foundation
import Testing

extension EndToEnd {
    /// What is no text becomes no report; what some programs add to a text is no part of it.
    @Suite struct TextInputs {
        private static let strings = ["--vdaf", "poplar1", "--bits", "128", "--without-walk"]
        private static let mark: [UInt8] = [0xef, 0xbb, 0xbf]

        private static func utf16(_ text: String, order: [UInt8] = [0xff, 0xfe]) -> [UInt8] {
            order + text.utf16.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }
        }

        /// A gzip file: "secret", a line's end, twice.
        private static let gzip: [UInt8] =
            [0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 2, 3]
            + [0xab, 0x4a, 0x2d, 0x49, 0xe4, 0xaa, 0x1a, 0x25, 0x46, 0x12, 1, 0, 0x34, 0xa6, 0x7d, 0xd8, 0xf4, 1, 0, 0]

        static let noTexts: [(name: String, bytes: [UInt8], says: [String])] = [
            ("utf16", utf16("alpha\nbeta\n"), ["UTF-16", "iconv -f UTF-16 -t UTF-8"]),
            ("utf16-unmarked", utf16("alpha\nbeta\n", order: []), ["UTF-16", "iconv -f UTF-16LE -t UTF-8"]),
            ("utf32", [0xff, 0xfe, 0, 0, 0x61, 0, 0, 0, 0x0a, 0, 0, 0], ["UTF-32", "iconv -f UTF-32 -t UTF-8"]),
            ("gzip", gzip, ["gzip", "zcat"]), ("zip", Array("PK\u{3}\u{4}x".utf8), ["zip"]),
            ("zstd", [0x28, 0xb5, 0x2f, 0xfd, 0x24], ["zstd", "zstdcat"]),
            ("xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4], ["xz", "xzcat"]),
            ("bzip2", Array("BZh9".utf8) + [0x31, 0x41, 0x59, 0x26, 0x53, 0x59, 1], ["bzip2", "bzcat"]),
            ("nul", Array("alpha\nbe".utf8) + [0] + Array("ta\n".utf8), ["byte 9 is NUL", "--null"]),
            (
                "late-nul", Array(String(repeating: "alpha\n", count: 500_000).utf8) + [0, 0x0a],
                ["byte 3000001 is NUL"]
            ),
            ("old-mac", Array("gamma\rgamma\rgamma\r".utf8), ["carriage return", "tr '\\r' '\\n' <"]),
        ]

        /// Nobody needs to be there: it is refused before anything is sent, and leaves nothing behind.
        @Test func whatIsNoTextIsRefused() async throws {
            try await Deployment.with(scheme: Self.strings, start: false) { deployment in
                let folder = deployment.scratch.file("task").path
                let before = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
                for (name, bytes, says) in Self.noTexts {
                    let file = try deployment.scratch.write(bytes, to: name)
                    let uploaded = try await deployment.upload(file)
                    let collected = try await deployment.collect(["--candidates", file.path])
                    for result in [uploaded, collected] {
                        #expect(result.status == 65, "\(name): \(result.output)")
                        for word in says { #expect(result.stderr.contains(word), "\(name): \(result.output)") }
                        #expect(result.stderr.utf8.count < 800, "\(name): \(result.output)")
                    }
                }
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == before)
                // Of a pipe the first bytes tell.
                for name in ["utf16", "gzip", "nul"] {
                    let piped = try await deployment.scratch.shell(
                        #"cat "$1" | "$0" upload --task "$2" -"#, deployment.scratch.file(name).path,
                        deployment.taskFile("client"))
                    #expect(piped.status == 65 && piped.stderr.contains("standard input is"), "\(piped.output)")
                    let asked = try await deployment.scratch.shell(
                        #"cat "$1" | "$0" collect --task "$2" --candidates -"#, deployment.scratch.file(name).path,
                        deployment.taskFile("collector"))
                    #expect(asked.status == 65 && asked.stderr.contains("standard input is"), "\(asked.output)")
                }
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == before)
            }
        }

        /// Marks, line ends and NUL-separated values; what is left out is named, up to twenty lines.
        @Test func marksAndLineEndsAreNoPartOfAValue() async throws {
            try await Deployment.with(scheme: Self.strings) { deployment in
                let files: [(String, [UInt8], Int32, [String])] = [
                    ("mark", Self.mark + Array("alpha\r\nalpha\nbeta\n".utf8), 0, ["3 reports uploaded"]),
                    // Two files that were joined, with a mark each.
                    ("joined", Self.mark + Array("alpha\n".utf8) + Self.mark + Array("beta\r".utf8), 0, ["2 reports"]),
                    ("last-cr", Array("beta\r\nbeta\r".utf8), 0, ["2 reports uploaded"]),
                    ("latin-1", [0x63, 0x61, 0x66, 0xe9, 0x0a], 0, ["1 report uploaded"]),
                    ("inner", Array("alpha\nbe\rta\n".utf8), 1, ["line 2: left out", "(CR)", "1 report uploaded"]),
                    (
                        "long", Array(String(repeating: String(repeating: "x", count: 40) + "\n", count: 1254).utf8), 1,
                        ["… and 1,234 more", "0 reports uploaded"]
                    ),
                ]
                for (name, bytes, status, says) in files {
                    let result = try await deployment.upload(try deployment.scratch.write(bytes, to: name))
                    #expect(result.status == status, "\(name): \(result.output)")
                    for word in says { #expect(result.output.contains(word), "\(name): \(result.output)") }
                    #expect(result.output.split(separator: "\n").count < 25, "\(name): \(result.output)")
                }
                let nul = try deployment.scratch.write(Data("two\nlines\0two\nlines\0alpha".utf8), to: "nul")
                let separated = try await deployment.scratch.shell(
                    #""$0" upload --task "$2" --null - <"$1""#, nul.path, deployment.taskFile("client"))
                #expect(separated.status == 0 && separated.stdout.hasPrefix("3 reports"), "\(separated.output)")
                let binary = try deployment.scratch.write([0xff, 0xfe, 0x61, 0x0a], to: "binary")
                let insisted = try await deployment.scratch.shell(
                    #""$0" upload --task "$2" --binary "$1""#, binary.path, deployment.taskFile("client"))
                #expect(insisted.status == 0 && insisted.stdout.hasPrefix("1 report "), "\(insisted.output)")

                let candidates = try deployment.scratch.write(
                    Self.mark + Array("alpha\0beta\0two\nlines\0nobody".utf8), to: "candidates")
                let collected = try await deployment.scratch.shell(
                    #""$0" collect --task "$2" --json --null --candidates - <"$1""#, candidates.path,
                    deployment.taskFile("collector"))
                #expect(collected.status == 0, "\(collected.output)")
                #expect(try CollectedObject(collected.stdout).result == [5, 4, 2, 0], "\(collected.output)")
            }
        }

        @Test func aMarkIsNoPartOfANumberOrACandidate() async throws {
            try await Deployment.with(scheme: Self.strings) { deployment in
                let lines = try deployment.scratch.write(
                    Self.mark + Array(String(repeating: "alpha\nbeta\n", count: 6).utf8), to: "lines")
                try await deployment.uploadAll(lines)
                let candidates = try deployment.scratch.write(Self.mark + Array("alpha\nbeta\n".utf8), to: "candidates")
                let collected = try await deployment.collect(["--json", "--candidates", candidates.path])
                #expect(try CollectedObject(collected.stdout).result == [6, 6], "\(collected.output)")
            }
        }
    }
}

extension Scratch {
    /// Runs a line of shell with the executable as `$0`.
    func shell(_ line: String, _ arguments: String..., within limit: Duration = .seconds(60)) async throws
        -> CommandResult
    {
        try await run(
            URL(filePath: "/bin/sh"), ["-c", line, Checkout.populus.path] + arguments, within: limit)
    }
}
