import PopulusDAP

/// Where uploads that have served are erased: page by page, each in a write of its own, so that uploads of all tasks wait for
/// one page at most (rule 8).
///
/// - A shard's, once step 0 is committed in it: the step is not released before they are erased. Where segments are a cache
///   those that no job has, as they did not open; the others with their walk.
/// - What does not open in a batch that is given back: before it is given back.
/// - Those of a walk that has ended: in the background. The walk's end says that they are to be erased, so a restart goes on
///   with those that are left.
extension WalkLeader {
    /// Erases the uploads of a shard that has committed step 0; they are in its segment, or were refused.
    func eraseUploads(of job: ShardRecord, in walk: WalkRecord) async throws {
        guard job.firstRow <= job.lastRow else { return }
        let (rows, limit, keepsBound) = (
            job.firstRow...job.lastRow, settings.greatestPageUploads, store.segmentsAreCache
        )
        let pages = try await store.read("uploads of a shard") { transaction -> [ClosedRange<Int64>] in
            if keepsBound, try transaction.countUploads(rows: rows, in: walk.buckets) == job.reportCount { return [] }
            return try transaction.pages(rows: rows, in: walk.buckets, limit: limit)
        }
        try await erase(pages, in: walk.buckets, isBound: !keepsBound)
    }

    /// Refuses for good what does not open of a batch that is given back.
    ///
    /// - Throws: `Failure.refused` where the walk has ended meanwhile: another one may have the batch; `NotNeeded` where its
    ///   shards are planned, or another process has refused some.
    func refuse(_ opening: WalkOpening, of walk: WalkRecord, _ claim: Claim) async throws {
        for page in opening.refusals {
            try await claims.write("refuse reports that do not open", claim) { transaction in
                try transaction.checkOpening(walk.id)
                // Another process may have refused some meanwhile: each is counted once.
                let left = try page.rows.map { try transaction.countUploads(rows: $0, in: walk.buckets) }
                guard left.reduce(0, +) == page.count else { throw NotNeeded() }
                for rows in page.rows { try transaction.eraseBodies(rows: rows, in: walk.buckets) }
                for (error, count) in page.counts { try transaction.addCount(error, at: .opening, count) }
                try transaction.addRejected(page.counts, by: .leader, of: walk.id)
            }
        }
    }

    /// Erases the uploads of walks that have ended, first of all those that a restart left.
    func eraseEnded() async {
        erasures.continuation.yield()
        for await _ in erasures.stream {
            _ = await driver.drive(DrivenSubject(what: "uploads of ended walks cannot be erased")) {
                for buckets in try await store.read("what is to be erased", { try $0.bucketsToErase() }) {
                    let limit = settings.greatestPageUploads
                    let pages = try await store.read("uploads of an ended walk") {
                        try $0.pages(in: buckets, limit: limit)
                    }
                    try await erase(pages, in: buckets)
                }
                return Turn<Void>.ended
            }
        }
    }

    private func erase(
        _ pages: [ClosedRange<Int64>], in buckets: Range<UInt64>, isBound: Bool = true
    ) async throws {
        for rows in pages {
            // What is left is erased after a restart.
            try Task.checkCancellation()
            try await store.write("erase uploads") {
                try $0.eraseBodies(rows: rows, in: buckets, isBound: isBound)
            }
        }
    }
}

extension StoreTransaction {
    fileprivate func countUploads(rows: ClosedRange<Int64>, in buckets: Range<UInt64>) throws -> Int {
        var count = 0
        try forEachReport(rows: rows, in: buckets) { _, _ in count += 1 }
        return count
    }
}
