import Aggregator
import PopulusDAP

extension TaskLife {
    /// Walk 1 has a shard at each point of its steps 0 and 1, and one that has ended with what is kept of it.
    static let helperWalks = TaskLife(
        name: "a Helper's walks", uploads: .byTime,
        prepare: { transaction in
            try transaction.insertWalk(.plain(1))
            for time in 1...5 as ClosedRange<UInt64> { _ = try transaction.claimBucket(time, walk: WalkID(1)) }
            try transaction.insertStep(.numbered(0, of: 1))
            let phases: [(JobPhase, UInt16)] = [(.bound, 0), (.opened, 0), (.opened, 1), (.opened, 1), (.finished, 1)]
            for (ordinal, (phase, steps)) in phases.enumerated() {
                var job = ShardRecord.numbered(ordinal + 1, of: 1, ordinal: ordinal, phase: phase)
                (job.committedSteps, job.count, job.reportCount) = (steps, 1, 1)
                if phase != .finished { job.sum = [1] }
                if ordinal == 3 { job.evaluateDigest = bytes(5) }
                job.row = try transaction.insertJob(job)
                let report = ReportToBind.numbered(ordinal + 1, at: 0, body: [UInt8(ordinal)])
                _ = try transaction.bindReports([report], job: job.row, keyID: 7)
                if let id = job.jobID { _ = try transaction.take(.job(id)) }
            }
            try transaction.insertStep(.numbered(1, of: 1, parameter: 2))
            try transaction.insertResource(.numbered(2, digest: 2))
            _ = try transaction.endResource(2, .released, [1])
        },
        writes: [
            binding(9, of: 1, [8, 9]), binding(8, of: 2, [4, 9]),
            DueWrite("shard opened") { transaction in
                let due = try transaction.dueShards { $0.phase == .bound }
                for var job in due {
                    job.phase = .opened
                    try transaction.updateJob(job)
                    try transaction.addCount(.hpkeDecryptError, at: .opening, 1)
                }
                return "\(due.map(\.ordinal))"
            },
            DueWrite("commit step 0 of a shard") { transaction in
                let due = try transaction.dueShards { $0.phase == .opened && $0.committedSteps == 0 }
                guard try transaction.walk(WalkID(1))?.isFrozen == false else { return "frozen" }
                for var job in due {
                    (job.committedSteps, job.count, job.sum) = (1, 2, [1])
                    try transaction.updateJob(job)
                    try transaction.addCount(.vdafVerifyError, at: .verification(step: 0, level: 3), 1, in: job.walk)
                }
                return "\(due.map(\.ordinal))"
            },
            record(parameter: 2), record(parameter: 3),
            DueWrite("commit a step of a shard") { transaction in
                try transaction.dueShards { $0.committedSteps == 1 && !$0.evaluateDigest.isEmpty }.map { job in
                    var job = job
                    (job.committedSteps, job.evaluateDigest, job.verdictDigest) = (2, [], bytes(7))
                    return "\(job.ordinal): \(try transaction.commitShard(job))"
                }.joined(separator: ", ")
            },
        ] + endingWrites + operatorWrites)

    /// A report that two walks have in common is one walk's.
    private static func binding(_ number: Int, of walk: Int, _ reports: [Int]) -> DueWrite {
        DueWrite("bind a shard", of: "of walk \(walk)") { transaction in
            let id = AggregationJobID(number)
            let owner = try transaction.taken(.job(id))
            guard try transaction.shard(id: id) == nil else { return "known, \(owner)" }
            if try transaction.walk(WalkID(walk)) == nil { try transaction.insertWalk(.plain(walk)) }
            guard let found = try transaction.walk(WalkID(walk)), found.end == nil, !found.isFrozen else {
                return "refused"
            }
            var job = ShardRecord.numbered(
                number, of: walk, ordinal: try transaction.shards(found.id).count, phase: .bound)
            job.row = try transaction.insertJob(job)
            let times = try reports.map { try transaction.claimBucket(UInt64($0), walk: found.id) }
            let bound = try transaction.bindReports(
                reports.enumerated().map { .numbered($1, at: $0, body: [UInt8($1)]) }, job: job.row, keyID: 7)
            return "\(times), \(bound), \(owner)"
        }
    }

