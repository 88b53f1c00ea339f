import Aggregator
import AggregatorHost
import AggregatorServer
import AggregatorServerHarness
import HTTPServing
import HTTPServingHarness
import HTTPTypes
import Logging
import PopulusDAP
import PopulusTLS
import TLSHarness
import Testing

/// From one process of a role to another: what is passed on arrives, and what comes back is what the other one said.
@Suite struct ReplicaLinkTests {
    private func withLink<Result: Sendable>(
        secret: [UInt8] = OwningHelper.secret, limits: HTTPReplicaLink.Limits = .init(),
        tls: ClientTLS? = nil, isSecure: Bool = false, _ body: (HTTPReplicaLink) async throws -> Result
    ) async throws -> Result {
        let client = HTTPReplicaLink.makeClient()
        do {
            let result = try await body(
                HTTPReplicaLink(
                    client: client, secret: ReplicaSecret(secret), limits: limits, tls: tls, isSecure: isSecure))
            try await client.shutdown()
            return result
        } catch {
            try await client.shutdown()
            throw error
        }
    }

    /// What a request that is passed on comes to.
    private func outcome(
        _ link: HTTPReplicaLink, _ request: JobRequest, _ task: TaskID, at base: String = "127.0.0.1", port: Int
    ) async -> Result<ResourceState, AggregatorError> {
        do throws(AggregatorError) {
            let answer = try await link.forward(request, task: task, to: "\(base):\(port)")
            return .success(answer.state)
        } catch { return .failure(error) }
    }

    private func isElsewhere(_ outcome: Result<ResourceState, AggregatorError>) -> Bool {
        if case .failure(.elsewhere) = outcome { true } else { false }
    }

    private static let poll = JobRequest(kind: .poll(step: 3), id: .random(), body: [])

    @Test func whatIsPassedOnArrives() async throws {
        // The greatest that a Helper takes.
        let large = (0..<(36 << 20)).map { UInt8(truncatingIfNeeded: $0 >> 16 &+ $0 &* 7) }
        let requests = [
            JobRequest(kind: .create, id: .random(), body: large),
            JobRequest(kind: .post(.aggregationJobContinueReq), id: .random(), body: [1]),
            JobRequest(kind: .post(.walkEvaluateReq), id: .random(), body: [2]),
            JobRequest(kind: .post(.walkVerdictReq), id: .random(), body: [3]),
            JobRequest(kind: .poll(step: nil), id: .random(), body: []),
            JobRequest(kind: .poll(step: 65_535), id: .random(), body: []),
        ]
        let states: [ResourceState] = [
            .ready(body: [9, 8], mediaType: .aggregationJobResp), .ready(body: [7], mediaType: .walkVerdictResp),
            .ready(body: [], mediaType: .walkEvaluateResp), .processing(retryAfter: nil),
            .processing(retryAfter: .seconds(2)), .processing(retryAfter: .zero),
        ]
        let left = HandedOut(states)
        let helper = OwningHelper { _ throws(AggregatorError) in left.next() }
        try await helper.serving { port, _ in
            try await withLink { link in
                for (request, state) in zip(requests, states) {
                    let answer = await outcome(link, request, helper.backend.task, port: port)
                    #expect(answer == .success(state), "\(request.kind)")
                }
            }
        }
        let asked = helper.asked
        #expect(asked.map(\.kind) == requests.map(\.kind))
        #expect(asked.map(\.id) == requests.map(\.id))
        // Not compared in the expectation, which would print both.
        let isWhole = zip(asked, requests).allSatisfy { $0.body == $1.body }
        #expect(isWhole)
    }

    /// Every way in which a process can refuse a request; what stands in its log only is told as that.
    private static let errors: [AggregatorError] =
        ProblemType.known.map { .problem($0, detail: "why \($0)") } + [
            .problem(.other("urn:x"), detail: "d"), .unsupportedExtensions([7, 65_535]), .unsupportedMediaType,
            .clocksDiffer(detail: "ten minutes"), .notFound,
            .failed(ProblemDocument(type: .walkEnded, status: 409, detail: "it has", party: .helper), status: 409),
            .store(.full("here")), .store(.moved("here")), .store(.putBack("here")), .store(.uncertain("here")),
            .store(.unreachable("here")), .store(.damaged("here")), .elsewhere("there"), .internal("here"),
        ]

