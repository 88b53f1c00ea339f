import Aggregator
import PopulusDAP
import Testing

/// Batches of walks by time (rule 5): an interval is one walk's, and takes nothing any more.
extension StorePromise {
    static let timedBatches = [
        StorePromise("freezing takes what waits in the interval, and only that") { bench in
            try await bench.write { for number in 1...8 { try $0.upload(number) } }
            bench.expect(try await bench.write { try $0.freeze(.byTime(1, 3..<6)) }, is: true, "it freezes")
            let (walk, texts, left) = try await bench.read { transaction in
                let walk = try transaction.walk(1)
                return (walk, try transaction.texts(in: walk.buckets), try transaction.countReports(in: .all))
            }
            bench.expect(walk, is: .byTime(1, 3..<6), "the walk")
            bench.expect(texts, is: ["report 3", "report 4", "report 5"], "its batch")
            bench.expect(left, is: 8, "the others are where they were")
        },
        StorePromise("a frozen batch takes no upload, and reads the same again and again") { bench in
            try await bench.write { transaction in
                for number in 1...8 { try transaction.upload(number) }
                _ = try transaction.freeze(.byTime(1, 3..<6))
            }
            let before = try await bench.read { try $0.texts(in: 3..<6) }
            let outcomes = try await bench.write { transaction in
                try (3...6).map { try transaction.upload(10 + $0, time: UInt64($0)) }
            }
            bench.expect(outcomes, is: [.collected, .collected, .collected, .stored], "late ones")
            bench.expect(try await bench.read { try $0.texts(in: 3..<6) }, is: before, "the second reading")
            bench.expect(try await bench.read { try $0.countReports(in: 3..<6) }, is: 3, "how many")
            bench.expect(try await bench.read { try $0.isCollected(.times(5...9)) }, is: true, "it reaches into it")
            bench.expect(try await bench.read { try $0.isCollected(.times(6...9)) }, is: false, "the time after it")
        },
        StorePromise("intervals of two walks have no time in common") { bench in
            try await bench.write { _ = try $0.freeze(.byTime(1, 4..<8)) }
            for (number, interval) in [2..<5, 7..<9, 5..<6, 0..<20, 4..<8].enumerated() {
                let before = try await TaskImage(of: bench.a)
                let interval = UInt64(interval.lowerBound)..<UInt64(interval.upperBound)
                let isFrozen = try await bench.write { try $0.freeze(.byTime(10 + number, interval)) }
                bench.expect(isFrozen, is: false, "\(interval)")
                bench.expect(try await TaskImage(of: bench.a), is: before, "\(interval) left something")
            }
            for (number, interval) in [(3, 2..<4), (4, 8..<9)] as [(Int, Range<UInt64>)] {
                bench.expect(
                    try await bench.write { try $0.freeze(.byTime(number, interval)) }, is: true, "\(interval)")
            }
        },
        StorePromise("a walk is frozen once: its ID is used up") { bench in
            try await bench.write { _ = try $0.freeze(.byTime(1, 4..<8)) }
            try await bench.expectFailure("the same ID") { _ = try $0.freeze(.byTime(1, 10..<12)) }
        },
        StorePromise("a batch that is given back takes uploads again, and another walk may have it") { bench in
            let (thawed, outcomes) = try await bench.write { transaction in
                for number in 1...6 { try transaction.upload(number) }
                _ = try transaction.freeze(.byTime(1, 3..<6))
                _ = try transaction.freeze(.byTime(2, 6..<9))
                try transaction.insertStep(.numbered(0, of: 1))
                var walk = try transaction.walk(1)
                walk.end = .notBegun
                try transaction.thaw(&walk)
                return (walk, try [13, 14, 16].map { try transaction.upload($0, time: UInt64($0 - 10)) })
            }
            bench.expect(outcomes, is: [.stored, .stored, .collected], "what comes now")
            bench.expect(thawed.buckets.isEmpty && thawed.interval.isEmpty, "it has a batch: \(thawed)")
            let (walk, steps, end) = try await bench.read { transaction in
                (try transaction.walk(1), try transaction.steps(WalkID(1), from: 0), try transaction.walkEnd(WalkID(1)))
            }
            bench.expect(walk, is: thawed, "what is stored")
            bench.expect(end, is: .notBegun, "its end")
            bench.expect(steps, is: [.numbered(0, of: 1)], "its history")
            bench.expect(try await bench.write { try $0.freeze(.byTime(3, 3..<6)) }, is: true, "another walk")
            bench.expect(
                try await bench.read { try $0.texts(in: 3..<6) },
                is: ["report 3", "report 4", "report 5", "report 13", "report 14"], "its batch")
            let selector = WalkRecord.byTime(3, 3..<6).batchSelector
            bench.expect(
                try await bench.read { try $0.walk(batchSelector: selector)?.id }, is: WalkID(3), "whose batch it is")
        },
    ]
}
