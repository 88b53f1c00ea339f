import Aggregator
import PopulusDAP

extension TaskLife {
    /// Walk 1 is in step 0, with a shard at each point of it; walk 2 has frozen its batch; the life of walk 5 is over.
    static let leaderWalks = TaskLife(
        name: "a Leader's walks", uploads: .open,
        prepare: { transaction in
            for number in 1...6 { try transaction.upload(number, in: .open) }
            try transaction.freezeWhatIsFree(as: 1)
            for number in 7...9 { try transaction.upload(number, in: .open) }
            try transaction.freezeWhatIsFree(as: 2)
            try transaction.upload(10, in: .open)
            try transaction.insertWalk(.plain(5))
            for number in [1, 2, 5] {
                try transaction.insertStep(.numbered(0, of: number, resource: number))
                try transaction.insertResource(.numbered(number, digest: number))
            }
            _ = try transaction.endResource(5, .released)
            let phases: [(JobPhase, UInt16)] = [(.planned, 0), (.bound, 0), (.opened, 1)]
            for (ordinal, (phase, steps)) in phases.enumerated() {
                var job = ShardRecord(walk: WalkID(1), ordinal: ordinal, phase: phase)
                job.firstRow = try transaction.row(of: 2 * ordinal + 1)
                job.lastRow = try transaction.row(of: 2 * ordinal + 2)
                (job.committedSteps, job.reportCount) = (steps, phase == .planned ? 0 : 2)
                if steps > 0 { (job.jobID, job.count) = (AggregationJobID(12), 2) }
                job.row = try transaction.insertJob(job)
                if phase == .bound {
                    try transaction.bindReports(rows: [job.firstRow, job.lastRow], job: job.row, keyID: 7)
                }
                // Its second one did not open.
                if phase == .opened { try transaction.bindReports(rows: [job.firstRow], job: job.row, keyID: 7) }
                if phase != .planned { _ = try transaction.take(.row(job.row)) }
            }
        },
        writes: [
            upload(11, in: .open),
            upload(12, in: .open, of: "another report"),
            DueWrite("collection job") { transaction in
                guard try transaction.latestResource(requestDigest: bytes(3)) == nil else { return "known" }
                guard try transaction.freezeWhatIsFree(as: 3) else { return "refused" }
                try transaction.insertStep(.numbered(0, of: 3, resource: 3))
                try transaction.insertResource(.numbered(3, digest: 3))
                let texts = try transaction.texts(in: try transaction.walk(3).buckets)
                return "\(texts), \(try transaction.taken(.resource(ResourceID(3))))"
            },
            DueWrite("leave reports to a later walk") { transaction in
                guard let walk = try transaction.opening() else { return "not needed" }
                return "\(try transaction.postponeReports(in: walk.buckets, from: 8))"
            },
            DueWrite("refuse reports that do not open") { transaction in
                guard let walk = try transaction.opening(),
                    let first = try transaction.reportBodies(rows: .all, in: walk.buckets, limit: 1).first
                else { return "not needed" }
                try transaction.eraseBodies(rows: first.row...first.row, in: walk.buckets)
                try transaction.addCount(.hpkeDecryptError, at: .opening, 1)
                return first.text
            },
            DueWrite("plan shards") { transaction in
                guard let walk = try transaction.opening(), let rows = try transaction.rowSpan(of: walk.buckets) else {
                    return "not needed"
                }
                var job = ShardRecord(walk: walk.id, ordinal: 0, phase: .planned)
                (job.firstRow, job.lastRow) = (rows.lowerBound, rows.upperBound)
                _ = try transaction.insertJob(job)
                return "planned"
            },
        ] + shardWrites + endingWrites + operatorWrites)

