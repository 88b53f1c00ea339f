import Aggregator
import EarlierStores
import Foundation
import PopulusDAP
import StoreSQLite
import Testing

/// Stores of batch tasks: jobs, buckets, collections and shares in every state.
@Suite struct ImportBatchTests {
    private static let phases: [JobPhase] = [.planned, .bound, .opened, .finished, .abandoned]
    private static let states: [ResourceRecord.State] = [.running, .released, .failed, .deleted]

    @Test(arguments: [Role.leader, .helper]) func everyRowComes(role: Role) async throws {
        let (task, folder) = (try TestTask(), try MigrationFolder())
        let alone = folder.path + "/alone.sqlite"
        let store = try TestStore.open(alone, try task.aggregator(role))
        try await store.write("test") { transaction in
            try Self.fillJobs(transaction, role)
            try Self.fillBatches(transaction, role)
            try transaction.addCount(.hpkeDecryptError, at: .opening, 3)
        }
        let before = try await Self.running(store)
        try store.close()
        try Version5.goBack(alone, to: folder.file(role, of: task.id))
        let was = try StoreContents(version5: folder.file(role, of: task.id))
        for (name, count) in ["batch job": 5, "selected": 2, "batch bucket": 2, "collected": 1, "rejection": 1] {
            #expect(was.rows[name]?.count == count, "\(name)")
        }
        #expect(was.rows[role == .leader ? "collection" : "share"]?.count == 5)
        // After another task, so that rows get other numbers.
        try TestStore.create(folder.file(role), try TestTask().aggregator(role))
        let datastore = try folder.open(role, [task])
        let now = try TestStore(in: datastore, try task.aggregator(role))
        #expect(try await Self.running(now) == before)
        let jobs = try await now.read("test") { try $0.openBatchJobs() }
        #expect(jobs.map(\.phase) == [.planned, .bound, .opened])
        for job in jobs { #expect(now.jobRows.contains(job.row)) }
        let bound = try await now.read("test") { try $0.boundReports(job: jobs[1].row).count }
        #expect(bound == 1)
        try datastore.close()
        #expect(try StoreContents(folder.file(role), task: task.id).beforeStart().rows == was.rows)
    }

    private static func running(_ store: TestStore) async throws -> [ResourceRecord] {
        try await store.read("test") { try $0.runningResources() }.map { resource in
            var resource = resource
            // Rows are the store's own, and a share that waits names its batch in its request.
            resource.lastRow = 0
            if resource.createdAt == 0 { resource.subject = .batch([]) }
            return resource
        }
    }

    private static func bytes(_ seed: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ seed) }
    }

    private static func fillJobs(_ transaction: any StoreTransaction, _ role: Role) throws {
        for (index, phase) in phases.enumerated() {
            var job = BatchJobRecord(parameter: bytes(index, 3), verificationKeyID: 7, phase: phase)
            job.jobID = phase == .planned ? nil : AggregationJobID.random()
            job.initDigest = bytes(index, 32)
            job.reportCount = index
            job.refusals = bytes(index, 5)
            job.progress.batchID = index == 1 ? .random() : nil
            job.progress.step = UInt16(index)
            job.progress.continueDigest = bytes(index + 1, 32)
            job.progress.request = bytes(index, 9)
            job.progress.continueRequest = bytes(index, 8)
            job.progress.response = bytes(index, 7)
            (job.progress.firstTime, job.progress.lastTime) = (UInt64(index), UInt64(index) + 5)
            let row = try transaction.insertJob(job)
            if phase != .planned {
                _ = try transaction.bind(.random(), time: UInt64(index), job: row, keyID: 7)
            }
        }
        guard role == .leader else { return }
        for time in 0..<3 {
            let id = ReportID.random()
            _ = try transaction.upload(id, time: UInt64(time), id.bytes + [1, 2, 3], in: .unselected)
        }
    }

    private static func fillBatches(_ transaction: any StoreTransaction, _ role: Role) throws {
        for index in 0..<2 {
            try transaction.insertSelectedBatch(
                SelectedBatchRecord(
                    id: .random(), parameter: bytes(index, 2), isOpen: index == 0, isClaimed: index == 1))
            try transaction.putBucket(
                BatchBucket(
                    key: BatchBucketKey(Time(units: UInt64(index))), parameter: [1], share: bytes(index, 16), count: 5,
                    times: index == 0 ? 3...4 : nil))
        }
        try transaction.markCollected(BatchBucketKey(Time(units: 7))...BatchBucketKey(Time(units: 9)))
        for (index, state) in (states + [.running]).enumerated() {
            guard let id = ResourceID(bytes: bytes(index, 16)) else { continue }
            var resource = ResourceRecord(
                id: id, about: .batch(role == .leader ? bytes(index, 11) : []), request: bytes(index, 20),
                requestDigest: bytes(index, 32), createdAt: role == .leader ? UInt64(index) + 1 : 0)
            resource.state = state
            resource.isClosed = role == .leader && index == 4
            resource.response = state == .released ? bytes(index, 40) : []
            resource.failureStatus = state == .failed ? 400 : 0
            try transaction.insertResource(resource)
        }
    }
}
