import Foundation
import Testing

extension EndToEnd {
    /// What a shell makes of the completion scripts, the manual page, and the version.
    @Suite struct Completions {
        /// Types a line into an interactive bash that has the script, presses Tab and Return, and gives the words.
        private func complete(_ lines: [String], in scratch: Scratch) async throws -> [[String]] {
            let script = try await scratch.populus("--generate-completion-script", "bash")
            try Data(script.stdout.utf8).write(to: scratch.file("populus.bash"))
            let result = try await scratch.run(
                URL(filePath: "/usr/bin/env"), ["python3", "-c", Self.typist] + lines, currentFolder: scratch.folder,
                within: .seconds(60))
            #expect(result.status == 0, "\(result.output)")
            return result.stdout.split(separator: "\n").map { $0.split(separator: "\u{1f}").map(String.init) }
        }

        private static let typist = #"""
            import os, pty, select, sys, time

            child, terminal = pty.fork()
            if child == 0:
                os.environ.update(PS1="", TERM="dumb", INPUTRC="/dev/null")
                os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])

            def until(mark):
                text, end = b"", time.monotonic() + 30
                while mark not in text:
                    if time.monotonic() > end:
                        sys.exit(f"no {mark} in {text}")
                    if select.select([terminal], [], [], 1)[0]:
                        text += os.read(terminal, 65536)
                return text

            os.write(terminal, b"bind 'set enable-bracketed-paste off'; bind 'set bell-style none'; source ./populus.bash\n")
            os.write(terminal, b"populus() { printf 'said'; printf '\\x1f%s' \"$@\"; printf '\\x1fdone\\n'; }; echo rea''dy\n")
            until(b"ready\r\n")
            for line in sys.argv[1:]:
                os.write(terminal, line.encode() + b"\t")
                time.sleep(0.3)
                os.write(terminal, b"\n")
                words = until(b"\x1fdone").split(b"said\x1f")[-1].split(b"\x1fdone")[0]
                print(words.decode(), flush=True)
            os.write(terminal, b"exit\n")
            """#

        @Test func filesFoldersAndWordsAreCompleted() async throws {
            try await Scratch.with { scratch in
                for name in ["client.json", "clients.txt", "measurements", "helper.json"] {
                    _ = try scratch.write(Data(), to: name)
                }
                try FileManager.default.createDirectory(
                    at: scratch.file("crashes"), withIntermediateDirectories: false)
                let words = try await complete(
                    [
                        "populus upload --task ./cl", "populus upload --task client.json ./meas",
                        "populus task show ./he", "populus task new --directory ./cra",
                        "populus task new --vdaf prio3-h",
                        "populus task new --encoding he", "populus disc", "populus store create --after",
                    ], in: scratch)
                #expect(
                    words == [
                        ["upload", "--task", "./client.json"], ["upload", "--task", "client.json", "./measurements"],
                        ["task", "show", "./helper.json"], ["task", "new", "--directory", "./crashes/"],
                        ["task", "new", "--vdaf", "prio3-histogram"], ["task", "new", "--encoding", "hex"],
                        ["discover"],
                        ["store", "create", "--after-loss"],
                    ], "\(words)")
            }
        }

        /// Whatever takes a file or a folder completes it: nothing was forgotten in any command.
        @Test func everyPathIsCompleted() async throws {
            try await Scratch.with { scratch in
                let help = try await scratch.populus("--experimental-dump-help")
                let json = try JSONSerialization.jsonObject(with: Data(help.stdout.utf8)) as? [String: Any]
                var commands = [try #require(json?["command"] as? [String: Any])]
                var seen = 0
                while let command = commands.popLast() {
                    commands += command["subcommands"] as? [[String: Any]] ?? []
                    for argument in command["arguments"] as? [[String: Any]] ?? [] {
                        let value = argument["valueName"] as? String ?? ""
                        guard ["file", "path", "folder", "directory"].contains(value) else { continue }
                        seen += 1
                        #expect(argument["completionKind"] != nil, "\(command["commandName"] ?? ""): \(argument)")
                    }
                }
                #expect(seen > 15)
                for shell in ["bash", "zsh", "fish"] {
                    let script = try await scratch.populus("--generate-completion-script", shell)
                    #expect(script.status == 0 && script.stdout.contains("json"), "\(shell)")
                }
            }
        }

        @Test func theManualPageHasEveryCommand() async throws {
            try await Scratch.with { scratch in
                let made = try await scratch.run(Checkout.tool("manual"), [Checkout.populus.path])
                #expect(made.status == 0 && made.stderr.isEmpty, "\(made.output)")
                let page = try scratch.write(Data(made.stdout.utf8), to: "populus.1")
                for words in [
                    ".TH POPULUS 1", ".SH NAME", ".SS populus task new", ".SS populus discover",
                    "\\-\\-min\\-threshold",
                    "draft\\-ietf\\-ppm\\-dap\\-18", "(required)",
                ] {
                    #expect(made.stdout.contains(words), "\(words)")
                }
                #expect(made.stdout.utf8.allSatisfy { $0 < 0x80 })
                // A machine for builds need not have man; one that has it finds no fault.
                let man = "/usr/bin/man"
                guard FileManager.default.isExecutableFile(atPath: man) else { return }
                let shown = try await scratch.run(
                    URL(filePath: man), ["--warnings", "-E", "UTF-8", "-l", page.path],
                    environment: ["MANWIDTH": "80", "LC_ALL": "C.UTF-8"])
                #expect(shown.status == 0 && shown.stderr.isEmpty, "\(shown.stderr)")
                #expect(shown.stdout.contains("populus task new") && shown.stdout.contains("--min-threshold"))
            }
        }

        @Test func theVersionNamesTheDrafts() async throws {
            try await Scratch.with { scratch in
                let version = try await scratch.populus("--version")
                #expect(version.status == 0 && version.stdout.hasPrefix("0."), "\(version.output)")
                for words in ["draft-ietf-ppm-dap-18", "draft-irtf-cfrg-vdaf-20", "walk extension: version 1"] {
                    #expect(version.stdout.contains(words), "\(version.output)")
                }
            }
        }
    }
}
