import Aggregator
import PopulusDAP
import PopulusVDAF
import Synchronization
import Testing

/// Forgetting goes page by page, beside whatever else goes on, and goes on after a kill.
@Suite struct ForgettingTests {
    private static let values = RestartTests.values

    /// Ends both aggregators after so many pages: what is left is known, and what went is refused, at any moment.
    @Test(arguments: [0, 1, 3]) func aKillAfterAnyPageForgetsNothingThatIsNotRefused(pages: Int) async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 100)
        simulation.settings.greatestPageUploads = 4
        try await simulation.restart(expiry: 1000)
        let time = simulation.factory.time
        let reports = try Self.values.enumerated().map { place, value in
            try simulation.factory.report(value, time: time - UInt64(place))
        }
        try await simulation.upload(reports)
        _ = try await simulation.walk(Self.values, threshold: 5)
        simulation.clock.advance(seconds: 2000)
        for (role, store) in [(Role.leader, simulation.leaderStore), (.helper, simulation.helperStore)] {
            let done = Mutex(0)
            store.beforeWrite.withLock { hook in
                hook = { name in
                    guard name == "forget expired reports" else { return }
                    let isOver = done.withLock { count in
                        count += 1
                        return count > pages
                    }
                    if isOver { throw StoreError.database("killed") }
                }
            }
            await #expect(throws: StoreError.self) {
                if role == .leader {
                    try await simulation.leader.forgetExpiredOnce()
                } else {
                    try await simulation.helper.forgetExpiredOnce()
                }
            }
        }
        // Clocks are back where the reports were young: each is known or below the floor.
        simulation.clock.setBack(seconds: 2000)
        try await simulation.restart(expiry: 1000)
        for (role, store) in [(Role.leader, simulation.leaderStore), (.helper, simulation.helperStore)] {
            let left = Self.values.count - 4 * pages
            #expect(try await simulation.known(role) == left, "\(role)")
            let floor = try await store.read("test") { try $0.forgottenBefore() }
            #expect(reports.count { $0.metadata.time.units >= floor } == left, "\(role)")
        }
        let errors = try await simulation.errors(reports)
        #expect(errors.count == reports.count && errors.count { $0 == .reportDropped } == 4 * pages)
        #expect(errors.count { $0 == .reportReplayed } == reports.count - 4 * pages)
        simulation.clock.advance(seconds: 2000)
        try await simulation.forgetExpired()
        for role in [Role.leader, .helper] { #expect(try await simulation.known(role) == 0, "\(role)") }
        simulation.clock.setBack(seconds: 2000)
        let answer = try await RogueLeader(simulation: simulation).create(walk: .random(), batch: .random())
        #expect(answer.verifyResps.allSatisfy { $0.outcome == .reject(.reportDropped) })
    }

    /// A shard of a walk that comes late is taken as the first one was; the Helper forgets nothing of that time meanwhile.
    @Test func aBatchDoesNotExpireOnItsWayToTheHelper() async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 7)
        // One after the other: the Helper has begun the walk when the second shard comes.
        simulation.settings.shardsInFlight = 1
        try await simulation.restart(expiry: 1000, leader: false)
        try await simulation.upload(Self.values)
        let created = Mutex(0)
        let (clock, helper) = (simulation.clock, simulation.helper)
        simulation.peer.set { hooks in
            hooks.onRequest = { call, _ in
                guard call == .create else { return .none }
                let isSecond = created.withLock { count in
                    count += 1
                    return count == 2
                }
                // All later shards come when their reports are too old for a walk that begins.
                if isSecond { clock.advance(seconds: 1500) }
                return .none
            }
        }
        let found = try await simulation.walk(
            Self.values, threshold: 5, beforeStep: { _ in try await helper.forgetExpiredOnce() })
        #expect(found == RestartTests.found)
        #expect(created.withLock { $0 } > 2)
    }

    /// Room is given back once a turn, however many pages there are: uploads wait for it.
    ///
    /// The next turn gives back what was in use, or what a turn that was cut off has left.
    @Test func roomIsGivenBackOnceATurn() async throws {
        let simulation = try Simulation(try TestTask())
        simulation.settings.greatestPageUploads = 3
        try await simulation.restart(expiry: 1000)
        try await simulation.upload(Self.values)
        simulation.clock.advance(seconds: 2000)
        let names = Mutex<[String]>([])
        simulation.leaderStore.beforeWrite.withLock { $0 = { name in names.withLock { $0.append(name) } } }
        try await simulation.leader.forgetExpiredOnce()
        func count(_ name: String) -> Int { names.withLock { $0.count { $0 == name } } }
        #expect(count("forget expired reports") > 1 && count("return forgotten room") == 1)
        try await simulation.leader.forgetExpiredOnce()
        #expect(count("return forgotten room") == 2)
    }

    /// Reports that were counted for a walk go before it takes them: it does not begin with fewer than it was to have.
    @Test func aWalkDoesNotBeginWithoutWhatWasCounted() async throws {
        let simulation = try Simulation(try TestTask())
        try await simulation.restart(expiry: 1000)
        try await simulation.upload(Self.values)
        simulation.clock.advance(seconds: 2000)
        let leader = simulation.leader
        simulation.leaderStore.holdsWrite.withLock { hook in
            hook = { name in
                guard name == "collection job" else { return }
                // That it went well is seen below.
                try? await leader.forgetExpiredOnce()
            }
        }
        let parameter = try Poplar1AggregationParameter(level: 2, prefixes: Simulation.extensions(Prefix(), to: 2))
        await #expect(throws: (any Error).self) {
            _ = try await simulation.collect(.random(), 0, parameter, query: .leaderSelected)
        }
        #expect(try await simulation.leaderStore.read("test") { try $0.walks().isEmpty })
        #expect(try await simulation.known(.leader) == 0)
    }

    /// What a collection waits for that goes on is not erased, and without one it is.
    @Test(arguments: [false, true]) func whatACollectionWaitsForStays(isAsked: Bool) async throws {
        let simulation = try BatchSimulation(
            try TestTask(.prio3Count, minBatchSize: 4, batchMode: .timeInterval, timePrecision: 100), jobReports: 2,
            change: {
                ($0.reportExpiry, $0.expiryInterval, $0.jobsInFlight) = (1000, .seconds(1_000_000), 1)
                $0.collectionPatience = 1_000_000
            })
        let helper = simulation.peer.helper.withLock { helper in
            defer { helper = nil }
            return helper
        }
        try await simulation.upload([VdafMeasurement](repeating: .integer(1), count: 12))
        let query = simulation.interval(-10, 11)
        simulation.clock.advance(seconds: 200)
        if isAsked { _ = try await simulation.create(query) }
        let leader = try #require(simulation.leader as? Leader)
        func waiting() async throws -> Int {
            try await simulation.leaderStore.read("test") {
                try $0.waitingReports(times: 0..<UInt64.max, limit: 99).count
            }
        }
        simulation.clock.advance(seconds: 2000)
        try await leader.forgetExpiredOnce()
        // Those of the job that is on its way are the job's.
        #expect(try await isAsked ? waiting() > 0 : waiting() == 0)
        simulation.peer.helper.withLock { $0 = helper }
    }

    /// One process of a role forgets, another one goes on where it ends, and both refuse what either has forgotten.
    @Test(arguments: ReplicaKind.allCases) func severalProcessesForgetOnce(on kind: ReplicaKind) async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 5)
        simulation.settings.greatestPageUploads = 3
        (simulation.settings.reportExpiry, simulation.settings.expiryInterval) = (1000, .seconds(1_000_000))
        let replicas = try await simulation.replicate(on: kind)
        let reports = try Self.values.map { try simulation.factory.report($0) }
        try await simulation.upload(reports)
        #expect(try await simulation.walk(Self.values, threshold: 5) == RestartTests.found)
        simulation.clock.advance(seconds: 2000)
        let leaders = try ["l1", "l2"].map { try replicas.leader($0) }
        let helpers = try ["h1", "h2"].map { try replicas.helper($0) }
        func forgotten() async throws -> [[UInt64]] {
            var counts: [[UInt64]] = [[], []]
            for leader in leaders { counts[0].append(try await leader.aggregator.figures().forgottenReports) }
            for helper in helpers { counts[1].append(try await helper.aggregator.figures().forgottenReports) }
            return counts.map { $0.sorted() }
        }
        let all = [0, UInt64(Self.values.count)]
        // What a walk has kept goes in the background after its end.
        for _ in 0..<500 where try await forgotten() != [all, all] {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for leader in leaders { group.addTask { try await leader.aggregator.forgetExpiredOnce() } }
                for helper in helpers { group.addTask { try await helper.aggregator.forgetExpiredOnce() } }
                try await group.waitForAll()
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(try await forgotten() == [all, all])
        simulation.clock.setBack(seconds: 2000)
        for leader in leaders {
            let body = try await leader.aggregator.upload(body: UploadRequest(reports: reports).encoded())
            let errors = try UploadErrors(decoding: try #require(body)).status.map(\.error)
            #expect(errors == [ReportError](repeating: .reportDropped, count: reports.count))
        }
        try await replicas.stop()
    }
}

extension TaskFigures {
    fileprivate var forgottenReports: UInt64 { meter?.expired[.report] ?? 0 }
}
