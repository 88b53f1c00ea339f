import Aggregator
import PopulusDAP
import Testing

extension Simulation {
    /// Begins both aggregators anew, which let a report be so old; nothing, or any age.
    ///
    /// They forget when a test says so.
    func restart(expiry: UInt64?, leader: Bool = true, helper: Bool = true) async throws {
        settings.expiryInterval = .seconds(1_000_000)
        settings.reportExpiry = leader ? expiry : nil
        try await restartLeader()
        settings.reportExpiry = helper ? expiry : nil
        try stopHelper()
        try startHelper()
    }

    func forgetExpired() async throws {
        try await leader.forgetExpiredOnce()
        try await helper.forgetExpiredOnce()
    }

    /// How many reports the store of a role knows the IDs of, in jobs of walks or waiting.
    func known(_ role: Role) async throws -> Int {
        try await (role == .leader ? leaderStore : helperStore).read("test") { transaction in
            let bound = try transaction.walks().flatMap { try transaction.shards($0.id) }
                .reduce(0) { $0 + (try transaction.boundReports(job: $1.row).count) }
            return bound + (try transaction.waitingReports(times: 0..<UInt64.max, limit: .max).count)
        }
    }

    /// What is said of an upload.
    func errors(_ reports: [Report]) async throws -> [ReportError] {
        let body = try await leader.upload(body: UploadRequest(reports: reports).encoded())
        return try body.map { try UploadErrors(decoding: $0).status.map(\.error) } ?? []
    }
}
