import Aggregator
import PopulusDAP
import Testing

/// Several processes on one store, and what the other aggregator's memory of 64 incarnations is worth then.
struct StoreLedgerProcessesTests {
    /// A store that processes share, whose peer hears of each commit.
    private struct Scene {
        /// Every incarnation of the store, in order.
        var rows: [Incarnation] = [Incarnation(id: .random(), count: 0)]
        /// The incarnations of those that live, by their rows.
        var living = [0]
        let store = StoreID.random()
        let peer = StoreLedger(
            StoreLedger.Record(store: .random(), incarnations: [Incarnation(id: .random(), count: 0)]))

        mutating func start() {
            living.append(rows.count)
            rows.append(Incarnation(id: .random(), count: 0))
        }

        /// - Parameter age: the number of later incarnations with which a process begins another one.
        mutating func commit(_ process: Int, age: Int = StoreLedger.greatestAge) throws {
            if rows.count - 1 - living[process] >= age {
                living[process] = rows.count
                rows.append(Incarnation(id: .random(), count: 0))
            }
            rows[living[process]].count += 1
            try speak(process)
        }

        func speak(_ process: Int) throws {
            try peer.hear(StoreStatement(store: store, current: rows[living[process]], echo: nil))
            peer.committed(peer.unsaved, count: nil)
        }

        /// Whether a process that begins on an earlier state is told of its loss.
        func isNoticed(_ earlier: [Incarnation]) -> Bool {
            let ledger = StoreLedger(
                StoreLedger.Record(store: store, incarnations: earlier + [Incarnation(id: .random(), count: 0)]))
            if case .thisIsBehind = ledger.examine(peer.statement) { return true }
            return false
        }
    }

    private static let greatestCount = StoreEcho.greatestCount - StoreLedger.greatestAge

    /// A process commits, others begin, speak and end, an earlier state is kept, the process commits again, and those that were
    /// silent since before its own start speak: whether the peer notices the loss of the last commit then.
    private static func isNoticed(newcomers: Int, silent: Int, age: Int) throws -> Bool {
        var scene = Scene()
        for _ in 0..<silent { scene.start() }
        let early = silent
        try scene.commit(early, age: age)
        for _ in 0..<newcomers {
            scene.start()
            try scene.speak(scene.living.count - 1)
            scene.living.removeLast()
        }
        let earlier = scene.rows
        try scene.commit(early, age: age)
        for process in 0..<silent { try scene.speak(process) }
        return scene.isNoticed(earlier)
    }

    /// Nothing pushes a lost commit out of the peer's memory, however many have begun since and however many were silent.
    @Test func aLossIsAlwaysNoticed() throws {
        for newcomers in Array(stride(from: 0, to: 100, by: 7)) + [30, 31, 32, 33, 62, 63, 64] {
            for silent in [0, 1, 15, Self.greatestCount - 1] {
                let isNoticed = try Self.isNoticed(newcomers: newcomers, silent: silent, age: StoreLedger.greatestAge)
                #expect(isNoticed, "\(newcomers) newcomers, \(silent) silent")
            }
        }
    }

    /// It would, if a process went on in the incarnation that it began with: what the rule is for.
    @Test func aProcessThatNeverBeginsAnewWouldLoseIt() throws {
        try #expect(!Self.isNoticed(newcomers: 40, silent: Self.greatestCount - 1, age: .max))
    }

    /// What one process was seen to have committed, and is not there any more.
    @Test func whatHasFallenIsNamed() {
        let (own, other) = (Incarnation(id: .random(), count: 0), IncarnationID.random())
        func record(_ count: UInt64) -> StoreLedger.Record {
            StoreLedger.Record(store: .random(), incarnations: [Incarnation(id: other, count: count), own])
        }
        let ledger = StoreLedger(record(2))
        #expect(ledger.others(6) == [Incarnation(id: other, count: 2)])
        // Another thread learns of more between the reading of a record and the look at it: nothing is lost.
        let known = ledger.counts
        ledger.learn(record(5))
        #expect(
            ledger.fallen(in: record(4), since: known) == nil && ledger.fallen(in: record(1), since: known) == other)
        #expect(ledger.fallen(in: record(5)) == nil && ledger.fallen(in: record(4)) == other)
        ledger.committed(nil, count: 3)
        let fresh = IncarnationID.random()
        ledger.begin(fresh)
        #expect(ledger.statement.current == Incarnation(id: fresh, count: 0))
        #expect(ledger.others(6) == [Incarnation(id: own.id, count: 3), Incarnation(id: other, count: 5)])
        #expect(ledger.others(1).map(\.id) == [own.id])
    }
}
