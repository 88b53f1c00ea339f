import Aggregator
import PopulusDAP

/// One thing that an aggregator does to a task's store, by small numbers only: the same in every task.
struct Deed: Sendable {
    let name: String
    let run: @Sendable (any StoreTransaction) throws -> Void

    init(_ name: String, _ run: @escaping @Sendable (any StoreTransaction) throws -> Void) {
        self.name = name
        self.run = run
    }

    /// Whole lives of tasks: together every operation that writes, each after what it needs.
    static let lives: [(name: String, deeds: [Deed])] = [
        ("a Leader of walks by time", timedWalk), ("a Leader of walks over selected batches", selectedWalk),
        ("a Helper of walks", helperWalk), ("a Leader of batches", batches), ("a Helper of batches", helperBatches),
    ]

    private static let timedWalk =
        [
            Deed("upload") { for number in 1...9 { try $0.upload(number) } },
            Deed("freeze") { _ = try $0.freeze(.byTime(1, 2..<5)) },
            Deed("freeze another") { _ = try $0.freeze(.byTime(2, 6..<8)) },
            Deed("late uploads") { for number in 2...9 { try $0.upload(10 + number, time: UInt64(number)) } },
            Deed("thaw") { transaction in
                var walk = try transaction.walk(2)
                walk.end = .notBegun
                try transaction.thaw(&walk)
            },
            Deed("join again") { try $0.upload(10, time: 6) },
            Deed("give up what is waiting") { try $0.eraseBodies(in: 8..<9) },
        ] + walk

    private static let selectedWalk =
        [
            Deed("upload") { for number in 1...6 { try $0.upload(number, in: .open) } },
            Deed("freeze") { try $0.freezeWhatIsFree(as: 1) },
            Deed("postpone") { _ = try $0.postponeReports(in: try $0.walk(1).buckets, from: 5) },
            Deed("upload for the next one") { for number in 7...9 { try $0.upload(number, in: .open) } },
            Deed("freeze another") { try $0.freezeWhatIsFree(as: 2) },
            Deed("thaw") { transaction in
                var walk = try transaction.walk(2)
                walk.end = .notBegun
                try transaction.thaw(&walk)
            },
        ] + walk

    /// A Leader's walk 1 from its first step to its end.
    private static let walk =
        [
            Deed("step 0") { transaction in
                try transaction.insertStep(.numbered(0, of: 1, resource: 1))
                try transaction.insertResource(.numbered(1))
            },
            Deed("plan shards") { transaction in
                for ordinal in 0..<2 {
                    var job = ShardRecord(walk: WalkID(1), ordinal: ordinal, phase: .planned)
                    (job.firstRow, job.lastRow) = (try transaction.row(of: 2), try transaction.row(of: 3))
                    _ = try transaction.insertJob(job)
                }
            },
            Deed("bind") { transaction in
                for (number, var job) in try transaction.shards(WalkID(1)).enumerated() {
                    (job.phase, job.jobID) = (.bound, AggregationJobID(number))
                    try transaction.updateJob(job)
                    let row = try transaction.row(of: 2 + number)
                    try transaction.bindReports(rows: [row], job: job.row, keyID: 7)
                }
                try transaction.eraseBodies(rows: .all, in: 4..<5)
            },
            Deed("open") { transaction in
                for var job in try transaction.shards(WalkID(1)) {
                    (job.phase, job.committedSteps, job.live, job.sum) = (.opened, 1, [3], [4])
                    // Its one report is refused: a start asks for no segment of it.
                    if job.ordinal == 1 { job.refusals = [0, 0, 0, 0, 5] }
                    try transaction.updateJob(job)
                }
                try transaction.addCount(.hpkeDecryptError, at: .opening, 2)
                try transaction.addCount(.vdafVerifyError, at: .verification(step: 0, level: 3), 2, in: WalkID(1))
                try transaction.addRejected(
                    RejectedReports(party: .helper, reason: .vdafVerifyError, count: 2), of: RejectionSubject(WalkID(1))
                )
            },
        ] + steps(of: 1) + [
            Deed("release a sum") { transaction in
                var step = StepRecord.numbered(0, of: 1, resource: 1)
                step.reportCount = 7
                try transaction.updateStep(step)
                var resource = ResourceRecord.numbered(1)
                (resource.state, resource.response) = (.released, bytes(9))
                try transaction.updateResource(resource)
            }
        ] + end + erasing

    /// The second step of what was opened.
    private static func steps(of walk: Int) -> [Deed] {
        [
            Deed("step 1") { try $0.insertStep(.numbered(1, of: walk, parameter: 2)) },
            Deed("evaluate") { transaction in
                for job in try transaction.shards(WalkID(walk)) {
                    _ = try transaction.recordEvaluation(job: job.row, step: 1, digest: bytes(5))
                }
            },
            Deed("commit") { transaction in
                for var job in try transaction.shards(WalkID(walk)) {
                    (job.committedSteps, job.transcript, job.evaluateDigest) = (2, bytes(6), [])
                    _ = try transaction.commitShard(job)
                }
            },
        ]
    }

    private static let end = [
        Deed("end the walk") { transaction in
            var walk = try transaction.walk(1)
            walk.end = .completed
            try transaction.updateWalk(walk)
            for var job in try transaction.shards(WalkID(1)) {
                (job.phase, job.sum) = (.finished, [])
                try transaction.updateJob(job)
            }
        },
        Deed("close the task") { try $0.setTaskEnd(TaskEnd(closed: 5)) },
    ]

