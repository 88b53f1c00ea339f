import Aggregator
import PopulusDAP
import Testing

/// Reports that a job gives back: for another job, never for another key.
extension StorePromise {
    static let releases = [
        StorePromise("a report that was given back may be bound again, with the key that it had") { bench in
            let (row, other) = try await bench.write { transaction in
                let rows = try (1...2).map { try transaction.insertJob(BatchJobRecord.numbered($0)) }
                for number in 1...3 { try transaction.bind(number, to: rows[0], at: number - 1) }
                return (rows[0], rows[1])
            }
            let (count, left) = try await bench.write { transaction in
                (
                    try transaction.releaseReports(job: row, attemptsBelow: .max),
                    try transaction.boundReports(job: row)
                )
            }
            bench.expect(count, is: 3, "how many")
            bench.expect(left, is: [], "what it has")
            let isBound = try await bench.write { transaction in
                [
                    try transaction.bind(1, to: other, key: 8), try transaction.bind(1, to: other),
                    try transaction.bind(1, to: row), try transaction.bind(2, to: row, key: 8),
                ]
            }
            bench.expect(isBound, is: [false, true, false, false], "another key, its own, the first job, another key")
        },
        StorePromise("a report that was given back keeps its time") { bench in
            let (row, other) = try await bench.write { transaction in
                let rows = try (1...2).map { try transaction.insertJob(BatchJobRecord.numbered($0)) }
                try transaction.bind(5, to: rows[0])
                _ = try transaction.releaseReports(job: rows[0], attemptsBelow: .max)
                return (rows[0], rows[1])
            }
            // Under an older time it would be forgotten while it can still come.
            func bound(as time: UInt64, to job: Int64) async throws -> [Bool] {
                try await bench.write { transaction in
                    let report = ReportToBind(ReportID(5), time: time, ordinal: 0)
                    return try transaction.bindReports([report], job: job, keyID: 7)
                }
            }
            bench.expect(try await bound(as: 4, to: other), is: [false], "an earlier time")
            bench.expect(try await bound(as: 6, to: other), is: [false], "a later time")
            bench.expect(try await bound(as: 5, to: other), is: [true], "its own")
            bench.expect(try await bound(as: 4, to: other), is: [false], "an earlier time, in its place")
            bench.expect(try await bound(as: 5, to: row), is: [false], "its own, the first job")
        },
        StorePromise("an upload that was given back is bound to its own key only, or the whole transaction fails") {
            bench in
            let (job, rows) = try await bench.write { transaction in
                for number in 1...2 { try transaction.upload(number) }
                let jobs = try (1...2).map { try transaction.insertJob(BatchJobRecord.numbered($0, phase: .planned)) }
                let rows = try (1...2).map { try transaction.row(of: $0) }
                try transaction.bindReports(rows: [rows[0]], job: jobs[0], keyID: 7)
                try transaction.releaseReports(job: jobs[0], ids: [ReportID(1)])
                return (jobs[1], rows)
            }
            for _ in 0..<2 {
                try await bench.expectFailure("another key") {
                    try $0.bindReports(rows: [rows[1], rows[0]], job: job, keyID: 8)
                }
                try await bench.reopen()
            }
            try await bench.write { try $0.bindReports(rows: [rows[1], rows[0]], job: job, keyID: 7) }
            let bound = try await bench.read { try $0.boundReports(job: job).map(\.id) }
            bench.expect(bound, is: [ReportID(2), ReportID(1)], "with its own")
        },
        StorePromise("some of a job's reports are given back, and only its own") { bench in
            let rows = try await bench.write { transaction in
                let rows = try (1...2).map { try transaction.insertJob(BatchJobRecord.numbered($0, phase: .planned)) }
                for number in 1...4 { try transaction.upload(number) }
                let uploads = try (1...4).map { try transaction.row(of: $0) }
                try transaction.bindReports(rows: Array(uploads[..<3]), job: rows[0], keyID: 7)
                try transaction.bindReports(rows: [uploads[3]], job: rows[1], keyID: 7)
                return rows
            }
            try await bench.expectFailure("one of another job") {
                try $0.releaseReports(job: rows[0], ids: [ReportID(1), ReportID(4)])
            }
            try await bench.expectFailure("one that is not there") {
                try $0.releaseReports(job: rows[0], ids: [ReportID(9)])
            }
            try await bench.write { try $0.releaseReports(job: rows[0], ids: [ReportID(2), ReportID(3)]) }
            let (bound, waiting) = try await bench.read { transaction in
                (
                    try rows.map { try transaction.boundReports(job: $0).map(\.id) },
                    try transaction.waitingReports(times: .all, limit: .max)
                )
            }
            bench.expect(bound, is: [[ReportID(1)], [ReportID(4)]], "what the jobs have")
            bench.expect(waiting.map(\.time), is: [2, 3], "what waits")
            bench.expect(waiting.map(\.keyID), is: [7, 7], "their key")
            bench.expect(waiting.map(\.attempts), is: [0, 0], "nobody counts this")
        },
        StorePromise("how often reports were given back is counted, and limits it") { bench in
            let row = try await bench.write { transaction in
                for number in 1...3 { try transaction.upload(number) }
                return try transaction.insertJob(BatchJobRecord.numbered(1, phase: .planned))
            }
            bench.expect(try await bench.read { try $0.attempts(job: row) }, is: nil, "a job without reports")
            let counts = try await bench.write { transaction in
                let uploads = try (1...3).map { try transaction.row(of: $0) }
                try transaction.bindReports(rows: Array(uploads[..<2]), job: row, keyID: 7)
                let first = try transaction.releaseReports(job: row, attemptsBelow: 1)
                try transaction.bindReports(rows: uploads, job: row, keyID: 7)
                let greatest = try transaction.attempts(job: row)
                return [first, greatest ?? -1, try transaction.releaseReports(job: row, attemptsBelow: 1)]
            }
            bench.expect(counts, is: [2, 1, 1], "given back, most often so far, given back")
            let (bound, waiting) = try await bench.read { transaction in
                (
                    try transaction.boundReports(job: row).map(\.id),
                    try transaction.waitingReports(times: .all, limit: .max)
                )
            }
            bench.expect(bound, is: [ReportID(1), ReportID(2)], "what stays")
            bench.expect(waiting.map(\.attempts), is: [1], "how often it came back")
        },
        StorePromise("uploads that wait are found by time, row and key, in that order") { bench in
            let last = try await bench.write { transaction in
                let jobs = try (1...2).map { try transaction.insertJob(BatchJobRecord.numbered($0, phase: .planned)) }
                for (number, time) in [(1, 9), (2, 4), (3, 4), (4, 6), (5, 6)] as [(Int, UInt64)] {
                    try transaction.upload(number, time: time, in: .unselected)
                }
                try transaction.bindReports(rows: [try transaction.row(of: 3)], job: jobs[0], keyID: 7)
                try transaction.bindReports(rows: [try transaction.row(of: 4)], job: jobs[1], keyID: 8)
                for job in jobs { _ = try transaction.releaseReports(job: job, attemptsBelow: 9) }
                let last = try transaction.lastReportRow()
                try transaction.upload(6, time: 5, in: .unselected)
                return last
            }
            let found = try await bench.read { transaction in
                try [
                    transaction.waitingReports(times: .all, limit: .max),
                    transaction.waitingReports(times: .all, throughRow: last, keys: nil, limit: 3),
                    transaction.waitingReports(times: 4..<7, keys: [7], limit: .max),
                    transaction.waitingReports(times: 4..<7, keys: [], limit: .max),
                ].map { $0.map { [Int($0.time), Int($0.keyID ?? 0), $0.attempts, $0.bytes] } }
            }
            let (one, two, three) = ([4, 0, 0, 24], [4, 7, 1, 24], [6, 8, 1, 24])
            bench.expect(found[0], is: [one, two, [5, 0, 0, 24], three, [6, 0, 0, 24], [9, 0, 0, 24]], "all")
            bench.expect(found[1], is: [one, two, three], "the first three of some rows")
            bench.expect(found[2], is: [one, two, [5, 0, 0, 24], [6, 0, 0, 24]], "those of a key")
            bench.expect(found[3], is: [one, [5, 0, 0, 24], [6, 0, 0, 24]], "those that never had one")
            let counts = try await bench.read { transaction in
                [
                    try transaction.countWaitingReports(forKeysBeside: [7, 8]),
                    try transaction.countWaitingReports(forKeysBeside: [7]),
                    try transaction.countWaitingReports(times: 4..<7, throughRow: .max, limit: 100),
                    try transaction.countWaitingReports(times: 4..<7, throughRow: last, limit: 100),
                    try transaction.countWaitingReports(times: .all, throughRow: .max, limit: 2),
                ]
            }
            bench.expect(counts, is: [0, 1, 5, 4, 2], "how many")
        },
    ]
}
