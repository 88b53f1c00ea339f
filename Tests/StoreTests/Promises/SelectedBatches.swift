import Aggregator
import PopulusDAP
import Testing

/// Batches of walks that the Leader selects (rule 5): a walk takes whole buckets, and what comes later joins the next one.
extension StorePromise {
    static let selectedBatches = [
        StorePromise("freezing takes all that waits, and what comes later joins the next batch") { bench in
            bench.expect(try await bench.read { try $0.freeBuckets() }, is: 0..<1, "an empty store")
            try await bench.write { for number in 1...3 { try $0.upload(number, in: .open) } }
            bench.expect(try await bench.write { try $0.freezeWhatIsFree(as: 1) }, is: true, "it freezes")
            let first = try await bench.read { try $0.walk(1).buckets }
            bench.expect(first, is: 0..<1, "its buckets")
            let outcomes = try await bench.write { transaction in
                try (4...5).map { try transaction.upload($0, in: .open) }
            }
            bench.expect(outcomes, is: [.stored, .stored], "later ones")
            bench.expect(
                try await bench.read { try $0.texts(in: first) }, is: ["report 1", "report 2", "report 3"], "its batch")
            bench.expect(try await bench.write { try $0.freezeWhatIsFree(as: 2) }, is: true, "the next one")
            let second = try await bench.read { try $0.walk(2).buckets }
            bench.expect(second.lowerBound, is: first.upperBound, "no bucket is left out")
            bench.expect(
                try await bench.read { try $0.texts(in: second) }, is: ["report 4", "report 5"], "the next batch")
            bench.expect(
                try await bench.read { try $0.texts(in: first) }, is: ["report 1", "report 2", "report 3"],
                "the second reading")
        },
        StorePromise("buckets that a walk has are no other's") { bench in
            try await bench.write { transaction in
                try transaction.upload(1, in: .open)
                try transaction.freezeWhatIsFree(as: 1)
                try transaction.upload(2, in: .open)
            }
            let before = try await TaskImage(of: bench.a)
            for buckets in [0..<1, 0..<2] as [Range<UInt64>] {
                bench.expect(try await bench.write { try $0.freeze(.selected(2, buckets)) }, is: false, "\(buckets)")
                bench.expect(try await TaskImage(of: bench.a), is: before, "\(buckets) left something")
            }
            bench.expect(try await bench.write { try $0.freezeWhatIsFree(as: 2) }, is: true, "what is free")
            bench.expect(try await bench.read { try $0.freeBuckets() }, is: 2..<3, "what is free now")
        },
        StorePromise("a batch that is given back goes to the next walk, along with what came since") { bench in
            try await bench.write { transaction in
                for number in 1...2 { try transaction.upload(number, in: .open) }
                try transaction.freezeWhatIsFree(as: 1)
                for number in 3...4 { try transaction.upload(number, in: .open) }
                try transaction.freezeWhatIsFree(as: 2)
                try transaction.upload(5, in: .open)
                var walk = try transaction.walk(2)
                walk.end = .notBegun
                try transaction.thaw(&walk)
            }
            let (walk, free) = try await bench.read { (try $0.walk(2), try $0.freeBuckets()) }
            bench.expect(walk.buckets.isEmpty && walk.end == .notBegun, "it has a batch: \(walk)")
            bench.expect(free.lowerBound, is: 1, "what is free begins where the first walk ends")
            try await bench.write { transaction in
                try transaction.upload(6, in: .open)
                try transaction.freezeWhatIsFree(as: 3)
                try transaction.upload(7, in: .open)
            }
            let texts = try await bench.read { try $0.texts(in: try $0.walk(3).buckets) }
            bench.expect(texts, is: ["report 3", "report 4", "report 5", "report 6"], "its batch")
            bench.expect(
                try await bench.read { try $0.texts(in: try $0.walk(1).buckets) }, is: ["report 1", "report 2"],
                "the batch of the first")
        },
        StorePromise("a batch that is given back after a later one was frozen goes to the next walk too") { bench in
            try await bench.write { transaction in
                for number in 1...2 { try transaction.upload(number, in: .open) }
                try transaction.freezeWhatIsFree(as: 1)
                for number in 3...4 { try transaction.upload(number, in: .open) }
                try transaction.freezeWhatIsFree(as: 2)
                try transaction.upload(5, in: .open)
                var walk = try transaction.walk(1)
                walk.end = .notBegun
                try transaction.thaw(&walk)
            }
            bench.expect(
                try await bench.read { try $0.texts(in: try $0.walk(2).buckets) }, is: ["report 3", "report 4"],
                "the batch of the later one")
            try await bench.write { transaction in
                try transaction.upload(6, in: .open)
                try transaction.freezeWhatIsFree(as: 3)
                try transaction.upload(7, in: .open)
            }
            let texts = try await bench.read { try $0.texts(in: try $0.walk(3).buckets).sorted() }
            bench.expect(texts, is: ["report 1", "report 2", "report 5", "report 6"], "the next batch")
        },
        StorePromise("what is put off leaves its batch for the next one, unless a job has it") { bench in
            let (count, batch) = try await bench.write { transaction in
                for number in 1...6 { try transaction.upload(number, in: .open) }
                try transaction.freezeWhatIsFree(as: 1)
                let job = try transaction.insertJob(ShardRecord.numbered(1, of: 1))
                try transaction.bindReports(rows: [try transaction.row(of: 5)], job: job, keyID: 7)
                try transaction.eraseBodies(rows: try transaction.row(of: 6)...Int64.max, in: .all)
                let buckets = try transaction.walk(1).buckets
                return (try transaction.postponeReports(in: buckets, from: 3), buckets)
            }
            bench.expect(count, is: 2, "how many")
            bench.expect(
                try await bench.read { try $0.texts(in: batch) }, is: ["report 1", "report 2", "report 5"], "what stays"
            )
            _ = try await bench.write { try $0.freezeWhatIsFree(as: 2) }
            bench.expect(
                try await bench.read { try $0.texts(in: try $0.walk(2).buckets) }, is: ["report 3", "report 4"],
                "the next batch")
            bench.expect(
                try await bench.write { try $0.postponeReports(in: batch, from: 10) }, is: 0, "where nothing is so late"
            )
        },
        StorePromise("what is put off is that of some rows only") { bench in
            let buckets = try await bench.write { transaction in
                for number in 1...6 { try transaction.upload(number, in: .open) }
                try transaction.freezeWhatIsFree(as: 1)
                let rows = try transaction.row(of: 2)...transaction.row(of: 4)
                let buckets = try transaction.walk(1).buckets
                bench.expect(try transaction.postponeReports(rows: rows, in: buckets, from: 3), is: 2, "how many")
                return buckets
            }
            bench.expect(
                try await bench.read { try $0.texts(in: buckets) },
                is: ["report 1", "report 2", "report 5", "report 6"], "what stays")
            bench.expect(
                try await bench.read { try $0.texts(in: try $0.freeBuckets()) }, is: ["report 3", "report 4"],
                "what is put off")
        },
        StorePromise("walks of two tasks have batches of their own") { bench in
            for store in [bench.a, bench.b] {
                let (isFrozen, buckets) = try await store.write("check") { transaction in
                    for number in 1...2 { try transaction.upload(number, in: .open) }
                    return (try transaction.freezeWhatIsFree(as: 1), try transaction.walk(1).buckets)
                }
                bench.expect(isFrozen && buckets == 0..<1, "\(isFrozen) \(buckets)")
            }
            try await bench.write { transaction in
                var walk = try transaction.walk(1)
                walk.end = .notBegun
                try transaction.thaw(&walk)
            }
            bench.expect(try await bench.b.read("check") { try $0.freeBuckets() }, is: 1..<2, "the other task")
        },
    ]
}
