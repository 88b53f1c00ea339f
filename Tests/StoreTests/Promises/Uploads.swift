import Aggregator
import PopulusDAP
import Testing

/// Uploads (Leader): stored once, each in its bucket.
extension StorePromise {
    static let uploads = [
        StorePromise("an upload is stored once, whatever comes under its ID") { bench in
            bench.expect(try await bench.write { try $0.upload(1) }, is: .stored, "the first")
            let again = try await bench.write { transaction in
                [
                    try transaction.upload(1), try transaction.upload(1, body: [1]), try transaction.upload(1, time: 9),
                    try transaction.upload(1, in: .open), try transaction.upload(1, in: .unselected),
                ]
            }
            bench.expect(again.allSatisfy { $0 == .replayed }, "another of the same ID: \(again)")
            bench.expect(try await bench.read { try $0.texts(in: 1..<2) }, is: ["report 1"], "what is stored")
            bench.expect(try await bench.read { try $0.countReports(in: .all) }, is: 1, "how many")
        },
        StorePromise("an ID is known within its task only") { bench in
            _ = try await bench.write { try $0.upload(1) }
            let other = try await bench.b.write("check") { try $0.upload(1, body: Array("other".utf8)) }
            bench.expect(other, is: .stored, "in another task")
            bench.expect(try await bench.read { try $0.texts(in: .all) }, is: ["report 1"], "here")
            bench.expect(try await bench.b.read("check") { try $0.texts(in: .all) }, is: ["other"], "there")
        },
        StorePromise("a time that is collected takes no upload that belongs there, and remembers none") { bench in
            let outcomes = try await bench.write { transaction in
                try transaction.markCollected(.times(3...5))
                return try [2, 3, 4, 5, 6].map { try transaction.upload($0) }
            }
            bench.expect(outcomes, is: [.stored, .collected, .collected, .collected, .stored], "times 2 to 6")
            let later = try await bench.write { transaction in
                [
                    try transaction.upload(3, time: 7), try transaction.upload(14, time: 4, in: .unselected),
                    try transaction.upload(15, time: 4, in: .open),
                ]
            }
            bench.expect(later, is: [.stored, .stored, .stored], "of another time, into another bucket")
        },
        StorePromise("an upload waits in the bucket of its time, or in the one that is open") { bench in
            try await bench.write { transaction in
                for number in 1...3 { try transaction.upload(number) }
                try transaction.upload(4, in: .unselected)
                try transaction.upload(5, in: .open)
            }
            let texts = try await bench.read { transaction in
                try (0..<6).map { try transaction.texts(in: $0..<$0 + 1) }
            }
            bench.expect(
                texts, is: [["report 5"], ["report 1"], ["report 2"], ["report 3"], ["report 4"], []], "by bucket")
        },
        StorePromise("uploads are read by buckets and rows, in the order of rows, byte by byte") { bench in
            let large = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            try await bench.write { transaction in
                for number in 1...6 { try transaction.upload(number, time: 10 - UInt64(number)) }
                try transaction.upload(7, time: 2, body: large)
            }
            let found = try await bench.read { transaction in
                var sizes: [Int] = []
                var rows: [Int64] = []
                try transaction.forEachReport(rows: .all, in: 2..<9) { row, size in
                    rows.append(row)
                    sizes.append(size)
                }
                let second = try transaction.reportBodies(rows: rows[1]...rows[3], in: 2..<9, limit: .max)
                let two = try transaction.reportBodies(rows: .all, in: 2..<9, limit: 2)
                let last = try transaction.reportBodies(rows: .all, in: 2..<3, limit: 1)
                return (rows, sizes, second, two, last, try transaction.rowSpan(of: 2..<9))
            }
            let (rows, sizes, second, two, last, span) = found
            bench.expect(sizes, is: [24, 24, 24, 24, 24, 100_016], "sizes")
            bench.expect(rows, is: rows.sorted(), "order")
            bench.expect(second.map(\.row), is: Array(rows[1...3]), "rows within")
            bench.expect(two.map(\.row), is: Array(rows[..<2]), "two of them")
            bench.expect(Array((last.first?.body ?? []).dropFirst(16)), is: large, "bytes")
            bench.expect(span, is: rows[0]...rows[5], "span")
        },
        StorePromise("of uploads that come together each has its own outcome, in their order") { bench in
            let outcomes = try await bench.write { transaction in
                try transaction.upload(2)
                _ = try transaction.freeze(.byTime(1, 4..<6))
                let uploads = [3, 2, 1, 4, 3].enumerated().map { place, number in
                    transaction.new(number, body: Array("\(number) at \(place)".utf8))
                }
                return try transaction.insertReports(uploads, in: .byTime)
            }
            bench.expect(outcomes, is: [.stored, .replayed, .stored, .collected, .replayed], "the first time")
            bench.expect(
                try await bench.read { try $0.texts(in: .all) }, is: ["report 2", "3 at 0", "1 at 2"], "by row")
            let again = try await bench.write { transaction in
                try transaction.insertReports([3, 7, 4].map { transaction.new($0) }, in: .byTime)
            }
            bench.expect(again, is: [.replayed, .stored, .collected], "once more")
            bench.expect(try await bench.write { try $0.insertReports([], in: .open) }, is: [], "none")
        },
        StorePromise("what waits is counted, with the least of its times") { bench in
            let empty = try await bench.read { try $0.remainingUploads(in: .all, isBound: true) }
            bench.expect(empty.count == 0 && empty.oldest == nil, "an empty store: \(empty)")
            try await bench.write { transaction in
                for number in 3...8 { try transaction.upload(number) }
                let job = try transaction.insertJob(BatchJobRecord.numbered(1, phase: .planned))
                try transaction.bindReports(rows: [try transaction.row(of: 3)], job: job, keyID: 7)
                try transaction.eraseBodies(in: 4..<5)
            }
            for (isBound, count, oldest) in [(false, 4, 5), (true, 5, 3)] as [(Bool, UInt64, UInt64)] {
                let left = try await bench.read { try $0.remainingUploads(in: .all, isBound: isBound) }
                bench.expect(left.count == count && left.oldest == oldest, "bound \(isBound): \(left)")
            }
            let some = try await bench.read { try $0.remainingUploads(in: 6..<8, isBound: false) }
            bench.expect(some.count == 2 && some.oldest == 6, "of two buckets: \(some)")
            bench.expect(try await bench.read { try $0.countReports(in: 3..<7) }, is: 3, "of four buckets")
        },
        StorePromise("an ID stays known whatever becomes of its upload") { bench in
            let again = try await bench.write { transaction in
                for number in 1...4 { try transaction.upload(number) }
                let job = try transaction.insertJob(BatchJobRecord.numbered(1, phase: .planned))
                let rows = try [2, 3].map { try transaction.row(of: $0) }
                try transaction.bindReports(rows: rows, job: job, keyID: 7)
                _ = try transaction.releaseReports(job: job, attemptsBelow: 5)
                try transaction.eraseBodies(in: 1..<4)
                return try (1...4).map { try transaction.upload($0) }
            }
            bench.expect(again, is: [.replayed, .replayed, .replayed, .replayed], "once more")
        },
    ]
}
