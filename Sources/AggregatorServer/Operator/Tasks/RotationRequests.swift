/// An operator wants a new key for a task.
///
/// Spec: <doc:AdminAPI>
package struct KeyRotationRequest: Sendable, Codable {
    /// The configuration ID of the key that is to be replaced; nothing for the newest.
    ///
    /// Who names it and asks again gets no further one.
    package var replaces: UInt8?
    /// How long the new one is known before clients are told of it; nothing for what is usual here.
    package var pendingSeconds: UInt64?

    private enum CodingKeys: String, CodingKey {
        case replaces
        case pendingSeconds = "pending_seconds"
    }

    package init(replaces: UInt8? = nil, pendingSeconds: UInt64? = nil) {
        (self.replaces, self.pendingSeconds) = (replaces, pendingSeconds)
    }
}

/// An operator wants a task's tokens changed.
///
/// Spec: <doc:AdminAPI>
package struct TokenRequest: Sendable, Codable {
    /// Who shows it.
    package enum Kind: String, Sendable, Codable, CaseIterable {
        /// The Collector, to the Leader.
        case collector
        /// The Leader, to the Helper.
        case leader
        /// Clients, to the Leader.
        case upload
    }

    package enum Action: String, Sendable, Codable {
        /// The Leader draws the next one that it will show its Helper.
        case draw
        /// The Leader shows it, and forgets the one before.
        case show
        /// One more is valid.
        case accept
        /// Some are valid no more.
        case remove
    }

    package var kind: Kind
    package var action: Action
    /// SHA-256 of the token, in base64url: which one to accept, or to show.
    package var digest: String?
    /// What it is for, for people.
    package var name: String?
    /// For how many seconds the others are valid, when one is accepted; nothing until they are removed.
    package var othersFor: UInt64?
    /// Which ones to remove.
    package var ids: [String]?
    /// Whether the last upload token may go, so that anybody may upload.
    package var open: Bool?

    private enum CodingKeys: String, CodingKey {
        case kind, action, name, ids, open
        case digest = "token_sha256"
        case othersFor = "others_for_seconds"
    }

    package init(_ action: Action, _ kind: Kind) { (self.action, self.kind) = (action, kind) }
}

/// A key of a task as an operator is told of it.
package struct TaskKeyEntry: Sendable, Codable, Equatable {
    /// Its configuration ID.
    package var id: UInt8
    /// In base64url.
    package var publicKey: String
    /// `pending`, `active`, `expired` or `closed`.
    package var state: String
    /// From when clients are told of it, in seconds since the Epoch; nothing for one that came with the task.
    package var since: UInt64?
    /// From when they are told of another one.
    package var until: UInt64?

    private enum CodingKeys: String, CodingKey {
        case id, state, since, until
        case publicKey = "public_key"
    }

    package init(id: UInt8, publicKey: String, state: String, since: UInt64?, until: UInt64?) {
        (self.id, self.publicKey, self.state, self.since, self.until) = (id, publicKey, state, since, until)
    }
}

/// A token of a task as an operator is told of it: not what it is.
package struct TaskTokenEntry: Sendable, Codable, Equatable {
    package var kind: TokenRequest.Kind
    /// The first eight hexadecimal digits of its SHA-256.
    package var id: String
    /// SHA-256 of it, in base64url.
    package var digest: String
    package var name: String?
    /// `valid`, `over`; of what the Leader shows: `shown`, or `waiting` to be.
    package var state: String
    /// When it was added, or from when it is shown, in seconds since the Epoch; nothing for one that came with the task.
    package var since: UInt64?
    /// From when it is refused.
    package var until: UInt64?

    private enum CodingKeys: String, CodingKey {
        case kind, id, name, state, since, until
        case digest = "token_sha256"
    }

    package init(
        kind: TokenRequest.Kind, id: String, digest: String, name: String?, state: String, since: UInt64?,
        until: UInt64?
    ) {
        (self.kind, self.id, self.digest, self.name) = (kind, id, digest, name)
        (self.state, self.since, self.until) = (state, since, until)
    }
}
