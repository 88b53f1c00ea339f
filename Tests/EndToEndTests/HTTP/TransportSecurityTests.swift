import Foundation
import PopulusClient
import PopulusClientHTTP
import PopulusCollector
import PopulusDAP
import PopulusHTTPRequests
import PopulusTLS
import PopulusTaskFiles
import TLSHarness
import Testing

extension EndToEnd {
    /// Servers that speak TLS themselves, with an authority of their own and certificates in place of tokens.
    @Suite struct TransportSecurity {
        /// A pair over TLS, and what each party shows.
        private struct Pair {
            let scratch: Scratch
            let authority: TestAuthority
            let server: TestAuthority.Issued
            let ports: [String: Int]
            let admin: Int

            init(in scratch: Scratch) throws {
                self.scratch = scratch
                authority = try TestAuthority(in: scratch.folder)
                server = try authority.issue("server")
                var free: Set<Int> = []
                while free.count < 3 { free.insert(try Loopback.freePort()) }
                let found = Array(free)
                (ports, admin) = (["leader": found[0], "helper": found[1]], found[2])
            }

            func file(_ role: String) -> String { scratch.file("task/\(role).json").path }
            func url(_ role: String) -> String { "https://localhost:\(ports[role] ?? 0)/" }
            var trust: [String] { ["--ca", authority.certificate] }

            /// Makes a task of counts, and both stores.
            func makeTask() async throws {
                let made = try await scratch.populus(
                    "task", "new", "--directory", scratch.file("task").path, "--leader", url("leader"), "--helper",
                    url("helper"), "--min-batch-size", "10", "--vdaf", "prio3-count")
                try #require(made.status == 0, "\(made.output)")
                for role in ["leader", "helper"] {
                    let made = try await scratch.populus(
                        "store", "create", "--store", scratch.file("\(role).sqlite").path, "--task", file(role))
                    try #require(made.status == 0, "\(made.output)")
                }
            }

            /// Starts an aggregator, which has the certificate of the server.
            func start(_ role: String, _ options: [String]) async throws -> RunningProcess {
                let process = try RunningProcess(
                    Checkout.populus,
                    [
                        role, "--listen", "127.0.0.1:\(ports[role] ?? 0)", "--store",
                        scratch.file("\(role).sqlite").path, "--task", file(role), "--tls-certificate",
                        server.certificate, "--tls-key", server.key,
                    ] + options, name: role, in: scratch)
                let ready = "ready on https://127.0.0.1:\(ports[role] ?? 0)/"
                try await wait(for: "the ready line", within: .seconds(30)) {
                    if let status = process.exitStatus { throw HarnessError("\(status): \(process.output)") }
                    return Scratch.text(process.stdout).contains(ready) ? () : nil
                }
                return process
            }
        }

        private static func shown(_ issued: TestAuthority.Issued) -> [String] {
            ["--client-certificate", issued.certificate, "--client-key", issued.key]
        }

        /// Over TLS, and with tokens, an operator's address may be reached: nobody is warned of plain HTTP.
        @Test func anAdminAddressOverTLSForEverybody() async throws {
            try await Scratch.with { scratch in
                let pair = try Pair(in: scratch)
                try await pair.makeTask()
                let tokens = scratch.file("tokens.json").path
                let added = try await scratch.populus("admin", "tokens", "add", tokens)
                try #require(added.status == 0, "\(added.output)")
                let open = ["--admin-listen", "0.0.0.0:\(pair.admin)"]
                let rows: [([String], String?)] = [
                    (["--tls-admin", "--admin-tokens", tokens], nil), (["--admin-tokens", tokens], "over plain HTTP"),
                    (["--tls-admin"], "without --admin-tokens whoever reaches it"),
                ]
                for (options, words) in rows {
                    let server = try await pair.start("helper", open + options)
                    let output = server.output
                    await server.stop()
                    if let words {
                        #expect(output.contains(words), "\(options): \(output)")
                    } else {
                        #expect(!output.contains("may be reached from other machines"), "\(output)")
                    }
                }
            }
        }

