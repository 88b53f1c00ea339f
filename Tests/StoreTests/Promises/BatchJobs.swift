import Aggregator
import PopulusDAP
import Testing

/// Aggregation jobs of batches.
extension StorePromise {
    static let batchJobs = [
        StorePromise("a job of a batch comes back as it was stored, in every phase") { bench in
            var job = BatchJobRecord.numbered(1, phase: .planned)
            job.row = try await bench.write { [job] in try $0.insertJob(job) }
            bench.expect(try await bench.read { [job] in try $0.batchJob(row: job.row) }, is: job, "a new one")
            (job.initDigest, job.reportCount, job.refusals) = (bytes(2), 9, [0, 0, 0, 1, 6])
            (job.batchID, job.parameter, job.verificationKeyID, job.step) = (BatchID(3), [1, 2], 9, 4)
            (job.continueDigest, job.request, job.continueRequest) = (bytes(5), bytes(6), bytes(7, count: 70_000))
            (job.response, job.firstTime, job.lastTime) = (bytes(8), 10, 11)
            for phase in [JobPhase.planned, .bound, .opened, .finished, .abandoned] {
                job.phase = phase
                try await bench.write { [job] in try $0.updateJob(job) }
                bench.expect(try await bench.read { [job] in try $0.batchJob(row: job.row) }, is: job, "\(phase)")
                bench.expect(
                    try await bench.read { try $0.batchJob(id: AggregationJobID(1)) }, is: job, "\(phase), by its ID")
            }
            (job.jobID, job.batchID) = (nil, nil)
            try await bench.write { [job] in try $0.updateJob(job) }
            bench.expect(try await bench.read { [job] in try $0.batchJob(row: job.row) }, is: job, "without IDs")
        },
        StorePromise("open jobs are those that are neither finished nor abandoned, by row, without what is large") {
            bench in
            try await bench.write { transaction in
                for (number, phase) in [JobPhase.planned, .finished, .bound, .abandoned, .opened].enumerated() {
                    var job = BatchJobRecord.numbered(9 - number, phase: phase)
                    (job.request, job.response, job.refusals, job.continueRequest) = ([1], [2], [3], [4])
                    _ = try transaction.insertJob(job)
                }
            }
            let open = try await bench.read { try $0.openBatchJobs() }
            bench.expect(open.map(\.jobID), is: [9, 7, 5].map { AggregationJobID($0) }, "which")
            let isSmall = open.allSatisfy {
                $0.request.isEmpty && $0.response.isEmpty && $0.refusals.isEmpty && $0.continueRequest.isEmpty
            }
            bench.expect(isSmall, "they carry what is large")
            bench.expect(open.map(\.verificationKeyID), is: [7, 7, 7], "the rest of them")
        },
        StorePromise("open jobs are found by the times of their reports, and by when they were asked for") { bench in
            try await bench.write { transaction in
                for (number, phase) in [JobPhase.bound, .opened, .finished, .bound].enumerated() {
                    var job = BatchJobRecord.numbered(number, phase: phase)
                    job.lastTime = [5, 6, 5, 0][number]
                    let row = try transaction.insertJob(job)
                    try transaction.bind(number + 10, to: row)
                }
            }
            let found = try await bench.read { transaction in
                [
                    try transaction.openBatchJobs(times: 10..<12).map(\.jobID),
                    try transaction.openBatchJobs(times: 12..<14).map(\.jobID),
                    try transaction.openBatchJobs(untouchedSince: 6),
                    try transaction.openBatchJobs(untouchedSince: 7),
                    try transaction.openBatchJobs(untouchedSince: 5),
                ].map { $0.compactMap { $0 } }
            }
            bench.expect(
                found, is: [[0, 1], [3], [0], [0, 1], []].map { $0.map { AggregationJobID($0) } }, "which")
        },
        StorePromise("jobs that are to be answered later are those with a request of their step") { bench in
            try await bench.write { transaction in
                for (number, phase) in [JobPhase.bound, .bound, .bound, .opened, .bound].enumerated() {
                    var job = BatchJobRecord.numbered(number, phase: phase)
                    job.step = number == 2 || number == 4 ? 1 : 0
                    if number != 1 { job.request = [1] }
                    if number == 4 { job.continueRequest = [2] }
                    _ = try transaction.insertJob(job)
                }
            }
            let found = try await bench.read { try $0.waitingBatchJobs() }
            bench.expect(found, is: [0, 4].map { AggregationJobID($0) }, "which")
        },
    ]
}
