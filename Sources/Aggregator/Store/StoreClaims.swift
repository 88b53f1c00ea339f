import PopulusDAP

/// Who works at what, where several processes work on one database.
///
/// Claims save work, and no rule rests on them: what must hold is checked where it is written. So a claim may end at any moment,
/// and whoever had it finds out with its next write (``holds(_:)``).
package protocol StoreClaims {
    /// Gives work to this process, unless another one has it that lives; nothing then.
    ///
    /// A claim's token is greater than that of whoever had the work before. What is this process's already stays as it is.
    func take(_ work: Work) throws -> Claim?
    /// Whether a claim is this process's still: nobody has taken the work since.
    func holds(_ claim: Claim) throws -> Bool
    /// Who has the work, dead or alive.
    func owner(of work: Work) throws -> WorkOwner?
    /// Notes how far the owner of some work is, for others; false where the claim is not held.
    func note(_ claim: Claim, progress: Int) throws -> Bool
    /// Forgets who had work that is done for good.
    func forget(_ work: Work) throws
    /// Wakes the other processes of the task once this is committed (``TaskStore/changes()``).
    func tellOthers() throws
}

/// A store that one process has at a time: all work is its own.
extension StoreClaims {
    package func take(_ work: Work) throws -> Claim? { Claim(work: work, token: 0) }
    package func holds(_ claim: Claim) throws -> Bool { true }
    package func owner(of work: Work) throws -> WorkOwner? { nil }
    package func note(_ claim: Claim, progress: Int) throws -> Bool { true }
    package func forget(_ work: Work) throws {}
    package func tellOthers() throws {}
}

/// What one process works at for a while, so that the others leave it alone.
package struct Work: Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, Sendable {
        /// A collection job (Leader), or an aggregate share that is answered later (Helper).
        case resource
        /// An aggregation job by its row (Leader).
        case row
        /// An aggregation job by its identifier (Helper).
        case job
        /// To forget what is too old, in all of a task.
        case expiry
    }

    package let kind: Kind
    package let key: [UInt8]

    package init(_ kind: Kind, key: [UInt8]) { (self.kind, self.key) = (kind, key) }

    package static func resource(_ id: ResourceID) -> Work { Work(.resource, key: id.bytes) }
    package static func job(_ id: AggregationJobID) -> Work { Work(.job, key: id.bytes) }
    package static func row(_ row: Int64) -> Work {
        Work(.row, key: (0..<8).map { UInt8(truncatingIfNeeded: row >> (56 - 8 * $0)) })
    }

    /// To forget what is too old: one process of a task does it at a time.
    package static let expiry = Work(.expiry, key: [])

    package var description: String { "\(kind.rawValue) \(Base64URL.encode(key))" }
}

/// A process's word that some work is its own, good as long as nobody has a greater token.
package struct Claim: Hashable, Sendable {
    package let work: Work
    package let token: Int64

    package init(work: Work, token: Int64) { (self.work, self.token) = (work, token) }
}

/// Who has some work.
package struct WorkOwner: Hashable, Sendable {
    package let replica: ReplicaID
    /// Where other processes reach it.
    package let address: String
    /// Whether it has said so lately, by the database's clock.
    package let isAlive: Bool
    package let token: Int64
    /// How far it says it is.
    package let progress: Int

    package init(replica: ReplicaID, address: String, isAlive: Bool, token: Int64, progress: Int) {
        (self.replica, self.address, self.isAlive) = (replica, address, isAlive)
        (self.token, self.progress) = (token, progress)
    }
}
