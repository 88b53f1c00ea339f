#if PostgreSQL
import Aggregator
import PopulusDAP
import PostgreSQLHarness
import PostgreSQLStores
import StorePostgreSQL
import Testing

/// A task's store in a database of its own.
struct OneTask: Sendable {
    static let configurationDigest = [UInt8](repeating: 7, count: 32)

    let place: PostgreSQLPlace
    let task = TaskID.random()

    init(_ role: Role = .leader) throws { try self.init(in: try PostgreSQLPlace(role)) }

    /// - Parameter place: of a server of the test's own.
    init(in place: PostgreSQLPlace) throws {
        self.place = place
        try place.create(task, configurationDigest: Self.configurationDigest)
    }

    /// Opens it; who does so closes the datastore.
    func open(
        through proxy: PostgreSQLProxy? = nil, isAlone: Bool = true, limits: PostgreSQLLimits = .service
    ) throws -> (datastore: PostgreSQLDatastore, store: any TaskStore) {
        let address = place.database.uri(through: proxy?.socketFolder)
        let datastore = try place.connect(to: address, isAlone: isAlone, limits: limits)
        do { return (datastore, try open(in: datastore)) } catch {
            try datastore.close()
            throw error
        }
    }

    func open(in datastore: PostgreSQLDatastore) throws -> any TaskStore {
        try datastore.open(task, configurationDigest: Self.configurationDigest, uploads: .byTime)
    }

    /// Why it does not open.
    func refusal(_ limits: PostgreSQLLimits = .service) throws -> StoreError? {
        do {
            try open(limits: limits).datastore.close()
            return nil
        } catch let error as StoreError { return error }
    }
}

extension TaskStore {
    /// Records a step of a walk: a commit that must never be forgotten.
    func recordStep(_ number: UInt16) async throws {
        try await write("record") { try $0.insertStep(.numbered(number)) }
    }

    var steps: [UInt16] {
        get async throws { try await read("steps") { try $0.steps(StepRecord.walk, from: 0).map(\.step) } }
    }

    /// Adds to a number that the store keeps, and gives what it is then.
    func add(_ number: UInt64) async throws -> UInt64 {
        try await write("add") { transaction in
            var bucket = try transaction.bucket(.counter) ?? BatchBucket(key: .counter, parameter: [], share: [])
            bucket.count += number
            try transaction.putBucket(bucket)
            return bucket.count
        }
    }

    var sum: UInt64 {
        get async throws { try await read("sum") { try $0.bucket(.counter)?.count ?? 0 } }
    }
}

extension StepRecord {
    static let walk = WalkID(words: [1, 2])

    static func numbered(_ number: UInt16) -> Self {
        StepRecord(walk: walk, step: number, parameter: [1], resource: nil)
    }
}

extension BatchBucketKey {
    fileprivate static let counter = Self(Time(units: 1))
}

/// Runs a call and gives the error of the store that it throws.
func storeError(_ body: () async throws -> Void) async -> StoreError? {
    do { try await body() } catch { return error as? StoreError ?? .database("another error: \(error)") }
    return nil
}
#endif
