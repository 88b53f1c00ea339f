import Logging
import PopulusDAP
import PopulusDurableFiles
import PrefixWalk

/// What the Leader and the Helper of a task with walks have in common: its shards in memory, and how they come and go.
protocol WalkPart: AggregatorPart {
    var walkTask: WalkTask { get }
    var shards: ShardRegistry { get }
    var histories: WalkHistories { get }

    /// What an engine's error means that is not the disk's: the peer's bytes or something here did wrong.
    func failure(by error: PrefixWalkError) -> any Error
}

extension WalkPart {
    /// Runs a long computation off the cooperative pool.
    func compute<T: Sendable>(
        urgent: Bool = false, _ body: @escaping @Sendable () throws -> T
    ) async throws -> T {
        do { return try await work.run(urgent: urgent, body) } catch let error as PrefixWalkError {
            if case .file(let error) = error { throw StoreError("a walk's file, \(error.operation)", error) }
            if error == .damagedSegment, store.segmentsAreCache { throw SegmentWasDamaged() }
            throw failure(by: error)
        }
    }

    /// The shard in memory, opened again from its segment where a restart lost it.
    ///
    /// - Parameter isNew: whether this process has just written the segment.
    func shard(for job: ShardRecord, isNew: Bool = false) async throws -> Shard {
        if let shard = shards[job.row] { return shard }
        let (reports, walk) = try await store.read("reports of a shard") { transaction in
            (try job.enteredReports(in: transaction), try transaction.walk(job.walk))
        }
        guard let walk else { throw StoreError.damaged("walk is missing") }
        if store.segmentsAreCache, !isNew { try await provideSegment(of: job, reports) }
        let shard = try await openShard(job, reports, keyID: walk.verificationKeyID)
        shards.insert(shard)
        return shard
    }

    /// A shard, opened from its segment.
    func openShard(_ job: ShardRecord, _ reports: [BoundReport], keyID: UInt8) async throws -> Shard {
        let (task, directory, account) = (walkTask, store.segmentsDirectory, accounts[job.walk])
        let key = store.segmentKey(of: job)
        return try await compute { [work] in
            try Shard(
                job: job, reports: reports, of: task, keyID: keyID, directory: directory, segmentKey: key,
                account: account, threads: work)
        }
    }

    func log(_ job: ShardRecord, step: UInt16, level: Int, rejected: Int) {
        logger.info(
            "shard committed",
            metadata: [
                "walk": "\(job.walk)", "step": "\(step)", "level": "\(level)", "shard": "\(job.ordinal)",
                "accepted": "\(job.count)", "rejected": "\(rejected)",
            ])
    }

    /// Erases what is left of an ended walk outside the store; gives its jobs.
    func eraseShards(of walk: WalkID) async -> [ShardRecord] {
        histories.forget(walk)
        let jobs: [ShardRecord]
        do { jobs = try await store.read("jobs of an ended walk") { try $0.shards(walk) } } catch {
            // The next start finds the segments that nothing needs any more.
            logger.notice(
                "segments of an ended walk stay until the next start",
                metadata: ["walk": "\(walk)", "reason": "\(error)"])
            return []
        }
        for job in jobs {
            eraseShard(job.row)
            claims.drop(.row(job.row))
            if let id = job.jobID { claims.drop(.job(id)) }
        }
        return jobs
    }

    /// The same for one shard.
    func eraseShard(_ row: Int64) {
        shards.remove(row)
        SegmentFolder(of: store).remove(job: row)
    }

    /// Removes the segments that a crash left behind.
    func prepare() async throws(AggregatorError) {
        let folder = SegmentFolder(of: store)
        folder.provide()
        let names: [String]
        do { names = try folder.names } catch {
            // They take room, and nothing else: the next start tries again.
            logger.notice("segments that a crash left behind cannot be looked for", metadata: ["reason": "\(error)"])
            return
        }
        let rows = try await reading("segments in use") { try $0.rowsWithSegments() }
        folder.remove(names, but: rows)
    }

    /// Lets go of the shards in memory whose walks have ended, or which were deleted: another process may have done that.
    func dropEnded() async throws {
        let rows = shards.rows
        guard !rows.isEmpty else { return }
        let ended = try await store.read("shards of ended walks") { transaction in
            try rows.compactMap { row -> ShardRecord? in
                guard let job = try transaction.shard(row: row) else { return nil }
                let isOver = try transaction.walkEnd(job.walk) != nil || (job.phase == .finished && job.sum.isEmpty)
                return isOver ? job : nil
            }
        }
        for job in ended {
            histories.forget(job.walk)
            eraseShard(job.row)
            claims.drop(.row(job.row))
            if let id = job.jobID { claims.drop(.job(id)) }
        }
    }

    /// What is said while walks whose life is over cannot be ended.
    var sweeping: DrivenSubject { DrivenSubject(what: "expired walks cannot be ended") }

    /// Ends walks that are too old for any further step; gives them.
    ///
    /// - Parameter end: whether it has ended the walk.
    func endExpired(
        _ end: @escaping @Sendable (inout WalkRecord, any StoreTransaction) throws -> Bool
    ) async throws -> [WalkID] {
        let (now, limit) = (clock.now, walkTask.rules.greatestAgeSeconds)
        return try await store.write("end expired walks") { transaction in
            var ended: [WalkID] = []
            for var walk in try transaction.walks() where walk.end == nil && walk.age(at: now) > limit {
                if try end(&walk, transaction) { ended.append(walk.id) }
            }
            return ended
        }
    }

    func describe(_ status: inout TaskStatus, in transaction: any StoreTransaction) throws {
        guard let found = try transaction.walkProgress() else { return }
        status.walk = found.progress
        if !found.progress.isRunning { status.walk?.answered = core.meter.answerTime(of: found.id) }
    }
}

extension ShardRecord {
    /// The reports of the segment, in its order.
    func enteredReports(in transaction: any StoreTransaction) throws -> [BoundReport] {
        let refusals = try Refusals(decoding: refusals)
        return try transaction.boundReports(job: row).filter { refusals[$0.ordinal] == nil }
    }
}

extension WalkRules {
    /// The age at which a walk ends whatever it is at: a leaf step may start until twice `max_life`, and gets as long
    /// again to finish.
    var greatestAgeSeconds: UInt64 {
        let (product, overflow) = maxLifeSeconds.multipliedReportingOverflow(by: 3)
        return overflow ? .max : product
    }
}
