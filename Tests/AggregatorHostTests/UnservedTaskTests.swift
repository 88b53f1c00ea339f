import Aggregator
import AggregatorHost
import AggregatorServer
import HTTPServing
import HTTPTypes
import Logging
import PopulusDAP
import PopulusTaskFiles
import Testing

/// A task that is not served for now goes by its keys and tokens as they are: whoever asks hears "not now" and never "no".
@Suite struct UnservedTaskTests {
    private let clock = SetClock()
    private let disk = RotatingProcess.disk(.leader)

    /// What a Collector is answered who shows a token.
    private func status(_ process: RotatingProcess, _ task: TaskID, _ token: String) async throws -> Int {
        let handler = ResourceHandler(
            registry: process.host.registry, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        var head = HTTPRequest(
            method: .post, scheme: "http", authority: "a", path: "/tasks/\(task)/collection_jobs")
        head.headerFields[.contentType] = MediaType.collectionJobReq.description
        head.headerFields[.authorization] = "Bearer \(token)"
        switch handler.admit(head) {
        case .failure(let refusal): return handler.response(for: refusal, to: head).status.code
        case .success(let admission): return await handler.respond(to: admission.route, body: [1]).status.code
        }
    }

    @Test func itsKeysAndTokensAreThoseThatAreKept() async throws {
        var process = try RotatingProcess(disk, clock: clock)
        let registration = try RotatingProcess.files().registration(of: .leader)
        let task = registration.taskID
        _ = try await process.tasks.add(registration.encoded())
        let old = try #require(process.offered(task).first)
        try await process.rotateKey(task)
        let token = "another-token-of-the-collector"
        var request = TokenRequest(.accept, .collector)
        request.digest = Base64URL.encode(TaskRegistration.digest(of: token))
        try await process.change(task, request)
        try await process.end()

        process = try RotatingProcess(disk, clock: clock, failing: .database("a lock"))
        #expect(try await process.tasks.show(task).task.state == .unserved)
        // From the beginning, before anything looks at times.
        #expect(try await status(process, task, token) == 503)
        #expect(try await status(process, task, "a-token-that-nobody-knows") == 403)
        // The new key is pending, and nobody is told of it yet.
        #expect(process.host.registry[task]?.backend.hpkeConfigList().configs.map(\.id) == [old])
        #expect(process.offered(task) == [old])
        #expect(try await process.keys(task).map(\.state) == ["pending", "active"])
        // What is changed meanwhile is changed.
        request.digest = Base64URL.encode(TaskRegistration.digest(of: token + "2"))
        let details = try await process.change(task, request)
        #expect(details.tokens?.count { $0.kind == .collector } == 3)
        #expect(try await status(process, task, token + "2") == 503)
        clock.pass(60)
        #expect(process.offered(task).count == 1 && process.offered(task) != [old])
        try await process.end()
    }
}
