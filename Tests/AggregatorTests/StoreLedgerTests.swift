import Aggregator
import PopulusDAP
import Testing

/// What each aggregator makes of the other's word on its store.
@Suite struct StoreLedgerTests {
    /// One side: its ledger, and what its store holds.
    private struct Side {
        var record: StoreLedger.Record
        var ledger: StoreLedger

        init() {
            record = StoreLedger.Record(
                store: .random(), incarnations: [Incarnation(id: .random(), count: 0)])
            ledger = StoreLedger(record)
        }

        /// A commit that must not be forgotten, with what was heard.
        mutating func commit() {
            let place = record.incarnations.count - 1
            record.incarnations[place].count += 1
            save(count: record.incarnations[place].count)
        }

        mutating func save(count: UInt64? = nil) {
            let unsaved = ledger.unsaved
            if let unsaved {
                record.peer = unsaved.peer
                record.conflict = unsaved.conflict
            }
            ledger.committed(unsaved, count: count)
        }

        /// A new process on what is durable.
        mutating func restart(from copy: StoreLedger.Record? = nil) {
            record = copy ?? record
            record.incarnations.append(Incarnation(id: .random(), count: 0))
            ledger = StoreLedger(record)
        }
    }

    private func conflict(_ ledger: StoreLedger, _ statement: StoreStatement?) -> StoreConflict? {
        do throws(StoreConflict) {
            try ledger.hear(statement)
            return nil
        } catch {
            return error
        }
    }

    /// Eight shards in flight: their messages come in any order, and none is a sign of anything.
    @Test func answersOutOfOrder() throws {
        var (leader, helper) = (Side(), Side())
        for round in 0..<20 {
            var inFlight: [StoreStatement] = []
            for _ in 0..<8 {
                helper.commit()
                inFlight.append(helper.ledger.statement)
            }
            for statement in inFlight.reversed() { try leader.ledger.hear(statement) }
            leader.commit()
            #expect(leader.ledger.statement.echo?.newest.last?.count == UInt64(8 * (round + 1)))
            // The echo is of the latest; what the Helper commits meanwhile is more.
            try helper.ledger.hear(leader.ledger.statement)
        }
    }

