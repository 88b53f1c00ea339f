#if PostgreSQL
import Aggregator
import PopulusDAP
import PostgreSQLHarness
import PostgreSQLStores
import StorePostgreSQL
import Testing

/// Processes that share a store each count their commits, and the other aggregator remembers 64 counts: none is lost sight of.
@Suite(.serialized) struct IncarnationTests {
    /// As if so many processes had opened the task.
    @discardableResult
    private static func start(_ count: Int, in two: TwoProcesses) throws -> [IncarnationID] {
        let ids = (0..<count).map { _ in IncarnationID.random() }
        let rows = ids.map { "((SELECT max(id) FROM task), '\\x\(hex($0.bytes))', 0)" }.joined(separator: ", ")
        try two.query("INSERT INTO incarnation (task, incarnation_id, count) VALUES \(rows)")
        return ids
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    @Test func startsOfOthersEndNobody() async throws {
        let two = try TwoProcesses()
        var process = try await two.open(1)
        var seen: [IncarnationID] = []
        for step in 0..<4 as Range<UInt16> {
            try await process.store.recordStep(step)
            seen.append(process.store.statement.current.id)
            #expect(process.store.statement.current.count == 1)
            try Self.start(StoreLedger.greatestSuccessors, in: two)
            // What need not be remembered counts in the old one.
            _ = try await process.store.add(1)
            #expect(process.store.statement.current.id == seen.last)
        }
        #expect(Set(seen).count == 4)
        // The mark is that of the last one, and knows the others.
        try process.datastore.close()
        process = try await two.open(1)
        #expect(try await process.store.steps == Array(0..<4))
        try process.datastore.close()
        try two.remove()
    }

    /// A COMMIT without an answer while another incarnation is begun does no harm.
    @Test(arguments: [PostgreSQLProxy.Fate.loseAnswer, .loseRequest]) func unanswered(fate: PostgreSQLProxy.Fate)
        async throws
    {
        let two = try TwoProcesses()
        let proxy = try PostgreSQLProxy(to: two.one.place.database.server)
        let process = try await two.open(1, through: proxy)
        for round in 0..<2 as Range<UInt16> {
            try await process.store.recordStep(2 * round)
            try Self.start(StoreLedger.greatestAge, in: two)
            // The first COMMIT is that of the new incarnation, the second one that of the step.
            let first = proxy.commits
            proxy.decide { $0.isCommit && $0.commits == first + 1 + Int(round) ? fate : .pass }
            try await process.store.recordStep(2 * round + 1)
            proxy.decide(nil)
        }
        #expect(try await process.store.steps == Array(0..<4))
        try process.datastore.close()
        proxy.close()
        try two.remove()
    }

    /// What a process commits is noticed where it is lost, though very many others have begun and spoken since its own start.
    @Test func aLateCommitOfAnEarlyProcessIsNotForgotten() async throws {
        let (two, peer) = (try TwoProcesses(), try TwoProcesses(.helper))
        let (early, witness) = (try await two.open(1), try await peer.open(1))
        try await early.store.recordStep(0)
        try await witness.store.hear(early.store.statement)
        let store = early.store.statement.store
        for id in try Self.start(StoreLedger.greatestSuccessors, in: two) {
            let word = StoreStatement(store: store, current: Incarnation(id: id, count: 0), echo: nil)
            try await witness.store.hear(word)
        }
        let server = two.one.place.database.server
        let earlier = try server.makeSnapshot(of: two.one.place.database)
        try await early.store.recordStep(1)
        try await witness.store.hear(early.store.statement)
        try await witness.store.recordStep(0)
        try early.datastore.close()
        try two.one.place.database.restore(earlier)
        // With an empty folder, so that nobody but the peer knows.
        let process = try await two.open(1000)
        let conflict = await Self.conflict(process.store, witness.store.statement)
        guard case .thisIsBehind = conflict else {
            Issue.record("it goes on: \(conflict as Any)")
            return
        }
        for process in [process, witness] { try process.datastore.close() }
        for place in [two, peer] { try place.remove() }
    }

    static func conflict(_ store: any TaskStore, _ word: StoreStatement) async -> StoreConflict? {
        do throws(StoreConflict) { try await store.hear(word) } catch { return error }
        return nil
    }

    /// What several processes of one side have heard is remembered in the order in which it was heard first, and what has left
    /// that memory does not come back because one process has it yet.
    @Test func whatWasForgottenStaysForgotten() async throws {
        let two = try TwoProcesses()
        let (first, second) = (try await two.open(1), try await two.open(2))
        let peer = StoreID.random()
        let all = (0..<80).map { _ in Incarnation(id: .random(), count: 1) }
        func hear(_ process: TwoProcesses.Process, _ incarnations: ArraySlice<Incarnation>) async throws {
            for incarnation in incarnations {
                try await process.store.hear(StoreStatement(store: peer, current: incarnation, echo: nil))
            }
            _ = try await process.store.add(1)
        }
        // The first one knows what the second one's news push out.
        try await hear(first, all[..<64])
        try await hear(second, all[64...])
        for _ in 0..<3 {
            for process in [first, second] {
                let count = all[79].count + UInt64.random(in: 1...9)
                try await hear(process, [Incarnation(id: all[79].id, count: count)])
            }
        }
        for process in [first, second] {
            #expect(process.store.statement.echo?.newest.map(\.id) == all.suffix(64).map(\.id))
        }
        for process in [first, second] { try process.datastore.close() }
        try two.remove()
    }
}
#endif
