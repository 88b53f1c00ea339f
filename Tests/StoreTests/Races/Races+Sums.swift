import Aggregator
import PopulusDAP

/// Where what is written follows from a sum or a number that is read: over shards (rules 3 and 5), in a bucket, of rows.
extension Race {
    static let ofSums = [
        Race(
            "two owners whose verdicts are each within the bound and together beyond it", prepare: twoShards,
            { try $0.commitWithinBound(1) }, { try $0.commitWithinBound(2) },
            fault: { transaction, outcome in
                let late = try transaction.shards(WalkID(1)).reduce(0) { $0 + 10 - $1.count }
                let isEnded = try transaction.walkEnd(WalkID(1)) == .lateRejections
                return [outcome.first, outcome.second].sorted() == ["committed", "refused"] && late == 1 && isEnded
                    ? nil : "\(outcome.first), \(outcome.second): \(late) late, ended: \(isEnded)"
            }),
        Race(
            "a verdict and the release of its step", prepare: twoShards,
            { try $0.commitWithinBound(1) }, { try $0.releaseSum() },
            fault: { transaction, outcome in
                let count = try transaction.shards(WalkID(1)).reduce(0) { $0 + $1.count }
                let released = try transaction.step(WalkID(1), 0)?.reportCount
                return released.map { "\($0)" } == outcome.second && count == 19
                    ? nil : "\(outcome.second) were said, \(released as Any) released, \(count) are there"
            }),
        Race(
            "two releases of one result", prepare: twoShards, { try $0.releaseSum(noise: 1) },
            { try $0.releaseSum(noise: 2) },
            fault: { transaction, outcome in
                let response = try transaction.resource(ResourceID(1))?.response
                return [outcome.first, outcome.second].sorted() == ["20", "answered"]
                    && response == [outcome.first == "20" ? 1 : 2]
                    ? nil : "\(outcome.first), \(outcome.second): \(response ?? [])"
            }),
        Race(
            "a release and the deletion of its collection", prepare: twoShards, { try $0.releaseSum() },
            { transaction in
                guard var resource = try transaction.resource(ResourceID(1)) else { return "missing" }
                (resource.state, resource.response) = (.deleted, [])
                try transaction.updateResource(resource)
                return "deleted"
            },
            fault: { transaction, outcome in
                let resource = try transaction.resource(ResourceID(1))
                let isSealed = try transaction.step(WalkID(1), 0)?.reportCount != nil
                return resource?.state == .deleted && resource?.response == [] && isSealed == (outcome.first == "20")
                    ? nil : "\(outcome.first): \(resource?.state as Any), sealed: \(isSealed)"
            }),
        Race(
            "two walks' shards over the same reports, the other way round", prepare: twoShards,
            { try $0.bindAll([1, 2, 3, 4], to: 1) }, { try $0.bindAll([4, 3, 2, 1], to: 2) },
            fault: { transaction, outcome in
                let bound = try [1, 2].map { try transaction.boundReports(job: try transaction.jobRow($0)).count }
                let said = [outcome.first, outcome.second].sorted()
                return said == ["0", "4"] && bound == (outcome.first == "4" ? [4, 0] : [0, 4])
                    ? nil : "\(said), bound: \(bound)"
            }),
        Race(
            "two plans of one walk", prepare: { try $0.insertWalk(.plain(1)) }, { try $0.planShards(3) },
            { try $0.planShards(2) },
            fault: { transaction, outcome in
                let count = try transaction.shards(WalkID(1)).count
                return outcome.first == "3" && outcome.second == "known" && count == 3
                    || outcome.first == "known" && outcome.second == "2" && count == 2
                    ? nil : "\(outcome.first), \(outcome.second): \(count) shards"
            }),
        Race(
            "two jobs that are planned over what waits",
            prepare: { for number in 1...4 { try $0.upload(number) } }, { try $0.planJob(3) }, { try $0.planJob(3) },
            fault: { transaction, outcome in
                let waiting = try transaction.waitingReports(times: .all, limit: .max).count
                let rows = Set(try transaction.openBatchJobs().map(\.row))
                return [outcome.first, outcome.second].sorted() == ["1", "3"] && waiting == 0 && rows.count == 2
                    ? nil : "\(outcome.first), \(outcome.second); \(waiting) wait, jobs: \(rows.count)"
            }),
        Race(
            "two jobs that add to one bucket", prepare: { try $0.putBucket(.at(3, count: 1)) },
            { try $0.addToBucket(3, 10) }, { try $0.addToBucket(3, 100) },
            fault: { transaction, _ in
                let count = try transaction.countCommitted(.times(3...3))
                return count == 111 ? nil : "the sum is of \(count)"
            }),
        Race(
            "a job that adds to a bucket, and its collection", prepare: { try $0.putBucket(.at(3, count: 1)) },
            { transaction in
                try transaction.isCollected(.times(3...3)) ? "closed" : try transaction.addToBucket(3, 10)
            },
            { transaction in
                try transaction.markCollected(.times(2...4))
                return "\(try transaction.countCommitted(.times(2...4)))"
            },
            fault: { transaction, outcome in
                let count = try transaction.countCommitted(.times(3...3))
                return outcome.second == "\(count)" && (count == 1) == (outcome.first == "closed")
                    ? nil : "\(outcome.second) were collected, \(count) are there: \(outcome.first)"
            }),
        Race(
            "an upload and the erasing of all that its day has", scopes: [.first: .uploads],
            prepare: { for number in 1...2 { try $0.upload(number) } },
            { "\(try $0.upload(12, time: 2))" },
            { transaction in
                try transaction.eraseBodies(in: .all)
                return "\(try transaction.countReports(in: .all))"
            },
            fault: { transaction, outcome in
                let texts = try transaction.texts(in: .all)
                return outcome.first == "stored" && outcome.second == "0" && (texts.isEmpty || texts == ["report 12"])
                    ? nil : "\(outcome.first), \(outcome.second), left: \(texts)"
            }),
        Race(
            "a job that takes an upload, and the erasing of what does not open",
            prepare: { transaction in
                for number in 1...2 { try transaction.upload(number) }
                _ = try transaction.insertJob(BatchJobRecord.numbered(1))
            },
            { transaction in
                let rows = try transaction.waitingReports(times: .all, limit: .max).map(\.row)
                try transaction.bindReports(rows: rows, job: try transaction.jobRow(1), keyID: 7)
                return "\(rows.count)"
            },
            { transaction in
                guard let first = try transaction.waitingReports(times: .all, limit: 1).first else { return "taken" }
                try transaction.eraseBodies(rows: first.row...first.row, in: .all, isBound: false)
                return "erased"
            },
            fault: { transaction, outcome in
                let texts = try transaction.uploads(job: try transaction.jobRow(1)).map(\.text)
                return "\(texts.count)" == outcome.first && (texts.count == 1) == (outcome.second == "erased")
                    ? nil : "\(outcome.first) were taken, \(texts) are there: \(outcome.second)"
            }),
    ]

