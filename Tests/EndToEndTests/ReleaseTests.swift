import Foundation
import Testing

extension EndToEnd {
    /// What Tools/release.sh makes of this build.
    @Suite struct Release {
        /// The README's Install, and then all roles, where there is neither Swift nor a shell.
        @Test(.enabled(if: BareMachine.isPossible, "needs Debian's packages, and to be root or user namespaces"))
        func itRunsWithoutTheToolchain() async throws {
            try await Scratch.with { scratch in
                let archive = try await ReleaseArchive.made()
                let machine = try await BareMachine(in: scratch)
                // What is built for this machine does not start there.
                try FileManager.default.copyItem(at: Checkout.populus, to: machine.file("tmp/built"))
                let built = try await machine.run(["/tmp/built", "--version"])
                #expect(built.status == 127 && built.stderr.contains("libswiftCore.so"), "\(built.output)")

                try await unpack(archive, into: machine.file("usr/local"), in: scratch)
                let version = try await machine.run(["/usr/local/bin/populus", "--version"])
                #expect(version.status == 0, "\(version.output)")
                #expect(version.stdout.hasPrefix(try await expectedVersion(in: scratch)), "\(version.stdout)")
                try await discover(on: machine, in: scratch)
                try await expectAdviceOnAuthorities(on: machine)
            }
        }

        /// What it consists of; and the same again is the same byte for byte.
        @Test func itIsWholeAndCanBeMadeAgain() async throws {
            try await Scratch.with { scratch in
                let archive = try await ReleaseArchive.made()
                let again = try await ReleaseArchive.made(in: scratch, at: scratch.file("again"))
                #expect(try Data(contentsOf: archive) == Data(contentsOf: again))
                let sums = try await scratch.run(
                    URL(filePath: "/usr/bin/sha256sum"), ["--check", "--strict", "SHA256SUMS"],
                    currentFolder: archive.deletingLastPathComponent())
                #expect(sums.status == 0 && sums.stdout.hasPrefix(archive.lastPathComponent), "\(sums.output)")

                let folder = scratch.file("unpacked")
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
                try await unpack(archive, into: folder, in: scratch)
                let sections = try await scratch.run(
                    URL(filePath: "/usr/bin/readelf"), ["-SW", folder.appending(path: "bin/populus").path])
                #expect(sections.stdout.contains(" .text "))
                #expect(!sections.stdout.contains(".symtab") && !sections.stdout.contains(".debug_"))
                let dynamic = try await scratch.run(
                    URL(filePath: "/usr/bin/readelf"), ["-d", folder.appending(path: "bin/populus").path])
                #expect(dynamic.stdout.contains("[libc.so.6]"))
                #expect(!dynamic.stdout.contains("RPATH") && !dynamic.stdout.contains("RUNPATH"))

                func text(_ path: String) -> String { Scratch.text(folder.appending(path: "share/" + path)) }
                #expect(text("man/man1/populus.1").hasPrefix(".TH POPULUS 1"))
                #expect(text("bash-completion/completions/populus").contains("complete "))
                #expect(text("zsh/site-functions/_populus").hasPrefix("#compdef populus"))
                #expect(text("fish/vendor_completions.d/populus.fish").contains("complete -c 'populus'"))
                #expect(text("doc/populus/README.md") == Scratch.text(Checkout.root.appending(path: "README.md")))
                for name in ["alerts.yml", "alerts-test.yml", "dashboard.json", "prometheus.yml"] {
                    #expect(text("populus/monitoring/\(name)") == Scratch.text(Promtool.file(name)), "\(name)")
                }
                #expect(text("doc/populus/LICENSE").contains("Apache License"))
                for package in ["Swift", "ICU", "swift-nio", "swift-crypto", "hummingbird"] {
                    #expect(!text("doc/populus/licences/\(package)/LICENSE.txt").isEmpty, "\(package)")
                }
                #expect(text("doc/populus/licences/swift-nio/NOTICE.txt").contains("llhttp"))
                #expect(!text("doc/populus/licences/GRDB.swift/LICENSE").isEmpty)

                let header = Scratch.text(folder.appending(path: "include/populus_client.h"))
                #expect(header.contains("populus_client_open("))
                #expect(Scratch.text(folder.appending(path: "lib/pkgconfig/populus_client.pc")).contains("Version: "))
                #expect(!text("doc/populus_client/licences/swift-crypto/LICENSE.txt").isEmpty)
                // A link, which has to lead somewhere.
                let library = folder.appending(path: "lib/libpopulus_client.so").path
                #expect(FileManager.default.fileExists(atPath: library))
            }
        }

        /// Nothing is written for a version that the program does not have, or for options that are none.
        @Test(arguments: [
            (["99.0"], 1, "not 99.0: change Sources/populus/Version.swift"),
            (["--built"], 64, "usage: Tools/release.sh"),
            (["1.0", "2.0"], 64, "usage: Tools/release.sh"),
        ])
        func wrongUseIsRefused(options: [String], status: Int32, words: String) async throws {
            try await Scratch.with { scratch in
                let output = scratch.file("release")
                let result = try await scratch.run(
                    Checkout.tool("release.sh"),
                    ["--dirty", "--output", output.path, "--built", Checkout.scratch.path] + options)
                #expect(result.status == status && result.stderr.contains(words), "\(result.output)")
                #expect(!FileManager.default.fileExists(atPath: output.path))
            }
        }

