import Aggregator
import PopulusDAP
import Testing

/// Bindings (rule 1): a report has one place in one job.
extension StorePromise {
    static let bindings = [
        StorePromise("a report is bound once, and the same place may be asked for again") { bench in
            let (row, other) = try await bench.write { transaction in
                (
                    try transaction.insertJob(ShardRecord.numbered(1, of: 1)),
                    try transaction.insertJob(ShardRecord.numbered(2, of: 1, ordinal: 1))
                )
            }
            bench.expect(try await bench.write { try $0.bind(5, to: row) }, is: true, "the first")
            for _ in 0..<2 {
                let again = try await bench.write { transaction in
                    [
                        try transaction.bind(5, to: row), try transaction.bind(5, to: other),
                        try transaction.bind(5, to: row, at: 1), try transaction.bind(5, to: row, key: 8),
                        try transaction.bind(5, to: other, key: 8),
                    ]
                }
                bench.expect(again, is: [true, false, false, false, false], "the same, another job, place, key, all")
            }
            let found = try await bench.read { transaction in
                try [row, other].map { try transaction.boundReports(job: $0) }
            }
            bench.expect(found, is: [[BoundReport(ordinal: 0, id: ReportID(5), time: 5)], []], "what is bound")
        },
        StorePromise("of reports that are bound together each has its own outcome, in their order") { bench in
            let (row, other) = try await bench.write { transaction in
                let rows = try (1...2).map { try transaction.insertJob(ShardRecord.numbered($0, of: 1, ordinal: $0)) }
                try transaction.bind(2, to: rows[1])
                try transaction.bind(5, to: rows[0], at: 4)
                return (rows[0], rows[1])
            }
            let wanted = [1, 3, 2, 1, 5].enumerated().map { ReportToBind.numbered($1, at: $0) }
            for time in ["", " again"] {
                let outcomes = try await bench.write { try $0.bindReports(wanted, job: row, keyID: 7) }
                bench.expect(outcomes, is: [true, true, false, false, true], "bound\(time)")
            }
            let found = try await bench.read { transaction in
                try [row, other].map { try transaction.boundReports(job: $0).map(\.ordinal) }
            }
            bench.expect(found, is: [[0, 1, 4], [0]], "their places")
            bench.expect(try await bench.write { try $0.bindReports([], job: row, keyID: 7) }, is: [], "none")
            // So many that a store may take them apart.
            let many = try await bench.write { transaction in
                try transaction.bind(150, to: other, at: 1)
                return try transaction.bindReports(
                    (101...200).map { .numbered($0, at: $0) }, job: row, keyID: 7)
            }
            bench.expect(many, is: (101...200).map { $0 != 150 }, "many, one of them bound before")
        },
        StorePromise("an upload is bound once, or the whole transaction fails") { bench in
            let (row, other, uploads) = try await bench.write { transaction in
                for number in 1...4 { try transaction.upload(number) }
                return (
                    try transaction.insertJob(BatchJobRecord.numbered(1, phase: .planned)),
                    try transaction.insertJob(BatchJobRecord.numbered(2, phase: .planned)),
                    try (1...4).map { try transaction.row(of: $0) }
                )
            }
            for _ in 0..<2 {
                try await bench.write { try $0.bindReports(rows: [uploads[1], uploads[0]], job: row, keyID: 7) }
            }
            try await bench.expectFailure("one of them in another job") {
                try $0.bindReports(rows: [uploads[2], uploads[0]], job: other, keyID: 7)
            }
            try await bench.expectFailure("in another place") {
                try $0.bindReports(rows: [uploads[0], uploads[1]], job: row, keyID: 7)
            }
            try await bench.expectFailure("with another key") {
                try $0.bindReports(rows: [uploads[1], uploads[0]], job: row, keyID: 8)
            }
            let (bound, texts) = try await bench.read { transaction in
                (
                    try transaction.boundReports(job: row),
                    try transaction.uploads(job: row).map(\.text)
                )
            }
            bench.expect(
                bound,
                is: [
                    BoundReport(ordinal: 0, id: ReportID(2), time: 2),
                    BoundReport(ordinal: 1, id: ReportID(1), time: 1),
                ], "by place")
            bench.expect(texts, is: ["report 2", "report 1"], "the uploads by place")
            bench.expect(try await bench.read { try $0.boundReports(job: other) }, is: [], "the other job")
        },
        StorePromise("reports are bound within their task only") { bench in
            for store in [bench.a, bench.b] {
                let isBound = try await store.write("check") { transaction in
                    let row = try transaction.insertJob(ShardRecord.numbered(1, of: 1))
                    return try transaction.bind(5, to: row)
                }
                bench.expect(isBound, is: true, "the same ID in each task")
            }
        },
        StorePromise("nothing but giving it back takes a report out of its job") { bench in
            let row = try await bench.write { transaction in
                for number in 1...3 { try transaction.upload(number) }
                _ = try transaction.freeze(.byTime(1, 1..<4))
                let row = try transaction.insertJob(ShardRecord.numbered(1, of: 1))
                try transaction.bindReports(rows: try (1...3).map { try transaction.row(of: $0) }, job: row, keyID: 7)
                return row
            }
            let before = try await bench.read { try $0.boundReports(job: row) }
            bench.expect(before.map(\.id), is: (1...3).map { ReportID($0) }, "what it has")
            try await bench.write { transaction in
                try transaction.eraseUploads(job: row)
                try transaction.eraseBodies(in: .all)
                _ = try transaction.postponeReports(in: .all, from: 0)
                var walk = try transaction.walk(1)
                walk.end = .abandoned
                try transaction.updateWalk(walk)
                if var job = try transaction.shard(row: row) {
                    job.phase = .finished
                    try transaction.updateJob(job)
                }
                for number in 1...3 { try transaction.upload(number) }
            }
            bench.expect(try await bench.read { try $0.boundReports(job: row) }, is: before, "after its end")
            try await bench.reopen()
            bench.expect(try await bench.read { try $0.boundReports(job: row) }, is: before, "after a new start")
            let isBound = try await bench.write { transaction in
                let other = try transaction.insertJob(ShardRecord.numbered(2, of: 1, ordinal: 1))
                return try (1...3).map { try transaction.bind($0, to: other) }
            }
            bench.expect(isBound, is: [false, false, false], "another job gets it")
        },
    ]
}
