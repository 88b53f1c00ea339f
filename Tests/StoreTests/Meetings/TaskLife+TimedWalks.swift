import Aggregator
import PopulusDAP

extension TaskLife {
    /// Walk 1 has frozen an interval, walk 5 as well, and has ended; others ask for intervals that overlap.
    static let timedWalks = TaskLife(
        name: "a Leader's walks by time", uploads: .byTime,
        prepare: { transaction in
            for number in 1...9 { try transaction.upload(number) }
            for (number, times) in [(1, 6..<8), (5, 1..<2)] as [(Int, Range<UInt64>)] {
                _ = try transaction.freeze(.byTime(number, times))
                try transaction.insertStep(.numbered(0, of: number, resource: number))
                try transaction.insertResource(.numbered(number, digest: number))
            }
            try transaction.endWithShards(try transaction.walk(5), .abandoned)
        },
        writes: [
            upload(13, time: 3),
            upload(17, time: 7, of: "a time that is a walk's"),
            collection(3, over: 2..<4), collection(4, over: 3..<6),
            DueWrite("collection failed") { transaction in
                guard try transaction.endResource(1, .failed, [1]) else { return "ended" }
                try transaction.giveUpWalk(try transaction.walk(1), .failed)
                return "\(try transaction.texts(in: 6..<8))"
            },
            DueWrite("plan shards") { transaction in
                guard let walk = try transaction.walk(WalkID(1)), walk.end == nil,
                    try transaction.shards(walk.id).isEmpty, let rows = try transaction.rowSpan(of: walk.buckets)
                else { return "not needed" }
                var job = ShardRecord(walk: walk.id, ordinal: 0, phase: .planned)
                (job.firstRow, job.lastRow) = (rows.lowerBound, rows.upperBound)
                _ = try transaction.insertJob(job)
                return "planned"
            },
            DueWrite("erase uploads") { transaction in
                let due = try transaction.bucketsToErase()
                for buckets in due { try transaction.eraseBodies(in: buckets) }
                return "\(due)"
            },
        ] + operatorWrites)

    private static func collection(_ number: Int, over times: Range<UInt64>) -> DueWrite {
        DueWrite("collection job", of: "of \(times)") { transaction in
            guard try transaction.latestResource(requestDigest: bytes(number)) == nil else { return "known" }
            guard try transaction.freeze(.byTime(number, times)) else { return "refused" }
            try transaction.insertStep(.numbered(0, of: number, resource: number))
            try transaction.insertResource(.numbered(number, digest: number))
            return "\(try transaction.texts(in: times))"
        }
    }
}
