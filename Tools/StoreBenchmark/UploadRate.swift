import Aggregator
import BenchmarkSupport
import Foundation
import PopulusDAP

/// How many uploads a second a store takes, and what its disk does in the same run.
struct UploadRate: Codable {
    var reports: Int
    var reportBytes: Int
    var perSecond: Double
    /// The disk's sequential rate with a final `fsync`, measured after the uploads.
    var diskBytesPerSecond: Double
    /// The lesser of 3,000 and a third of what the disk could write.
    var wantedPerSecond: Double
    /// At least 1, if it is as it should be.
    var ratio: Double

    /// Reports of a request, and requests at a time.
    private static let (group, atOnce) = (100, 16)

    /// - Parameters:
    ///   - reports: how many, rounded up to whole requests.
    ///   - folder: on the disk that the store writes to.
    static func measure(
        of store: any TaskStore, reports: Int, reportBytes: Int, folder: URL
    ) async throws -> UploadRate {
        let requests = (reports + group - 1) / group
        // Random like what is sealed: nothing makes it shorter. Each report has another part of it.
        let block = (0..<reportBytes + 65_536).map { _ in UInt8.random(in: 0...255) }
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for number in 0..<requests {
                if number >= atOnce { try await tasks.next() }
                tasks.addTask { try await upload(to: store, reportBytes: reportBytes, of: block) }
            }
            try await tasks.waitForAll()
        }
        let perSecond = Double(requests * group) / (start.duration(to: .now) / .seconds(1))
        let bytes = min(max(requests * group * reportBytes, 16 << 20), 1 << 30)
        let disk = try DiskRate.measure(in: folder, bytes: bytes)
        let wanted = min(3000, disk / Double(reportBytes) / 3)
        return UploadRate(
            reports: requests * group, reportBytes: reportBytes, perSecond: perSecond, diskBytesPerSecond: disk,
            wantedPerSecond: wanted, ratio: perSecond / wanted)
    }

    /// One request, which is answered when it is on disk.
    private static func upload(to store: any TaskStore, reportBytes: Int, of block: [UInt8]) async throws {
        let uploads = (0..<group).map { _ in
            let id = ReportID.random()
            let rest = block.dropFirst(.random(in: 0..<65_536)).prefix(reportBytes - id.bytes.count)
            return NewUpload(id, time: 1, body: id.bytes + rest)
        }
        let outcomes = try await store.write("upload", .uploads) { try $0.insertReports(uploads, in: .open) }
        guard outcomes.allSatisfy({ $0 == .stored }) else { throw StoreError.damaged("an upload was not stored") }
    }

    var text: String {
        """
        uploads: \(format(perSecond, 0)) a second of \(reportBytes) bytes = \(format(ratio, 2)) of the lesser of 3,000 and a \
        third of the disk's rate (\(format(diskBytesPerSecond / 1e6, 0)) MB a second), \(reports) reports
        """
    }
}
