import Aggregator
import AggregatorHost
import AggregatorServer
import AggregatorServerHarness
import AsyncHTTPClient
import Foundation
import HTTPServingHarness
import PopulusDAP
import Testing

/// The Leader's way to its Helper: what it sends, and how it reads every kind of answer.
@Suite struct HelperPeerTests {
    private func withPeer<Result: Sendable>(
        port: Int, token: String = "leaders-token", limits: HTTPHelperPeer.Limits = .init(),
        _ body: (HTTPHelperPeer) async throws -> Result
    ) async throws -> Result {
        let client = HTTPHelperPeer.makeClient()
        let peer = HTTPHelperPeer(client: client, url: "http://127.0.0.1:\(port)", token: token, limits: limits)
        do {
            let result = try await body(peer)
            try await client.shutdown()
            return result
        } catch {
            try await client.shutdown()
            throw error
        }
    }

    @Test func requestsReachTheHelperAndAnswersComeBack() async throws {
        let job = AggregationJobID.random()
        let shareID = AggregateShareID.random()
        let backend = FakeBackend(.helper) { request throws(AggregatorError) in
            switch request.operation {
            case .createAggregationJob:
                ResourceAnswer(
                    status: .created, body: [1], mediaType: .aggregationJobResp, location: .init(created: job.base64URL)
                )
            case .postAggregationJob: ResourceAnswer(body: [2], mediaType: .walkVerdictResp)
            case .createAggregateShare:
                ResourceAnswer(
                    status: .created, body: [3], mediaType: .aggregateShare, location: .init(created: shareID.base64URL)
                )
            default: ResourceAnswer()
            }
        }
        // The greatest shard that any setting allows.
        let large = (0..<(36 << 20)).map { UInt8(truncatingIfNeeded: $0 >> 16 &+ $0 &* 7) }
        try await backend.serving { port in
            try await withPeer(port: port) { peer in
                let created = try await peer.createAggregationJob(task: backend.task, body: large)
                #expect(created == .init(id: job, body: [1], mediaType: .aggregationJobResp))
                let posted = try await peer.postAggregationJob(
                    task: backend.task, id: job, mediaType: .walkVerdictReq, body: [9])
                #expect(posted == .init(id: job, body: [2], mediaType: .walkVerdictResp))
                let share = try await peer.createAggregateShare(
                    task: backend.task, mediaType: .walkAggregateShareReq, body: [8])
                #expect(share == .init(id: shareID, body: [3], mediaType: .aggregateShare))
                try await peer.deleteAggregationJob(task: backend.task, id: job)
            }
        }
        let asked = backend.asked
        #expect(
            asked.map(\.operation) == [
                .createAggregationJob, .postAggregationJob, .createAggregateShare, .deleteAggregationJob,
            ])
        // Not compared in the expectation, which would print both.
        let isWhole = asked.first?.body == large
        #expect(isWhole)
        #expect(asked.dropFirst().map(\.body) == [[9], [8], []])
        #expect(asked.map(\.mediaType) == [.aggregationJobInitReq, .walkVerdictReq, .walkAggregateShareReq, nil])
        #expect(asked[1].id == job.base64URL)
    }

    @Test(
        arguments: [
            (AggregatorError.problem(.stepMismatch, detail: "d"), 409, ProblemType.stepMismatch),
            (.problem(.batchMismatch, detail: "d"), 409, .batchMismatch),
            (.unsupportedExtensions([7]), 400, .unsupportedExtension),
        ] as [(AggregatorError, Int, ProblemType)])
    func problemsArriveAsTheyWereSent(error: AggregatorError, status: Int, type: ProblemType) async throws {
        let backend = FakeBackend(.helper) { _ throws(AggregatorError) in throw error }
        try await backend.serving { port in
            try await withPeer(port: port) { peer in
                do throws(PeerError) {
                    _ = try await peer.createAggregateShare(
                        task: backend.task, mediaType: .aggregateShareReq, body: [1])
                    Issue.record("the refusal is lost")
                } catch {
                    guard case .problem(let document, status) = error else {
                        Issue.record("\(error)")
                        return
                    }
                    #expect(document.type == type && document.taskID == backend.task)
                }
            }
        }
    }

    @Test(
        arguments: [
            (AggregatorError.store(.full("x")), Duration.seconds(30)), (.store(.database("x")), .seconds(5)),
            (.internal("x"), nil),
        ] as [(AggregatorError, Duration?)])
    func whatMayPassIsTransient(error: AggregatorError, pause: Duration?) async throws {
        let backend = FakeBackend(.helper) { _ throws(AggregatorError) in throw error }
        try await backend.serving { port in
            try await withPeer(port: port) { peer in
                do throws(PeerError) {
                    _ = try await peer.createAggregationJob(task: backend.task, body: [1])
                    Issue.record("the failure is lost")
                } catch {
                    guard case .transient(_, let retryAfter) = error else {
                        Issue.record("\(error)")
                        return
                    }
                    #expect(retryAfter == pause)
                }
            }
        }
    }

    /// A wrong setup can be mended; a walk that is given up cannot.
    @Test func aWrongTokenIsTransient() async throws {
        let backend = FakeBackend(.helper)
        try await backend.serving { port in
            try await withPeer(port: port, token: "wrong") { peer in
                await #expect { _ = try await peer.createAggregationJob(task: backend.task, body: [1]) } throws: {
                    guard case PeerError.transient(let reason, _)? = $0 as? PeerError else { return false }
                    return reason.contains("403") && reason.contains("token")
                }
            }
        }
        #expect(backend.asked.isEmpty)
    }

    @Test func anotherTasksHelperIsTransient() async throws {
        let backend = FakeBackend(.helper)
        try await backend.serving { port in
            try await withPeer(port: port) { peer in
                await #expect { _ = try await peer.createAggregationJob(task: .random(), body: [1]) } throws: {
                    guard case PeerError.transient? = $0 as? PeerError else { return false }
                    return true
                }
            }
        }
        #expect(backend.asked.isEmpty)
    }

    @Test func aHelperThatIsAwayIsTransient() async throws {
        try await withPeer(port: 1) { peer in
            await #expect { _ = try await peer.createAggregationJob(task: .random(), body: [1]) } throws: {
                guard case PeerError.transient? = $0 as? PeerError else { return false }
                return true
            }
        }
    }

    /// A page of a proxy is no word that anything was deleted.
    @Test func aPageIsNoDeletion() async throws {
        let backend = FakeBackend(.helper) { _ throws(AggregatorError) in
            ResourceAnswer(body: Array("<h1>Log in</h1>".utf8), mediaType: MediaType(essence: "text/html"))
        }
        try await backend.serving { port in
            try await withPeer(port: port) { peer in
                await #expect(throws: PeerError.self) {
                    try await peer.deleteAggregationJob(task: backend.task, id: .random())
                }
                await #expect(throws: PeerError.self) {
                    try await peer.deleteAggregateShare(task: backend.task, id: .random())
                }
            }
        }
    }

    @Test func anotherMediaTypeIsTransient() async throws {
        let backend = FakeBackend(.helper) { _ throws(AggregatorError) in
            ResourceAnswer(
                status: .created, body: [1], mediaType: .aggregateShare,
                location: .init(created: AggregationJobID.random().base64URL))
        }
        try await backend.serving { port in
            try await withPeer(port: port) { peer in
                await #expect { _ = try await peer.createAggregationJob(task: backend.task, body: [1]) } throws: {
                    guard case PeerError.transient? = $0 as? PeerError else { return false }
                    return true
                }
            }
        }
    }

    /// A redirect or somebody's page: tried again for a time, and then a failure that the Collector is told.
    @Test(arguments: [
        ResourceAnswer(status: .temporaryRedirect, location: .init(created: "elsewhere")),
        ResourceAnswer(status: .movedPermanently), ResourceAnswer(body: [60], mediaType: .problem),
    ])
    func whatNoHelperSaysIsNotBorneForEver(answer: ResourceAnswer) async throws {
        let backend = FakeBackend(.helper) { request throws(AggregatorError) in
            request.body == [2] ? ResourceAnswer(body: [1], mediaType: .aggregateShare) : answer
        }
        var limits = HTTPHelperPeer.Limits()
        limits.longestMisunderstanding = .milliseconds(400)
        @Sendable func ask(_ peer: HTTPHelperPeer, _ body: [UInt8]) async -> PeerError? {
            do throws(PeerError) {
                _ = try await peer.createAggregateShare(
                    task: backend.task, mediaType: .walkAggregateShareReq, body: body)
                return nil
            } catch { return error }
        }
        try await backend.serving { [limits] port in
            try await withPeer(port: port, limits: limits) { peer in
                guard case .transient? = await ask(peer, [1]) else {
                    Issue.record("given up at once")
                    return
                }
                try await Task.sleep(for: .milliseconds(500))
                // Another request has its own time.
                guard case .transient? = await ask(peer, [3]) else {
                    Issue.record("given up at once")
                    return
                }
                guard case .problem(let document, _)? = await ask(peer, [1]) else {
                    Issue.record("it would be asked for ever")
                    return
                }
                #expect(document.type == .invalidMessage && document.detail?.contains("none of a Helper's") == true)
            }
        }
    }

    @Test func aHelperThatMisbehavesIsRefused() async throws {
        // No location; an answer beyond the limit; a location that is no ID.
        let answers = [
            ResourceAnswer(status: .created, body: [1], mediaType: .aggregationJobResp),
            ResourceAnswer(
                status: .created, body: [UInt8](repeating: 0, count: 2000), mediaType: .aggregationJobResp,
                location: .init(created: AggregationJobID.random().base64URL)),
            ResourceAnswer(
                status: .created, body: [1], mediaType: .aggregationJobResp, location: .init(created: "../../x")),
        ]
        for answer in answers {
            let backend = FakeBackend(.helper) { _ throws(AggregatorError) in answer }
            var limits = HTTPHelperPeer.Limits()
            limits.greatestAnswer = 1000
            try await backend.serving { [limits] port in
                try await withPeer(port: port, limits: limits) { peer in
                    await #expect { _ = try await peer.createAggregationJob(task: backend.task, body: [1]) } throws: {
                        guard case PeerError.problem(_, 400)? = $0 as? PeerError else { return false }
                        return true
                    }
                }
            }
        }
    }
}