    /// Two processes on one store: what one has committed and heard the other one learns from what is durable.
    @Test func whatAnotherProcessCommittedIsLearned() throws {
        var (one, peer) = (Side(), Side())
        let first = one.ledger
        one.restart()
        let second = one.ledger
        one.commit()
        peer.commit()
        try peer.ledger.hear(second.statement)
        peer.commit()
        let word = peer.ledger.statement
        #expect(first.isInDoubt(of: word) && !second.isInDoubt(of: word) && !first.isInDoubt(of: nil))
        #expect(first.conflict == nil)
        first.learn(one.record)
        #expect(!first.isInDoubt(of: word))
        try first.hear(word)
        one.record.save(try #require(first.unsaved))
        second.learn(one.record)
        #expect(second.statement.echo?.newest == [word.current] && second.unsaved == nil)
        // Work that is not durable in any process condemns both.
        let lost = Incarnation(id: second.current, count: 9)
        let claim = StoreStatement(
            store: word.store, current: word.current, echo: StoreEcho(store: second.statement.store, newest: [lost]))
        first.learn(one.record)
        #expect(first.isInDoubt(of: claim) && conflict(first, claim) == .thisIsBehind(lost.id))
        one.record.save(try #require(first.unsaved))
        second.learn(one.record)
        #expect(second.conflict == .thisIsBehind(lost.id))
    }

    @Test func aKillBetweenCommitAndAnswerIsNoSign() throws {
        var (leader, helper) = (Side(), Side())
        helper.commit()
        try leader.ledger.hear(helper.ledger.statement)
        leader.commit()
        helper.commit()
        // Killed here: the Leader has not heard of the last commit.
        helper.restart()
        try helper.ledger.hear(leader.ledger.statement)
        helper.commit()
        try leader.ledger.hear(helper.ledger.statement)
        leader.restart()
        try helper.ledger.hear(leader.ledger.statement)
    }

    @Test func aStoreThatWasPutBackRefusesItself() throws {
        var (leader, helper) = (Side(), Side())
        helper.commit()
        let copy = helper.record
        helper.commit()
        try leader.ledger.hear(helper.ledger.statement)
        leader.commit()
        helper.restart(from: copy)
        let lost = try #require(copy.incarnations.last?.id)
        #expect(conflict(helper.ledger, leader.ledger.statement) == .thisIsBehind(lost))
        // And for good.
        #expect(helper.ledger.conflict == .thisIsBehind(lost) && helper.ledger.isUrgent)
        #expect(conflict(helper.ledger, leader.ledger.statement) == .thisIsBehind(lost))
        helper.save()
        #expect(helper.record.conflict == .thisIsBehind(lost))
    }

    /// More commits than the original ever had do not hide that others were lost.
    @Test func aCopyThatHasOvertakenTheCount() throws {
        var (leader, helper) = (Side(), Side())
        helper.commit()
        let copy = helper.record
        for _ in 0..<3 { helper.commit() }
        try leader.ledger.hear(helper.ledger.statement)
        leader.commit()
        helper.restart(from: copy)
        for _ in 0..<100 { helper.commit() }
        #expect(conflict(helper.ledger, leader.ledger.statement)?.isOwn == true)
    }

    @Test func anIncarnationThatIsMissing() throws {
        var (leader, helper) = (Side(), Side())
        let copy = helper.record
        helper.restart()
        try leader.ledger.hear(helper.ledger.statement)
        leader.save()
        helper.restart(from: copy)
        #expect(conflict(helper.ledger, leader.ledger.statement)?.isOwn == true)
    }

    @Test func anotherStoreIsRefusedByBoth() throws {
        var (leader, helper) = (Side(), Side())
        try leader.ledger.hear(helper.ledger.statement)
        let known = helper.ledger.statement.store
        // Also before it is durable.
        let other = Side()
        #expect(conflict(leader.ledger, other.ledger.statement) == .peerHasAnother(other.ledger.statement.store))
        leader.save()
        #expect(conflict(leader.ledger, other.ledger.statement) == .peerHasAnother(other.ledger.statement.store))
        #expect(conflict(other.ledger, leader.ledger.statement) == .thisIsAnother(known))
        // The Leader's own store has lost nothing.
        #expect(leader.ledger.conflict == nil)
        helper.commit()
        try leader.ledger.hear(helper.ledger.statement)
    }

    @Test func silenceAfterSpeech() throws {
        let (leader, helper) = (Side(), Side())
        // Another implementation never speaks.
        try leader.ledger.hear(nil)
        try leader.ledger.hear(helper.ledger.statement)
        #expect(conflict(leader.ledger, nil) == .peerIsSilent)
        #expect(leader.ledger.conflict == nil)
    }

    @Test func anEchoNamesTheNewest64() throws {
        var (leader, helper) = (Side(), Side())
        var ids: [IncarnationID] = []
        for _ in 0..<70 {
            helper.restart()
            helper.commit()
            ids.append(helper.ledger.current)
            try leader.ledger.hear(helper.ledger.statement)
        }
        leader.save()
        let echo = try #require(leader.ledger.statement.echo)
        #expect(echo.newest.map(\.id) == ids.suffix(64))
        let field = leader.ledger.statement.fieldValue
        #expect(StoreStatement(fieldValue: field) == leader.ledger.statement)
        #expect(field.utf8.count < 4096)
    }

    /// What is echoed is durable: a process that crashed claims nothing that its store does not hold.
    @Test func onlyWhatIsDurableIsEchoed() throws {
        var (leader, helper) = (Side(), Side())
        helper.commit()
        try leader.ledger.hear(helper.ledger.statement)
        #expect(leader.ledger.statement.echo == nil && leader.ledger.isUrgent)
        leader.save()
        #expect(leader.ledger.statement.echo?.newest.last?.count == 1 && !leader.ledger.isUrgent)
        helper.commit()
        try leader.ledger.hear(helper.ledger.statement)
        // A greater count waits for the next commit.
        #expect(!leader.ledger.isUrgent && leader.ledger.unsaved != nil)
        #expect(leader.ledger.statement.echo?.newest.last?.count == 1)
    }

    /// Two honest sides, with messages in any order and crashes, never suspect each other; one put back always shows.
    @Test(arguments: 0..<20 as Range<UInt64>) func anyOrder(seed: UInt64) throws {
        var generator = SplitMix(state: seed)
        var sides = [Side(), Side()]
        var inFlight: [(to: Int, statement: StoreStatement)] = []
        for _ in 0..<400 {
            let side = Int.random(in: 0...1, using: &generator)
            switch Int.random(in: 0..<10, using: &generator) {
            case 0...3: sides[side].commit()
            case 4...6: inFlight.append((1 - side, sides[side].ledger.statement))
            case 7...8:
                guard let place = inFlight.indices.randomElement(using: &generator) else { continue }
                let (to, statement) = inFlight.remove(at: place)
                #expect(conflict(sides[to].ledger, statement) == nil, "seed \(seed)")
            default:
                sides[side].restart()
            // What was on its way to or from a dead process may still arrive.
            }
        }
        sides[0].commit()
        let copy = sides[0].record
        sides[0].commit()
        try sides[1].ledger.hear(sides[0].ledger.statement)
        sides[1].commit()
        sides[0].restart(from: copy)
        #expect(conflict(sides[0].ledger, sides[1].ledger.statement)?.isOwn == true, "seed \(seed)")
    }
}
