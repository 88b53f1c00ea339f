import Aggregator
import PopulusDAP
import Testing

/// What a store keeps of a job's reports where segments are a cache: enough to make them again, until nobody needs them.
extension StorePromise {
    static let keptBodies = [
        StorePromise("the bodies of a job's reports are kept by place, and read in pages") { bench in
            let keeps = bench.a.segmentsAreCache
            let rows = try await bench.write { transaction in
                let rows = try (1...2).map { try transaction.insertJob(ShardRecord.numbered($0, of: 1, ordinal: $0)) }
                let isBound = try transaction.bindReports(
                    [4, 2, 5, 1, 3].enumerated().map { .kept($1, at: 2 * $0) }, job: rows[0], keyID: 7)
                bench.expect(isBound, is: [true, true, true, true, true], "bound")
                _ = try transaction.bindReports([.kept(6, at: 0)], job: rows[1], keyID: 7)
                return rows
            }
            let all = [4, 2, 5, 1, 3].enumerated().map { KeptBody.numbered($1, at: 2 * $0) }
            for time in ["", " after a start"] {
                try await bench.read { transaction in
                    for (first, limit, wanted) in [
                        (0, 9, 0..<5), (0, 2, 0..<2), (3, 2, 2..<4), (8, 9, 4..<5), (9, 9, 5..<5),
                    ] {
                        bench.expect(
                            try transaction.keptBodies(job: rows[0], from: first, limit: limit),
                            is: keeps ? Array(all[wanted]) : [], "\(limit) from \(first)\(time)")
                    }
                    bench.expect(
                        try transaction.keptBodies(job: rows[1], from: 0, limit: 9), is: keeps ? [.numbered(6)] : [],
                        "another job\(time)")
                }
                try await bench.reopen()
            }
            bench.expect(
                try await bench.b.read("check") { try $0.keptBodies(job: rows[0], from: 0, limit: 9) }, is: [],
                "another task")
        },
        StorePromise("an upload that a job has is kept for it, byte by byte") { bench in
            let large = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let row = try await bench.write { transaction in
                for number in 1...3 { try transaction.upload(number, body: number == 3 ? large : nil) }
                let row = try transaction.insertJob(ShardRecord.numbered(1, of: 1))
                let uploads = try transaction.reportBodies(rows: .all, in: .all, limit: .max).map(\.row)
                try transaction.bindReports(rows: [uploads[2], uploads[0]], job: row, keyID: 7)
                return row
            }
            let found = try await bench.read { try $0.keptBodies(job: row, from: 0, limit: 9) }
            let wanted = [
                KeptBody(ordinal: 0, body: ReportID(3).bytes + large),
                KeptBody(ordinal: 1, body: ReportID(1).bytes + Array("report 1".utf8)),
            ]
            bench.expect(found, is: bench.a.segmentsAreCache ? wanted : [], "what is kept")
        },
        StorePromise("what is kept is what was bound first") { bench in
            let (row, other) = try await bench.write { transaction in
                let rows = try (1...2).map { try transaction.insertJob(ShardRecord.numbered($0, of: 1, ordinal: $0)) }
                _ = try transaction.bindReports([.kept(5)], job: rows[0], keyID: 7)
                return (rows[0], rows[1])
            }
            let again = try await bench.write { transaction in
                [
                    try transaction.bindReports([.kept(5, body: 6)], job: row, keyID: 7),
                    try transaction.bindReports([.kept(5, body: 6)], job: other, keyID: 7),
                    try transaction.bindReports([.kept(7), .kept(7, at: 1, body: 6)], job: other, keyID: 7),
                ]
            }
            bench.expect(again, is: [[true], [false], [true, false]], "bound")
            let found = try await bench.read { transaction in
                try [row, other].map { try transaction.keptBodies(job: $0, from: 0, limit: 9) }
            }
            bench.expect(
                found, is: bench.a.segmentsAreCache ? [[.numbered(5)], [.numbered(7)]] : [[], []], "what is kept")
        },
        StorePromise("what is kept is erased by the job, and does not come back") { bench in
            let rows = try await bench.write { transaction in
                let rows = try (1...2).map { try transaction.insertJob(ShardRecord.numbered($0, of: 1, ordinal: $0)) }
                _ = try transaction.bindReports([.kept(1), .kept(2, at: 1)], job: rows[0], keyID: 7)
                _ = try transaction.bindReports([.kept(3)], job: rows[1], keyID: 7)
                try transaction.eraseUploads(job: rows[0])
                return rows
            }
            for _ in 0..<2 {
                let (isBound, left) = try await bench.write { transaction in
                    (
                        try transaction.bindReports([.kept(1), .kept(2)], job: rows[0], keyID: 7),
                        try rows.map { try transaction.keptBodies(job: $0, from: 0, limit: 9) }
                    )
                }
                bench.expect(isBound, is: [true, false], "the same place, and another one")
                bench.expect(left, is: bench.a.segmentsAreCache ? [[], [.numbered(3)]] : [[], []], "what is left")
                try await bench.reopen()
            }
            bench.expect(
                try await bench.read { try $0.boundReports(job: rows[0]).map(\.id) }, is: [ReportID(1), ReportID(2)],
                "its reports")
        },
        StorePromise("what ended shards keep is to be erased, and nothing else is") { bench in
            let rows = try await bench.write { transaction in
                for walk in 1...2 { try transaction.insertWalk(.plain(walk)) }
                let rows =
                    try (0..<4).map { try transaction.insertJob(ShardRecord.numbered($0, of: 1, ordinal: $0)) }
                    + [try transaction.insertJob(ShardRecord.numbered(4, of: 2))]
                for (place, row) in rows.enumerated() {
                    _ = try transaction.bindReports([.kept(place)], job: row, keyID: 7)
                }
                return rows
            }
            func check(_ wanted: [Int], _ what: String) async throws {
                let found = try await bench.read { try $0.shardsToErase() }
                bench.expect(found, is: bench.a.segmentsAreCache ? wanted.map { rows[$0] } : [], what)
            }
            try await check([], "all go on")
            // One was deleted, another one was emptied by its last step and may answer once more.
            try await bench.write { transaction in
                for (place, sum) in [(1, []), (2, [7])] as [(Int, [UInt8])] {
                    guard var job = try transaction.shard(row: rows[place]) else { throw Missing(what: "a shard") }
                    (job.phase, job.sum) = (.finished, sum)
                    try transaction.updateJob(job)
                }
            }
            try await check([1], "a shard was deleted")
            try await bench.write { try $0.end(1) }
            try await bench.reopen()
            try await check([0, 1, 2, 3], "a walk has ended")
            try await bench.write { transaction in
                for place in [0, 3] { try transaction.eraseUploads(job: rows[place]) }
            }
            try await check([1, 2], "some are erased")
            bench.expect(try await bench.b.read("check") { try $0.shardsToErase() }, is: [], "another task")
        },
    ]
}

extension ReportToBind {
    /// A numbered report that is bound with a body, by default its own.
    fileprivate static func kept(_ number: Int, at ordinal: Int = 0, body: Int? = nil) -> ReportToBind {
        numbered(number, at: ordinal, body: KeptBody.bytes(body ?? number))
    }
}

extension KeptBody {
    fileprivate static func numbered(_ number: Int, at ordinal: Int = 0) -> KeptBody {
        KeptBody(ordinal: ordinal, body: bytes(number))
    }

    fileprivate static func bytes(_ number: Int) -> [UInt8] { ReportID(number).bytes + Array("share \(number)".utf8) }
}
