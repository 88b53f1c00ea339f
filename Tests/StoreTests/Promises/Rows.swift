import Aggregator
import PopulusDAP
import Testing

/// Rows: they tell what there is apart, and order it; of no task has one that another one has.
extension StorePromise {
    static let rows = [
        StorePromise("rows of uploads grow, and none is used again") { bench in
            for store in [bench.a, bench.b] {
                bench.expect(try await store.read("check") { try $0.lastReportRow() }, is: 0, "an empty store")
            }
            bench.expect(try await bench.read { try $0.rowSpan(of: .all) }, is: nil, "its span")
            var last: Int64 = 0
            for number in 1...6 {
                let row = try await bench.write { transaction in
                    try transaction.upload(number)
                    return try transaction.lastReportRow()
                }
                bench.expect(row > last, "row \(row) after \(last)")
                last = row
                // The latest is gone, and one comes to nothing.
                try await bench.write { transaction in
                    try transaction.upload(number)
                    if number % 2 == 0 { try transaction.eraseBodies(in: .all) }
                }
                let after = try await bench.read { try $0.lastReportRow() }
                bench.expect(after >= last, "row \(after) after \(last) was erased")
            }
            try await bench.reopen()
            let later = try await bench.write { transaction in
                try transaction.upload(7)
                return try transaction.lastReportRow()
            }
            bench.expect(later > last, "row \(later) after \(last) and a new start")
        },
        StorePromise("no two tasks have a row in common") { bench in
            let stores = [bench.a, bench.b]
            bench.expect(!stores[0].jobRows.overlaps(stores[1].jobRows), "rows of jobs: \(stores.map(\.jobRows))")
            bench.expect(
                stores[0].segmentsDirectory, is: stores[1].segmentsDirectory, "one folder of segments for all tasks")
            var (uploads, jobs): (Set<Int64>, Set<Int64>) = ([], [])
            for number in 1...10 {
                for store in stores {
                    let (upload, shard, job) = try await store.write("check") { transaction in
                        try transaction.upload(number)
                        return (
                            try transaction.lastReportRow(),
                            try transaction.insertJob(ShardRecord.numbered(number, of: 1, ordinal: number)),
                            try transaction.insertJob(BatchJobRecord.numbered(100 + number))
                        )
                    }
                    bench.expect(uploads.insert(upload).inserted, "row \(upload) of two uploads")
                    for row in [shard, job] {
                        bench.expect(jobs.insert(row).inserted, "row \(row) of two jobs")
                        bench.expect(store.jobRows.contains(row), "row \(row) is not in \(store.jobRows)")
                    }
                }
            }
        },
        StorePromise("rows of jobs are not used again, after a start either") { bench in
            let before = try await bench.write { transaction in
                try (1...3).map { try transaction.insertJob(BatchJobRecord.numbered($0)) }
            }
            try await bench.reopen()
            let after = try await bench.write { transaction in
                try (4...6).map { try transaction.insertJob(ShardRecord.numbered($0, of: 1, ordinal: $0)) }
            }
            bench.expect(Set(before + after).count, is: 6, "\(before) and \(after)")
            let rows = bench.a.jobRows
            bench.expect((before + after).allSatisfy(rows.contains), "\(before) and \(after) in \(rows)")
        },
    ]
}
