import Foundation
import Testing

extension EndToEnd {
    /// Tools/packaging: the Debian package and its units, looked at with the tools of others.
    @Suite struct Packaging {
        // MARK: - Units

        /// They are valid, and let a server do little more than it needs.
        @Test(.enabled(if: DebianPackage.has("systemd-analyze"), "needs systemd"))
        func theUnitsAreValidAndShutIn() async throws {
            try await Scratch.with { scratch in
                let result = try await scratch.run(Checkout.tool("packaging/check"), ["units"])
                #expect(result.status == 0, "\(result.output)")
                for role in ["leader", "helper"] {
                    #expect(result.stdout.contains("populus-\(role)@.service is valid"), "\(result.output)")
                }
            }
        }

        /// A word that systemd does not know is found, and so is a door that was left open.
        @Test(
            .enabled(if: DebianPackage.has("systemd-analyze"), "needs systemd"),
            arguments: [
                ("ProtectSystem=strict", "ProtectSystm=strict", "'ProtectSystm'"),
                ("serve @ROLE@", "serves @ROLE@", "is not executable"),
                ("SystemCallFilter=@system-service", "", "is exposed too far"),
                ("CapabilityBoundingSet=", "", "is exposed too far"),
                ("StartLimitIntervalSec=0", "StartLimitIntervalSec=5min", "gives up"),
            ])
        func aWrongUnitIsFound(line: String, instead: String, words: String) async throws {
            try await Scratch.with { scratch in
                let tools = scratch.file("Tools")
                try FileManager.default.createDirectory(at: tools, withIntermediateDirectories: false)
                for name in ["packaging", "prepare.sh"] {
                    try FileManager.default.copyItem(at: Checkout.tool(name), to: tools.appending(path: name))
                }
                let unit = tools.appending(path: "packaging/systemd/server@.service.in")
                let text = Scratch.text(unit)
                #expect(text.contains(line))
                try Data(text.replacing(line, with: instead).utf8).write(to: unit)
                let result = try await scratch.run(tools.appending(path: "packaging/check"), ["units"])
                #expect(result.status == 1 && result.stderr.contains(words), "\(result.output)")
            }
        }

        /// What stands in server.conf and among the credentials; then how the script ends, and what it starts or says.
        struct Start: Sendable {
            let variables: [String: String]
            let files: [String]
            var status: Int32 = 0
            let words: [String]
        }

        static let starts = [
            Start(
                variables: ["LISTEN": "*:9001"], files: ["task_b.json", "task_a.json", "secret_key"],
                words: ["leader", "--listen", "*:9001", "--store", "/state/leader.sqlite"]),
            Start(
                variables: [
                    "LISTEN": "a:1", "STORE": "postgresql:///x", "COMMON_OPTIONS": "--threads 2",
                    "OPTIONS": "--b *  --c",
                ],
                files: ["task_a.json"],
                words: ["leader", "--listen", "a:1", "--store", "postgresql:///x", "--threads", "2", "--b", "*", "--c"]),
            Start(
                variables: ["LISTEN": "a:1"], files: ["secret_key"],
                words: ["leader", "--listen", "a:1", "--store", "/state/leader.sqlite"]),
            Start(variables: [:], files: ["task_a.json"], status: 64, words: ["server.conf has no LISTEN"]),
        ]

        /// What the units start: the tasks of the credentials, the folders of the service, the words of server.conf.
        @Test(arguments: starts) func theServerGetsItsFiles(start: Start) async throws {
            try await Scratch.with { scratch in
                let credentials = scratch.file("credentials")
                try FileManager.default.createDirectory(at: credentials, withIntermediateDirectories: false)
                for name in start.files { try Data().write(to: credentials.appending(path: name)) }
                let program = try scratch.write(Data("#!/bin/sh\npwd -P\nprintf '%s\\n' \"$@\"\n".utf8), to: "program")
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
                let environment = [
                    "CREDENTIALS_DIRECTORY": credentials.path, "STATE_DIRECTORY": "/state", "POPULUS": program.path,
                ]
                let result = try await scratch.run(
                    Checkout.tool("packaging/systemd/serve"), ["leader"],
                    environment: environment.merging(start.variables) { $1 })
                #expect(result.status == start.status, "\(result.output)")
                guard start.status == 0 else {
                    for text in start.words { #expect(result.stderr.contains(text), "\(result.output)") }
                    return
                }
                let folder = credentials.resolvingSymlinksInPath().path
                let tasks = start.files.filter { $0.hasPrefix("task_") }.sorted().flatMap {
                    ["--task", "\(folder)/\($0)"]
                }
                // Tasks stand behind the store, and further options behind them.
                let expected = [folder] + start.words.prefix(5) + tasks + start.words.dropFirst(5)
                #expect(result.stdout.split(separator: "\n").map(String.init) == expected)
            }
        }

        // MARK: - The package

        /// Debian's own checker finds nothing, and the same release gives the same bytes.
        @Test(.enabled(if: DebianPackage.has("lintian"), "needs Debian's lintian"))
        func thePackageIsWhole() async throws {
            try await Scratch.with { scratch in
                let archive = try await ReleaseArchive.made()
                let package = try await DebianPackage.made(of: archive, in: scratch, to: "package")
                let result = try await scratch.run(
                    Checkout.tool("packaging/check"), ["package", package.path], within: .seconds(300))
                #expect(result.status == 0, "\(result.output)")
                #expect(result.stdout.contains("the package is as it should be"), "\(result.output)")

                let again = try await DebianPackage.made(of: archive, in: scratch, to: "again")
                #expect(try Data(contentsOf: package) == Data(contentsOf: again))
            }
        }

        /// Nothing is made of options that are none, or of an archive with another name.
        @Test(arguments: [
            (["--release"], Int32(64), "usage: Tools/packaging/deb"),
            (["--release", "/nothing.tar.gz"], 1, "there is no archive /nothing.tar.gz"),
            (["--release", "/etc/hostname", "--dirty"], 64, "usage: Tools/packaging/deb"),
            (["--release", "/etc/hostname"], 1, "is not named populus-VERSION-linux-ARCH.tar.gz"),
        ])
        func wrongUseIsRefused(options: [String], status: Int32, words: String) async throws {
            try await Scratch.with { scratch in
                let output = scratch.file("package")
                let result = try await scratch.run(
                    Checkout.tool("packaging/deb"), options + ["--output", output.path])
                #expect(result.status == status && result.stderr.contains(words), "\(result.output)")
                #expect(!FileManager.default.fileExists(atPath: output.path))
            }
        }
    }
}
