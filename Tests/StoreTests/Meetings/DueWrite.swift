import Aggregator
import PopulusDAP
import Testing

/// One kind of write as an aggregator does it: it looks at what is due in the task, and does that.
///
/// So it meets others in whatever they have left, also where an old owner comes long after the new one.
struct DueWrite: Sendable, CustomTestStringConvertible {
    /// As the aggregators name it.
    let name: String
    /// Tells two of one kind apart.
    let label: String
    let scope: WriteScope
    private let body: @Sendable (any StoreTransaction) throws -> String

    init(
        _ name: String, of what: String = "", _ scope: WriteScope = .task,
        _ body: @escaping @Sendable (any StoreTransaction) throws -> String
    ) {
        (self.name, self.scope, self.body) = (name, scope, body)
        label = what.isEmpty ? name : "\(name) (\(what))"
    }

    var testDescription: String { label }

    /// Does it, and says what it came to.
    func run(in store: any TaskStore, keptOpenBy hold: Hold? = nil, noting end: EndNote? = nil) async -> String {
        defer { end?.set() }
        let body = body
        do {
            return try await store.write("meeting", scope) { transaction in
                // Also what fails is held: its transaction is not at its end.
                let result = Result { try body(transaction) }
                hold?.keep()
                return try result.get()
            }
        } catch {
            return "failed"
        }
    }
}

/// A task in the middle of its life, and every kind of write that may come then.
struct TaskLife: Sendable, CustomTestStringConvertible {
    let name: String
    let uploads: UploadQueue
    let prepare: @Sendable (any StoreTransaction) throws -> Void
    let writes: [DueWrite]

    var testDescription: String { name }

    /// A further task that is at this point, in two processes that live.
    func begin(in bench: Bench) async throws -> (any TaskStore, any TaskStore) {
        let (one, other) = try bench.further(uploads: uploads)
        try await one.replica.announce("one")
        try await other.replica.announce("other")
        let prepare = prepare
        // What comes before is whole, whatever is broken.
        try await ((one as? BrokenStore)?.inner ?? one).write("prepare") { try prepare($0) }
        return (one, other)
    }

    static let all = [
        leaderWalks, timedWalks, leaderBatches, helperWalks, helperBatches, endedTask, oldReports, helperOldReports,
    ]
}

extension StoreTransaction {
    /// The walks of small numbers that are there.
    func someWalks() throws -> [WalkRecord] { try (0..<10).compactMap { try walk(WalkID($0)) } }

    /// The jobs of batches of small numbers that are there, and those that have no number yet.
    func someBatchJobs() throws -> [BatchJobRecord] {
        var rows = Set(try openBatchJobs().map(\.row))
        for number in 0..<10 { if let job = try batchJob(id: AggregationJobID(number)) { rows.insert(job.row) } }
        return try rows.sorted().compactMap { try batchJob(row: $0) }
    }

    /// Ends a walk as the aggregators do, its shards with it.
    func endWithShards(_ walk: WalkRecord, _ reason: WalkEnd) throws {
        var walk = walk
        walk.end = reason
        try updateWalk(walk)
        for var job in try shards(walk.id) where job.phase != .finished {
            (job.phase, job.sum) = (.finished, [])
            try updateJob(job)
            try forget(.row(job.row))
            if let id = job.jobID { try forget(.job(id)) }
        }
    }

    /// Gives a Leader's walk up: what nothing was bound to is free again.
    func giveUpWalk(_ walk: WalkRecord, _ reason: WalkEnd) throws {
        guard walk.end == nil else { return }
        guard try walk.initialCount == 0 && shards(walk.id).isEmpty else { return try endWithShards(walk, reason) }
        var walk = walk
        walk.end = .notBegun
        try thaw(&walk)
    }

    /// Ends a resource, if it is there and runs.
    func endResource(_ number: Int, _ state: ResourceRecord.State, _ response: [UInt8] = []) throws -> Bool {
        guard var resource = try resource(ResourceID(number)), resource.state == .running else { return false }
        (resource.state, resource.response) = (state, response)
        try updateResource(resource)
        try forget(.resource(resource.id))
        try tellOthers()
        return true
    }

    /// Takes work, and says whose it is.
    ///
    /// Not with which token: each store numbers them in its own way.
    func taken(_ work: Work) throws -> String { try take(work) == nil ? "another one's" : "its own" }
}
