import Aggregator
import PopulusDAP
import Synchronization
import Testing

/// Who drives a step, where that changes while it is under way.
@Suite struct DriverTests {
    /// A Leader counts as dead for a moment while it drives a step: it learns that another one drives it now, and tells that one
    /// what it has done.
    @Test(arguments: ReplicaKind.allCases) func aDriverIsTakenForDeadOnce(on kind: ReplicaKind) async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 1)
        let replicas = try await simulation.replicate(on: kind)
        try await simulation.upload(ReplicaWalkTests.values)
        // So that the step is under way for a while.
        simulation.peer.set { hooks in
            hooks.onRequest = { _, _ in
                workBriefly()
                return .none
            }
        }
        let steps = Mutex<[Task<Bool, any Error>]>([])
        let found = try await simulation.walk(
            ReplicaWalkTests.values, threshold: 5,
            beforeStep: { _ in steps.withLock { $0.append(Task { try await takeForDead(replicas) }) } })
        #expect(found == ReplicaWalkTests.found)
        var times = 0
        for step in steps.withLock({ $0 }) where try await step.value { times += 1 }
        #expect(times > 0, "no driver was taken for dead in time")
        try await replicas.stop()
    }
}

/// Has whoever drives the next step count as dead until another Leader drives it.
///
/// - Returns: false where the step was done before that.
private func takeForDead(_ replicas: Replicas) async throws -> Bool {
    let store = try replicas.leader("l1").store
    @Sendable func driver() async throws -> WorkOwner? {
        try await store.read("test") { transaction in
            try transaction.runningResources().first.flatMap { try transaction.owner(of: .resource($0.id)) }
        }
    }
    for _ in 0..<1000 {
        let all = replicas.leaders.withLock { $0 }
        guard let owner = try await driver(), owner.isAlive,
            let (name, process) = all.first(where: { $0.value.store.replica.id == owner.replica })
        else {
            try await Task.sleep(for: .milliseconds(1))
            continue
        }
        try replicas.leaderDisk.expire(owner.replica)
        var now: WorkOwner? = owner
        while now?.replica == owner.replica {
            try await Task.sleep(for: .milliseconds(1))
            now = try await driver()
        }
        try await replicas.leaderDisk.revive(process.store, as: name)
        return now != nil
    }
    return false
}