    /// What a walk leaves that its end has cut short.
    private static let erasing = [
        Deed("erase a page") { transaction in
            guard let first = try transaction.pages(in: try transaction.walk(1).buckets, limit: 1).first else { return }
            try transaction.eraseBodies(rows: first, in: try transaction.walk(1).buckets)
        },
        Deed("erase the rest") { try $0.eraseBodies(in: try $0.walk(1).buckets) },
        forgetting,
    ]

    private static let forgetting = Deed("forget what is too old") { transaction in
        try transaction.forgetReports(try transaction.expiredReports(before: 20, after: nil, limit: 99).reports)
    }

    private static let helperWalk =
        [
            Deed("begin a walk") { transaction in
                try transaction.insertWalk(.plain(1))
                for time in 3...5 as ClosedRange<UInt64> { _ = try transaction.claimBucket(time, walk: WalkID(1)) }
            },
            Deed("bind") { transaction in
                let row = try transaction.insertJob(ShardRecord.numbered(1, of: 1, phase: .bound))
                for number in 3...5 { try transaction.bind(number, to: row, at: number) }
            },
            Deed("open") { transaction in
                guard var job = try transaction.shard(id: AggregationJobID(1)) else { return }
                (job.phase, job.committedSteps, job.refusals) = (.opened, 1, [0, 0, 0, 4, 6])
                try transaction.updateJob(job)
            },
        ] + steps(of: 1) + [
            Deed("an aggregate share") { transaction in
                var walk = try transaction.walk(1)
                (walk.batchSelector, walk.isFrozen, walk.initialCount) = ([1, 2], true, 3)
                try transaction.updateWalk(walk)
                var step = StepRecord.numbered(1, of: 1, parameter: 2, resource: 1)
                step.reportCount = 3
                try transaction.updateStep(step)
                try transaction.insertResource(.numbered(1))
            },
            Deed("delete a job") { transaction in
                guard var job = try transaction.shard(id: AggregationJobID(1)) else { return }
                (job.phase, job.sum) = (.finished, [])
                try transaction.updateJob(job)
                try transaction.addCount(.reportDropped, at: .deletion, 3, in: WalkID(1))
            },
        ] + end

    private static let batches = [
        Deed("upload") { for number in 1...9 { try $0.upload(number, in: number > 6 ? .unselected : .byTime) } },
        Deed("select a batch") { transaction in
            for number in 1...2 {
                try transaction.insertSelectedBatch(SelectedBatchRecord(id: BatchID(number), parameter: [9]))
            }
        },
        Deed("plan jobs") { transaction in
            for number in 1...3 {
                let row = try transaction.insertJob(BatchJobRecord.numbered(number, phase: .planned))
                let uploads = try [2 * number, 2 * number + 1].map { try transaction.row(of: $0) }
                try transaction.bindReports(rows: uploads, job: row, keyID: 7)
            }
        },
        Deed("give back some") { transaction in
            try transaction.releaseReports(job: try transaction.jobRow(1), ids: [ReportID(3)])
        },
        Deed("give back all") { transaction in
            let row = try transaction.jobRow(2)
            _ = try transaction.releaseReports(job: row, attemptsBelow: 3)
            guard var job = try transaction.batchJob(row: row) else { return }
            job.phase = .abandoned
            try transaction.updateJob(job)
        },
        Deed("commit") { transaction in
            for time in 2...7 as ClosedRange<UInt64> { try transaction.putBucket(.at(time, count: time)) }
            let row = try transaction.jobRow(3)
            try transaction.eraseUploads(job: row)
            guard var job = try transaction.batchJob(row: row) else { return }
            job.phase = .finished
            try transaction.updateJob(job)
            try transaction.addCount(.vdafVerifyError, at: .verification(step: 0, level: 0), 2)
            try transaction.addRejected(
                RejectedReports(party: .leader, reason: .vdafVerifyError, count: 2),
                of: RejectionSubject(BatchBucketKey(3)))
        },
        Deed("collect") { transaction in
            try transaction.insertResource(.numbered(1))
            var batch = SelectedBatchRecord(id: BatchID(1), parameter: [9])
            (batch.isOpen, batch.isClaimed) = (false, true)
            try transaction.updateSelectedBatch(batch)
            try transaction.markCollected(.times(2...3))
            try transaction.eraseShares(.times(2...3))
        },
        Deed("release a sum") { transaction in
            var resource = ResourceRecord.numbered(1)
            (resource.state, resource.isClosed, resource.response) = (.released, true, bytes(9))
            try transaction.updateResource(resource)
        },
        forgetting,
    ]

    private static let helperBatches = [
        Deed("bind") { transaction in
            for number in 1...2 {
                var job = BatchJobRecord.numbered(number)
                (job.request, job.lastTime) = ([1, 2], 5)
                let row = try transaction.insertJob(job)
                for place in 0..<3 { try transaction.bind(3 * number + place, to: row, at: place) }
            }
        },
        Deed("delete a job") { transaction in
            let row = try transaction.jobRow(1)
            _ = try transaction.releaseReports(job: row, attemptsBelow: .max)
            guard var job = try transaction.batchJob(row: row) else { return }
            (job.phase, job.request) = (.abandoned, [])
            try transaction.updateJob(job)
        },
        Deed("bind once more") { transaction in
            let row = try transaction.insertJob(BatchJobRecord.numbered(3))
            for place in 0..<3 { try transaction.bind(3 + place, to: row, at: place) }
        },
    ]
}