        @Test func aTaskOverTLSWithCertificatesInPlaceOfTokens() async throws {
            try await Scratch.with { scratch in
                let pair = try Pair(in: scratch)
                try await pair.makeTask()
                let own = try pair.authority.issue("leader", names: ["DNS:leader.example"])
                let collector = try pair.authority.issue("collector", names: ["DNS:collector.example"])
                let helper = try await pair.start(
                    "helper", ["--client-ca", pair.authority.certificate, "--leader-certificate", "leader.example"])
                // The Collector is known by its key.
                let key = try ClientTLS(
                    authorities: nil,
                    showing: CredentialFiles(certificate: collector.certificate, key: collector.key)
                ).facts?.key
                let leader = try await pair.start(
                    "leader",
                    pair.trust + Self.shown(own) + [
                        "--client-ca", pair.authority.certificate, "--collector-certificate", key ?? "",
                        "--admin-listen", "127.0.0.1:\(pair.admin)", "--tls-admin",
                    ])
                let lines = try scratch.write(Data(String(repeating: "1\n", count: 12).utf8), to: "lines")
                let (client, asking) = (pair.file("client"), ["collect", "--task", pair.file("collector")])

                let untrusted = try await scratch.run(Checkout.populus, ["upload", "--task", client, lines.path])
                #expect(untrusted.status == 69 && untrusted.stderr.contains("is not trusted"), "\(untrusted.output)")
                #expect(untrusted.stderr.contains("--ca"), "\(untrusted.output)")
                let uploaded = try await scratch.run(
                    Checkout.populus, ["upload", "--task", client] + pair.trust + [lines.path])
                #expect(uploaded.status == 0, "\(uploaded.output)")

                // The right token is not enough.
                let refused = try await scratch.run(Checkout.populus, asking + pair.trust)
                #expect(refused.status == 76 && refused.stderr.contains("certificate"), "\(refused.output)")
                let collected = try await scratch.run(Checkout.populus, asking + pair.trust + Self.shown(collector))
                #expect(collected.status == 0, "\(collected.output)")
                #expect(collected.stdout.contains("12 of 12 are 1"), "\(collected.output)")

                // The libraries, with the same files.
                let again = try await scratch.run(
                    Checkout.populus, ["upload", "--task", client] + pair.trust + [lines.path])
                #expect(again.status == 0, "\(again.output)")
                var task = try CollectorTask(file: pair.file("collector"))
                try task.setTLS(
                    authorities: pair.authority.certificate, certificate: collector.certificate, key: collector.key)
                #expect(try await task.collect().result().reports == 12)
                #expect(throws: CollectorFailure.self) { try task.setTLS(authorities: collector.key) }
                let stranger = try TestAuthority("stranger", in: scratch.folder)
                #expect(try await Self.hasKeys(pair, trusting: pair.authority))
                #expect(try await !Self.hasKeys(pair, trusting: stranger))
                #expect(throws: HTTPReportTransport.UnusableAuthorities.self) {
                    try HTTPReportTransport(authorities: collector.key)
                }

                for (role, options) in [("collector", Self.shown(collector)), ("client", [])] {
                    let status = try await scratch.run(
                        Checkout.populus, ["status", "--task", pair.file(role)] + pair.trust + options)
                    #expect(status.status == 0, "\(status.output)")
                }
                try await wait(for: "health over TLS", within: .seconds(20)) {
                    let health = try await scratch.run(
                        URL(filePath: "/usr/bin/env"),
                        [
                            "python3", "-c", Self.fetch, pair.authority.certificate,
                            "https://localhost:\(pair.admin)/healthz",
                        ])
                    return health.stdout == "ok\n" ? () : nil
                }
                #expect(!(leader.output + helper.output).contains("PRIVATE"))
                await leader.stop()
                await helper.stop()
            }
        }

