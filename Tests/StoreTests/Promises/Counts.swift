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
        StorePromise("rejected reports are told with their walk, by party and reason") { bench in
            let reports = [
                RejectedReports(party: .leader, reason: .vdafVerifyError, count: 3),
                RejectedReports(party: .helper, reason: .vdafVerifyError, count: 5),
                RejectedReports(party: .helper, reason: .invalidMessage, count: 1),
            ]
            for number in 1...2 {
                try await bench.write { transaction in
                    for walk in [1, 2] {
                        for reports in reports {
                            let more = reports.count * UInt64(walk * number)
                            try transaction.addRejected(
                                RejectedReports(party: reports.party, reason: reports.reason, count: more),
                                of: RejectionSubject(WalkID(walk)))
                        }
                    }
                    try transaction.addRejected(
                        RejectedReports(party: .leader, reason: .reportDropped, count: 0),
                        of: RejectionSubject(WalkID(1)))
                }
            }
            for walk in 1...2 as ClosedRange<UInt64> {
                let told = try await bench.read { try $0.rejectedReports(of: RejectionSubject(WalkID(Int(walk)))) }
                let wanted = reports.map { one in
                    RejectedReports(party: one.party, reason: one.reason, count: 3 * walk * one.count)
                }
                bench.expect(told, is: wanted, "walk \(walk)")
            }
            bench.expect(
                try await bench.read { try $0.rejectedReports(of: RejectionSubject(WalkID(3))) }, is: [], "no walk")
        },
        StorePromise("rejected reports of a batch are those of its buckets") { bench in
            let found = RejectedReports(party: .leader, reason: .hpkeDecryptError, count: 1)
            try await bench.write { transaction in
                for time in [0, 2, 3, 256, 1 << 40] as [UInt64] {
                    try transaction.addRejected(found, of: RejectionSubject(BatchBucketKey(time)))
                }
                for number in 1...2 {
                    for _ in 0..<number {
                        try transaction.addRejected(found, of: RejectionSubject(BatchBucketKey(BatchID(number))))
                    }
                }
            }
            @Sendable func told(_ keys: ClosedRange<BatchBucketKey>) async throws -> [UInt64]? {
                try await bench.read { try $0.rejectedReports(of: RejectionSubject.all(of: keys)) }?.map(\.count)
            }
            bench.expect(try await told(.times(2...255)), is: [2], "both ends count")
            bench.expect(try await told(.times(3...256)), is: [2], "by time and not by text")
            bench.expect(try await told(.times(4...255)), is: [], "between them")
            let batch = BatchBucketKey(BatchID(2))
            bench.expect(try await told(batch...batch), is: [2], "a selected batch")
        },
    ]
}
