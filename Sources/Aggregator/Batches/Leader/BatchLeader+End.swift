import PopulusDAP

/// How aggregation jobs end with the task's work, by its operator's word.
extension BatchLeader {
    /// Their reports are erased, and stay bound (rule 1): nobody can collect them any more.
    ///
    /// Whatever works at one finds that it has ended, at the latest where it would commit it.
    func endJobs(in transaction: any StoreTransaction) throws -> [BatchJobRecord] {
        let open = try transaction.openBatchJobs()
        for found in open {
            guard var job = try transaction.batchJob(row: found.row) else { continue }
            try transaction.eraseUploads(job: job.row)
            (job.phase, job.response) = (.abandoned, [])
            try transaction.updateJob(job)
            try transaction.forget(.row(job.row))
        }
        return open
    }

    func stopped(_ work: EndedWork) async {
        unfinished.withLock { $0 = [] }
        for job in work.jobs { claims.drop(.row(job.row)) }
        farewells.add(work.jobs.compactMap(\.jobID))
        news.notify(.jobs)
    }
}