    /// One request a step of a shard, and one parameter a step of a walk.
    private static func record(parameter: Int) -> DueWrite {
        DueWrite("record a step", of: "parameter \(parameter)") { transaction in
            try transaction.dueShards { $0.phase == .opened && $0.committedSteps > 0 }.map { job in
                let step = job.committedSteps
                guard try transaction.recordEvaluation(job: job.row, step: step, digest: bytes(parameter)) else {
                    return "\(job.ordinal): asked otherwise"
                }
                guard let known = try transaction.step(job.walk, step) else {
                    try transaction.insertStep(.numbered(step, of: 1, parameter: parameter))
                    return "\(job.ordinal): recorded"
                }
                return "\(job.ordinal): \(known.parameter == bytes(parameter))"
            }.joined(separator: ", ")
        }
    }

    /// How shares, shards and walks end.
    private static let endingWrites = [
        DueWrite("admit an aggregate share") { transaction in
            guard try transaction.resource(ResourceID(1)) == nil else { return "answered" }
            guard var walk = try transaction.walk(WalkID(1)), walk.end == nil else { return "ended" }
            let jobs = try transaction.shards(walk.id).filter { $0.phase != .finished && $0.committedSteps > 0 }
            let count = UInt64(jobs.reduce(0) { $0 + $1.count })
            (walk.isFrozen, walk.initialCount) = (true, count)
            try transaction.updateWalk(walk)
            var step = StepRecord.numbered(0, of: 1, resource: 1)
            step.reportCount = count
            try transaction.updateStep(step)
            var resource = ResourceRecord.numbered(1)
            (resource.state, resource.response) = (.released, [UInt8(count)])
            try transaction.insertResource(resource)
            return "\(count)"
        },
        DueWrite("delete aggregation job") { transaction in
            guard var job = try transaction.shard(id: AggregationJobID(3)), job.phase != .finished,
                let walk = try transaction.walk(job.walk)
            else { return "ended" }
            try transaction.addCount(.reportDropped, at: .deletion, job.count, in: walk.id)
            (job.phase, job.sum, job.count) = (.finished, [], 0)
            try transaction.updateJob(job)
            try transaction.forget(.job(AggregationJobID(3)))
            if try transaction.shards(walk.id).allSatisfy({ $0.phase == .finished }) {
                try transaction.endWithShards(walk, .abandoned)
            }
            return "deleted"
        },
        DueWrite("end expired walks") { transaction in
            let due = try transaction.someWalks().filter { $0.end == nil }
            for walk in due { try transaction.endWithShards(walk, .expired) }
            return "\(due.count)"
        },
        DueWrite("erase bodies") { transaction in
            let due = try transaction.shardsToErase()
            for row in due { try transaction.eraseUploads(job: row) }
            return "\(due.count)"
        },
        DueWrite("delete an aggregate share") { transaction in
            var said: [Bool] = []
            for number in 1...2 {
                guard var share = try transaction.resource(ResourceID(number)) else { continue }
                said.append(share.state == .released)
                (share.state, share.response) = (.deleted, [])
                try transaction.updateResource(share)
            }
            return "\(said)"
        },
        DueWrite("take work") { transaction in
            try (1...9).map { try transaction.taken(.job(AggregationJobID($0))) }.joined(separator: ", ")
        },
    ]
}

extension StoreTransaction {
    /// Shards of walks that go on.
    fileprivate func dueShards(_ isDue: (ShardRecord) -> Bool) throws -> [ShardRecord] {
        try someWalks().filter { $0.end == nil }.flatMap { try shards($0.id) }.filter {
            $0.phase != .finished && isDue($0)
        }
    }
}
