import Client
import Foundation
import PopulusDAP
import PopulusHTTPRequests
import PopulusTaskFiles
import PopulusWireCodec
import Testing

extension EndToEnd {
    /// Servers whose certificate nobody has signed: they are asked nothing, and the operator learns why.
    @Suite struct Certificates {
        /// Makes a task of counts for two addresses.
        private func makeTask(_ name: String, leader: String, helper: String, in scratch: Scratch) async throws {
            let result = try await scratch.populus(
                "task", "new", "--directory", scratch.file(name).path, "--leader", leader, "--helper", helper,
                "--min-batch-size", "10", "--vdaf", "prio3-count")
            try #require(result.status == 0, "\(result.output)")
        }

        @Test func clientsAndCollectorsSendNothing() async throws {
            try await Scratch.with { scratch in
                try await SecureServer.with(in: scratch) { server in
                    try await makeTask("task", leader: server.url, helper: "http://127.0.0.1:1/", in: scratch)
                    let lines = try scratch.write(Data("1\n".utf8), to: "lines")
                    for command in [["upload", "--task", "client", lines.path], ["collect", "--task", "collector"]] {
                        var command = command
                        command[2] = scratch.file("task/\(command[2]).json").path
                        let before = server.failedHandshakes
                        let result = try await scratch.run(Checkout.populus, command)
                        #expect(result.status == 69)
                        #expect(
                            result.stderr.contains("the certificate of the Leader at \(server.url)")
                                && result.stderr.contains("is not trusted"), "\(result.output)")
                        #expect(!result.stderr.contains("start it"), "\(result.output)")
                        #expect(server.failedHandshakes > before)
                    }
                    #expect(server.requests.isEmpty)
                }
            }
        }

        @Test func aLeaderSendsItsHelperNothing() async throws {
            try await Scratch.with { scratch in
                try await SecureServer.with(in: scratch) { server in
                    let port = try Loopback.freePort()
                    try await makeTask("task", leader: "http://127.0.0.1:\(port)/", helper: server.url, in: scratch)
                    let store = scratch.file("store.sqlite").path
                    let made = try await scratch.populus(
                        "store", "create", "--store", store, "--task", scratch.file("task/leader.json").path)
                    try #require(made.status == 0, "\(made.output)")
                    let leader = try RunningProcess(
                        Checkout.populus,
                        [
                            "leader", "--listen", "127.0.0.1:\(port)", "--store", store,
                            "--task", scratch.file("task/leader.json").path,
                        ], name: "leader", in: scratch)
                    try await wait(for: "the ready line", within: .seconds(30)) {
                        Scratch.text(leader.stdout).contains("\n") ? () : nil
                    }
                    try await upload(scratch.file("task/client.json").path)
                    try await wait(for: "the Leader's word", within: .seconds(30)) {
                        leader.output.contains("the certificate of \(server.url) is not trusted") ? () : nil
                    }
                    #expect(leader.output.contains("the Helper does not answer as it should; trying again"))
                    #expect(server.failedHandshakes > 0 && server.requests.isEmpty)

                    // No certificate at all: this one speaks plain HTTP.
                    try await makeTask(
                        "wrong", leader: "https://localhost:\(port)/", helper: server.url, in: scratch)
                    let collected = try await scratch.populus(
                        "collect", "--task", scratch.file("wrong/collector.json").path)
                    #expect(
                        collected.status == 69 && collected.stderr.contains("does not speak TLS"),
                        "\(collected.output)")
                    await leader.stop()
                }
            }
        }

        /// Uploads a report whose Helper's share nobody can open: its Helper cannot be asked for a key.
        private func upload(_ path: String) async throws {
            let file = try TaskFile(readingFrom: path, as: .client)
            let requester = DAPRequester()
            let url = file.configuration.leaderURL("hpke_config")
            let leader = try await requester.send(DAPRequest(.get, url)).hpkeConfig(of: url)
            let maker = try ReportMaker(
                taskID: file.taskID, configuration: file.configuration, leader: leader,
                helper: HpkeKeyPair.generate(id: 1).config)
            let id = ReportID.random()
            var request = WireWriter(capacity: 1 << 12)
            request.append(try maker.seal(try maker.shard(.integer(1), id: id), id: id))
            let transport = HTTPUploadTransport(
                task: file.taskID, configuration: file.configuration, requester: requester)
            #expect(try await transport.upload(request.bytes).errors.status.isEmpty)
            await requester.shutdown()
        }
    }
}
