import Aggregator
import PopulusDAP
import Testing

/// What an aggregator says of a task's store, and what it makes of the other's word: by task.
extension StorePromise {
    static let witness = [
        StorePromise("the count rises with what must never be forgotten") { bench in
            let deeds = [
                Deed("bind a report") { transaction in
                    try transaction.insertWalk(.plain(1))
                    let row = try transaction.insertJob(ShardRecord.numbered(1, of: 1))
                    try transaction.bind(1, to: row)
                },
                Deed("bind uploads") { transaction in
                    try transaction.upload(2)
                    let row = try transaction.insertJob(BatchJobRecord.numbered(2, phase: .planned))
                    try transaction.bindReports(rows: [try transaction.row(of: 2)], job: row, keyID: 7)
                },
                Deed("record a step") { try $0.insertStep(.numbered(0, of: 1)) },
                Deed("record a request") { transaction in
                    _ = try transaction.recordEvaluation(job: try transaction.jobRow(1), step: 0, digest: bytes(1))
                },
                Deed("release a sum") { transaction in
                    var step = StepRecord.numbered(0, of: 1)
                    step.reportCount = 5
                    try transaction.updateStep(step)
                },
                Deed("collect a batch") { try $0.markCollected(.times(3...4)) },
                Deed("ask for a share") { try $0.insertResource(.numbered(1)) },
                Deed("seal a share") { transaction in
                    var resource = ResourceRecord.numbered(1)
                    (resource.state, resource.response) = (.released, bytes(4))
                    try transaction.updateResource(resource)
                },
                Deed("end a walk") { transaction in
                    var walk = try transaction.walk(1)
                    walk.end = .completed
                    try transaction.updateWalk(walk)
                },
            ]
            let other = bench.b.statement.current
            for deed in deeds {
                let before = bench.a.statement.current
                try await bench.write { try deed.run($0) }
                let after = bench.a.statement.current
                bench.expect(after.id, is: before.id, "whose count it is")
                bench.expect(after.count > before.count, "\(deed.name): \(after.count) after \(before.count)")
            }
            bench.expect(bench.b.statement.current, is: other, "another task's")
        },
        StorePromise("the count does not rise with uploads, reads and counts") { bench in
            let before = bench.a.statement.current
            for number in 1...5 {
                try await bench.write { transaction in
                    try transaction.upload(number)
                    try transaction.upload(number)
                    try transaction.addCount(.reportReplayed, at: .upload, 1)
                }
                _ = try await TaskImage(of: bench.a)
            }
            bench.expect(bench.a.statement.current, is: before, "an upload may be forgotten: it is sent again")
        },
        StorePromise("each task has an identity of its own, and each start an incarnation") { bench in
            let (one, other) = (bench.a.statement, bench.b.statement)
            bench.expect(one.store != other.store && one.current.id != other.current.id, "two tasks: \(one), \(other)")
            bench.expect(one.current.count, is: 0, "a new incarnation's count")
            bench.expect(one.echo == nil, "it has heard of nobody")
            let (noise, otherNoise) = (bench.a.noiseKey, bench.b.noiseKey)
            bench.expect(noise.count == 32 && noise != otherNoise, "noise keys")
            bench.expect(bench.a.earliestReportTime, is: 0, "it has lost nothing")
            try await bench.write { try $0.insertStep(.numbered(0, of: 1)) }
            try await bench.reopen()
            let again = bench.a.statement
            bench.expect(again.store, is: one.store, "the store after a new start")
            bench.expect(again.current.id != one.current.id && again.current.count == 0, "its incarnation: \(again)")
            bench.expect(bench.a.noiseKey, is: noise, "the noise key after a new start")
        },
        StorePromise("what was heard is kept with the next commit, by task") { bench in
            let peer = StoreStatement(store: .random(), current: Incarnation(id: .random(), count: 3), echo: nil)
            bench.expect(await bench.a.examine(peer) == nil, "a word of a new store")
            bench.expect(bench.a.statement.echo == nil, "to examine is not to hear")
            try await bench.a.hear(peer)
            _ = try await bench.write { try $0.upload(1) }
            let echo = StoreEcho(store: peer.store, newest: [peer.current])
            bench.expect(bench.a.statement.echo, is: echo, "what it says")
            bench.expect(bench.b.statement.echo, is: nil, "what another task says")
            // Another task's word is of another store.
            try await bench.b.hear(StoreStatement(store: .random(), current: peer.current, echo: nil))
            try await bench.reopen()
            bench.expect(bench.a.statement.echo, is: echo, "after a new start")
            let stranger = StoreStatement(store: .random(), current: peer.current, echo: nil)
            bench.expect(await bench.a.examine(stranger), is: .peerHasAnother(stranger.store), "another store")
            bench.expect(await conflict(bench.a, nil), is: .peerIsSilent, "silence")
            bench.expect(bench.a.conflict, is: nil, "its own store has lost nothing")
            try await bench.a.hear(peer)
        },
        StorePromise("a word of what this store holds condemns it never, whichever process committed that") { bench in
            let (one, other) = try bench.further()
            for (step, store) in [one, other].enumerated() {
                try await store.write("check") { try $0.insertStep(.numbered(UInt16(step), of: 1)) }
            }
            let (peer, echoed) = (Incarnation(id: .random(), count: 1), other.statement.current)
            var word = StoreStatement(
                store: .random(), current: peer, echo: StoreEcho(store: one.statement.store, newest: [echoed]))
            bench.expect(await one.examine(word) == nil, "what it would come to")
            bench.expect(await conflict(one, word), is: nil, "the first word")
            for store in [one, other] { try await store.write("check") { _ = try $0.upload(1) } }
            bench.expect(other.statement.echo?.newest, is: [peer], "what one has heard the other one says")
            let more = Incarnation(id: echoed.id, count: other.statement.current.count + 1)
            word = StoreStatement(
                store: word.store, current: peer, echo: StoreEcho(store: one.statement.store, newest: [more]))
            bench.expect(await conflict(one, word), is: .thisIsBehind(more.id), "what nobody has committed")
            _ = try? await other.write("check") { _ = try $0.upload(2) }
            bench.expect(other.conflict, is: .thisIsBehind(more.id), "what the other one knows")
        },
        StorePromise("a word of work before a start condemns nobody") { bench in
            try await bench.write { try $0.insertStep(.numbered(0, of: 1)) }
            let said = bench.a.statement
            try await bench.reopen()
            let word = StoreStatement(
                store: .random(), current: Incarnation(id: .random(), count: 1),
                echo: StoreEcho(store: said.store, newest: [said.current]))
            bench.expect(await conflict(bench.a, word), is: nil, "a word")
        },
        StorePromise("a store that is not the one it was is refused for good, and no other task with it") { bench in
            try await bench.write { try $0.insertStep(.numbered(0, of: 1)) }
            let said = bench.a.statement
            let seen = Incarnation(id: said.current.id, count: said.current.count + 1)
            let word = StoreStatement(
                store: .random(), current: Incarnation(id: .random(), count: 1),
                echo: StoreEcho(store: said.store, newest: [seen]))
            let behind = StoreConflict.thisIsBehind(seen.id)
            bench.expect(await bench.a.examine(word), is: behind, "what it would come to")
            bench.expect(bench.a.conflict, is: nil, "to examine is not to hear")
            bench.expect(await conflict(bench.a, word), is: behind, "the first word")
            bench.expect(await conflict(bench.a, nil), is: behind, "the second")
            bench.expect(bench.a.conflict, is: behind, "what it knows")
            bench.expect(bench.b.conflict, is: nil, "another task")
            try await bench.b.write("check") { try $0.insertStep(.numbered(0, of: 1)) }
            // It is saved at once, in the background: the next commit comes after it, or is refused.
            _ = try? await bench.write { try $0.upload(1) }
            let (refused, spared) = try await bench.reopenEach()
            if case .refused(behind) = refused {} else { bench.fail("it opens again: \(refused as Any)") }
            bench.expect(spared == nil, "another task is refused: \(spared as Any)")
        },
    ]
}

/// What hearing a word comes to.
private func conflict(_ store: any TaskStore, _ statement: StoreStatement?) async -> StoreConflict? {
    do throws(StoreConflict) { try await store.hear(statement) } catch { return error }
    return nil
}
