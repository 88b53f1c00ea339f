import PopulusDAP
import PopulusDurableFiles
import PopulusVDAF
import PrefixWalk

/// Segments where they are a cache: one that is lost, damaged or of other reports is made again.
extension WalkPart {
    /// Sees that a shard's segment is there and is its own, and makes it again if not.
    func provideSegment(of job: ShardRecord, _ reports: [BoundReport]) async throws {
        let (task, path) = (walkTask, Shard.path(row: job.row, in: store.segmentsDirectory))
        let key = store.segmentKey(of: job)
        if try await compute({ try Segment.isFine(at: path, key: key, for: reports, of: task) }) { return }
        let begin = ContinuousClock.now
        do { try await rebuild(job, reports, at: path) } catch {
            // At the end of its walk what it is made of is erased.
            try await checkIsNeeded(job)
            throw error
        }
        moved.noteRebuilt(since: begin)
        try await checkIsNeeded(job)
        logger.notice(
            "a segment was made again", metadata: ["walk": "\(job.walk)", "shard": "\(job.ordinal)"])
    }

    private func rebuild(_ job: ShardRecord, _ reports: [BoundReport], at path: String) async throws {
        SegmentFolder(of: store).provide()
        let rebuild = try SegmentRebuild(
            of: walkTask, settings, reports, path: path, key: store.segmentKey(of: job), account: accounts[job.walk])
        let (work, limit) = (self.work, pageLimit)
        var next = 0
        while true {
            let first = next
            let page = try await store.read("bodies of a shard") {
                try $0.keptBodies(job: job.row, from: first, limit: limit)
            }
            guard let last = page.last else { break }
            let opened = try await work.map(
                count: page.count, rangeLength: work.openingRangeLength(of: page.count)
            ) { try rebuild.open(page[$0]) }
            try await compute { try rebuild.append(opened) }
            next = last.ordinal + 1
        }
        try await compute { try rebuild.finish() }
    }

    /// Removes a segment that came too late: nobody would erase it.
    private func checkIsNeeded(_ job: ShardRecord) async throws {
        let isNeeded = try await store.read("walk's end") { transaction in
            try transaction.walkEnd(job.walk) == nil && transaction.shard(row: job.row)?.isOver == false
        }
        guard !isNeeded else { return }
        SegmentFolder(of: store).remove(job: job.row)
        throw NotNeeded()
    }

    /// How many reports' bodies are read together.
    var pageLimit: Int {
        let bits = walkTask.bits
        let upload =
            Poplar1.publicShareLayout(bits: bits).size + Poplar1.shares * Poplar1.inputShareLayout(bits: bits).size
        let limit = settings.uploadPageBytes / upload
        return limit < SegmentPart.rows ? max(1, limit) : limit / SegmentPart.rows * SegmentPart.rows
    }
}

extension TaskStore {
    /// What a shard's segment is sealed with; nothing where the store is not sealed.
    func segmentKey(of job: ShardRecord) -> SegmentKey? { seal?.segmentKey(job: job.row) }
}

/// A segment that can be made again was damaged while it was open; it is looked at before it is used again.
struct SegmentWasDamaged: Error {}

extension Segment {
    /// Whether the file is there and whole, and holds the shares of just these reports of a task.
    ///
    /// A cache may hold the file of another database, whose job had the same row, or one from before the store was sealed. Blocks.
    fileprivate static func isFine(
        at path: String, key: SegmentKey?, for reports: [BoundReport], of task: WalkTask
    ) throws(PrefixWalkError) -> Bool {
        do throws(PrefixWalkError) {
            let segment = try Segment(opening: path, key: key)
            let layout = segment.layout
            guard layout.bits == task.bits, layout.aggregatorID == task.aggregatorID, layout.ctx == task.context,
                layout.reportCount == reports.count, try segment.reportIDs() == reports.map(\.id.bytes)
            else { return false }
            try segment.verify()
            return true
        } catch {
            switch error {
            case .damagedSegment: return false
            case .file(let error) where [.missing, .notAFolder].contains(error.cause): return false
            default: throw error
            }
        }
    }
}
