import Aggregator
import Foundation
import GRDB
import PopulusDAP
import Testing

/// Stores that are missing, made twice, put back or renewed.
@Suite struct StoreLossTests {
    /// The stores of both roles of one task in a folder.
    private final class Pair {
        let task: TestTask
        let folder: String
        var stores: [Role: TestStore] = [:]

        init() throws {
            task = try TestTask()
            folder = NSTemporaryDirectory() + "populus-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        func path(_ role: Role) -> String { folder + "/\(role).sqlite" }

        func aggregator(_ role: Role) throws -> AggregatorTask { try task.aggregator(role) }

        /// As it is in service: not made, only opened.
        func open(_ role: Role) throws -> TestStore {
            let store = try TestStore(path(role), try aggregator(role))
            stores[role] = store
            return store
        }

        func create(_ role: Role) throws { try TestStore.create(path(role), try aggregator(role)) }

        func renew(_ role: Role, earliest: UInt64) throws {
            try TestStore.renew(path(role), try aggregator(role), earliestReportTime: earliest)
        }

        var names: Set<String> { Set((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []) }
    }

    /// A commit of the kind that must not be forgotten.
    private func bind(_ store: TestStore) async throws {
        try await store.write("test") { transaction in
            _ = try transaction.bind(.random(), time: 5, job: 1, keyID: 0)
        }
    }

    @Test func aMissingStoreIsRefusedAndNothingIsMade() throws {
        let pair = try Pair()
        #expect(throws: StoreError.missing) { try pair.open(.leader) }
        #expect(pair.names.isEmpty)
        #expect(StoreError.missing.words(making: "`populus store create`").contains("with `populus store create`"))
        #expect(StoreError.missing.description.contains("make it once;"))
    }

    @Test func aStoreIsMadeOnce() throws {
        let pair = try Pair()
        try pair.create(.leader)
        let store = try pair.open(.leader)
        let identity = store.statement.store
        try store.close()
        #expect(throws: StoreError.exists(pair.path(.leader))) { try pair.create(.leader) }
        #expect(try pair.open(.leader).statement.store == identity)
        // Also where only a part of one is left.
        try pair.stores[.leader]?.close()
        for name in [pair.path(.leader), pair.path(.leader) + "-wal", pair.path(.leader) + "-shm"] {
            try? FileManager.default.removeItem(atPath: name)
        }
        try Data("left".utf8).write(to: URL(fileURLWithPath: pair.path(.leader) + ".uploads/1.uploads"))
        #expect(throws: StoreError.exists(pair.path(.leader) + ".uploads")) { try pair.create(.leader) }
        #expect(throws: StoreError.missing) { try pair.open(.leader) }
    }

    /// An interrupted `create` leaves nothing that is taken for a store.
    @Test func aHalfMadeStoreIsNone() throws {
        let pair = try Pair()
        let left = "helper.sqlite.unfinished-left"
        try Data("half".utf8).write(to: URL(fileURLWithPath: pair.folder + "/" + left))
        #expect(throws: StoreError.missing) { try pair.open(.helper) }
        try pair.create(.helper)
        _ = try pair.open(.helper)
        #expect(pair.names.filter { $0.contains("unfinished") } == [left])
    }

    @Test func countsRiseWithWhatMustNotBeForgotten() async throws {
        let pair = try Pair()
        try pair.create(.helper)
        let store = try pair.open(.helper)
        #expect(store.statement.current.count == 0)
        try await store.write("test") { try $0.addCount(.reportDropped, at: .deletion, 1) }
        #expect(store.statement.current.count == 0)
        try await bind(store)
        #expect(store.statement.current.count == 1)
        let before = store.statement.current
        try store.close()
        // Another start is another incarnation; the peer's memory of the first one fits.
        let again = try pair.open(.helper)
        #expect(again.statement.current.id != before.id && again.statement.current.count == 0)
        try await again.hear(
            StoreStatement(
                store: .random(), current: Incarnation(id: .random(), count: 0),
                echo: StoreEcho(store: again.statement.store, newest: [before])))
    }

    /// The attack: the Helper's disk is put back to an earlier copy, so that it forgets what it evaluated.
    @Test func aCopyThatIsPutBackIsNoticedAndRefusedForGood() async throws {
        let pair = try Pair()
        for role in [Role.leader, .helper] { try pair.create(role) }
        let (leader, helper) = (try pair.open(.leader), try pair.open(.helper))
        try await bind(helper)
        try helper.close()
        // All that belongs to it: a part alone is not even opened.
        for name in ["", ".uploads"] {
            try FileManager.default.copyItem(atPath: pair.path(.helper) + name, toPath: pair.folder + "/copy" + name)
        }
        let ahead = try pair.open(.helper)
        try await bind(ahead)
        try await leader.hear(ahead.statement)
        try await bind(leader)
        try ahead.close()
        for name in ["", "-wal", "-shm", ".uploads"] {
            try? FileManager.default.removeItem(atPath: pair.path(.helper) + name)
        }
        for name in ["", ".uploads"] {
            try FileManager.default.moveItem(atPath: pair.folder + "/copy" + name, toPath: pair.path(.helper) + name)
        }
        // The copy may do more than the original did.
        let back = try pair.open(.helper)
        for _ in 0..<5 { try await bind(back) }
        let lost = ahead.statement.current.id
        await #expect(throws: StoreConflict.thisIsBehind(lost)) { try await back.hear(leader.statement) }
        try await back.write("wait until it is durable") { _ in }
        try back.close()
        #expect(throws: StoreError.refused(.thisIsBehind(lost))) { try pair.open(.helper) }
    }

    @Test func whatWasHeardIsDurableBeforeItIsEchoed() async throws {
        let pair = try Pair()
        for role in [Role.leader, .helper] { try pair.create(role) }
        let (leader, helper) = (try pair.open(.leader), try pair.open(.helper))
        try await leader.hear(helper.statement)
        try await leader.write("wait") { _ in }
        #expect(leader.statement.echo?.store == helper.statement.store)
        try await bind(helper)
        try await leader.hear(helper.statement)
        try await bind(leader)
        try leader.close()
        let again = try pair.open(.leader)
        #expect(again.statement.echo?.newest.last == helper.statement.current)
        await #expect(throws: StoreConflict.peerIsSilent) { try await again.hear(nil) }
    }

    /// A process that 64 later ones have replaced commits nothing that its peer would not notice.
    @Test func aProcessThatWasReplacedCommitsNothing() async throws {
        let pair = try Pair()
        try pair.create(.helper)
        let store = try pair.open(.helper)
        try await bind(store)
        let database = try DatabaseQueue(path: pair.path(.helper))
        try await database.write { db in
            for _ in 0..<StoreLedger.greatestSuccessors {
                try db.execute(
                    sql: "INSERT INTO incarnation (task, incarnation_id, count) VALUES (0, ?, 0)",
                    arguments: [Data(IncarnationID.random().bytes)])
            }
        }
        await #expect(throws: StoreError.superseded) { try await bind(store) }
        #expect(store.statement.current.count == 1)
        // What need not be remembered still goes.
        try await store.write("test") { try $0.addCount(.reportDropped, at: .deletion, 1) }
        try database.close()
    }

    /// After consent on both sides no report that was received before can be evaluated, and new ones can.
    @Test func renewedStoresRefuseEveryEarlierReport() async throws {
        let simulation = try Simulation(try TestTask())
        try await simulation.upload(RestartTests.values)
        try await simulation.stopLeader()
        try simulation.stopHelper()
        let task = simulation.task
        let precision = task.configuration.timePrecision
        let next = Time(secondsSinceEpoch: simulation.clock.now, precision: precision).units + 1
        for role in [Role.leader, .helper] {
            try TestStore.renew(
                simulation.folder + "/\(role).sqlite", try task.aggregator(role),
                earliestReportTime: next * precision.seconds)
        }
        try simulation.startLeader()
        try simulation.startHelper()
        // Reports of a time before are turned away, the old ones are gone.
        let late = UploadRequest(reports: try RestartTests.values.map { try simulation.factory.report($0) })
        let errors = try UploadErrors(decoding: try #require(try await simulation.leader.upload(body: late.encoded())))
        #expect(errors.status.map(\.error) == [ReportError](repeating: .reportDropped, count: late.reports.count))
        let waiting = try await simulation.leaderStore.read("test") {
            try $0.waitingReports(times: 0..<UInt64.max, limit: 99)
        }
        #expect(waiting.isEmpty)
        // New ones are counted, exactly.
        try await simulation.upload(try RestartTests.values.map { try simulation.factory.report($0, time: next) })
        #expect(try await simulation.walk(RestartTests.values, threshold: 5) == RestartTests.found)
    }

    /// The Helper's store is lost, and a Leader that keeps no rule asks once more: only consent makes a new store safe.
    @Test(arguments: [false, true]) func aLostStoreRefusesEarlierReportsOnItsOwn(afterLoss: Bool) async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 100)
        _ = try await simulation.stepZero(HelperRulesTests.values)
        let rogue = RogueLeader(simulation: simulation)
        try simulation.stopHelper()
        for name in try FileManager.default.contentsOfDirectory(atPath: simulation.folder)
        where name.hasPrefix("helper.sqlite") {
            try FileManager.default.removeItem(atPath: simulation.folder + "/" + name)
        }
        try TestStore.create(
            simulation.folder + "/helper.sqlite", try simulation.task.aggregator(.helper),
            earliestReportTime: afterLoss ? simulation.clock.now + 1 : 0)
        try simulation.startHelper()
        let answer = try await rogue.create(walk: .random(), batch: .random())
        let refused = answer.verifyResps.count { $0.outcome == .reject(.reportDropped) }
        #expect(refused == (afterLoss ? HelperRulesTests.values.count : 0))
    }

