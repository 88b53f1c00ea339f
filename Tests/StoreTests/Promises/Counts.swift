import Aggregator
import PopulusDAP
import Testing

/// Reports that were turned away (rule 3), and when that may be seen.
extension StorePromise {
    static let counts = [
        StorePromise("reports that were turned away are counted by reason and point") { bench in
            let points: [RejectionPoint] = [
                .upload, .opening, .verification(step: 0, level: 3), .verification(step: 1, level: 3),
                .verification(step: 1, level: 300), .deletion,
            ]
            for number in 1...2 {
                try await bench.write { transaction in
                    for (place, point) in points.enumerated() {
                        try transaction.addCount(.vdafVerifyError, at: point, place + number)
                    }
                    try transaction.addCount(.reportReplayed, at: .upload, 4)
                    try transaction.addCount(.reportTooEarly, at: .upload, 0)
                }
            }
            let counts = try await bench.read { try $0.reportCounts() }
            let wanted = points.enumerated().map { place, point in
                ReportCount(error: .vdafVerifyError, point: point, count: UInt64(2 * place + 3))
            }
            bench.expect(
                Set(counts), is: Set(wanted + [ReportCount(error: .reportReplayed, point: .upload, count: 8)]), "all")
            bench.expect(counts.count, is: wanted.count + 1, "each once")
        },
        StorePromise("what a walk's candidates decided is not seen while it goes on") { bench in
            @Sendable func counts() async throws -> [UInt64] {
                let counts = try await bench.read { try $0.reportCounts() }
                return counts.map(\.count)
            }
            try await bench.write { transaction in
                for number in 1...2 {
                    try transaction.insertWalk(.plain(number))
                    try transaction.addCount(
                        .vdafVerifyError, at: .verification(step: 0, level: 1), 10 * number, in: WalkID(number))
                }
                try transaction.addCount(.vdafVerifyError, at: .verification(step: 0, level: 1), 1)
            }
            bench.expect(try await counts(), is: [1], "both walks go on")
            for (number, end, wanted) in [(2, WalkEnd.completed, 21), (1, .abandoned, 31)] as [(Int, WalkEnd, UInt64)] {
                try await bench.write { transaction in
                    var walk = try transaction.walk(number)
                    walk.end = end
                    try transaction.updateWalk(walk)
                }
                bench.expect(try await counts(), is: [wanted], "walk \(number) has ended")
            }
        },
    ]
}
