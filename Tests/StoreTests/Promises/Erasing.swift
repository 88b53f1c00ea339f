import Aggregator
import PopulusDAP
import Testing

/// Erasing: what takes room goes, what must never be forgotten stays (rule 8).
extension StorePromise {
    static let erasing = [
        StorePromise("uploads of some rows and buckets are erased, and no others") { bench in
            let last = try await bench.write { transaction in
                for number in 1...6 { try transaction.upload(number) }
                let last = try transaction.row(of: 4)
                try transaction.eraseBodies(rows: try transaction.row(of: 2)...last, in: 1..<4)
                return last
            }
            bench.expect(
                try await bench.read { try $0.texts(in: .all) },
                is: ["report 1", "report 4", "report 5", "report 6"], "what is left")
            bench.expect(try await bench.read { try $0.rowSpan(of: 2..<5) }, is: last...last, "their rows")
            bench.expect(try await bench.read { try $0.countReports(in: 2..<4) }, is: 0, "how many")
            try await bench.write { try $0.eraseBodies(in: 4..<6) }
            bench.expect(
                try await bench.read { try $0.texts(in: .all) }, is: ["report 1", "report 6"], "after two buckets")
            bench.expect(
                try await bench.read { try $0.waitingReports(times: .all, limit: .max).map(\.time) }, is: [1, 6],
                "what waits")
        },
        StorePromise("erasing in one task leaves the uploads of another") { bench in
            for store in [bench.a, bench.b] {
                try await store.write("check") { transaction in
                    for number in 1...4 { try transaction.upload(number) }
                    let job = try transaction.insertJob(BatchJobRecord.numbered(1, phase: .planned))
                    try transaction.bindReports(rows: [try transaction.row(of: 1)], job: job, keyID: 7)
                }
            }
            let before = try await TaskImage(of: bench.b)
            try await bench.write { transaction in
                try transaction.eraseUploads(job: try transaction.jobRow(1))
                try transaction.eraseBodies(rows: .all, in: 2..<3)
                try transaction.eraseBodies(in: .all)
            }
            bench.expect(try await TaskImage(of: bench.b), is: before, "the other task")
            bench.expect(try await bench.read { try $0.countReports(in: .all) }, is: 0, "this task")
        },
        StorePromise("the uploads of a job are erased, and its bindings stay") { bench in
            let rows = try await bench.write { transaction in
                let rows = try (1...2).map { try transaction.insertJob(BatchJobRecord.numbered($0, phase: .planned)) }
                for number in 1...5 { try transaction.upload(number) }
                let uploads = try (1...5).map { try transaction.row(of: $0) }
                try transaction.bindReports(rows: Array(uploads[..<2]), job: rows[0], keyID: 7)
                try transaction.bindReports(rows: Array(uploads[2..<4]), job: rows[1], keyID: 7)
                try transaction.eraseUploads(job: rows[0])
                return rows
            }
            try await bench.read { transaction in
                bench.expect(try transaction.uploads(job: rows[0]).count, is: 0, "its uploads")
                bench.expect(
                    try transaction.boundReports(job: rows[0]).map(\.id), is: [ReportID(1), ReportID(2)], "its reports")
                bench.expect(
                    try transaction.texts(in: .all), is: ["report 3", "report 4", "report 5"], "what is left")
                bench.expect(try transaction.uploads(job: rows[1]).count, is: 2, "the other job's")
            }
        },
        StorePromise("what no job has is erased by itself") { bench in
            try await bench.write { transaction in
                for number in 1...5 { try transaction.upload(number) }
                let job = try transaction.insertJob(ShardRecord.numbered(1, of: 1))
                try transaction.bindReports(rows: try [2, 4].map { try transaction.row(of: $0) }, job: job, keyID: 7)
                try transaction.eraseBodies(
                    rows: try transaction.row(of: 1)...(try transaction.row(of: 4)), in: 2..<6, isBound: false)
            }
            bench.expect(
                try await bench.read { try $0.texts(in: .all) }, is: ["report 1", "report 2", "report 4", "report 5"],
                "what is left")
            try await bench.write { try $0.eraseBodies(rows: .all, in: .all, isBound: false) }
            bench.expect(
                try await bench.read { try $0.texts(in: .all) }, is: ["report 2", "report 4"], "what a job has")
            try await bench.write { try $0.eraseBodies(rows: .all, in: .all, isBound: true) }
            bench.expect(try await bench.read { try $0.texts(in: .all) }, is: [], "at last")
        },
        StorePromise("what is erased stays erased after a start, and is known") { bench in
            try await bench.write { transaction in
                for number in 1...4 { try transaction.upload(number) }
                try transaction.eraseBodies(in: 1..<3)
            }
            try await bench.reopen()
            let (texts, outcomes) = try await bench.write { transaction in
                (try transaction.texts(in: .all), try (1...4).map { try transaction.upload($0) })
            }
            bench.expect(texts, is: ["report 3", "report 4"], "what is left")
            bench.expect(outcomes, is: [.replayed, .replayed, .replayed, .replayed], "once more")
        },
    ]
}
