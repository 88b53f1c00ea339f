import Aggregator
import PopulusDAP

/// Where uploads and walks meet (rule 5).
extension Race {
    static let ofBatches = [
        Race(
            "an upload and a walk by time", scopes: [.first: .uploads],
            prepare: { for number in 1...4 { try $0.upload(number) } },
            { "\(try $0.upload(12, time: 2))" },
            { transaction in
                guard try transaction.freeze(.byTime(1, 2..<4)) else { return "refused" }
                return "\(try transaction.texts(in: 2..<4))"
            },
            fault: { transaction, outcome in
                let batch = try transaction.texts(in: 2..<4)
                let isIn = batch.contains("report 12")
                guard isIn == (outcome.first == "stored") else {
                    return "it was \(outcome.first), the batch is \(batch)"
                }
                return outcome.second == "\(batch)" ? nil : "a batch of \(outcome.second), then \(batch)"
            }),
        Race(
            "an upload and a walk over a selected batch", scopes: [.first: .uploads],
            prepare: { for number in 1...4 { try $0.upload(number, in: .open) } },
            { "\(try $0.upload(5, in: .open))" },
            { transaction in
                guard try transaction.freezeWhatIsFree(as: 1) else { return "refused" }
                return "\(try transaction.texts(in: try transaction.walk(1).buckets))"
            },
            fault: { transaction, outcome in
                let (taken, next) = (try transaction.walk(1).buckets, try transaction.freeBuckets())
                guard taken.upperBound == next.lowerBound else { return "buckets \(taken), then \(next)" }
                let (batch, rest) = (try transaction.texts(in: taken), try transaction.texts(in: next))
                guard outcome.second == "\(batch)" else { return "a batch of \(outcome.second), then \(batch)" }
                let all = (1...5).map { "report \($0)" }
                return batch + rest == all && batch.count >= 4 ? nil : "\(batch), then \(rest)"
            }),
        Race(
            "many uploads and a walk over a selected batch", scopes: [.first: .uploads],
            prepare: { try $0.upload(1, in: .open) },
            { transaction in
                for number in 2...9 { try transaction.upload(number, in: .open) }
                return ""
            },
            { "\(try $0.freezeWhatIsFree(as: 1))" },
            fault: { transaction, _ in
                let batch = try transaction.texts(in: try transaction.walk(1).buckets)
                return batch.count == 1 || batch.count == 9 ? nil : "the batch is \(batch)"
            }),
        Race(
            "two walks over one interval",
            prepare: { for number in 1...4 { try $0.upload(number) } },
            { "\(try $0.freeze(.byTime(1, 2..<4)))" },
            { "\(try $0.freeze(.byTime(2, 2..<4)))" }, fault: oneOfTwo),
        Race(
            "two walks over intervals that overlap",
            prepare: { for number in 1...9 { try $0.upload(number) } },
            { "\(try $0.freeze(.byTime(1, 2..<6)))" },
            { "\(try $0.freeze(.byTime(2, 5..<8)))" }, fault: oneOfTwo),
        Race(
            "two walks over intervals, one after the other in time",
            prepare: { for number in 1...9 { try $0.upload(number) } },
            { "\(try $0.freeze(.byTime(1, 2..<5)))" },
            { "\(try $0.freeze(.byTime(2, 5..<8)))" },
            fault: {
                $1.first == "true" && $1.second == "true" ? nil : "\($1.first), \($1.second) of \(try $0.walks().count)"
            }
        ),
        Race(
            "two walks over the batch that both have counted",
            prepare: { for number in 1...4 { try $0.upload(number, in: .open) } },
            { "\(try $0.freeze(.selected(1, 0..<1)))" },
            { "\(try $0.freeze(.selected(2, 0..<1)))" }, fault: oneOfTwo),
        Race(
            "two walks over what is free",
            prepare: { for number in 1...4 { try $0.upload(number, in: .open) } },
            { "\(try $0.freezeWhatIsFree(as: 1))" },
            { "\(try $0.freezeWhatIsFree(as: 2))" },
            fault: { transaction, _ in
                let walks = try transaction.walks()
                let batches = try walks.map { try transaction.texts(in: $0.buckets) }
                guard walks.count == 2, !walks[0].buckets.overlaps(walks[1].buckets) else { return "walks \(walks)" }
                return batches.flatMap { $0 }.count == 4 && batches.contains([]) ? nil : "batches \(batches)"
            }),
        Race(
            "a batch that is given back and an upload", scopes: [.second: .uploads],
            prepare: { transaction in
                for number in 1...4 { try transaction.upload(number) }
                _ = try transaction.freeze(.byTime(1, 2..<4))
            },
            { transaction in
                var walk = try transaction.walk(1)
                walk.end = .notBegun
                try transaction.thaw(&walk)
                return ""
            },
            { "\(try $0.upload(12, time: 2))" },
            fault: { transaction, outcome in
                let isIn = try transaction.texts(in: 2..<4).contains("report 12")
                return isIn == (outcome.second == "stored") ? nil : "it was \(outcome.second) and is in it: \(isIn)"
            }),
        Race(
            "an upload and the collection of its time", scopes: [.first: .uploads],
            prepare: { for number in 1...4 { try $0.upload(number) } },
            { "\(try $0.upload(12, time: 2))" },
            { transaction in
                try transaction.markCollected(.times(2...3))
                return "\(try transaction.countReports(in: 2..<4))"
            },
            fault: { transaction, outcome in
                let count = try transaction.countReports(in: 2..<4)
                guard outcome.second == "\(count)" else {
                    return "\(outcome.second) were collected, and \(count) are there"
                }
                return (count == 3) == (outcome.first == "stored") ? nil : "it was \(outcome.first) of \(count)"
            }),
        Race(
            "two collections of times that overlap", prepare: { _ in },
            { transaction in
                try transaction.markCollected(.times(2...4))
                return "true"
            },
            { transaction in
                try transaction.markCollected(.times(4...9))
                return "true"
            },
            fault: {
                try $0.isCollected(.times(4...4)) && [$1.first, $1.second].sorted() == ["failed", "true"]
                    ? nil : "\($1.first), \($1.second)"
            }),
    ]

    /// Exactly one of two walks has its batch.
    private static let oneOfTwo: @Sendable (any StoreTransaction, Outcome) throws -> String? = { transaction, outcome in
        let count = try transaction.walks().count
        return [outcome.first, outcome.second].sorted() == ["false", "true"] && count == 1
            ? nil : "\(outcome.first), \(outcome.second), walks: \(count)"
    }
}