    /// What is done to shards, by whoever finds them due.
    private static let shardWrites = [
        DueWrite("take a shard") { transaction in
            try transaction.dueShards { _ in true }.map { job in
                "\(job.walk) \(job.ordinal): \(try transaction.taken(.row(job.row)))"
            }.joined(separator: "; ")
        },
        DueWrite("tell of commits") { transaction in
            try transaction.dueShards { $0.committedSteps > 0 }.map { job in
                let token = try transaction.owner(of: .row(job.row))?.token ?? 0
                let claim = Claim(work: .row(job.row), token: token)
                return "\(try transaction.note(claim, progress: Int(job.committedSteps)))"
            }.joined(separator: ", ")
        },
        DueWrite("bind reports") { transaction in
            let due = try transaction.dueShards { $0.phase == .planned }
            for var job in due {
                let buckets = try transaction.walk(job.walk)?.buckets ?? 0..<0
                let rows = try transaction.reportBodies(
                    rows: job.firstRow...job.lastRow, in: buckets, limit: .max
                ).map(\.row)
                try transaction.bindReports(rows: rows, job: job.row, keyID: 7)
                (job.phase, job.initDigest, job.reportCount) = (.bound, bytes(4), rows.count)
                try transaction.updateJob(job)
            }
            return "\(due.map(\.ordinal))"
        },
        DueWrite("commit step 0 of a shard") { transaction in
            let due = try transaction.dueShards { $0.phase == .bound && $0.committedSteps == 0 }
            for var job in due {
                (job.phase, job.committedSteps, job.count, job.sum) = (.opened, 1, job.reportCount, [1])
                job.jobID = AggregationJobID(10 * (job.walk == WalkID(1) ? 1 : 2) + job.ordinal)
                try transaction.addCount(.vdafVerifyError, at: .verification(step: 0, level: 3), 1, in: job.walk)
                try transaction.addRejected(
                    RejectedReports(party: .leader, reason: .vdafVerifyError, count: 1), of: RejectionSubject(job.walk))
                try transaction.updateJob(job)
            }
            return "\(due.map(\.ordinal))"
        },
        DueWrite("commit a step of a shard") { transaction in
            try transaction.dueShards { $0.phase == .opened && $0.committedSteps == 1 }.map { job in
                var job = job
                (job.committedSteps, job.transcript) = (2, bytes(6))
                return "\(job.ordinal): \(try transaction.commitShard(job))"
            }.joined(separator: ", ")
        },
        DueWrite("erase uploads") { transaction in
            for buckets in try transaction.bucketsToErase() { try transaction.eraseBodies(in: buckets) }
            for job in try transaction.dueShards({ $0.committedSteps > 0 && $0.firstRow > 0 }) {
                let buckets = try transaction.walk(job.walk)?.buckets ?? 0..<0
                try transaction.eraseBodies(rows: job.firstRow...job.lastRow, in: buckets, isBound: false)
            }
            return ""
        },
    ]

    /// How collections and walks end.
    private static let endingWrites = [
        DueWrite("release a result") { transaction in
            guard var walk = try transaction.walk(WalkID(1)), walk.end == nil else { return "ended" }
            // The sum is of what the shards are now.
            let count = try transaction.shards(walk.id).reduce(0) { $0 + $1.count }
            guard try transaction.endResource(1, .released, [UInt8(count)]) else { return "answered" }
            var step = StepRecord.numbered(0, of: 1, resource: 1)
            step.reportCount = UInt64(count)
            try transaction.updateStep(step)
            walk.initialCount = UInt64(count)
            try transaction.updateWalk(walk)
            return "\(count)"
        },
        DueWrite("collection failed") { transaction in
            guard try transaction.endResource(2, .failed, [1]) else { return "ended" }
            if let walk = try transaction.walk(WalkID(2)) { try transaction.giveUpWalk(walk, .failed) }
            return "given up"
        },
        DueWrite("delete collection job") { transaction in
            for number in 1...2 {
                guard var resource = try transaction.resource(ResourceID(number)) else { continue }
                (resource.state, resource.response) = (.deleted, [])
                try transaction.updateResource(resource)
                try transaction.giveUpWalk(try transaction.walk(number), .abandoned)
            }
            return ""
        },
        DueWrite("end expired walks") { transaction in
            var ended: [WalkID] = []
            for walk in try transaction.someWalks() where walk.end == nil {
                let step = try transaction.lastStep(walk.id)
                if let id = step?.resource, try transaction.resource(id)?.state == .running { continue }
                try transaction.giveUpWalk(walk, .expired)
                ended.append(walk.id)
            }
            return "\(ended)"
        },
        DueWrite("take work") { try $0.taken(.resource(ResourceID(1))) },
    ]
}

extension StoreTransaction {
    /// The walk whose batch is frozen, while none of its shards is planned.
    fileprivate func opening() throws -> WalkRecord? {
        guard let walk = try walk(WalkID(2)), walk.end == nil, try shards(walk.id).isEmpty else { return nil }
        return walk
    }

    /// Shards of walks that go on.
    fileprivate func dueShards(_ isDue: (ShardRecord) -> Bool) throws -> [ShardRecord] {
        try someWalks().filter { $0.end == nil }.flatMap { try shards($0.id) }.filter {
            $0.phase != .finished && isDue($0)
        }
    }
}