    @Test(arguments: ReplicaLinkTests.errors) func refusalsComeBackAsTheyWere(error: AggregatorError) async throws {
        let helper = OwningHelper { _ throws(AggregatorError) in throw error }
        try await helper.serving { port, _ in
            try await withLink { link in
                let found = await outcome(link, Self.poll, helper.backend.task, port: port)
                guard case .failure(let told) = found else {
                    Issue.record("\(found)")
                    return
                }
                switch (error, told) {
                case (.store(.full), .store(.full)), (.store(.moved), .store(.moved)),
                    (.store(.putBack), .store(.moved)), (.store(.uncertain), .store(.uncertain)),
                    (.store(.unreachable), .store(.server)), (.store(.damaged), .store(.server)),
                    (.elsewhere, .elsewhere), (.internal, .internal):
                    #expect(!"\(told)".contains("here\""), "the machine's reason leaves it: \(told)")
                default: #expect(told == error)
                }
                // The Leader gets what it would get from the owner.
                let (mine, its) = (await answer(error), await answer(told))
                #expect(mine == its)
            }
        }
    }

    /// What a Leader is answered where its request comes to an error.
    private func answer(_ error: AggregatorError) async -> ServerResponse? {
        let backend = FakeBackend(.helper) { _ throws(AggregatorError) in throw error }
        let registry = TaskRegistry(role: .helper)
        do { try registry.add(backend.served()) } catch { return nil }
        let handler = ResourceHandler(registry: registry, logger: .silent)
        let path = "/tasks/\(backend.task)/aggregation_jobs/\(Self.poll.id)?step=3"
        guard
            case .success(let admission) = handler.admit(
                HTTPRequest(
                    method: .get, scheme: nil, authority: "a", path: path,
                    headerFields: [.authorization: "Bearer leaders-token"]))
        else { return nil }
        var response = await handler.respond(to: admission.route, body: [])
        // Each has a task of its own here.
        response.body = Array(
            String(decoding: response.body, as: UTF8.self).replacing("\(backend.task)", with: "TASK").utf8)
        return response
    }

    /// The address that a process tells says whether it speaks TLS; one that does passes nothing on without.
    @Test func overTLS() async throws {
        try await withFolder { folder in
            let (own, other) = (try TestAuthority("own", in: folder), try TestAuthority("other", in: folder))
            let issued = try own.issue("server", names: ["DNS:localhost"])
            let tls = try ServerTLS(CredentialFiles(certificate: issued.certificate, key: issued.key))
            let (trusting, wary) = (
                try ClientTLS(authorities: own.certificate), try ClientTLS(authorities: other.certificate)
            )
            let helper = OwningHelper { _ throws(AggregatorError) in .processing(retryAfter: nil) }
            let (task, secure) = (helper.backend.task, "https://localhost")
            try await helper.serving(tls: tls) { port, plain in
                try await withLink(tls: trusting, isSecure: true) { link in
                    let answer = await outcome(link, Self.poll, task, at: secure, port: port)
                    #expect(answer == .success(.processing(retryAfter: nil)))
                    // A host that the certificate does not have, and an address of plain HTTP.
                    #expect(isElsewhere(await outcome(link, Self.poll, task, at: "https://127.0.0.1", port: port)))
                    guard case .failure(.elsewhere(let reason)) = await outcome(link, Self.poll, task, port: plain)
                    else {
                        Issue.record("something was passed on over plain HTTP")
                        return
                    }
                    #expect(reason.contains("speaks plain HTTP"))
                }
                try await withLink(tls: wary, isSecure: true) { link in
                    let refused = await outcome(link, Self.poll, task, at: secure, port: port)
                    guard case .failure(.elsewhere(let reason)) = refused else {
                        Issue.record("\(refused)")
                        return
                    }
                    #expect(reason.contains("is not trusted"))
                }
            }
            #expect(helper.asked.count == 1)
        }
    }

    @Test func anOwnerThatIsAway() async throws {
        try await withLink { link in
            let begin = ContinuousClock.now
            let found = await outcome(link, Self.poll, .random(), port: 1)
            #expect(isElsewhere(found), "\(found)")
            #expect(begin.duration(to: .now) < .seconds(5))
        }
    }

