import Foundation
import Testing

extension EndToEnd {
    /// `--listen`: each form of address does what it says, or is refused with what is right.
    @Suite struct Listening {
        /// Starts the smallest of the servers, and gives its ready line.
        private func serving(_ address: String, _ body: (String) async throws -> Void) async throws {
            try await Scratch.with { scratch in
                let process = try RunningProcess(
                    Checkout.populus, ["interop", "client", "--listen", address], name: "client", in: scratch)
                do {
                    let line = try await wait(for: "the ready line", within: .seconds(30)) {
                        if let status = process.exitStatus {
                            throw HarnessError("\(address): it ended with \(status): \(process.output)")
                        }
                        let text = Scratch.text(process.stdout)
                        return text.hasSuffix("\n") ? text : nil
                    }
                    try await body(line)
                } catch {
                    await process.stop()
                    throw error
                }
                await process.stop()
            }
        }

        /// Who answers at a port of each family is who the form names, and the ready line says so.
        @Test(
            arguments: [
                ("*", ["0.0.0.0", "[::]"], true, true), ("0.0.0.0", ["0.0.0.0"], true, false),
                ("[::]", ["[::]"], false, true), ("127.0.0.1", ["127.0.0.1"], true, false),
                ("[::1]", ["[::1]"], false, true),
            ] as [(String, [String], Bool, Bool)])
        func eachFormDoesWhatItSays(host: String, names: [String], old: Bool, new: Bool) async throws {
            guard Loopback.hasIPv6 || !new else { return }
            for port in [0, try Loopback.freePort()] {
                try await serving("\(host):\(port)") { line in
                    let found = try #require(line.firstMatch(of: /:(\d+)\//).flatMap { Int($0.1) }, "\(line)")
                    #expect(port == 0 || port == found)
                    let urls = names.map { "http://\($0):\(found)/" }.joined(separator: " and ")
                    #expect(line == "populus interop client ready on \(urls)\n")
                    for (address, isServed) in [("127.0.0.1", old), ("::1", new)] {
                        let conversation = RawConversation(port: found, host: address)
                        guard isServed else {
                            #expect(!conversation.isAnswered, "\(host) is \(address) too")
                            continue
                        }
                        let answer = try await conversation.run(
                            "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                        #expect(answer.status == 404, "\(host), \(address): \(answer)")
                    }
                }
            }
        }

        /// A name is every address that it has here.
        @Test func aNameIsAllOfItsAddresses() async throws {
            let port = try Loopback.freePort()
            try await serving("localhost:\(port)") { line in
                var served = 0
                for (address, text) in [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")] {
                    let isServed = RawConversation(port: port, host: address).isAnswered
                    #expect(isServed == line.contains("http://\(text):\(port)/"), "\(line)")
                    served += isServed ? 1 : 0
                }
                #expect(served > 0 && !line.contains("localhost"), "\(line)")
            }
        }

        /// Status 64, and the form with an example, before anything is opened.
        @Test(
            arguments: [
                ("9103", "127.0.0.1:9103"), (":9001", "'*:9001'"), ("::1:9001", "[::1]:9001"),
                ("127.0.0.1", "127.0.0.1:9001"),
                ("127.0.0.1:65536", "0 to 65535"), ("http://127.0.0.1:9001/", "127.0.0.1:9001"),
                ("127.1:80", "four numbers"),
            ])
        func otherFormsSayWhatIsRight(text: String, advice: String) async throws {
            try await Scratch.with { scratch in
                // A port alone is one of loopback where it is the operator's own.
                for option in ["--listen"] + (Int(text) == nil ? ["--admin-listen"] : []) {
                    let other = option == "--listen" ? [] : ["--listen", "127.0.0.1:0"]
                    let result = try await scratch.run(
                        Checkout.populus,
                        ["leader", "--store", "none.sqlite", "--task", "none.json", option, text] + other,
                        within: .seconds(20))
                    #expect(result.status == 64, "\(result.output)")
                    #expect(result.stderr.contains(option) && result.stderr.contains(advice), "\(result.stderr)")
                }
            }
        }

        @Test func oneFamilyThatIsTakenIsTooMany() async throws {
            try await Scratch.with { scratch in
                for isNew in Loopback.hasIPv6 ? [false, true] : [false] {
                    let port = try Loopback.freePort()
                    let old = isNew ? nil : Loopback.Listener(port: port)
                    let new = isNew ? Loopback.IPv6Listener(port: port) : nil
                    let result = try await scratch.populus(
                        "interop", "client", "--listen", "*:\(port)", within: .seconds(20))
                    #expect(result.status == 71 && result.stdout.isEmpty, "\(result.output)")
                    let taken = isNew ? "::" : "0.0.0.0"
                    #expect(result.stderr.contains("port \(port) of \(taken) is taken"), "\(result.stderr)")
                    // Neither of the two is left behind.
                    #expect(!RawConversation(port: port, host: isNew ? "127.0.0.1" : "::1").isAnswered)
                    withExtendedLifetime((old, new)) {}
                }
                let unknown = try await scratch.populus("interop", "client", "--listen", "no-such-host.invalid:9001")
                #expect(unknown.status == 71 && unknown.stderr.contains("no-such-host.invalid"), "\(unknown.output)")
            }
        }

        /// The two addresses of one server must not want the same port, however they are written.
        @Test func theOperatorsAddressIsAnother() async throws {
            try await Scratch.with { scratch in
                for (listen, admin) in [("*:9001", "127.0.0.1:9001"), ("127.0.0.1:9001", "localhost:9001")] {
                    let result = try await scratch.run(
                        Checkout.populus,
                        [
                            "helper", "--store", "none.sqlite", "--task", "none.json", "--listen", listen,
                            "--admin-listen", admin,
                        ], within: .seconds(20))
                    #expect(result.status == 64 && result.stderr.contains("another port"), "\(result.output)")
                }
            }
        }
    }
}
