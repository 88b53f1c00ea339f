import Aggregator
import PopulusDAP

extension TaskLife {
    /// One job waits to be answered, one was answered, one has no request at hand; one share is to be summed.
    static let helperBatches = TaskLife(
        name: "a Helper's batches", uploads: .byTime,
        prepare: { transaction in
            for (number, phase) in [(1, JobPhase.bound), (2, .opened), (3, .bound)] {
                var job = BatchJobRecord.due(number, phase: phase, reports: 1)
                job.lastTime = 5
                if number < 3 { job.request = [1] }
                if number == 2 { job.response = [2] }
                let row = try transaction.insertJob(job)
                try transaction.bind(number, to: row)
            }
            for time in [3, 9] as [UInt64] { try transaction.putBucket(.at(time, count: time)) }
            try transaction.insertResource(.numbered(2, digest: 2))
            try transaction.markCollected(.times(9...9))
        },
        writes: [
            binding(5, [2, 5]), binding(6, [5, 6]),
            DueWrite("keep an aggregation job's request") { transaction in
                let due = try transaction.someBatchJobs().filter {
                    $0.phase == .bound && $0.step == 0 && $0.request.isEmpty
                }
                for var job in due {
                    job.request = [3]
                    try transaction.updateJob(job)
                }
                return "\(due.count)"
            },
            DueWrite("continue an aggregation job") { transaction in
                let due = try transaction.someBatchJobs().filter { $0.phase == .opened && $0.step == 0 }
                return try due.map { job in
                    var job = job
                    (job.phase, job.step, job.lastTime) = (.bound, 1, 6)
                    (job.continueDigest, job.continueRequest) = (bytes(4), [4])
                    try transaction.updateJob(job)
                    return try transaction.taken(.job(job.jobID ?? AggregationJobID(0)))
                }.joined(separator: ", ")
            },
            DueWrite("commit an aggregation job") { transaction in
                let due = try transaction.someBatchJobs().filter { $0.phase == .bound && !$0.request.isEmpty }
                let isCollected = try transaction.isCollected(.times(3...3))
                for var job in due {
                    if !isCollected {
                        var bucket = try transaction.bucket(BatchBucketKey(3)) ?? .at(3, count: 0)
                        bucket.count += UInt64(job.reportCount)
                        try transaction.putBucket(bucket)
                    }
                    (job.phase, job.response) = (job.step == 0 ? .opened : .finished, [isCollected ? 0 : 1])
                    job.continueRequest = []
                    try transaction.updateJob(job)
                    if let id = job.jobID { try transaction.forget(.job(id)) }
                    try transaction.addCount(.vdafVerifyError, at: .verification(step: job.step, level: 0), 1)
                }
                return "\(due.count), \(isCollected)"
            },
            DueWrite("abandon an aggregation job") { transaction in
                let due = try transaction.someBatchJobs().filter { $0.phase == .bound || $0.phase == .opened }
                return try due.map { job in
                    var job = job
                    let isBound = job.phase == .bound
                    let count = try isBound ? transaction.releaseReports(job: job.row, attemptsBelow: .max) : 0
                    if !isBound { try transaction.addCount(.reportDropped, at: .deletion, job.reportCount) }
                    (job.phase, job.request, job.continueRequest, job.response) = (.abandoned, [], [], [])
                    try transaction.updateJob(job)
                    if let id = job.jobID { try transaction.forget(.job(id)) }
                    return "\(count)"
                }.joined(separator: ", ")
            },
            DueWrite("reports that are too early") { transaction in
                try transaction.addCount(.reportTooEarly, at: .opening, 2)
                return ""
            },
        ] + shareWrites + operatorWrites)

    /// A report that two jobs have in common is one job's.
    private static func binding(_ number: Int, _ reports: [Int]) -> DueWrite {
        DueWrite("bind an aggregation job", of: "job \(number)") { transaction in
            let id = AggregationJobID(number)
            guard try transaction.batchJob(id: id) == nil else { return "known" }
            var job = BatchJobRecord.due(number, phase: .bound, reports: reports.count)
            (job.request, job.lastTime) = ([1], 5)
            job.row = try transaction.insertJob(job)
            let bound = try reports.enumerated().map { try transaction.bind($1, to: job.row, at: $0) }
            return "\(bound), \(try transaction.isCollected(.times(3...3))), \(try transaction.taken(.job(id)))"
        }
    }

    private static let shareWrites = [
        DueWrite("admit an aggregate share") { transaction in
            guard try transaction.resource(ResourceID(1)) == nil else { return "known" }
            guard try !transaction.isCollected(.times(3...3)) else { return "overlap" }
            let count = try transaction.countCommitted(.times(3...3))
            try transaction.markCollected(.times(3...3))
            try transaction.insertResource(.numbered(1))
            return "\(count), \(try transaction.taken(.resource(ResourceID(1))))"
        },
        DueWrite("release an aggregate share") { transaction in
            var said: [String] = []
            for (number, time) in [(1, 3), (2, 9)] as [(Int, UInt64)] {
                let count = try transaction.countCommitted(.times(time...time))
                guard try transaction.endResource(number, .released, [UInt8(count)]) else { continue }
                try transaction.eraseShares(.times(time...time))
                said.append("\(count)")
            }
            return "\(said)"
        },
        DueWrite("delete an aggregate share") { transaction in
            var said: [String] = []
            for (number, time) in [(1, 3), (2, 9)] as [(Int, UInt64)] {
                guard var share = try transaction.resource(ResourceID(number)) else { continue }
                said.append("\(share.state)")
                if share.state == .running { try transaction.eraseShares(.times(time...time)) }
                (share.state, share.response) = (.deleted, [])
                try transaction.updateResource(share)
            }
            return "\(said)"
        },
        DueWrite("take work") { transaction in
            let jobs = try (1...6).map { try transaction.taken(.job(AggregationJobID($0))) }
            return "\(jobs), \(try transaction.taken(.resource(ResourceID(2))))"
        },
    ]
}
