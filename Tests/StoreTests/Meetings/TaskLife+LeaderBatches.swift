import Aggregator
import PopulusDAP

extension TaskLife {
    /// One job is planned, one is bound, and reports wait; collection 1 goes on, collection 2 is closed.
    static let leaderBatches = TaskLife(
        name: "a Leader's batches", uploads: .byTime,
        prepare: { transaction in
            for number in 1...9 { try transaction.upload(number) }
            try transaction.insertSelectedBatch(SelectedBatchRecord(id: BatchID(1), parameter: [9], isClaimed: true))
            try transaction.insertSelectedBatch(SelectedBatchRecord(id: BatchID(2), parameter: [9]))
            for (number, phase) in [(1, JobPhase.planned), (2, .bound)] {
                let row = try transaction.insertJob(BatchJobRecord.due(number, phase: phase, reports: 2))
                let uploads = try [2 * number - 1, 2 * number].map { try transaction.row(of: $0) }
                try transaction.bindReports(rows: uploads, job: row, keyID: 7)
                _ = try transaction.take(.row(row))
            }
            for time in [1, 15] as [UInt64] { try transaction.putBucket(.at(time, count: time)) }
            for number in 1...2 { try transaction.insertResource(.numbered(number, digest: number)) }
            var closed = ResourceRecord.numbered(2, digest: 2)
            closed.isClosed = true
            try transaction.updateResource(closed)
            try transaction.markCollected(.times(14...16))
        },
        writes: [
            upload(10, time: 2),
            upload(11, time: 3, of: "another report"),
            DueWrite("collection job") { transaction in
                guard try transaction.latestResource(requestDigest: bytes(3)) == nil else { return "known" }
                var resource = ResourceRecord.numbered(3, digest: 3)
                let last = try transaction.lastReportRow()
                // Rows differ from task to task.
                resource.lastRow = 0
                try transaction.insertResource(resource)
                guard var batch = try transaction.openSelectedBatches().first(where: { !$0.isClaimed }) else {
                    return "no batch"
                }
                batch.isClaimed = true
                try transaction.updateSelectedBatch(batch)
                let count = try transaction.countWaitingReports(times: .all, throughRow: last, limit: .max)
                return "\(batch.id), \(count), \(try transaction.taken(.resource(resource.id)))"
            },
            DueWrite("plan an aggregation job") { transaction in
                let waiting = try transaction.waitingReports(times: .all, limit: 2)
                guard !waiting.isEmpty else { return "nothing waits" }
                var job = BatchJobRecord.due(0, phase: .planned, reports: waiting.count)
                job.jobID = nil
                job.row = try transaction.insertJob(job)
                try transaction.bindReports(rows: waiting.map(\.row), job: job.row, keyID: 7)
                return "\(waiting.map(\.time)), \(try transaction.taken(.row(job.row)))"
            },
            DueWrite("refuse reports that do not open") { transaction in
                let waiting = try transaction.waitingReports(times: .all, limit: 1)
                guard let first = waiting.first else { return "nothing waits" }
                var job = BatchJobRecord.due(0, phase: .abandoned, reports: 1)
                job.jobID = nil
                job.row = try transaction.insertJob(job)
                try transaction.bindReports(rows: [first.row], job: job.row, keyID: 7)
                try transaction.eraseUploads(job: job.row)
                try transaction.addCount(.hpkeDecryptError, at: .opening, 1)
                try transaction.addRejected(
                    RejectedReports(party: .leader, reason: .hpkeDecryptError, count: 1),
                    of: RejectionSubject(BatchBucketKey(first.time)))
                return "\(first.time)"
            },
        ] + jobWrites + endingWrites + operatorWrites)

