import Aggregator
import PopulusDAP
import Testing

/// Shards of walks: how far each is, and the guards of its steps (rules 1 and 2).
extension StorePromise {
    static let shards = [
        StorePromise("a shard comes back as it was stored, in every phase") { bench in
            var job = ShardRecord.numbered(1, of: 1, ordinal: 3, phase: .planned)
            job.row = try await bench.write { [job] in try $0.insertJob(job) }
            bench.expect(try await bench.read { [job] in try $0.shard(row: job.row) }, is: job, "a new one")
            (job.initDigest, job.reportCount, job.refusals) = (bytes(2), 9, [0, 0, 0, 1, 6])
            (job.firstRow, job.lastRow, job.committedSteps, job.transcript) = (4, 80, 5, bytes(3))
            (job.evaluateDigest, job.verdictDigest, job.committedEvaluateDigest) = (bytes(4), bytes(5), bytes(6))
            (job.evaluateTranscript, job.live, job.liveBefore, job.count) = (bytes(7), [0x7f], [0xff], 8)
            (job.checksum, job.sum, job.leastTime, job.greatestTime) = (bytes(9), bytes(10, count: 80), 3, 9)
            for phase in [JobPhase.planned, .bound, .opened, .finished, .abandoned] {
                job.phase = phase
                try await bench.write { [job] in try $0.updateJob(job) }
                bench.expect(try await bench.read { [job] in try $0.shard(row: job.row) }, is: job, "\(phase)")
                bench.expect(
                    try await bench.read { try $0.shard(id: AggregationJobID(1)) }, is: job, "\(phase), by its ID")
            }
            (job.leastTime, job.greatestTime, job.jobID) = (nil, nil, nil)
            try await bench.write { [job] in try $0.updateJob(job) }
            bench.expect(try await bench.read { [job] in try $0.shard(row: job.row) }, is: job, "without ID and times")
            bench.expect(try await bench.read { try $0.shard(id: AggregationJobID(1)) }, is: nil, "by its former ID")
        },
        StorePromise("a walk's shards are in order, and no two have one place") { bench in
            try await bench.write { transaction in
                for (number, ordinal) in [(1, 2), (2, 0), (3, 1)] {
                    _ = try transaction.insertJob(ShardRecord.numbered(number, of: 1, ordinal: ordinal))
                }
                _ = try transaction.insertJob(ShardRecord.numbered(4, of: 2))
            }
            let found = try await bench.read {
                try $0.shards(WalkID(1)).map { [$0.jobID, AggregationJobID($0.ordinal)] }
            }
            bench.expect(
                found, is: [(2, 0), (3, 1), (1, 2)].map { [AggregationJobID($0.0), AggregationJobID($0.1)] },
                "by ordinal")
            try await bench.expectFailure("a second one in a place") {
                _ = try $0.insertJob(ShardRecord.numbered(5, of: 1, ordinal: 1))
            }
        },
        StorePromise("an ID names one job of a task, of whatever kind") { bench in
            try await bench.write { transaction in
                _ = try transaction.insertJob(ShardRecord.numbered(1, of: 1))
                _ = try transaction.insertJob(BatchJobRecord.numbered(2))
            }
            try await bench.expectFailure("two shards") {
                _ = try $0.insertJob(ShardRecord.numbered(1, of: 1, ordinal: 1))
            }
            try await bench.expectFailure("a shard after a job of a batch") {
                _ = try $0.insertJob(ShardRecord.numbered(2, of: 1, ordinal: 1))
            }
            try await bench.expectFailure("a job of a batch after a shard") {
                _ = try $0.insertJob(BatchJobRecord.numbered(1))
            }
            try await bench.expectFailure("an update") { transaction in
                guard var job = try transaction.batchJob(id: AggregationJobID(2)) else { return }
                job.jobID = AggregationJobID(1)
                try transaction.updateJob(job)
            }
            try await bench.b.write("check") { transaction in
                _ = try transaction.insertJob(ShardRecord.numbered(1, of: 1))
                _ = try transaction.insertJob(BatchJobRecord.numbered(2))
            }
        },
        StorePromise("a shard is no job of a batch, and such a job is no shard") { bench in
            let (shard, job) = try await bench.write { transaction in
                (
                    try transaction.insertJob(ShardRecord.numbered(1, of: 1)),
                    try transaction.insertJob(BatchJobRecord.numbered(2))
                )
            }
            let before = try await TaskImage(of: bench.a)
            let found = try await bench.write { transaction in
                var wrongShard = ShardRecord.numbered(3, of: 1)
                (wrongShard.row, wrongShard.committedSteps) = (job, 1)
                return (
                    try transaction.commitShard(wrongShard),
                    try transaction.recordEvaluation(job: job, step: 0, digest: bytes(1))
                )
            }
            bench.expect(!found.0 && !found.1, "a step of a job of a batch: \(found)")
            bench.expect(try await TaskImage(of: bench.a), is: before, "steps of the other kind")
            try await bench.expectFailure("a shard in the row of a job of a batch") { transaction in
                var other = ShardRecord.numbered(3, of: 1)
                other.row = job
                try transaction.updateJob(other)
            }
            try await bench.expectFailure("a job of a batch in the row of a shard") { transaction in
                var other = BatchJobRecord.numbered(4)
                other.row = shard
                try transaction.updateJob(other)
            }
            try await bench.read { transaction in
                bench.expect(try transaction.shard(row: job) == nil, "a job of a batch by its row")
                bench.expect(try transaction.shard(id: AggregationJobID(2)) == nil, "a job of a batch by its ID")
                bench.expect(try transaction.batchJob(row: shard) == nil, "a shard by its row")
                bench.expect(try transaction.batchJob(id: AggregationJobID(1)) == nil, "a shard by its ID")
                bench.expect(try transaction.openBatchJobs().map(\.row), is: [job], "open jobs")
                bench.expect(try transaction.shards(WalkID(1)).map(\.row), is: [shard], "shards")
            }
        },
        StorePromise("one evaluate request a step") { bench in
            var job = ShardRecord.numbered(1, of: 1)
            job.committedSteps = 1
            job.row = try await bench.write { [job] in try $0.insertJob(job) }
            let row = job.row
            @Sendable func record(_ step: UInt16, _ digest: Int) async throws -> Bool {
                try await bench.write { try $0.recordEvaluation(job: row, step: step, digest: bytes(digest)) }
            }
            bench.expect(try await record(0, 1), is: false, "a step that is over")
            bench.expect(try await record(2, 1), is: false, "a step that is to come")
            bench.expect(try await record(1, 1), is: true, "the step")
            bench.expect(try await record(1, 1), is: true, "the same request")
            bench.expect(try await record(1, 2), is: false, "another request")
            bench.expect(try await bench.read { try $0.shard(row: row)?.evaluateDigest }, is: bytes(1), "what is noted")
            for phase in [JobPhase.planned, .bound, .finished, .abandoned] {
                (job.phase, job.evaluateDigest) = (phase, [])
                try await bench.write { [job] in try $0.updateJob(job) }
                bench.expect(try await record(1, 1), is: false, "\(phase)")
            }
            bench.expect(
                try await bench.write { try $0.recordEvaluation(job: row + 5, step: 0, digest: bytes(1)) }, is: false,
                "a job that is not there")
        },
        StorePromise("a commit follows the last one, of a shard that goes on") { bench in
            var job = ShardRecord.numbered(1, of: 1)
            (job.committedSteps, job.firstRow, job.lastRow) = (1, 4, 80)
            job.row = try await bench.write { [job] in try $0.insertJob(job) }
            @Sendable func commit(_ job: ShardRecord) async throws -> Bool {
                try await bench.write { try $0.commitShard(job) }
            }
            bench.expect(try await commit(job), is: false, "the same step")
            job.committedSteps = 3
            bench.expect(try await commit(job), is: false, "a step too far")
            job.committedSteps = 2
            (job.transcript, job.evaluateDigest, job.verdictDigest) = ([1], [2], [3])
            (job.committedEvaluateDigest, job.evaluateTranscript, job.live) = ([4], [5], [6])
            (job.liveBefore, job.count, job.checksum, job.sum) = ([7], 8, [9], [10])
            (job.leastTime, job.greatestTime) = (11, 12)
            bench.expect(try await commit(job), is: true, "the next step")
            bench.expect(try await commit(job), is: false, "once more")
            bench.expect(try await bench.read { [job] in try $0.shard(row: job.row) }, is: job, "what is stored")
            job.phase = .finished
            try await bench.write { [job] in try $0.updateJob(job) }
            job.committedSteps = 3
            bench.expect(try await commit(job), is: false, "after its end")
            bench.expect(
                try await bench.read { [job] in try $0.shard(row: job.row)?.committedSteps }, is: 2, "the last step")
        },
    ]
}