        private static let fetch = """
            import ssl, sys, urllib.request
            trusting = ssl.create_default_context(cafile=sys.argv[1])
            print(urllib.request.urlopen(sys.argv[2], context=trusting).read().decode(), end="")
            """

        /// Whoever is not the Leader is refused from the head of the request: no body is even asked for.
        @Test func aPeerWithoutTheRightCertificate() async throws {
            try await Scratch.with { scratch in
                let pair = try Pair(in: scratch)
                try await pair.makeTask()
                let helper = try await pair.start(
                    "helper", ["--client-ca", pair.authority.certificate, "--leader-certificate", "leader.example"])
                let file = try TaskFile(readingFrom: pair.file("helper"), as: .helper)
                guard case .helper(let secrets) = file.secrets else { return }
                let stranger = try TestAuthority("stranger", in: scratch.folder)
                let names = ["DNS:leader.example"]
                let shown: [(TestAuthority.Issued?, String)] = [
                    (try pair.authority.issue("leader", names: names), "HTTP/1.1 100"),
                    (nil, "HTTP/1.1 403"),
                    (try pair.authority.issue("other", names: ["DNS:other.example"]), "HTTP/1.1 403"),
                    (try pair.authority.issue("old", names: names, hasExpired: true), "alert"),
                    (try stranger.issue("forger", names: names), "alert"),
                ]
                for (issued, expected) in shown {
                    let said = try await scratch.run(
                        URL(filePath: "/usr/bin/env"),
                        [
                            "python3", "-c", Self.ask, "\(pair.ports["helper"] ?? 0)", pair.authority.certificate,
                            "/tasks/\(file.taskID)/aggregation_jobs", secrets.aggregatorToken,
                        ] + (issued.map { [$0.certificate, $0.key] } ?? []))
                    #expect(said.stdout.contains(expected), "\(expected): \(said.output)")
                }
                try await wait(for: "the log", within: .seconds(10)) {
                    helper.output.contains("a client's certificate was refused") ? () : nil
                }
                #expect(!helper.output.contains(secrets.aggregatorToken))
                await helper.stop()
            }
        }

        /// Sends the head of a request with a body of 30 MB, and prints what is said to that.
        private static let ask = """
            import socket, ssl, sys
            port, authority, path, token, *shown = sys.argv[1:]
            trusting = ssl.create_default_context(cafile=authority)
            if shown:
                trusting.load_cert_chain(*shown)
            try:
                plain = socket.create_connection(("127.0.0.1", int(port)), timeout=20)
                with trusting.wrap_socket(plain, server_hostname="localhost") as secure:
                    secure.sendall((f"POST {path} HTTP/1.1\\r\\nHost: localhost\\r\\nAuthorization: Bearer {token}\\r\\n"
                        "Content-Type: application/ppm-dap;message=aggregation-job-init-req\\r\\n"
                        "Content-Length: 30000000\\r\\nExpect: 100-continue\\r\\n\\r\\n").encode())
                    print(secure.recv(4096).decode())
            except ssl.SSLError as error:
                print("alert", error)
            """

        /// Files that change while a server runs: the new certificate, and one that cannot be used.
        @Test func newCertificatesWithoutANewStart() async throws {
            try await Scratch.with { scratch in
                let pair = try Pair(in: scratch)
                try await pair.makeTask()
                let helper = try await pair.start("helper", [])
                let next = try TestAuthority("next", in: scratch.folder)
                let renewed = try next.issue("server")
                func isServed(by authority: TestAuthority) async throws -> Bool {
                    let requester = DAPRequester(
                        patience: .init(first: 0, later: 0), tls: try ClientTLS(authorities: authority.certificate))
                    let answer = try? await requester.send(DAPRequest(.get, pair.url("helper") + "hpke_config"))
                    await requester.shutdown()
                    return answer?.status == 200
                }
                func put(_ from: String, _ to: String) throws {
                    try Data(contentsOf: URL(filePath: from)).write(to: URL(filePath: to))
                }
                #expect(try await isServed(by: pair.authority))
                #expect(try await !isServed(by: next))

                // A certificate without its key.
                try put(renewed.certificate, pair.server.certificate)
                helper.send(SIGHUP)
                try await wait(for: "the refusal", within: .seconds(20)) {
                    helper.output.contains("the old ones stay: \(pair.server.key): the key is not that of") ? () : nil
                }
                #expect(try await isServed(by: pair.authority))
                // Its key comes: nobody need say so.
                try put(renewed.key, pair.server.key)
                try await wait(for: "the new certificate", within: .seconds(60)) {
                    helper.output.contains("new files of certificates are used") ? () : nil
                }
                #expect(try await isServed(by: next))
                #expect(try await !isServed(by: pair.authority))
                helper.send(SIGHUP)
                try await wait(for: "the answer to SIGHUP", within: .seconds(20)) {
                    helper.output.contains("SIGHUP: the files of certificates are the same") ? () : nil
                }
                await helper.stop()
            }
        }

