import Aggregator
import PopulusDAP
import Testing

/// Walks and their history (rules 2 and 8).
extension StorePromise {
    static let walks = [
        StorePromise("a walk comes back as it was stored, and is there once") { bench in
            var walk = WalkRecord.plain(1)
            try await bench.write { [walk] in try $0.insertWalk(walk) }
            bench.expect(try await bench.read { try $0.walk(WalkID(1)) }, is: walk, "a new one")
            bench.expect(try await bench.read { try $0.walkEnd(WalkID(1)) }, is: nil, "it goes on")
            (walk.batchSelector, walk.startedAt, walk.verificationKeyID) = ([1, 2], 90, 3)
            (walk.buckets, walk.interval, walk.isFrozen, walk.initialCount) = (4..<9, 4..<9, true, 1 << 40)
            for end in [nil] + WalkEnd.allCases {
                walk.end = end
                try await bench.write { [walk] in try $0.updateWalk(walk) }
                bench.expect(try await bench.read { try $0.walk(WalkID(1)) }, is: walk, "\(end as Any)")
                bench.expect(try await bench.read { try $0.walkEnd(WalkID(1)) }, is: end, "why it ended")
            }
            bench.expect(try await bench.read { try $0.walk(batchSelector: [1, 2]) }, is: walk, "by its batch")
            bench.expect(try await bench.read { try $0.walk(batchSelector: []) }, is: nil, "by none")
            bench.expect(try await bench.read { try $0.walk(batchSelector: [2]) }, is: nil, "by another")
            try await bench.expectFailure("a second one of its ID") { try $0.insertWalk(.plain(1)) }
            try await bench.expectFailure("a second one of its batch") { transaction in
                var other = WalkRecord.plain(2)
                other.batchSelector = [1, 2]
                try transaction.insertWalk(other)
            }
            bench.expect(try await bench.read { try $0.walk(WalkID(2)) }, is: nil, "one that is not there")
            try await bench.expectFailure("the end of one that is not there") { _ = try $0.walkEnd(WalkID(2)) }
        },
        StorePromise("all walks are there, also those that ended") { bench in
            try await bench.write { transaction in
                for number in [3, 1, 2] { try transaction.insertWalk(.plain(number)) }
                var walk = try transaction.walk(2)
                walk.end = .completed
                try transaction.updateWalk(walk)
            }
            let walks = try await bench.read { try $0.walks() }
            bench.expect(walks.map(\.id), is: (1...3).map { WalkID($0) }, "by their beginning")
        },
        StorePromise("a step is recorded once, and history is in order") { bench in
            try await bench.write { transaction in
                for number in 1...2 { try transaction.insertWalk(.plain(number)) }
                for step in [0, 1, 2, 300] as [UInt16] {
                    try transaction.insertStep(.numbered(step, of: 1, resource: Int(step)))
                }
                try transaction.insertStep(.numbered(0, of: 2, parameter: 9))
            }
            try await bench.expectFailure("a step with other candidates") {
                try $0.insertStep(.numbered(1, of: 1, parameter: 2))
            }
            try await bench.expectFailure("the same step again") { try $0.insertStep(.numbered(1, of: 1, resource: 1)) }
            try await bench.read { transaction in
                let wanted = ([0, 1, 2, 300] as [UInt16]).map { StepRecord.numbered($0, of: 1, resource: Int($0)) }
                bench.expect(try transaction.steps(WalkID(1), from: 0), is: wanted, "all")
                bench.expect(try transaction.steps(WalkID(1), from: 2), is: Array(wanted[2...]), "from the third on")
                bench.expect(try transaction.steps(WalkID(1), from: 301), is: [], "after the last")
                bench.expect(try transaction.lastStep(WalkID(1)), is: wanted[3], "the last")
                bench.expect(try transaction.lastStep(WalkID(3)), is: nil, "the last of none")
                bench.expect(try transaction.step(WalkID(1), 1), is: wanted[1], "one")
                bench.expect(try transaction.step(WalkID(1), 4), is: nil, "one that is not there")
                bench.expect(try transaction.step(WalkID(2), 0)?.parameter, is: bytes(9), "another walk's")
            }
        },
        StorePromise("what becomes of a step is stored with it") { bench in
            var step = StepRecord.numbered(1, of: 1)
            try await bench.write { [step] transaction in
                try transaction.insertWalk(.plain(1))
                for number in [0, 2] as [UInt16] { try transaction.insertStep(.numbered(number, of: 1)) }
                try transaction.insertStep(step)
            }
            for (count, resource) in [(nil, 5), (0, 5), (1 << 40, nil)] as [(UInt64?, Int?)] {
                (step.reportCount, step.resource) = (count, resource.map { ResourceID($0) })
                try await bench.write { [step] in try $0.updateStep(step) }
                bench.expect(
                    try await bench.read { try $0.steps(WalkID(1), from: 0) },
                    is: [.numbered(0, of: 1), step, .numbered(2, of: 1)], "the history")
            }
        },
        StorePromise("history outlives its walk") { bench in
            try await bench.write { transaction in
                for number in 1...3 { try transaction.upload(number, in: .open) }
                try transaction.freezeWhatIsFree(as: 1)
                for step in 0..<3 { try transaction.insertStep(.numbered(UInt16(step), of: 1, parameter: step)) }
                _ = try transaction.insertJob(ShardRecord.numbered(1, of: 1))
            }
            let before = try await bench.read { try $0.steps(WalkID(1), from: 0) }
            bench.expect(before.count, is: 3, "how many steps")
            for end in WalkEnd.allCases {
                try await bench.write { transaction in
                    var walk = try transaction.walk(1)
                    walk.end = end
                    try transaction.updateWalk(walk)
                    try transaction.eraseBodies(in: .all)
                }
                bench.expect(try await bench.read { try $0.steps(WalkID(1), from: 0) }, is: before, "\(end)")
                bench.expect(try await bench.read { try $0.lastStep(WalkID(1)) }, is: before.last, "\(end), the last")
            }
            bench.expect(try await bench.read { try $0.shards(WalkID(1)).count }, is: 1, "its shards")
            try await bench.expectFailure("its ID again") { try $0.insertWalk(.plain(1)) }
        },
        StorePromise("a time is one walk's (Helper)") { bench in
            let claims = try await bench.write { transaction in
                [
                    try transaction.claimBucket(5, walk: WalkID(1)), try transaction.claimBucket(5, walk: WalkID(2)),
                    try transaction.claimBucket(5, walk: WalkID(1)), try transaction.claimBucket(6, walk: WalkID(2)),
                ]
            }
            bench.expect(claims, is: [true, false, true, true], "the first, another, the first, another time")
            let others = try await bench.b.write("check") { transaction in
                [
                    try transaction.claimBucket(5, walk: WalkID(2)), try transaction.claimBucket(5, walk: WalkID(1)),
                ]
            }
            bench.expect(others, is: [true, false], "in another task")
            try await bench.reopen()
            bench.expect(
                try await bench.write { try $0.claimBucket(5, walk: WalkID(2)) }, is: false, "after a new start")
        },
    ]
}
