import Aggregator
import PopulusDAP
import Testing

/// Many tasks in one store: what is done in one is seen in no other.
extension StorePromise {
    static let tasks =
        Deed.lives.map { name, deeds in
            StorePromise("nothing that is done in one task changes another one: \(name)") { bench in
                // Both tasks live the same life, so that whatever one does would also fit the other's rows.
                for deed in deeds {
                    for (store, other) in [(bench.a, bench.b), (bench.b, bench.a)] {
                        let (before, own) = (try await TaskImage(of: other), try await TaskImage(of: store))
                        let (said, count) = (other.statement.store, other.statement.current.count)
                        try await store.write("check") { try deed.run($0) }
                        bench.expect(try await TaskImage(of: other), is: before, deed.name)
                        bench.expect(try await TaskImage(of: store) != own, "\(deed.name) changes nothing")
                        bench.expect(other.statement.store == said, "\(deed.name) changes whose store it is")
                        bench.expect(other.statement.current.count, is: count, "\(deed.name): commits of another task")
                    }
                    bench.expect(try await TaskImage(of: bench.a), is: try await TaskImage(of: bench.b), deed.name)
                }
            }
        } + [
            StorePromise("another task's rows are none of this one's") { bench in
                let rows = try await bench.b.write("check") { transaction in
                    for number in 1...2 { try transaction.upload(number) }
                    let rows = [
                        try transaction.insertJob(ShardRecord.numbered(1, of: 1)),
                        try transaction.insertJob(BatchJobRecord.numbered(2)),
                    ]
                    try transaction.bindReports(rows: [try transaction.row(of: 1)], job: rows[1], keyID: 7)
                    return rows + [try transaction.row(of: 1), try transaction.row(of: 2)]
                }
                let before = try await TaskImage(of: bench.b)
                try await bench.write { transaction in
                    bench.expect(try transaction.shard(row: rows[0]) == nil, "a shard")
                    bench.expect(try transaction.batchJob(row: rows[1]) == nil, "a job of a batch")
                    bench.expect(try transaction.boundReports(job: rows[1]).isEmpty, "a job's reports")
                    bench.expect(try transaction.uploads(job: rows[1]).isEmpty, "a job's uploads")
                    bench.expect(try transaction.attempts(job: rows[1]) == nil, "how often they were given back")
                    bench.expect(try transaction.reportBodies(rows: .all, in: .all, limit: 9).isEmpty, "uploads")
                    var shard = ShardRecord.numbered(1, of: 1)
                    (shard.row, shard.committedSteps) = (rows[0], 1)
                    bench.expect(try !transaction.commitShard(shard), "a commit")
                    bench.expect(try !transaction.recordEvaluation(job: rows[0], step: 0, digest: [1]), "an evaluation")
                    bench.expect(try transaction.releaseReports(job: rows[1], attemptsBelow: 9), is: 0, "a release")
                    try transaction.eraseUploads(job: rows[1])
                    try transaction.eraseBodies(rows: rows[2]...rows[3], in: .all)
                }
                try await bench.expectFailure("another task's shard is changed") { transaction in
                    var shard = ShardRecord.numbered(1, of: 1)
                    shard.row = rows[0]
                    try transaction.updateJob(shard)
                }
                try await bench.expectFailure("another task's job of a batch is changed") { transaction in
                    var job = BatchJobRecord.numbered(2, phase: .abandoned)
                    job.row = rows[1]
                    try transaction.updateJob(job)
                }
                try await bench.expectFailure("another task's report is given back") {
                    try $0.releaseReports(job: rows[1], ids: [ReportID(1)])
                }
                try await bench.expectFailure("another task's upload is bound") { transaction in
                    let job = try transaction.insertJob(BatchJobRecord.numbered(9))
                    try transaction.bindReports(rows: [rows[3]], job: job, keyID: 7)
                }
                bench.expect(try await TaskImage(of: bench.b), is: before, "the other task")
            },
            StorePromise("a task is opened by who has its configuration, once") { bench in
                func error(_ task: TaskID, _ digest: [UInt8]) -> StoreError? {
                    do { _ = try bench.connection.open(task, configurationDigest: digest, uploads: .byTime) } catch {
                        return error as? StoreError
                    }
                    return nil
                }
                if case .inUse = error(bench.a.task, bytes(7)) {} else { bench.fail("it is opened twice") }
                let task = TaskID.random()
                for _ in 0..<2 {
                    if case .belongsToAnother = error(task, bytes(7)) {} else { bench.fail("a task that nobody made") }
                }
                try bench.create(task)
                if case .belongsToAnother = error(task, bytes(8)) {} else { bench.fail("another configuration") }
                bench.expect(error(task, bytes(7)), is: nil, "its own configuration")
                bench.expect(bench.connection.role == .leader, "the role")
                if case .exists = bench.creationError(task) {} else { bench.fail("it is made twice") }
            },
        ]
}
