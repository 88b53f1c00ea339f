import Aggregator
import PopulusDAP
import Testing

/// What a walk leaves that has ended: its end says that it is to be erased, until it is (rule 8).
extension StorePromise {
    static let leftovers = [
        StorePromise("what an ended walk has left is to be erased, and nothing else is") { bench in
            try await bench.write { transaction in
                for number in 1...9 { try transaction.upload(number) }
                _ = try transaction.freeze(.byTime(1, 2..<5))
                _ = try transaction.freeze(.byTime(2, 6..<8))
            }
            bench.expect(try await bench.read { try $0.bucketsToErase() }, is: [], "both walks go on")
            try await bench.write { try $0.end(2) }
            bench.expect(try await bench.read { try $0.bucketsToErase() }, is: [6..<8], "one has ended")
            try await bench.write { try $0.end(1, .completed) }
            bench.expect(try await bench.read { try $0.bucketsToErase() }, is: [2..<5, 6..<8], "both, in order")
            bench.expect(try await bench.b.read("check") { try $0.bucketsToErase() }, is: [], "another task")
            bench.expect(
                try await bench.write { transaction in try (3...8).map { try transaction.upload(20, time: $0) } },
                is: [.collected, .collected, .stored, .collected, .collected, .replayed], "what comes late")
            bench.expect(try await bench.write { try $0.freeze(.byTime(3, 4..<6)) }, is: false, "another walk")
            try await bench.write { try $0.eraseBodies(in: 2..<5) }
            bench.expect(try await bench.read { try $0.bucketsToErase() }, is: [6..<8], "one is erased")
        },
        StorePromise("what is to be erased goes page by page, and a start after any of them forgets nothing") { bench in
            try await bench.write { transaction in
                for number in 1...9 { try transaction.upload(number, time: UInt64(number % 3)) }
                _ = try transaction.freeze(.byTime(1, 1..<3))
                let job = try transaction.insertJob(ShardRecord.numbered(1, of: 1))
                try transaction.bindReports(rows: [try transaction.row(of: 4)], job: job, keyID: 7)
                try transaction.end(1)
            }
            let pages = try await bench.read { try $0.pages(in: 1..<3, limit: 2) }
            bench.expect(pages.count, is: 3, "pages of six reports")
            for (place, rows) in pages.enumerated() {
                try await bench.reopen()
                bench.expect(try await bench.read { try $0.bucketsToErase() }, is: [1..<3], "before page \(place)")
                try await bench.write { try $0.eraseBodies(rows: rows, in: 1..<3) }
                let left = try await bench.read { try $0.countReports(in: 1..<3) }
                bench.expect(left, is: 4 - 2 * place, "after page \(place)")
                let again = try await bench.read { try $0.pages(in: 1..<3, limit: 2) }
                bench.expect(again.count, is: 2 - place, "pages after page \(place)")
            }
            try await bench.reopen()
            bench.expect(try await bench.read { try $0.bucketsToErase() }, is: [], "at last")
            bench.expect(
                try await bench.read { try $0.texts(in: .all) }, is: ["report 3", "report 6", "report 9"], "what stays")
            bench.expect(
                try await bench.write { transaction in try (1...9).map { try transaction.upload($0, time: 0) } },
                is: [UploadOutcome](repeating: .replayed, count: 9), "what is known")
            let bound = try await bench.read { try $0.boundReports(job: try $0.jobRow(1)).map(\.id) }
            bench.expect(bound, is: [ReportID(4)], "what is bound")
        },
        StorePromise("what was put off, came later or was given back is no ended walk's") { bench in
            try await bench.write { transaction in
                for number in 1...4 { try transaction.upload(number, in: .open) }
                try transaction.freezeWhatIsFree(as: 1)
                _ = try transaction.postponeReports(in: try transaction.walk(1).buckets, from: 3)
                try transaction.upload(5, in: .open)
                try transaction.end(1)
            }
            bench.expect(try await bench.read { try $0.bucketsToErase() }, is: [0..<1], "the first walk's")
            try await bench.write { transaction in
                try transaction.freezeWhatIsFree(as: 2)
                var walk = try transaction.walk(2)
                walk.end = .notBegun
                try transaction.thaw(&walk)
            }
            bench.expect(
                try await bench.read { try $0.bucketsToErase() }, is: [0..<1], "after a batch that is given back")
            try await bench.write { transaction in
                for buckets in try transaction.bucketsToErase() { try transaction.eraseBodies(in: buckets) }
                try transaction.freezeWhatIsFree(as: 3)
            }
            let texts = try await bench.read { try $0.texts(in: try $0.walk(3).buckets) }
            bench.expect(Set(texts), is: ["report 3", "report 4", "report 5"], "the next batch")
            bench.expect(try await bench.read { try $0.bucketsToErase() }, is: [], "what is left")
        },
    ]
}
