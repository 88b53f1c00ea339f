import Foundation

/// What an aggregator says of one task to who has a token of it: how far work is, and what it waits for.
///
/// JSON, since nobody but `populus status`, a waiting Collector and a Leader that looks after its Helper reads it. Members
/// that are not known are passed over.
///
/// Spec: <doc:TaskStatuses>
package struct TaskStatus: Hashable, Sendable, Codable {
    /// Its media type.
    package static let mediaType = MediaType(essence: "application/json")

    /// `leader` or `helper`.
    package var role: String
    package var task: TaskID
    /// SHA-256 of the task's configuration, base64url: both aggregators have the same, or one has another's file.
    package var configuration: String
    /// Reports that no batch has taken; the Leader's.
    package var reports: WaitingReports?
    /// The walk that is under way, the last one where there are several.
    package var walk: WalkProgress?
    /// Collections that wait for their result; the Leader's, for tasks without walks.
    package var collections: Int?
    /// The oldest collection that has no result yet; the Leader's.
    package var collection: CollectionProgress?
    package var peer: PeerStatus?
    /// Whether the task's own work fails here: its log says why.
    package var isFailing = false
    /// Why this aggregator does not serve the task any more, as a store is not the one that it was.
    package var storeConflict: String?
    /// How far its operator has ended it here; nothing while it goes on.
    package var end: End?

    package enum End: String, Sendable, Codable {
        /// It takes no further report; what it has may be collected.
        case closing
        /// Its work is over.
        case ended
    }

    package init(role: Role, task: TaskID, configuration: [UInt8]) {
        self.role = role.name
        self.task = task
        self.configuration = Base64URL.encode(configuration)
    }

    private enum CodingKeys: String, CodingKey {
        case role, task, configuration, reports, walk, collections, collection, peer, end
        case isFailing = "failing"
        case storeConflict = "store_conflict"
    }

    /// The JSON.
    package func encoded() -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Text and numbers always have a JSON form.
        return (try? encoder.encode(self)).map { Array($0) } ?? Array("{}".utf8)
    }

    /// Nothing unless the bytes are such an object; the other side's words are escaped.
    package init?(decoding bytes: [UInt8]) {
        // Other bytes are another server's, or a later version's: then nothing is known.
        guard let status = try? JSONDecoder().decode(TaskStatus.self, from: Data(bytes)) else { return nil }
        self = status.escaped
    }

    /// The same with the other side's words escaped.
    var escaped: TaskStatus {
        var status = self
        status.role = ForeignText.escaped(role)
        status.storeConflict = storeConflict.map { ForeignText.escaped($0) }
        status.peer?.reason = peer?.reason.map { ForeignText.escaped($0) }
        status.peer?.unchecked = peer?.unchecked?.prefix(8).map { ForeignText.escaped($0) }
        return status
    }
}

/// How many reports wait for a batch, as coarse as a Collector may know it.
///
/// Spec: <doc:TaskStatuses>
package struct WaitingReports: Hashable, Sendable, Codable {
    /// Rounded down to a multiple of ``unit``; never below the least batch where there are as many.
    package var count: UInt64
    package var unit: UInt64
    /// The least batch.
    package var least: UInt64
    /// The beginning of the oldest one's unit of time, in seconds since the Epoch.
    package var oldest: UInt64?
    /// When they were counted, in seconds since the Epoch.
    package var countedAt: UInt64

    private enum CodingKeys: String, CodingKey {
        case count = "at_least"
        case unit
        case least = "least_batch"
        case oldest
        case countedAt = "counted_at"
    }

    /// - Parameters:
    ///   - exact: how many there are.
    ///   - oldest: in seconds since the Epoch; rounded down to a minute.
    package init(exact: UInt64, least: UInt64, oldest: UInt64?, countedAt: UInt64) {
        unit = max(1, least / 10)
        let rounded = exact / unit * unit
        count = exact >= least ? max(least, rounded) : rounded
        self.least = least
        self.oldest = oldest.map { $0 / 60 * 60 }
        self.countedAt = countedAt
    }
}

/// How far a walk is.
package struct WalkProgress: Hashable, Sendable, Codable {
    /// Counted from 1: the last one that was asked.
    package var step: Int
    /// The bit that it counts, from 1.
    package var bit: Int
    /// Whether it is being worked at; otherwise it is answered, and the Collector is to ask on.
    package var isRunning: Bool
    /// When the walk began, in seconds since the Epoch.
    package var began: UInt64
    /// When the step was asked for; nothing where that is not known.
    package var asked: UInt64?
    /// When it was answered, if it is and this process did so.
    package var answered: UInt64?
    /// Into how many parts the step's reports are divided, while it runs, and how many of them have counted it here.
    package var shards: Int?
    package var shardsDone: Int?

    package init(step: Int, bit: Int, isRunning: Bool, began: UInt64) {
        self.step = step
        self.bit = bit
        self.isRunning = isRunning
        self.began = began
    }

    private enum CodingKeys: String, CodingKey {
        case step, bit, began, asked, answered, shards
        case isRunning = "running"
        case shardsDone = "shards_done"
    }
}

/// A collection that has no result yet.
package struct CollectionProgress: Hashable, Sendable, Codable {
    package enum State: String, Sendable, Codable {
        /// Its batch has too few reports so far, or those at hand are being verified.
        case open
        /// Its batch takes no more reports, and is being counted.
        case working
    }

    package var state: State
    /// When it was asked for, in seconds since the Epoch.
    package var began: UInt64
    /// While it is open: whether fewer reports are there for this very batch than the least batch has.
    package var lacksReports: Bool?

    package init(state: State, began: UInt64, lacksReports: Bool? = nil) {
        (self.state, self.began, self.lacksReports) = (state, began, lacksReports)
    }

    private enum CodingKeys: String, CodingKey {
        case state, began
        case lacksReports = "lacks_reports"
    }
}

/// What an aggregator knows of the other one.
package struct PeerStatus: Hashable, Sendable, Codable {
    package enum State: String, Sendable, Codable {
        case ok
        /// It does not answer, or not as it should.
        case fault
        /// It was not looked at yet.
        case unknown
    }

    package var state: State
    package var reason: String?
    /// Since when it is so, in seconds since the Epoch.
    package var since: UInt64?
    /// What could not be checked, since the other side is another implementation.
    package var unchecked: [String]?
    /// Whether a `fault` is its own refusal, which waiting does not change; told only where it is so.
    package var refuses: Bool?

    package init(
        state: State, reason: String? = nil, since: UInt64? = nil, unchecked: [String]? = nil, refuses: Bool? = nil
    ) {
        self.state = state
        self.refuses = refuses
        self.reason = reason
        self.since = since
        self.unchecked = unchecked
    }
}