    /// Two shards of ten reports each, which have committed a step that is not released yet.
    private static let twoShards: @Sendable (any StoreTransaction) throws -> Void = { transaction in
        try transaction.insertWalk(.plain(1))
        try transaction.insertStep(.numbered(0, of: 1, resource: 1))
        try transaction.insertResource(.numbered(1))
        for number in 1...2 {
            var job = ShardRecord.numbered(number, of: 1, ordinal: number - 1)
            (job.committedSteps, job.count, job.sum) = (1, 10, [8])
            _ = try transaction.insertJob(job)
        }
    }
}

extension StoreTransaction {
    /// Commits a verdict that rejects one of a shard's reports, where one of all the walk's may be rejected (rule 3).
    fileprivate func commitWithinBound(_ number: Int) throws -> String {
        var walk = try walk(1)
        guard walk.end == nil, var job = try shard(id: AggregationJobID(number)) else { return "ended" }
        let late = try shards(walk.id).reduce(0) { $0 + 10 - $1.count }
        guard late < 1 else {
            walk.end = .lateRejections
            try updateWalk(walk)
            return "refused"
        }
        (job.committedSteps, job.count) = (2, job.count - 1)
        return try commitShard(job) ? "committed" : "missing"
    }

    /// Releases what the shards come to, once (rule 6), and says how many reports that are.
    fileprivate func releaseSum(noise: UInt8 = 0) throws -> String {
        guard var resource = try resource(ResourceID(1)), resource.state == .running else { return "answered" }
        let count = try shards(WalkID(1)).reduce(0) { $0 + $1.count }
        var step = StepRecord.numbered(0, of: 1, resource: 1)
        step.reportCount = UInt64(count)
        try updateStep(step)
        (resource.state, resource.response) = (.released, [noise])
        try updateResource(resource)
        return "\(count)"
    }

    fileprivate func bindAll(_ numbers: [Int], to job: Int) throws -> String {
        let reports = numbers.enumerated().map { ReportToBind.numbered($1, at: $0, body: [UInt8($1)]) }
        return "\(try bindReports(reports, job: try jobRow(job), keyID: 7).count { $0 })"
    }

    fileprivate func planShards(_ count: Int) throws -> String {
        guard try shards(WalkID(1)).isEmpty else { return "known" }
        for ordinal in 0..<count {
            _ = try insertJob(ShardRecord(walk: WalkID(1), ordinal: ordinal, phase: .planned))
        }
        return "\(count)"
    }

    fileprivate func planJob(_ limit: Int) throws -> String {
        let waiting = try waitingReports(times: .all, limit: limit)
        var job = BatchJobRecord.numbered(0, phase: .planned)
        job.jobID = nil
        job.row = try insertJob(job)
        try bindReports(rows: waiting.map(\.row), job: job.row, keyID: 7)
        return "\(waiting.count)"
    }

    fileprivate func addToBucket(_ time: UInt64, _ count: UInt64) throws -> String {
        var bucket = try bucket(BatchBucketKey(time)) ?? .at(time, count: 0)
        bucket.count += count
        try putBucket(bucket)
        return "added"
    }
}
