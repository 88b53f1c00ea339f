import Aggregator
import AggregatorHost
import AggregatorServer
import Foundation
import PopulusDAP
import PopulusTaskFiles
import StoreMemory
import Testing

/// Tokens of tasks take each other's places: both are valid meanwhile, and no answer has one.
@Suite struct TokenRotationTests {
    private let clock = SetClock()

    private func request(
        _ action: TokenRequest.Action, _ kind: TokenRequest.Kind, digest: String? = nil, ids: [String]? = nil,
        othersFor: UInt64? = nil, open: Bool? = nil
    ) -> TokenRequest {
        var request = TokenRequest(action, kind)
        (request.digest, request.ids, request.othersFor, request.open) = (digest, ids, othersFor, open)
        return request
    }

    private func states(_ details: TaskDetails, _ kind: TokenRequest.Kind) -> [String] {
        (details.tokens ?? []).filter { $0.kind == kind }.map(\.state)
    }

    private func isRefused(_ body: () async throws -> Void) async -> Bool {
        do { try await body() } catch {
            switch error as? TaskDeskError {
            case .conflict, .malformed: return true
            default: return false
            }
        }
        return false
    }

    /// The Leader draws, the Helper accepts, the Leader shows, the Helper removes: each step twice.
    @Test func whatTheLeaderShowsIsReplaced() async throws {
        let leader = try RotatingProcess(RotatingProcess.disk(.leader), clock: clock)
        let helper = try RotatingProcess(RotatingProcess.disk(.helper), clock: clock)
        let files = try RotatingProcess.files()
        let (task, made) = (files.taskID, try await leader.tasks.add(files.registration(of: .leader).encoded()).0)
        let first = try #require(made.aggregatorTokenDigest)
        _ = try await helper.tasks.add(
            files.registration(of: .helper).with(leaderTokenDigest: Base64URL.decode(first) ?? []).encoded())

        let drawn = try await leader.change(task, request(.draw, .leader))
        #expect(states(drawn, .leader) == ["shown", "waiting"] && drawn.aggregatorTokenDigest == first)
        let again = try await leader.change(task, request(.draw, .leader))
        #expect(again.tokens == drawn.tokens)
        let second = try #require(drawn.tokens?.first { $0.state == "waiting" }?.digest)
        for _ in 0..<2 {
            let known = try await helper.change(task, request(.accept, .leader, digest: second))
            #expect(states(known, .leader) == ["valid", "valid"])
        }
        for _ in 0..<2 {
            let shown = try await leader.change(task, request(.show, .leader, digest: second))
            #expect(states(shown, .leader) == ["shown"] && shown.aggregatorTokenDigest == second)
        }
        // What was forgotten cannot be shown again.
        #expect(await isRefused { try await leader.change(task, request(.show, .leader, digest: first)) })
        let old = try #require(try await helper.tasks.show(task).tokens?.first { $0.digest == first }?.id)
        for _ in 0..<2 {
            let left = try await helper.change(task, request(.remove, .leader, ids: [old]))
            #expect(left.tokens?.map(\.digest) == [second])
        }
        let last = try #require(try await helper.tasks.show(task).tokens?.first?.id)
        #expect(await isRefused { try await helper.change(task, request(.remove, .leader, ids: [last])) })
        // Each does what is its own.
        for (process, wrong) in [
            (leader, request(.accept, .leader, digest: second)), (helper, request(.draw, .leader)),
            (helper, request(.accept, .collector, digest: second)), (leader, request(.draw, .collector)),
        ] {
            #expect(await isRefused { try await process.change(task, wrong) })
        }
        try await leader.end()
        try await helper.end()
    }

    /// A token of the Collector goes by itself when its time has come; one of clients may be the last.
    @Test func whatTheLeaderChecksIsReplaced() async throws {
        let disk = RotatingProcess.disk(.leader)
        var process = try RotatingProcess(disk, clock: clock)
        let registration = try RotatingProcess.files().registration(of: .leader)
        let task = registration.taskID
        _ = try await process.tasks.add(registration.encoded())
        let digest = Base64URL.encode(TaskRegistration.digest(of: "another-token-of-the-collector"))
        var details = try await process.change(task, request(.accept, .collector, digest: digest, othersFor: 100))
        #expect(states(details, .collector) == ["valid", "valid"])
        clock.pass(99)
        #expect(states(try await process.tasks.show(task), .collector) == ["valid", "valid"])
        clock.pass(1)
        #expect(states(try await process.tasks.show(task), .collector) == ["over", "valid"])
        #expect(try await process.tasks.keepSchedule())
        details = try await process.tasks.show(task)
        #expect(details.tokens?.filter { $0.kind == .collector }.map(\.digest) == [digest])

        #expect(states(details, .upload) == [])
        details = try await process.change(task, request(.accept, .upload, digest: digest))
        let id = try #require(details.tokens?.first { $0.kind == .upload }?.id)
        #expect(await isRefused { try await process.change(task, request(.remove, .upload, ids: [id])) })
        try await process.end()
        process = try RotatingProcess(disk, clock: clock)
        #expect(try await process.tasks.show(task).tokens == details.tokens)
        details = try await process.change(task, request(.remove, .upload, ids: [id], open: true))
        #expect(states(details, .upload) == [])
        for wrong in [nil, "", "x", Base64URL.encode([1, 2, 3])] {
            #expect(await isRefused { try await process.change(task, request(.accept, .upload, digest: wrong)) })
        }
        #expect(await isRefused { _ = try await process.tasks.changeToken(task, [1]) })
        try await process.end()
    }
}