    @Test func renewedStoresKnowNothingOfEachOther() async throws {
        let pair = try Pair()
        for role in [Role.leader, .helper] { try pair.create(role) }
        let (leader, helper) = (try pair.open(.leader), try pair.open(.helper))
        try await leader.hear(helper.statement)
        try await bind(leader)
        let before = leader.statement
        try leader.close()
        try helper.close()
        try pair.renew(.leader, earliest: 1_000)
        let renewed = try pair.open(.leader)
        #expect(renewed.statement.store != before.store && renewed.statement.echo == nil)
        #expect(renewed.earliestReportTime >= 1_000 && renewed.noiseKey != leader.noiseKey)
        // Consent of one side is not enough.
        let other = try pair.open(.helper)
        try await other.hear(before)
        await #expect(throws: StoreConflict.peerHasAnother(renewed.statement.store)) {
            try await other.hear(renewed.statement)
        }
        try other.close()
        try pair.renew(.helper, earliest: 1_000)
        let both = try pair.open(.helper)
        try await both.hear(renewed.statement)
        try await renewed.hear(both.statement)
    }

    /// No sentence about a store sends anyone to a copy or to a new store.
    @Test func noMessageAdvisesAnotherStore() {
        let conflicts: [StoreConflict] = [
            .peerHasAnother(.random()), .peerIsSilent, .thisIsAnother(.random()), .thisIsBehind(.random()),
        ]
        let errors: [StoreError] =
            [
                .missing, .exists("x"), .belongsToAnother(found: "a", expected: "b"), .unknownVersion(9), .superseded,
                .full("x"), .inUse("x"), .damaged("x"), .database("x"), .notAStore("x"), .incomplete("x"), .moved("x"),
                .movedOn("x"), .lost(note: "x", file: "y"), .toMigrate(1), .server("x"), .unreachable("x"), .unfit("x"),
                .putBack("x"), .uncertain("x"), .seal(.locked(key: "x", given: [])), .seal(.unsealed), .seal(.foreign),
                .seal(.sealed(key: "x")), .seal(.unfinished), .seal(.earlier("x")),
            ] + conflicts.map { .refused($0) }
        for error in errors {
            // A case that is added is added to the list above.
            switch error {
            case .missing, .exists, .belongsToAnother, .unknownVersion, .superseded, .full, .inUse, .damaged, .database,
                .refused, .notAStore, .incomplete, .moved, .movedOn, .lost, .toMigrate, .server, .unreachable, .unfit,
                .putBack, .uncertain, .seal:
                break
            }
            let text = error.description.lowercased()
            for word in [
                "copy", "backup", "restore", "new store", "another store,", "other store", "another path",
                "another file", "--store", "empty",
            ]
            where !text.contains("the other aggregator has another store") {
                #expect(!text.contains(word), "\(error)")
            }
            #expect(text.count > 30)
        }
    }
}
