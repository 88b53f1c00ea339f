import Aggregator
import AggregatorHost
import AggregatorServer
import AggregatorServerHarness
import AsyncHTTPClient
import HTTPServingHarness
import PopulusDAP
import Synchronization
import Testing

/// Answers that come later: what goes over the wire, and how the Leader reads it.
@Suite struct PollingTests {
    private func exchange(
        port: Int, _ method: String, _ path: String, type: MediaType? = nil, body: [UInt8] = []
    ) async throws -> RawSocket.Reply {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
        head += "Authorization: Bearer leaders-token\r\n"
        if let type { head += "Content-Type: \(type)\r\nContent-Length: \(body.count)\r\n" }
        return try await RawSocket.exchange(port: port, head + "\r\n", body: body)
    }

    @Test func aJobThatIsNotReadySaysWhereAndWhenToAskAgain() async throws {
        let helper = try SlowHelper(polls: 1)
        try await helper.serving { port async throws in
            let jobs = "/tasks/\(helper.task.id)/aggregation_jobs"
            let created = try await exchange(port: port, "POST", jobs, type: .aggregationJobInitReq, body: [1])
            #expect(created.status == 201 && created.body.isEmpty)
            #expect(created.text.contains("Location: \(jobs)/\(helper.job)?step=0\r\n"), "\(created.text)")
            #expect(created.text.contains("Retry-After: 2\r\n"))
            #expect(!created.text.contains("Content-Type"))

            let job = "\(jobs)/\(helper.job)"
            let waiting = try await exchange(port: port, "GET", "\(job)?step=0")
            #expect(waiting.status == 200 && waiting.body.isEmpty)
            #expect(waiting.text.contains("Location: \(job)?step=0\r\n") && waiting.text.contains("Retry-After: 2\r\n"))
            let ready = try await exchange(port: port, "GET", "\(job)?step=0")
            #expect(ready.status == 200 && ready.body == "a")
            #expect(ready.text.contains("Content-Type: application/ppm-dap;message=aggregation-job-resp\r\n"))
            #expect(!ready.text.contains("Retry-After"))

            let continued = try await exchange(
                port: port, "POST", job, type: .aggregationJobContinueReq, body: [0, 1, 9])
            #expect(continued.status == 200 && continued.text.contains("Location: \(job)?step=1\r\n"))
        }
    }

    @Test(arguments: ["", "?step=", "?step=x", "?step=-1", "?step=65536", "?steps=1"])
    func aPollWithoutAStepIsRefused(query: String) async throws {
        let helper = try SlowHelper(polls: 0)
        try await helper.serving { port async throws in
            let reply = try await exchange(
                port: port, "GET", "/tasks/\(helper.task.id)/aggregation_jobs/\(helper.job)\(query)")
            #expect(reply.status == 400 && reply.body.contains("invalidMessage"), "\(reply.text)")
        }
    }

    /// The later messages of a walk have no step of DAP's; a step that is no number is an error nevertheless.
    @Test func aWalksJobIsAskedForWithoutAStep() async throws {
        let helper = try SlowHelper(polls: 0, hasWalks: true)
        try await helper.serving { port async throws in
            let job = "/tasks/\(helper.task.id)/aggregation_jobs/\(helper.job)"
            let reply = try await exchange(port: port, "GET", job)
            #expect(reply.status == 200 && reply.body == "z")
            #expect(reply.text.contains("Content-Type: application/vnd.populus.walk;message=verdict-resp\r\n"))
            #expect(try await exchange(port: port, "GET", job + "?step=x").status == 400)
        }
    }

    @Test func anAggregateShareIsPolledForAndDeleted() async throws {
        let helper = try SlowHelper(polls: 1)
        try await helper.serving { port async throws in
            let shares = "/tasks/\(helper.task.id)/aggregate_shares"
            let created = try await exchange(port: port, "POST", shares, type: .aggregateShareReq, body: [1])
            #expect(created.status == 201 && created.text.contains("Location: \(shares)/\(helper.share)\r\n"))
            #expect(created.text.contains("Retry-After: 2\r\n") && created.body.isEmpty)
            let share = "\(shares)/\(helper.share)"
            #expect(try await exchange(port: port, "GET", share).body.isEmpty)
            let ready = try await exchange(port: port, "GET", share)
            #expect(ready.body == "s")
            #expect(ready.text.contains("Content-Type: application/ppm-dap;message=aggregate-share\r\n"))
            #expect(try await exchange(port: port, "DELETE", share).status == 200)
            #expect(try await exchange(port: port, "GET", share).status == 404)
            #expect(try await exchange(port: port, "GET", "\(shares)/nonsense").status == 404)
            #expect(try await exchange(port: port, "PUT", share).status == 405)
        }
    }

    @Test func theLeaderReadsWhatIsNotReady() async throws {
        let helper = try SlowHelper(polls: 2)
        let task = helper.task.id
        try await helper.serving { port async throws in
            let client = HTTPHelperPeer.makeClient()
            let peer = HTTPHelperPeer(client: client, url: "http://127.0.0.1:\(port)", token: "leaders-token")
            do {
                let wait = ResourceState.processing(retryAfter: .seconds(2))
                #expect(
                    try await peer.createAggregationJob(task: task, body: [1]) == .init(id: helper.job, state: wait))
                #expect(
                    try await peer.aggregationJob(task: task, id: helper.job, step: 0)
                        == .init(id: helper.job, state: wait))
                _ = try await peer.aggregationJob(task: task, id: helper.job, step: 0)
                #expect(
                    try await peer.aggregationJob(task: task, id: helper.job, step: 0)
                        == .init(id: helper.job, body: Array("a".utf8), mediaType: .aggregationJobResp))
                let share = try await peer.createAggregateShare(task: task, mediaType: .aggregateShareReq, body: [1])
                #expect(share == .init(id: helper.share, state: wait))
                for _ in 0..<2 { #expect(try await peer.aggregateShare(task: task, id: share.id).state == wait) }
                #expect(
                    try await peer.aggregateShare(task: task, id: share.id).state
                        == .ready(body: Array("s".utf8), mediaType: .aggregateShare))
                try await peer.deleteAggregateShare(task: task, id: share.id)
            } catch { Issue.record("\(error)") }
            try await client.shutdown()
        }
    }
}
