import Synchronization

/// What this process has claimed of a task's work, as far as it knows.
final class Claims: Sendable {
    private let store: any TaskStore
    private let held = Mutex<[Work: Claim]>([:])
    let replica: ReplicaID
    /// Whether other processes may have work of the task.
    let isShared: Bool
    /// How much of it went from process to process.
    let moved = MovedWork()

    init(_ store: any TaskStore) {
        self.store = store
        (replica, isShared) = (store.replica.id, store.replica.isShared)
    }

    /// The claim to some work that this process has taken, and was not refused since.
    subscript(work: Work) -> Claim? {
        isShared ? held.withLock { $0[work] } : Claim(work: work, token: 0)
    }

    /// Keeps a claim whose transaction is committed.
    func keep(_ claim: Claim?) {
        guard isShared, let claim else { return }
        held.withLock { $0[claim.work] = claim }
    }

    func drop(_ work: Work) { held.withLock { $0[work] = nil } }

    /// The claim to some work, taken where it is free; nothing while another process has it.
    func take(_ work: Work) async throws -> Claim? {
        if let known = self[work] { return known }
        let replica = replica
        let taken = try await store.write("take work") { try $0.takeOver(work, as: replica) }
        return keep(taken)
    }

    /// The same for what was taken over in a transaction, whose claim it gives.
    func keep(_ taken: TakenWork?) -> Claim? {
        if taken?.isAnothers == true { moved.noteTakenOver() }
        keep(taken?.claim)
        return taken?.claim
    }

    /// Writes what belongs to some work.
    ///
    /// - Throws: `ClaimLost` where another process has taken the work; nothing is written then.
    func write<T: Sendable>(
        _ name: StaticString, _ claim: Claim,
        _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws -> T {
        do {
            return try await store.write(name) { transaction in
                try transaction.check(claim)
                return try body(transaction)
            }
        } catch let lost as ClaimLost {
            drop(lost.work)
            throw lost
        }
    }
}

/// Another process has taken the work: what this one made of it is of no more use.
struct ClaimLost: Error {
    let work: Work
}

/// Work that this process has taken.
struct TakenWork: Sendable {
    let claim: Claim
    /// Whether another process had it before.
    let isAnothers: Bool
}

extension StoreTransaction {
    /// Takes work, and sees whose it was.
    func takeOver(_ work: Work, as replica: ReplicaID) throws -> TakenWork? {
        let before = try owner(of: work)
        guard let claim = try take(work) else { return nil }
        return TakenWork(claim: claim, isAnothers: before.map { $0.replica != replica } ?? false)
    }

    /// What a process writes of its work is refused once another one has taken that.
    func check(_ claim: Claim) throws {
        guard try holds(claim) else { throw ClaimLost(work: claim.work) }
    }

    /// Whether another process has some work, and lives.
    func isElsewhere(_ work: Work, than replica: ReplicaID) throws -> WorkOwner? {
        guard let owner = try owner(of: work), owner.isAlive, owner.replica != replica else { return nil }
        return owner
    }
}
