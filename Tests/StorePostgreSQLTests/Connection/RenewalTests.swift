#if PostgreSQL
import Aggregator
import PopulusDAP
import StorePostgreSQL
import Testing

/// What is left of a task's work once its store was renewed.
@Suite struct RenewalTests {
    /// It expires by then: whoever asked long ago may yet hear why.
    @Test func whatTheRenewalEndsIsAnsweredThen() async throws {
        let one = try OneTask()
        var (datastore, store) = try one.open()
        let asked = ResourceRecord(
            id: try #require(ResourceID(bytes: [UInt8](repeating: 1, count: 16))), about: .batch([1]), request: [1],
            requestDigest: [1], createdAt: 50)
        try await store.write("test") { try $0.insertResource(asked) }
        try datastore.close()
        try PostgreSQLDatastore.renew(
            at: try PostgreSQLAddress(one.place.database.uri()), role: .leader,
            [
                StoreRenewal(
                    task: one.task, configurationDigest: OneTask.configurationDigest, earliestReportTime: 0,
                    timePrecision: TimePrecision(seconds: 60))
            ])
        (datastore, store) = try one.open()
        let (found, expired) = try await store.read("test") { transaction in
            (try transaction.resource(asked.id), try transaction.expiredResources(before: 1_700_000_000, limit: 9))
        }
        #expect(found?.state == .failed && expired.isEmpty)
        try datastore.close()
        try one.place.remove()
    }
}
#endif