        /// Whether an app's client gets the servers' keys.
        private static func hasKeys(_ pair: Pair, trusting authority: TestAuthority) async throws -> Bool {
            let text = try String(contentsOfFile: pair.file("client"), encoding: .utf8)
            var options = PopulusClient.Options()
            options.folder = pair.scratch.file("queue").path
            let client = try PopulusClient(
                task: text, consent: .given, options: options,
                transport: HTTPReportTransport(authorities: authority.certificate))
            defer { Task { await client.close() } }
            do { return try await !client.serverKeys().helper.isEmpty } catch { return false }
        }

        /// What is wrong with options and files is said before anything is served.
        @Test func mistakes() async throws {
            try await Scratch.with { scratch in
                let pair = try Pair(in: scratch)
                try await pair.makeTask()
                let start = [
                    "helper", "--listen", "127.0.0.1:0", "--store", scratch.file("helper.sqlite").path, "--task",
                    pair.file("helper"),
                ]
                let (certificate, key) = (pair.server.certificate, pair.server.key)
                let tls = ["--tls-certificate", certificate, "--tls-key", key]
                try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: key)
                let rows: [([String], Int32, String)] = [
                    (["--tls-certificate", certificate], 64, "--tls-certificate and --tls-key go together"),
                    (["--tls-admin"], 64, "--tls-admin goes with --tls-certificate"),
                    (tls + ["--tls-admin"], 64, "--tls-admin goes with --admin-listen"),
                    (tls + ["--tls-internal"], 64, "--tls-internal goes with --internal-listen"),
                    (tls + ["--client-ca", certificate], 64, "--client-ca goes with --leader-certificate"),
                    (tls + ["--leader-certificate", "a.example"], 64, "--leader-certificate goes with --client-ca"),
                    (tls + ["--leader-certificate", "*.example"], 64, "64 hexadecimal digits"),
                    (tls + ["--leader-certificate", "task=a.example"], 64, "no task ID"),
                    (["--tls-certificate", "missing.pem", "--tls-key", key], 66, "missing.pem: no such file"),
                    (["--tls-certificate", key, "--tls-key", key], 65, "no certificate in PEM"),
                    (["--tls-certificate", certificate, "--tls-key", certificate], 65, "chmod 600"),
                    (
                        ["--ca", key, "--internal-listen", "127.0.0.1:0"], 64,
                        "--internal-listen is for servers that share"
                    ),
                ]
                for (options, status, words) in rows {
                    let result = try await scratch.run(Checkout.populus, start + options)
                    #expect(result.status == status, "\(options): \(result.output)")
                    #expect(
                        result.stderr.split(whereSeparator: \.isWhitespace).joined(separator: " ").contains(words),
                        "\(options): \(result.output)")
                }
                let upload = try await scratch.run(
                    Checkout.populus, ["upload", "--task", pair.file("client"), "--ca", key, "-"])
                #expect(upload.status == 65 && upload.stderr.contains("no certificate in PEM"), "\(upload.output)")
            }
        }
    }
}