    /// What is done to jobs, by whoever finds them due.
    private static let jobWrites = [
        DueWrite("bind an aggregation job") { transaction in
            let due = try transaction.someBatchJobs().filter { $0.phase == .planned }
            for var job in due {
                (job.phase, job.initDigest) = (.bound, bytes(4))
                try transaction.updateJob(job)
            }
            return "\(due.count)"
        },
        DueWrite("keep an answer") { transaction in
            let due = try transaction.someBatchJobs().filter { $0.phase == .bound && $0.response.isEmpty }
            for var job in due {
                job.response = [1]
                try transaction.updateJob(job)
            }
            return "\(due.count)"
        },
        DueWrite("commit an aggregation job") { transaction in
            let due = try transaction.someBatchJobs().filter { $0.phase == .bound }
            for var job in due {
                // A sum grows by what it is now.
                var bucket = try transaction.bucket(BatchBucketKey(1)) ?? .at(1, count: 0)
                bucket.count += UInt64(job.reportCount)
                try transaction.putBucket(bucket)
                try transaction.eraseUploads(job: job.row)
                (job.phase, job.response) = (.finished, [])
                try transaction.updateJob(job)
                try transaction.forget(.row(job.row))
            }
            return "\(due.count)"
        },
        DueWrite("abandon an aggregation job") { transaction in
            let due = try transaction.someBatchJobs().filter { $0.phase == .planned || $0.phase == .bound }
            return try due.map { job in
                var job = job
                let released = try transaction.releaseReports(job: job.row, attemptsBelow: 1)
                try transaction.addCount(.reportDropped, at: .deletion, job.reportCount - released)
                try transaction.eraseUploads(job: job.row)
                (job.phase, job.response) = (.abandoned, [])
                try transaction.updateJob(job)
                try transaction.forget(.row(job.row))
                return "\(released)"
            }.joined(separator: ", ")
        },
        DueWrite("put off an aggregation job") { transaction in
            let due = try transaction.someBatchJobs().filter { $0.phase == .planned }
            for var job in due {
                let ids = try transaction.boundReports(job: job.row).map(\.id)
                try transaction.releaseReports(job: job.row, ids: ids)
                job.phase = .abandoned
                try transaction.updateJob(job)
                try transaction.forget(.row(job.row))
            }
            return "\(due.count)"
        },
        DueWrite("take work") { transaction in
            try transaction.someBatchJobs().map { try transaction.taken(.row($0.row)) }.joined(separator: ", ")
        },
    ]

    /// How collections end.
    private static let endingWrites = [
        DueWrite("close a batch") { transaction in
            guard var resource = try transaction.resource(ResourceID(1)), resource.state == .running, !resource.isClosed
            else { return "ended" }
            resource.isClosed = true
            try transaction.updateResource(resource)
            try transaction.markCollected(.times(1...4))
            try transaction.updateSelectedBatch(
                SelectedBatchRecord(id: BatchID(1), parameter: [9], isOpen: false, isClaimed: true))
            return "\(try transaction.countCommitted(.times(1...4)))"
        },
        DueWrite("release a result") { transaction in
            var said: [String] = []
            for (number, times) in [(1, 1...4), (2, 14...16)] as [(Int, ClosedRange<UInt64>)] {
                guard let resource = try transaction.resource(ResourceID(number)), resource.isClosed else { continue }
                let count = try transaction.countCommitted(.times(times))
                guard try transaction.endResource(number, .released, [UInt8(count)]) else { continue }
                try transaction.eraseShares(.times(times))
                said.append("\(count)")
            }
            return "\(said)"
        },
        DueWrite("collection failed") { "\(try $0.giveBatchUp(.failed))" },
        DueWrite("delete collection job") { "\(try $0.giveBatchUp(.deleted))" },
    ]
}

extension BatchJobRecord {
    static func due(_ number: Int, phase: JobPhase, reports: Int) -> Self {
        var job = BatchJobRecord.numbered(number, phase: phase)
        job.reportCount = reports
        return job
    }
}

extension StoreTransaction {
    /// Ends collection 1; another one may have its batch, if that was not closed.
    fileprivate func giveBatchUp(_ state: ResourceRecord.State) throws -> Bool {
        let isClosed = try resource(ResourceID(1))?.isClosed ?? false
        guard try endResource(1, state) else { return false }
        guard !isClosed, var batch = try selectedBatch(BatchID(1)) else { return true }
        batch.isClaimed = false
        try updateSelectedBatch(batch)
        return true
    }
}
