import Crypto
import PopulusDAP

/// Collection jobs (Leader) and aggregate shares (Helper), of walks and of batches.
package protocol StoreResources {
    func insertResource(_ resource: ResourceRecord) throws
    func updateResource(_ resource: ResourceRecord) throws
    func resource(_ id: ResourceID) throws -> ResourceRecord?
    /// The latest one that these very bytes asked for.
    func latestResource(requestDigest: [UInt8]) throws -> ResourceRecord?
    /// Those that are accepted and not answered yet, oldest first.
    func runningResources() throws -> [ResourceRecord]
}

/// The identifier of a collection job or of an aggregate share, 16 bytes; a store has one of these kinds only.
package struct ResourceID: Hashable, Sendable, CustomStringConvertible {
    package let bytes: [UInt8]

    package init(_ id: CollectionJobID) { bytes = id.bytes }
    package init(_ id: AggregateShareID) { bytes = id.bytes }

    /// Nothing for bytes of another length.
    package init?(bytes: [UInt8]) {
        guard bytes.count == CollectionJobID.byteCount else { return nil }
        self.bytes = bytes
    }

    package var description: String { Base64URL.encode(bytes) }
}

/// A collection job or an aggregate share as an aggregator's store keeps it.
package struct ResourceRecord: Sendable, Equatable {
    package enum State: String, Sendable {
        /// Accepted, and not answered yet.
        case running
        /// Its answer is sealed and stored (rule 6).
        case released
        /// It ended in a problem document.
        case failed
        /// It was discarded on request; what it was about stays history.
        case deleted
    }

    /// What it is about.
    package enum Subject: Sendable, Equatable {
        case step(WalkID, UInt16)
        /// The encoded `BatchSelector`.
        case batch([UInt8])
    }

    package var id: ResourceID
    package var subject: Subject
    /// SHA-256 of the request.
    package var requestDigest: [UInt8]
    /// The request byte by byte; empty on the Helper once it is not needed any more.
    package var request: [UInt8]
    package var state: State = .running
    /// No report joins the batch any more; those at hand are being aggregated, then the Helper is asked (Leader, batches).
    package var isClosed: Bool = false
    /// Seconds since the Epoch.
    package var createdAt: UInt64
    /// When it was released or failed, in seconds since the Epoch; nothing while it runs, and where an earlier version answered.
    package var answeredAt: UInt64?
    /// The greatest row of an upload at that time: what was at hand then is waited for (Leader, batches).
    package var lastRow: Int64 = 0
    /// The answer, sealed shares included, exactly as it was sent first (rule 6); or the problem document of a failure.
    package var response: [UInt8] = []
    /// HTTP status that goes with a failure.
    package var failureStatus: Int = 0

    package init(
        id: ResourceID, about subject: Subject, request: [UInt8], requestDigest: [UInt8], createdAt: UInt64
    ) {
        self.id = id
        self.subject = subject
        self.request = request
        self.requestDigest = requestDigest
        self.createdAt = createdAt
    }

    /// What a request is found again by.
    package static func digest(of request: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: request)) }
}
