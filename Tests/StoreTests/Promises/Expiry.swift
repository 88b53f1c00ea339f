import Aggregator
import PopulusDAP
import Testing

/// Forgetting by time: nothing that is needed goes, and what went is remembered as a time.
extension StorePromise {
    static let expiry = [
        StorePromise("what is too old is found by its time, page by page") { bench in
            try await bench.write { transaction in
                for (number, time) in [(1, 5), (2, 1), (3, 9), (4, 1), (5, 3)] as [(Int, UInt64)] {
                    try transaction.upload(number, time: time)
                }
                let erased = try transaction.row(of: 4)
                try transaction.eraseBodies(rows: erased...erased, in: .all)
            }
            let first = try await bench.read { try $0.expiredReports(before: 6, after: nil, limit: 3) }
            bench.expect(first.reports.map(\.time), is: [1, 1, 3], "the first page")
            bench.expect(first.reports.map(\.waits), is: [true, false, true], "which of them wait")
            bench.expect(first.end != nil, "a further page")
            let second = try await bench.read { try $0.expiredReports(before: 6, after: first.end, limit: 3) }
            bench.expect(second.reports.map(\.time), is: [5], "the second page")
            bench.expect(second.end, is: nil, "its end")
            bench.expect(
                try await bench.read { try $0.expiredReports(before: 5, after: nil, limit: 9) }.reports.map(\.time),
                is: [1, 1, 3], "of an earlier time")
        },
        StorePromise("what is forgotten is gone, its time is remembered, and its row is not used again") { bench in
            let greatest = try await bench.write { transaction in
                for number in 1...4 { try transaction.upload(number) }
                return try transaction.row(of: 4)
            }
            bench.expect(try await bench.read { try $0.forgottenBefore() }, is: 0, "at first")
            try await bench.forget(before: 5)
            try await bench.reopen()
            bench.expect(try await bench.read { try $0.forgottenBefore() }, is: 5, "the floor after a start")
            bench.expect(try await bench.read { try $0.texts(in: .all) }, is: [], "what waits")
            bench.expect(try await bench.read { try $0.expired(before: 99) }, is: [], "what is left")
            let row = try await bench.write { transaction in
                bench.expect(try transaction.upload(9, time: 2), is: .stored, "a report of an earlier time")
                bench.expect(try transaction.upload(4, time: 8), is: .stored, "a forgotten ID")
                return try transaction.row(of: 9)
            }
            bench.expect(row > greatest, "a row is used again")
            try await bench.forget(before: 3)
            bench.expect(try await bench.read { try $0.forgottenBefore() }, is: 5, "the floor after an earlier one")
            bench.expect(try await bench.read { try $0.texts(in: .all) }, is: ["report 4"], "what waits at last")
        },
        StorePromise("forgetting stops anywhere, and a start goes on with what is left") { bench in
            try await bench.write { transaction in for number in 1...5 { try transaction.upload(number) } }
            for time in 1...5 as ClosedRange<UInt64> {
                try await bench.write { transaction in
                    try transaction.forgetReports(
                        try transaction.expiredReports(before: 6, after: nil, limit: 1).reports)
                }
                try await bench.reopen()
                bench.expect(try await bench.read { try $0.forgottenBefore() }, is: time + 1, "the floor")
                bench.expect(try await bench.read { try $0.countReports(in: .all) }, is: 5 - Int(time), "what waits")
            }
        },
        StorePromise("forgetting that fails forgets nothing") { bench in
            try await bench.write { transaction in for number in 1...2 { try transaction.upload(number) } }
            try await bench.expectFailure("forgetting is undone") { transaction in
                try transaction.forgetReports(try transaction.expiredReports(before: 9, after: nil, limit: 9).reports)
                throw Trouble()
            }
            bench.expect(try await bench.read { try $0.forgottenBefore() }, is: 0, "the floor")
        },
        StorePromise("what a walk needs that goes on is not forgotten, and then it is") { bench in
            try await bench.write { transaction in
                for number in 1...5 { try transaction.upload(number) }
                _ = try transaction.freeze(.byTime(1, 2..<4))
                let job = try transaction.insertJob(ShardRecord.numbered(1, of: 1))
                let row = try transaction.row(of: 2)
                try transaction.bindReports(rows: [row], job: job, keyID: 7)
                try transaction.eraseBodies(rows: row...row, in: .all)
            }
            // Of the walk 2 is bound, and 3 waits for its shard.
            bench.expect(try await bench.read { try $0.expired(before: 9) }, is: [1, 4, 5], "while it goes on")
            try await bench.forget(before: 9)
            try await bench.read { transaction in
                bench.expect(try transaction.boundReports(job: try transaction.jobRow(1)).count, is: 1, "what is bound")
                bench.expect(try transaction.texts(in: 2..<4), is: ["report 3"], "what it has not opened")
            }
            try await bench.write { try $0.end(1) }
            bench.expect(try await bench.read { try $0.expired(before: 9) }, is: [2, 3], "once it has ended")
            try await bench.forget(before: 9)
            try await bench.read { transaction in
                bench.expect(try transaction.boundReports(job: try transaction.jobRow(1)), is: [], "at last")
                bench.expect(try transaction.walk(1).end, is: .abandoned, "the walk")
                bench.expect(try transaction.isCollected(.times(3...3)), "its batch")
            }
        },
        StorePromise("what waits for walks that the Leader selects batches of goes by its time") { bench in
            try await bench.write { transaction in
                for number in 1...3 { try transaction.upload(number, in: .open) }
                try transaction.freezeWhatIsFree(as: 1)
                for number in 4...6 { try transaction.upload(number, time: UInt64(number - 3), in: .open) }
            }
            bench.expect(try await bench.read { try $0.expired(before: 3) }, is: [1, 2], "beside a walk")
            try await bench.forget(before: 3)
            bench.expect(
                Set(try await bench.read { try $0.texts(in: .all) }),
                is: ["report 1", "report 2", "report 3", "report 6"], "what is left")
        },
        StorePromise("what a job of a batch has is not forgotten before it ends") { bench in
            try await bench.write { transaction in
                for number in 1...4 { try transaction.upload(number) }
                let jobs = try (1...3).map { try transaction.insertJob(BatchJobRecord.numbered($0)) }
                for (place, job) in jobs.enumerated() {
                    try transaction.bindReports(rows: [try transaction.row(of: place + 1)], job: job, keyID: 7)
                }
                for (job, phase) in zip(jobs, [JobPhase.finished, .abandoned, .opened]) {
                    guard var record = try transaction.batchJob(row: job) else { throw Missing(what: "job") }
                    record.phase = phase
                    try transaction.updateJob(record)
                }
            }
            bench.expect(try await bench.read { try $0.expired(before: 9) }, is: [4], "with their uploads")
            try await bench.write { transaction in
                for number in 1...3 { try transaction.eraseUploads(job: try transaction.jobRow(number)) }
            }
            bench.expect(try await bench.read { try $0.expired(before: 9) }, is: [1, 2, 4], "without")
        },
        StorePromise("what was bound without an upload goes with its job") { bench in
            try await bench.write { transaction in
                try transaction.insertWalk(.plain(1))
                let shard = try transaction.insertJob(ShardRecord.numbered(1, of: 1))
                let job = try transaction.insertJob(BatchJobRecord.numbered(2, phase: .finished))
                try transaction.bind(1, to: shard)
                try transaction.bind(2, to: job)
            }
            bench.expect(try await bench.read { try $0.expired(before: 9) }, is: [2], "while a walk goes on")
            try await bench.write { try $0.end(1) }
            try await bench.forget(before: 9)
            try await bench.write { transaction in
                bench.expect(try transaction.bind(1, to: try transaction.jobRow(2), at: 5), "a forgotten ID is known")
            }
        },
        StorePromise("what was asked for long ago and answered just now is not old") { bench in
            try await bench.write { transaction in
                for (number, answered) in [(1, 80), (2, nil), (3, 60)] as [(Int, UInt64?)] {
                    var resource = ResourceRecord(
                        id: ResourceID(number), about: .batch([1]), request: [1], requestDigest: bytes(number),
                        createdAt: 50)
                    try transaction.insertResource(resource)
                    (resource.state, resource.answeredAt) = (.released, answered)
                    try transaction.updateResource(resource)
                    bench.expect(try transaction.resource(resource.id), is: resource, "what was stored")
                }
            }
            func found(_ time: UInt64) async throws -> [ResourceID] {
                try await bench.read { try $0.expiredResources(before: time, limit: 9) }
            }
            bench.expect(try await found(81), is: [2, 3, 1].map { ResourceID($0) }, "all")
            bench.expect(try await found(80), is: [2, 3].map { ResourceID($0) }, "but the last")
            bench.expect(try await found(60), is: [ResourceID(2)], "of whose answer no time is known")
        },
        StorePromise("answers are found by their age, but of a walk that goes on") { bench in
            try await bench.write { transaction in
                for number in 1...2 { try transaction.insertWalk(.plain(number)) }
                for (number, state) in [(1, ResourceRecord.State.released), (2, .failed), (3, .running), (4, .deleted)]
                {
                    for walk in 1...2 {
                        var resource = ResourceRecord(
                            id: ResourceID(number + 4 * (walk - 1)), about: .step(WalkID(walk), 0), request: [1],
                            requestDigest: bytes(number), createdAt: UInt64(60 - number))
                        resource.state = state
                        try transaction.insertResource(resource)
                    }
                }
                var batch = ResourceRecord(
                    id: ResourceID(9), about: .batch([1]), request: [1], requestDigest: bytes(9), createdAt: 70)
                batch.state = .released
                try transaction.insertResource(batch)
                try transaction.end(1)
            }
            func found(_ time: UInt64, _ limit: Int) async throws -> [ResourceID] {
                try await bench.read { try $0.expiredResources(before: time, limit: limit) }
            }
            bench.expect(try await found(99, 9), is: [2, 1, 9].map { ResourceID($0) }, "all")
            bench.expect(try await found(99, 1), is: [ResourceID(2)], "one")
            bench.expect(try await found(59, 9), is: [ResourceID(2)], "of an earlier time")
        },
        StorePromise("forgetting in one task leaves those of another") { bench in
            for store in [bench.a, bench.b] {
                try await store.write("check") { transaction in for number in 1...4 { try transaction.upload(number) } }
            }
            let before = try await TaskImage(of: bench.b)
            try await bench.forget(before: 9)
            bench.expect(try await TaskImage(of: bench.b), is: before, "the other task")
            bench.expect(try await bench.b.read("check") { try $0.forgottenBefore() }, is: 0, "its floor")
        },
    ]
}

extension Bench {
    /// Forgets all that may be forgotten of an earlier time.
    func forget(before end: UInt64) async throws {
        try await write { transaction in
            try transaction.forgetReports(try transaction.expiredReports(before: end, after: nil, limit: 99).reports)
        }
    }
}

extension StoreTransaction {
    /// The times of what may be forgotten, in order.
    func expired(before end: UInt64) throws -> [UInt64] {
        try expiredReports(before: end, after: nil, limit: 99).reports.map(\.time)
    }
}