    /// Who takes its time is waited for; who takes too long is not.
    @Test func anOwnerThatIsSlow() async throws {
        let helper = OwningHelper { _ throws(AggregatorError) in
            try? await Task.sleep(for: .milliseconds(600))
            return .ready(body: [1], mediaType: .walkVerdictResp)
        }
        var hasty = HTTPReplicaLink.Limits()
        hasty.deadline = .milliseconds(200)
        try await helper.serving { [hasty] port, _ in
            try await withLink { link in
                let found = await outcome(link, Self.poll, helper.backend.task, port: port)
                #expect(found == .success(.ready(body: [1], mediaType: .walkVerdictResp)))
            }
            try await withLink(limits: hasty) { link in
                let found = await outcome(link, Self.poll, helper.backend.task, port: port)
                #expect(isElsewhere(found), "\(found)")
            }
        }
    }

    /// An owner that stands still: who passed a request on stops waiting when it says so, at once.
    @Test func waitingCanBeEnded() async throws {
        let helper = OwningHelper { _ throws(AggregatorError) in
            try? await Task.sleep(for: .seconds(3))
            return .processing(retryAfter: nil)
        }
        try await helper.serving { port, _ in
            try await withLink { link in
                let begin = ContinuousClock.now
                let waiting = Task { await outcome(link, Self.poll, helper.backend.task, port: port) }
                while helper.asked.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
                waiting.cancel()
                #expect(isElsewhere(await waiting.value))
                #expect(begin.duration(to: .now) < .seconds(2))
            }
        }
    }

    @Test func anotherSecretIsRefused() async throws {
        let helper = OwningHelper { _ throws(AggregatorError) in .processing(retryAfter: nil) }
        try await helper.serving { port, outer in
            try await withLink(secret: [1, 2, 3]) { link in
                let found = await outcome(link, Self.poll, helper.backend.task, port: port)
                #expect(isElsewhere(found), "\(found)")
            }
            try await withLink { link in
                // The public address knows neither the secret nor what is passed on.
                let found = await outcome(link, Self.poll, helper.backend.task, port: outer)
                #expect(isElsewhere(found), "\(found)")
            }
        }
        #expect(helper.asked.isEmpty && helper.backend.asked.isEmpty)
    }

    /// Whatever else answers has decided nothing: another server that took the address, a task that is not served there, a task
    /// without its store.
    @Test func whatIsNoAnswerOfAProcessIsNoVerdict() async throws {
        let (answers, pages) = ([200, 302, 400, 404, 409, 500], ["", "{}", "<h1>x</h1>"])
        for status in answers {
            for page in pages {
                let other = OtherServer(status: status, page: page)
                try await withServer(other) { port in
                    try await withLink { link in
                        let found = await outcome(link, Self.poll, .random(), port: port)
                        #expect(isElsewhere(found), "\(status) \(page): \(found)")
                    }
                }
            }
        }
        let helper = OwningHelper { _ throws(AggregatorError) in .processing(retryAfter: nil) }
        try await helper.serving { port, _ in
            try await withLink { link in
                #expect(isElsewhere(await outcome(link, Self.poll, .random(), port: port)))
            }
        }
        try await helper.serving(refusal: .moved("here")) { port, _ in
            try await withLink { link in
                let found = await outcome(link, Self.poll, helper.backend.task, port: port)
                guard case .failure(.store(.moved)) = found else {
                    Issue.record("\(found)")
                    return
                }
            }
        }
        #expect(helper.asked.isEmpty)
    }

    /// An answer with the field, and without what has to stand beside it.
    @Test func anOutcomeWithoutItsDocumentIsNoVerdict() {
        for outcome in ReplicaOutcome.allCases {
            for status in [200, 404] {
                let reply = ReplicaOutcome.Reply(
                    status: status, outcome: outcome.rawValue, mediaType: nil, retryAfter: nil,
                    body: Array("<h1>x</h1>".utf8))
                do throws(AggregatorError) {
                    let state = try ReplicaOutcome.read(reply)
                    Issue.record("\(outcome) became \(state)")
                } catch {
                    switch error {
                    case .problem, .failed, .unsupportedExtensions, .clocksDiffer:
                        Issue.record("\(outcome) became \(error)")
                    default: break
                    }
                }
            }
        }
    }
}