        /// A checkout with changes makes no release by accident, nor does a folder that has no commits.
        @Test func changesAreRefused() async throws {
            try await Scratch.with { scratch in
                let tools = scratch.file("checkout/Tools")
                try FileManager.default.createDirectory(at: tools, withIntermediateDirectories: true)
                for name in ["release.sh", "prepare.sh"] {
                    try FileManager.default.copyItem(at: Checkout.tool(name), to: tools.appending(path: name))
                }
                let release = tools.appending(path: "release.sh")
                // No checkout above the temporary folder.
                let alone = ["GIT_CEILING_DIRECTORIES": scratch.folder.path]
                let without = try await scratch.run(release, [], environment: alone)
                #expect(without.status == 1 && without.stderr.contains("this is no git checkout"), "\(without.output)")

                let script = """
                    cd "$1" && git init -q && git add -A &&
                    git -c user.name=A -c user.email=a@example commit -qm all && touch new
                    """
                let git = try await scratch.run(
                    URL(filePath: "/bin/sh"), ["-c", script, "sh", scratch.file("checkout").path])
                try #require(git.status == 0, "\(git.output)")
                let changed = try await scratch.run(release, [], environment: alone)
                #expect(changed.status == 1, "\(changed.output)")
                #expect(changed.stderr.contains("the checkout has changes: commit them"), "\(changed.output)")
            }
        }

        // MARK: - Steps

        /// Unpacks as the README says it.
        private func unpack(_ archive: URL, into folder: URL, in scratch: Scratch) async throws {
            let result = try await scratch.run(
                URL(filePath: "/usr/bin/env"),
                ["tar", "-xzf", archive.path, "--strip-components", "1", "-C", folder.path])
            guard result.status == 0 else { throw HarnessError("it does not unpack: \(result.output)") }
        }

        /// The version of a release of this checkout, as far as the commit.
        private func expectedVersion(in scratch: Scratch) async throws -> String {
            let root = Checkout.root.path
            let head = try await scratch.run(
                URL(filePath: "/usr/bin/env"), ["git", "-c", "safe.directory=*", "-C", root, "rev-parse", "HEAD"])
            let commit = head.status == 0 ? head.stdout : "unknown"
            let own = try await scratch.populus("--version")
            let number = own.stdout.prefix { !$0.isWhitespace }
            return "\(number) (\(commit.prefix(12))"
        }

        /// A plain machine trusts no certificate, and says what to install.
        private func expectAdviceOnAuthorities(on machine: BareMachine) async throws {
            let made = try await machine.run([
                "/usr/local/bin/populus", "task", "new", "--directory", "/tmp/secure", "--vdaf", "prio3-count",
                "--min-batch-size", "10", "--leader", "https://127.0.0.1:1/", "--helper", "https://127.0.0.1:2/",
            ])
            #expect(made.status == 0, "\(made.output)")
            try Data("1\n".utf8).write(to: machine.file("tmp/one"))
            let upload = try await machine.run([
                "/usr/local/bin/populus", "upload", "--task", "/tmp/secure/client.json", "/tmp/one",
            ])
            #expect(upload.status == 69)
            #expect(upload.stderr.contains("this machine has no list of authorities to trust"), "\(upload.output)")
            #expect(upload.stderr.contains("apt-get install ca-certificates"), "\(upload.output)")
        }

        /// Makes a task, starts both aggregators, uploads and discovers, everything on that machine.
        private func discover(on machine: BareMachine, in scratch: Scratch) async throws {
            let populus = "/usr/local/bin/populus"
            let lines = Data((0..<60).map { "https://\($0 % 3).example/\n" }.joined().utf8)
            try lines.write(to: machine.file("tmp/lines"))
            let ports = [try Loopback.freePort(), try Loopback.freePort()]
            func expectSuccess(_ words: String...) async throws {
                let result = try await machine.run([populus] + words)
                guard result.status == 0 else { throw HarnessError("\(words): \(result.output)") }
            }
            try await expectSuccess(
                "task", "new", "--directory", "/tmp/task", "--vdaf", "poplar1", "--bits", "256", "--encoding", "bytes",
                "--exact", "--min-batch-size", "10", "--leader", "http://127.0.0.1:\(ports[0])/", "--helper",
                "http://127.0.0.1:\(ports[1])/")
            var servers: [RunningProcess] = []
            do {
                for (role, port) in zip(["leader", "helper"], ports) {
                    let files = ["--store", "/tmp/\(role).sqlite", "--task", "/tmp/task/\(role).json"]
                    try await expectSuccess("store", "create", files[0], files[1], files[2], files[3])
                    let command = [populus, role, "--listen", "127.0.0.1:\(port)"] + files
                    let server = try machine.start(command, name: role)
                    servers.append(server)
                    try await wait(for: "the ready line of the \(role)", within: .seconds(30)) {
                        if let status = server.exitStatus { throw HarnessError("\(status): \(server.output)") }
                        return Scratch.text(server.stdout).contains("\n") ? () : nil
                    }
                }
                try await expectSuccess("upload", "--task", "/tmp/task/client.json", "/tmp/lines")
                try await expectSuccess(
                    "discover", "--task", "/tmp/task/collector.json", "--threshold", "10", "--csv", "/tmp/out.csv")
            } catch {
                for server in servers { await server.stop() }
                throw HarnessError("\(error)\n\(servers.map(\.output))")
            }
            for server in servers { #expect(await server.stop()) }
            let compared = try await scratch.run(
                Checkout.tool("compare-counts"),
                [
                    "--bits", "256", "--threshold", "10", machine.file("tmp/lines").path,
                    machine.file("tmp/out.csv").path,
                ])
            #expect(compared.status == 0, "\(compared.output)")
        }
    }
}
